"""Decisions: pure functions. Time and randomness come in as arguments, nothing goes out."""
