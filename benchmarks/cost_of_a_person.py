"""What a person costs: bytes in the database, and statements an operation. `python benchmarks/cost_of_a_person.py`.

Makes people with 2FA on straight through the services: `--people 20000 --database postgresql://…` (SQLite by default).
"""

import argparse
import base64
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event, text

from mudguard.boot import prepare
from mudguard.clock import milliseconds
from mudguard.rules import totp
from mudguard.rules.refusals import Refused
from mudguard.services import Services
from mudguard.settings import Settings
from mudguard.sign_in.bearer import Caller, Visitor
from mudguard.sign_in.registration import Applicant
from mudguard.sign_in.service import WeighedLogin
from mudguard.store import projects
from mudguard.store.tables import metadata
from mudguard.two_factor.service import Enrolment

PASSWORD = "correct horse battery"
VISITOR = Visitor(
    "192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "5f2b9c0e7a1d4c36"
)
CONTROL = ("BEGIN", "COMMIT", "SET ", "PRAGMA")


class Bench:
    """Services over an empty database, and a clock that can be put forward."""

    def __init__(self, data_dir: Path, database_url: str) -> None:
        settings = Settings.model_validate(
            {"data_dir": data_dir, "database_url": database_url, "argon2_memory_kib": 8, "argon2_passes": 1}
        )
        ring, self.database = prepare(settings, upgrade=True)
        self.offset_ms = 0
        self.services = Services(settings, ring, self.database, clock=self.now)
        self.statements = 0
        event.listen(self.database.engine, "before_cursor_execute", self._count)
        founder = self.services.registration.found_organization(Applicant("olga@northwind.test", PASSWORD, "O", "O"))
        assert not isinstance(founder, Refused)
        with self.database.reading() as connection:
            self.project_id = projects.of_organization(connection, str(founder.org_id))[0].id

    def now(self) -> int:
        """Milliseconds since 1970."""
        return milliseconds() + self.offset_ms

    def _count(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.statements += not statement.startswith(CONTROL)

    def counted(self, work: Callable[[], Any]) -> tuple[Any, int]:
        """What `work` gives, and how many statements it took, transaction control left out."""
        before = self.statements
        outcome = work()
        return outcome, self.statements - before

    def person(self, number: int) -> Counter[str]:
        """Make a person, turn 2FA on, sign in with a code and with a backup code; the statements of each."""
        took: Counter[str] = Counter()
        made = self.services

        def step(name: str, work: Callable[[], Any]) -> Any:
            outcome, took[name] = self.counted(work)
            return outcome

        email = f"person{number}@customers.test"
        applicant = Applicant(email, PASSWORD, "Pia", "Person")
        pair = step("sign-up", lambda: made.registration.register_person(self.project_id, applicant, visitor=VISITOR))
        caller = Caller(made.tokens.read(pair.access_token, now_ms=self.now()), VISITOR)
        step("any read (GET /api/users/me)", lambda: made.sign_in.current(caller))
        setup: Enrolment = step("setup", lambda: made.two_factor.setup(caller))
        step("verify", lambda: made.two_factor.verify(caller, token=self._code(setup)))
        self.offset_ms += 30_000
        code = self._code(setup)
        challenge = step("sign-in, first step", lambda: self._log_in(email))
        token = challenge.extra["challengeToken"]
        pair = step("sign-in, second step", lambda: made.sign_in.complete_challenge(token, code, visitor=VISITOR))
        step("refresh", lambda: made.sign_in.refresh(pair.refresh_token, visitor=VISITOR))
        challenge = self._log_in(email).extra["challengeToken"]
        backup = setup.backup_codes[0]
        step("second step, backup code", lambda: made.sign_in.complete_challenge(challenge, backup, visitor=VISITOR))
        return took

    def _log_in(self, email: str) -> Any:
        weighed = self.services.sign_in.weigh_login(self.project_id, email, PASSWORD, visitor=VISITOR)
        assert isinstance(weighed, WeighedLogin)
        return self.services.sign_in.login(weighed, visitor=VISITOR)

    def _code(self, setup: Enrolment) -> str:
        return totp.hotp(base64.b32decode(setup.secret), totp.step_at(self.now()))

    def sizes(self) -> dict[str, int]:
        """Bytes of each table with its indexes."""
        with self.database.reading() as connection:
            if self.database.is_sqlite:
                query = text(
                    "SELECT sum(pgsize) FROM dbstat WHERE name = :table"
                    " OR name IN (SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = :table)"
                )
            else:
                query = text("SELECT pg_total_relation_size(CAST(:table AS regclass))")
            return {name: connection.scalar(query, {"table": name}) or 0 for name in metadata.tables}


def main() -> None:
    """Print the tables of `docs/scaling.md`."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1_000, help="how many are made (1000)")
    options.add_argument("--database", default="", help="URL of an empty PostgreSQL; SQLite if left out")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), given.database)
        before = bench.sizes()
        for number in range(given.people):
            took = bench.person(number)
        for name, statements in took.items():
            print(f"{name:32} {statements:3} statements")
        total = 0
        for name, size in bench.sizes().items():
            grown = (size - before[name]) / given.people
            total += size - before[name]
            if grown >= 1:
                print(f"{name:32} {grown:7.0f} bytes a person")
        print(f"{'all':32} {total / given.people:7.0f} bytes a person")
        bench.database.close()


if __name__ == "__main__":
    main()
