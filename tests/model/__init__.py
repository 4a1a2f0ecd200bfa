"""The whole server against a plain model of it."""
