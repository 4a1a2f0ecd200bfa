"""What the tests share: servers to talk to, people to play, an authenticator to read codes from."""
