"""How the state of a second factor moves."""

import pytest

from mudguard.factors import transitions
from mudguard.store.two_factor import TwoFactor


def test_nothing_can_be_turned_on_that_was_never_set_up() -> None:
    with pytest.raises(ValueError, match="nothing is pending"):
        transitions.on(TwoFactor("0" * 24), None, now_ms=0)
