"""The server, driven over HTTP by a state machine, answers as the reference model does, on either database."""

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import House, machine_in
from tests.support.server import Server

RUNS = 12
STEPS = 50


@pytest.fixture
def house(own_server: Server) -> Iterator[House]:
    """A server that the machine restarts as it likes."""
    house = House(own_server)
    yield house
    house.server.__exit__(None, None, None)


def test_every_answer_in_random_histories_is_the_one_the_model_gives(house: House) -> None:
    run_state_machine_as_test(
        machine_in(house), settings=settings(max_examples=RUNS, stateful_step_count=STEPS, derandomize=True)
    )
    assert house.tally.steps >= RUNS * STEPS
