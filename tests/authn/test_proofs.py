"""Proofs: what is left to say of them without a server."""

from typing import cast

import pytest

from mudguard.authn.proofs import Proof, ProofChecks
from mudguard.store.two_factor import TwoFactor


def test_a_code_that_was_not_sent_cannot_be_judged() -> None:
    proof = Proof(cast("ProofChecks", None), person=None)
    with pytest.raises(ValueError, match="no code was sent"):
        proof.judge_code(TwoFactor("person"))
    assert not proof.is_locked(TwoFactor("person"))


def test_a_proof_of_nobody_has_no_address() -> None:
    assert Proof(cast("ProofChecks", None), person=None).email == ""
