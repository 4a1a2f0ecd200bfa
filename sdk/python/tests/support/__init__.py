"""What the tests of the client stand on."""
