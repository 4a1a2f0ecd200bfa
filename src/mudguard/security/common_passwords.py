"""The common and breached passwords that nobody may choose."""

import gzip
from functools import cache
from importlib.resources import files


@cache
def common_passwords() -> frozenset[str]:
    """Some 8,000 passwords of eight characters or more, in lower case."""
    packed = (files("mudguard.security") / "data" / "common-passwords.txt.gz").read_bytes()
    return frozenset(gzip.decompress(packed).decode().split("\n"))
