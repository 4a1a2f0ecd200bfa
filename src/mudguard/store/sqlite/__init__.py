"""SQLite: one file, one writer at a time, durable on every commit."""
