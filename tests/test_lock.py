"""The locked dependencies: pip takes them as they stand, whatever was released since."""

import re
from importlib.metadata import distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).parents[1] / "requirements.lock"
_PINNED = re.compile(r"^([\w.-]+)(?:\[([\w,.-]+)\])?==", re.MULTILINE)


def test_a_package_that_is_wanted_with_an_extra_is_locked_with_it() -> None:
    """Otherwise pip looks for the extra's package anew, finds a newer release, and refuses it for want of a hash."""
    locked = {
        canonicalize_name(name): set(extras.split(",")) - {""} for name, extras in _PINNED.findall(LOCK.read_text())
    }
    assert len(locked) > 50
    wanted = [
        (distribution.name, requirement)
        for distribution in distributions()
        if canonicalize_name(distribution.name) in locked
        for requirement in map(Requirement, distribution.requires or ())
        if requirement.extras and (requirement.marker is None or requirement.marker.evaluate({"extra": ""}))
    ]
    missing = [
        f"{name} wants {requirement}"
        for name, requirement in wanted
        if canonicalize_name(requirement.name) in locked
        and not requirement.extras <= locked[canonicalize_name(requirement.name)]
    ]
    assert wanted
    assert missing == []
