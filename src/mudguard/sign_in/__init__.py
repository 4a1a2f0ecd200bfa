"""Signing up, signing in, sessions."""
