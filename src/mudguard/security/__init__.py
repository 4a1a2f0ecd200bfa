"""Keys, encryption at rest, tokens and password hashing."""
