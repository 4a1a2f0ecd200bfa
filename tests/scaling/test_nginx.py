"""Three servers behind nginx: one is killed under load, and only what was in flight on it gets no answer."""

from tests.faults.trial import PEOPLE, Trial
from tests.support.nginx import running_nginx
from tests.support.processes import ServerProcess


def test_a_server_that_is_killed_under_load_loses_no_acknowledged_change(three_servers: list[ServerProcess]) -> None:
    with running_nginx([server.port for server in three_servers]) as address:
        with Trial("a server killed", three_servers[0], url=address, may_cut=True) as trial:
            trial.wait_for_requests(100)
            three_servers[1].process.kill()
            trial.recovered()
            trial.wait_for_requests(100)
        finding = trial.finding
    assert (finding.lost, finding.wrong) == ([], [])
    assert finding.acknowledged > 0
    assert finding.cut <= PEOPLE, "each of them had one request in flight at most"
