"""Decisions as pure functions. Time and randomness are arguments, and there are no side effects."""
