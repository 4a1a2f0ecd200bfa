"""Projects of an organisation, and their API keys."""
