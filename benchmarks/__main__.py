"""`python -m benchmarks`: Mudguard beside its peers, and on its own. `--help` lists the commands."""

import argparse
import os
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from benchmarks import alone, better_auth_server, comparison, parts, plot, report, scale
from benchmarks.better_auth_server import BetterAuth
from benchmarks.comparison import Conditions, Results, can_pin
from benchmarks.load import wrk
from benchmarks.mudguard_server import Mudguard
from benchmarks.privacyidea_server import PrivacyIdea
from benchmarks.works import WORKS, Server
from tests.support.postgresql import running_postgres

SQLITE, POSTGRESQL, BETTER_AUTH, PRIVACYIDEA = "sqlite", "postgresql", "better-auth", "privacyidea"
MUDGUARD = "Mudguard"
ALONE = ["logins", "writes", "memory", "start", "workers", "workers-on-postgresql"]


def default_cache() -> Path:
    """Where peers and large databases stay from one run to the next."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mudguard-benchmarks"


def conditions_of(given: argparse.Namespace) -> Conditions:
    """As the command line says, on any core: as users run it."""
    return Conditions(given.seconds, given.clients)


@contextmanager
def servers_of(names: list[str], cache: Path, people: int) -> Iterator[list[Server]]:
    """The servers of those names, with their databases full."""
    with ExitStack() as stack:
        servers: list[Server] = []
        for name in names:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=f"benchmark-{name}-")))
            if name == SQLITE:
                servers.append(Mudguard(MUDGUARD, folder))
            elif name == POSTGRESQL:
                cluster = stack.enter_context(running_postgres())
                servers.append(
                    Mudguard(
                        f"{MUDGUARD}, PostgreSQL", folder, database_url=cluster.new_database("benchmark"),
                        database_process=cluster.process_id,
                    )
                )  # fmt: skip
            elif name == BETTER_AUTH:
                servers.append(BetterAuth(cache, folder))
            else:
                servers.append(PrivacyIdea(cache, folder))
        for server in servers:
            print(f"Making {server.name} ready.", flush=True)
            server.make_ready(people)
        yield servers


def compare(given: argparse.Namespace) -> None:
    """Mudguard beside its peers."""
    conditions = conditions_of(given)
    works = _works(WORKS, given.work)
    with servers_of(given.only, given.cache, given.people) as servers:
        results = comparison.compare(
            servers, works, rounds=given.rounds, conditions=conditions, tell=_tell,
            is_pinned_too=_is_pinned_too(given, usually=can_pin()),
        )  # fmt: skip
        names = [server.name for server in servers]
    told = report.circumstances(results, conditions, rounds=given.rounds, people=given.people)
    print(f"\n{told}\n\n{report.table(results, against=[BetterAuth.name, PrivacyIdea.name])}\n")
    print(report.objection(results))
    if given.keep:
        report.keep(results, given.keep, told=told, servers=names)
    if given.plot:
        given.plot.write_text(plot.svg(results, names, title="Requests a second, one worker, on any core"))
    _refuse_void(results)


def grow(given: argparse.Namespace) -> None:
    """Mudguard with few people in its database and with very many."""
    conditions = conditions_of(given)
    results = scale.compare(
        given.people, given.cache, rounds=given.rounds, conditions=conditions, tell=_tell,
        is_pinned_too=_is_pinned_too(given, usually=False),
    )  # fmt: skip
    told = report.circumstances(results, conditions, rounds=given.rounds, people=given.people[-1])
    print(f"\n{told}\n\n{report.table(results, against=[scale.name_of(given.people[0])])}\n")
    print(scale.differences(results, given.people))
    print(report.objection(results))
    _refuse_void(results)


def by_itself(given: argparse.Namespace) -> None:
    """Mudguard under storms of sign-ins and of writes, after many setups, at its start, with two workers."""
    conditions = conditions_of(given)
    wanted = given.only or ALONE
    if "logins" in wanted:
        alone.logins(conditions, rounds=given.rounds, people=given.people, tell=_tell)
    if "writes" in wanted:
        alone.writes(conditions, rounds=given.rounds, people=given.people, tell=_tell)
    if "memory" in wanted:
        alone.memory(conditions, setups=tuple(given.setups), people=given.people, tell=_tell)
    if "start" in wanted:
        alone.start(people=given.people, times=given.starts, tell=_tell)
    works = _works(alone.WORKS, given.work)
    if "workers" in wanted:
        alone.workers(conditions, works=works, rounds=given.rounds, people=given.people, tell=_tell)
    if "workers-on-postgresql" in wanted:
        alone.workers_on_postgresql(conditions, works=works, rounds=given.rounds, people=given.people, tell=_tell)


def take_apart(given: argparse.Namespace) -> None:
    """A 2FA setup taken apart: processor time of each of its parts."""
    parts.measure(given.people, given.times, _tell)


def smoke(given: argparse.Namespace) -> None:
    """Every command for a moment, to see that it works; what it measures means nothing. Without the sign-ins."""
    names = [SQLITE]
    if not given.alone:
        better_auth_server.install(given.cache / BETTER_AUTH)
        names += [POSTGRESQL, BETTER_AUTH]
    with tempfile.TemporaryDirectory(prefix="benchmark-") as cache:
        brief = ["--seconds", "0.4", "--rounds", "1", "--clients", "2"]
        picture = f"{cache}/performance.svg"
        for command in (
            ["compare", *brief, "--people", "2000", "--only", *names, "--work", "setup",
             *([] if given.alone else ["code"]), "--plot", picture, "--keep", f"{cache}/samples"],
            ["scale", *brief, "--people", "500", "--cache", cache],
            ["alone", *brief, "--people", "1000", "--only", "writes", "memory", "start", "workers", "--setups", "10",
             "--starts", "1", "--work", "setup"],
            ["parts", "--people", "200", "--times", "50"],
        ):  # fmt: skip
            print(f"\n$ python -m benchmarks {' '.join(command)}", flush=True)
            chosen = parser().parse_args(command)
            if command[0] == "compare":
                chosen.cache = given.cache
            chosen.run(chosen)


def _works(known: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    return [work for work in known if not wanted or any(part in work for part in wanted)]


def _is_pinned_too(given: argparse.Namespace, *, usually: bool) -> bool:
    """As the command line says, or as `usually`. Raises `SystemExit` where that cannot be."""
    if given.is_pinned_too and not can_pin():
        raise SystemExit("--pinned-too needs two cores and taskset.")
    return usually if given.is_pinned_too is None else bool(given.is_pinned_too)


def _refuse_void(results: Results) -> None:
    for void in results.void:
        print(f"VOID: {void}")
    if results.void:
        raise SystemExit("Some answers were not what they should be: those rounds count for nothing.")


def _tell(line: str) -> None:
    print(line, flush=True)


def parser() -> argparse.ArgumentParser:
    """The command line."""
    made = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--seconds", type=float, default=5, help="length of each run (5)")
    common.add_argument("--clients", type=int, default=8, help="clients at a time, each waiting for its answer (8)")
    common.add_argument("--cache", type=Path, default=default_cache(), help="folder of peers and large databases")
    placed = argparse.ArgumentParser(add_help=False)
    place = placed.add_mutually_exclusive_group()
    place.add_argument("--pinned-too", dest="is_pinned_too", action="store_const", const=True,
                       help="do everything twice: on any core, and with the server on a core of its own")  # fmt: skip
    place.add_argument("--unpinned-only", dest="is_pinned_too", action="store_const", const=False,
                       help="do everything on any core only")  # fmt: skip
    commands = made.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("compare", parents=[common, placed], help=f"{compare.__doc__} Pinned too, if possible.")
    one.add_argument("--rounds", type=int, default=5, help="how often everything is done (5)")
    one.add_argument("--people", type=int, default=16_000, help="people in each database (16000)")
    one.add_argument("--only", nargs="+", metavar="SERVER", default=[SQLITE, POSTGRESQL, BETTER_AUTH, PRIVACYIDEA],
                     choices=[SQLITE, POSTGRESQL, BETTER_AUTH, PRIVACYIDEA],
                     help="sqlite, postgresql (Mudguard on either), better-auth, privacyidea")  # fmt: skip
    one.add_argument("--work", nargs="+", help="only works whose names contain this")
    one.add_argument("--keep", type=Path, help="write every sample to this JSON file")
    one.add_argument("--plot", type=Path, help="write the picture to this SVG file")
    one.set_defaults(run=compare)

    two = commands.add_parser("scale", parents=[common, placed], help=f"{grow.__doc__} Unpinned only by default.")
    two.add_argument("--rounds", type=int, default=5, help="how often everything is done (5)")
    two.add_argument("--people", nargs="+", type=int, default=[1_000, 1_000_000], help="sizes (1000 1000000)")
    two.set_defaults(run=grow)

    three = commands.add_parser("alone", parents=[common], help=by_itself.__doc__)
    three.add_argument("--rounds", type=int, default=5, help="how often everything is done (5)")
    three.add_argument("--people", type=int, default=10_000, help="people in the database (10000)")
    three.add_argument("--only", nargs="+", choices=ALONE, help="not all of them")
    three.add_argument("--setups", nargs="+", type=int, default=[20_000, 100_000], help="for memory (20000 100000)")
    three.add_argument("--starts", type=int, default=5, help="for start (5)")
    three.add_argument("--work", nargs="+", help="for workers: only works whose names contain this")
    three.set_defaults(run=by_itself)

    four = commands.add_parser("parts", help=take_apart.__doc__)
    four.add_argument("--people", type=int, default=4_000, help="people in the database (4000)")
    four.add_argument("--times", type=int, default=1_000, help="how often each part is done in a repeat (1000)")
    four.set_defaults(run=take_apart)

    five = commands.add_parser("smoke", parents=[common], help=smoke.__doc__)
    five.add_argument("--alone", action="store_true", help="without PostgreSQL and better-auth")
    five.set_defaults(run=smoke)
    return made


def main() -> None:
    """Run a command."""
    given = parser().parse_args()
    wrk()
    given.run(given)


if __name__ == "__main__":
    main()
