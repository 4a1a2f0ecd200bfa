"""Who sends a request and what they prove: callers, sessions, password and code checks."""
