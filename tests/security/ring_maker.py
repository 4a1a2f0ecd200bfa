"""A process that makes a key ring: `python -m tests.security.ring_maker PATH` tells if it did, and its first key."""

import sys
from pathlib import Path

from mudguard.security.keyring import create_if_missing, load
from tests.support.racers import wait_for_go

if __name__ == "__main__":
    path = Path(sys.argv[1])
    wait_for_go()
    made = create_if_missing(path)
    sys.stdout.write(f"{made} {load(path).first.name}")
