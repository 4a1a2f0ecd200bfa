"""New ids."""

import secrets

from mudguard.rules.identity import RANDOM_ID_BYTES, new_id


def fresh_id(now_ms: int) -> str:
    """An id that nothing has yet: 24 hex digits, the moment in front (see `new_id`)."""
    return new_id(now_ms, secrets.token_bytes(RANDOM_ID_BYTES))
