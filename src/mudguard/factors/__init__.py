"""The second factor: setup, verify, disable, status, backup codes."""
