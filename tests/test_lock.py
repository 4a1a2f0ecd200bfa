"""The locked dependencies: pip and npm take them as they stand, whatever was released since and wherever it lies."""

import json
import re
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCK = ROOT / "requirements.lock"
JAVASCRIPT_LOCK = ROOT / "sdk" / "javascript" / "package-lock.json"
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


def locked_javascript() -> dict[str, dict[str, Any]]:
    """What npm installs, by folder."""
    packages = json.loads(JAVASCRIPT_LOCK.read_text("utf-8"))["packages"]
    return {folder: package for folder, package in packages.items() if folder}


@pytest.mark.parametrize("lock", [LOCK, JAVASCRIPT_LOCK], ids=lambda lock: lock.name)
def test_a_lock_has_no_address(lock: Path) -> None:
    assert "://" not in lock.read_text("utf-8")


def test_every_javascript_package_is_locked_with_its_hash() -> None:
    hashes = {folder: package.get("integrity", "") for folder, package in locked_javascript().items()}
    assert [folder for folder, value in hashes.items() if not re.fullmatch(r"sha512-[\w+/]{86}==", value)] == []


def test_the_javascript_packages_of_every_platform_are_locked() -> None:
    """Otherwise `npm install` adds those of this machine, and `npm ci` leaves them out."""
    locked = locked_javascript()
    wanted = {name for package in locked.values() for name in package.get("optionalDependencies", {})}
    assert wanted
    assert sorted(name for name in wanted if f"node_modules/{name}" not in locked) == []
