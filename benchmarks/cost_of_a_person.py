"""What a person costs: bytes in the database, and statements an operation. `python -m benchmarks.cost_of_a_person`.

Makes people with 2FA on straight through the services: `--people 20000 --database postgresql://…` (SQLite by default).
"""

import argparse
import asyncio
import base64
import tempfile
from collections import Counter
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Dialect

from benchmarks.rows import engine_of
from mudguard.authn.callers import Caller, Visitor
from mudguard.authn.clock import milliseconds
from mudguard.factors.service import Enrolment
from mudguard.rules import totp
from mudguard.rules.refusals import Refused
from mudguard.serving.boot import prepare
from mudguard.settings import Settings
from mudguard.sign_in.registration import Applicant
from mudguard.store import projects
from mudguard.store.statements import Compiled, Statement
from mudguard.store.tables import metadata
from mudguard.wiring import Services

PASSWORD = "correct horse battery"
VISITOR = Visitor(
    "192.0.2.1", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "5f2b9c0e7a1d4c36"
)


class Bench:
    """Services over an empty database, and a clock that can be put forward."""

    def __init__(self, data_dir: Path, database_url: str) -> None:
        self.settings = Settings.model_validate(
            {"data_dir": data_dir, "database_url": database_url, "argon2_memory_kib": 8, "argon2_passes": 1}
        )
        ring, self.database = prepare(self.settings, upgrade=True)
        self.offset_ms = 0
        self.services = Services(self.settings, ring, self.database, clock=self.now)
        self.project_id = ""
        self.statements = 0

    async def begin(self) -> None:
        """Found an organisation, which has a project, and count statements from now on."""
        founder = await self.services.registration.found_organization(
            Applicant("olga@northwind.test", PASSWORD, "O", "O")
        )
        assert not isinstance(founder, Refused)
        async with self.database.reading() as connection:
            self.project_id = (await projects.of_organization(connection, str(founder.org_id)))[0].id
        compiled = Statement.compiled

        def count(statement: Statement, dialect: Dialect) -> Compiled:
            self.statements += 1
            return compiled(statement, dialect)

        Statement.compiled = count  # type: ignore[assignment]  # asked for once by whatever runs a statement

    def now(self) -> int:
        """Milliseconds since 1970."""
        return milliseconds() + self.offset_ms

    async def person(self, number: int) -> Counter[str]:
        """Make a person, turn 2FA on, sign in with a code and with a backup code; the statements of each."""
        took: Counter[str] = Counter()
        made = self.services

        async def step(name: str, operation: Awaitable[Any]) -> Any:
            """What `operation` gives; it counts, transaction control left out."""
            before = self.statements
            outcome = await operation
            took[name] = self.statements - before
            assert name.endswith("first step") or not isinstance(outcome, Refused), outcome
            return outcome

        email = f"person{number}@customers.test"
        applicant = Applicant(email, PASSWORD, "Pia", "Person")
        pair = await step("sign-up", made.registration.register_person(self.project_id, applicant, visitor=VISITOR))
        caller = Caller(made.tokens.read(pair.access_token, now_ms=self.now()), VISITOR)
        await step("any read (GET /api/users/me)", made.sessions.current(caller))
        setup: Enrolment = await step("setup", made.two_factor.setup(caller))
        await step("verify", made.two_factor.verify(caller, token=self._code(setup)))
        self.offset_ms += 30_000
        code = self._code(setup)
        token = _challenge(await step("sign-in, first step", self._log_in(email)))
        pair = await step("sign-in, second step", made.sign_in.complete_challenge(token, code, visitor=VISITOR))
        await step("refresh", made.sessions.refresh(pair.refresh_token, visitor=VISITOR))
        token = _challenge(await self._log_in(email))
        backup = setup.backup_codes[0]
        await step("second step, backup code", made.sign_in.complete_challenge(token, backup, visitor=VISITOR))
        return took

    def _log_in(self, email: str) -> Awaitable[Any]:
        return self.services.sign_in.login(self.project_id, email, PASSWORD, visitor=VISITOR)

    def _code(self, setup: Enrolment) -> str:
        return totp.hotp(base64.b32decode(setup.secret), totp.step_at(self.now()))

    def sizes(self) -> dict[str, int]:
        """Bytes of each table with its indexes."""
        with engine_of(self.settings) as engine, engine.connect() as connection:
            if self.database.is_sqlite:
                query = text(
                    "SELECT sum(pgsize) FROM dbstat WHERE name = :table"
                    " OR name IN (SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = :table)"
                )
            else:
                query = text("SELECT pg_total_relation_size(CAST(:table AS regclass))")
            return {name: connection.scalar(query, {"table": name}) or 0 for name in metadata.tables}


async def make(bench: Bench, people: int) -> tuple[Counter[str], dict[str, int]]:
    """Make people: the statements that the last of them took, and the bytes that each table has grown by."""
    try:
        await bench.begin()
        before = bench.sizes()
        for number in range(people):
            took = await bench.person(number)
        return took, {name: size - before[name] for name, size in bench.sizes().items()}
    finally:
        await bench.services.close()


def _challenge(refused: Any) -> str:
    return str(refused.extra["challengeToken"])


def main() -> None:
    """Print the tables of `docs/scaling.md`."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--people", type=int, default=1_000, help="how many are made (1000)")
    options.add_argument("--database", default="", help="URL of an empty PostgreSQL; SQLite if left out")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), given.database)
        took, grown = asyncio.run(make(bench, given.people))
    for name, statements in took.items():
        print(f"{name:32} {statements:3} statements")
    for name, size in grown.items():
        if size >= given.people:
            print(f"{name:32} {size / given.people:7.0f} bytes a person")
    print(f"{'all':32} {sum(grown.values()) / given.people:7.0f} bytes a person")


if __name__ == "__main__":
    main()
