"""The served API against its own OpenAPI document."""
