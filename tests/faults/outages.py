"""What the server stands on goes away and comes back."""

import os
import signal

from tests.faults.trial import USUAL_REQUESTS, Trial
from tests.support.postgresql import PostgresServer
from tests.support.valkey import ValkeyServer


def stop_postgres(trial: Trial, postgres: PostgresServer, times: int) -> None:
    """PostgreSQL stopped, in turns cleanly and as if by a power cut; workers killed; PostgreSQL started again."""
    for number in range(times):
        trial.wait_for_requests(USUAL_REQUESTS)
        postgres.stop(signal.SIGINT if number % 2 else signal.SIGQUIT)
        trial.wait_until_put_off()
        for worker in trial.server.workers():
            os.kill(worker, signal.SIGKILL)
        trial.wait_until_put_off()
        postgres.start()
        trial.recovered()


def cut_connections(trial: Trial, postgres: PostgresServer, times: int) -> None:
    """Every connection to PostgreSQL cut, in the midst of whatever it does."""
    for _ in range(times):
        trial.wait_for_requests(20)
        postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'mudguard'")
        trial.recovered()


def stop_valkey(trial: Trial, valkey: ValkeyServer, times: int) -> None:
    """Valkey gone and back. Nobody is turned away for it: whatever it limits, each process limits by itself."""
    for _ in range(times):
        valkey.stop()
        trial.wait_for_requests(60)
        trial.recovered()
        valkey.start()
        trial.wait_for_requests(60)
    if trial.ledger.put_off:
        trial.ledger.note_wrong(f"{trial.ledger.put_off} requests were put off while Valkey was away")
