"""Who is asking, and what they have proved: callers, sessions, password and code checks."""
