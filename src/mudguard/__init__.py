"""Mudguard: a self-hosted second factor."""

from importlib.metadata import version

__version__ = version("mudguard")
