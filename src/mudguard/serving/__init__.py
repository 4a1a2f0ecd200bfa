"""Sockets and processes: boot, server, worker, supervisor, limits of HTTP, logs."""
