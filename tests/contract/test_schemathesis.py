"""Schemathesis over the OpenAPI document: whatever is sent, by whomever, every answer is as it is documented.

Its checks: no 5xx, status, content type, headers and body as documented, no credential ignored, bad data refused, good
data taken, other methods refused with Allow. Those that follow a resource from request to request see nothing here.
"""

from datetime import UTC, datetime

import schemathesis
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from mudguard.rules.passwords import objection
from mudguard.security.common_passwords import common_passwords
from tests.contract.callers import REQUESTS, Callers, Case
from tests.support.operations import COMMITTED

IS_SOAKING = settings.get_current_profile_name() == "soak"
CASES = settings().max_examples // 25
"""Random cases of each operation and test, beside those that follow from the bounds in its schemas."""

bounded = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))

words = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=20)
COMMON = common_passwords()
letters = st.text(st.characters(codec="utf-8", categories=["L"]), min_size=8, max_size=128)
moments = st.datetimes(datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # a bound, and they want it naive

# No schema can say what makes a password too common, or a moment lie in the future: such data are made so that they do.
schemathesis.openapi.format("password", letters.filter(lambda text: not objection(text, email="", common=COMMON)))
schemathesis.openapi.format("date-time", moments.map(datetime.isoformat))
schemathesis.openapi.format("email", st.builds("{}@{}.test".format, words, words))
schemathesis.openapi.format("uri", st.builds("https://{}.test/{}".format, words, words))


def operations(*modes: GenerationMode) -> schemathesis.BaseSchema:
    """Every operation, with good data, bad data or both."""
    schema = schemathesis.openapi.from_path(COMMITTED)
    schema.config.generation.modes = list(modes)
    schema.config.generation.deterministic = not IS_SOAKING
    schema.config.generation.with_security_parameters = False  # who asks is for each test to say
    schema.config.generation.allow_x00 = False  # NUL is refused also in keys and values that no schema describes
    rejection = schema.config.checks.negative_data_rejection
    # A code of 64 KiB is too large a body before it is no code.
    rejection.expected_statuses = [*rejection.expected_statuses, "413"]
    return schema


ALL = operations(*GenerationMode)
WITH_GOOD_DATA = operations(GenerationMode.POSITIVE)


def assert_its_code_is_documented(case: Case, response: schemathesis.Response) -> None:
    """An error's code is one of those that the operation names for that status."""
    described = case.operation.definition.raw["responses"].get(str(response.status_code))
    if described and response.status_code >= 400:
        assert response.json()["code"] in described["content"]["application/json"]["examples"]


@ALL.parametrize()
@bounded
def test_nobody_is_answered_as_documented(case: Case, callers: Callers) -> None:
    next(REQUESTS)
    response = case.call_and_validate(base_url=callers.server.url)
    assert_its_code_is_documented(case, response)


@ALL.parametrize()
@bounded
def test_a_person_is_answered_as_documented(case: Case, callers: Callers) -> None:
    caller = callers.of(case)
    if case.meta is None or not case.meta.is_negative_at(ParameterLocation.PATH):
        caller.in_their_place(case)
    next(REQUESTS)
    response = case.call_and_validate(
        base_url=callers.server.url,
        headers=caller.player.headers,
        excluded_checks=[positive_data_acceptance],  # made-up passwords and codes are refused, however well formed
    )
    callers.note(case, response.status_code)
    assert_its_code_is_documented(case, response)


@WITH_GOOD_DATA.parametrize()
@bounded
def test_a_person_with_good_data_and_the_right_proofs_is_granted_what_they_ask(case: Case, callers: Callers) -> None:
    caller = callers.of(case)
    caller.by_the_truth(case)
    next(REQUESTS)
    response = case.call_and_validate(base_url=callers.server.url, headers=caller.player.headers)
    callers.note(case, response.status_code)
    assert response.status_code < 300
