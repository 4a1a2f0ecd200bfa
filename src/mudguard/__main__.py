"""`python -m mudguard` is `mudguard`."""

from mudguard.cli import main

main()
