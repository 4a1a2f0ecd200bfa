"""Workers killed at random moments."""

import os
import random
import signal

from tests.faults.trial import Trial

MOST_REQUESTS_BETWEEN = 40


def kill_workers(trial: Trial, times: int) -> None:
    """`kill -9` of a worker in the midst of its requests, `times` times.

    Mostly of the one that has served longest; now and then of all, the one that is just starting included.
    """
    for _ in range(times):
        trial.wait_for_requests(random.randint(1, MOST_REQUESTS_BETWEEN))
        workers = trial.server.workers()
        for worker in workers if random.random() < 0.1 else workers[:1]:
            os.kill(worker, signal.SIGKILL)
        trial.recovered()
