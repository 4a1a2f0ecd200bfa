"""Two people do as they like, at the real server and in the model: every answer must be the one the model gives."""

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx2
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from mudguard.store.removal import sweep
from tests.model.actors import Actor, Kind
from tests.model.reference import Answer, Person
from tests.model.requests import Move, Requests
from tests.support.answers import claims
from tests.support.people import PASSWORD, first_project, operator
from tests.support.races import at_once
from tests.support.server import Server

BEGINNING = 1_900_000_000_000
"""The moment at which every run begins, so that one that failed can be had again."""

_numbers = itertools.count(1)

who = st.integers(0, 1)
which = st.sampled_from([0, 0, 0, 0, 0, 1, 1, 2, 3, 5])
"""Of several things of a kind mostly the newest."""
kinds = st.sampled_from([*[Kind.RIGHT] * 9, *[Kind.BACKUP] * 3, *Kind])
rightness = st.sampled_from([True, True, True, True, False])
spans = st.sampled_from([1, 20, 30, 31, 31, 31, 61, 61, 150, 301, 901, 1_801, 3_601, 40_000, 86_401, 1_300_000])
steps_back = st.sampled_from([1, 30, 300, 3_600, 86_400])


@dataclass
class Tally:
    """What was done so far."""

    runs: int = 0
    steps: int = 0
    answers: Counter[str] = field(default_factory=Counter)


class House:
    """A server that can be stopped and started, on one database, with a project for people to join."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.clock = server.clock.stand_still()
        self.project_id = first_project(operator(server))
        self.tally = Tally()

    def restart(self) -> None:
        """Another server on the same database; what it sweeps away in the beginning is gone when it is returned."""
        settings = self.server.settings
        self.server.__exit__(None, None, None)
        self.server = Server(settings.data_dir, clock=self.clock, database_url=settings.database_url).__enter__()
        self.server.inspect().wait_for(
            lambda database: sweep(database, now_ms=self.clock(), lifetimes=settings.lifetimes)
        )

    def client(self) -> httpx2.Client:
        """The way to the server that runs now."""
        return self.server.client


class Machine(RuleBasedStateMachine):
    """The rules by which people act, from whom nothing is hidden that they ever saw. `machine_in` names the house."""

    house: House

    def __init__(self) -> None:
        super().__init__()
        self.clock = self.house.clock
        self.clock.offset_ms += BEGINNING - self.clock()
        self.history: list[str] = []
        self.is_restarted = False
        actors = [self._signed_up("Ann", None), self._signed_up("Ben", self.house.project_id)]
        self.ask = Requests(self.house.client, actors)
        self.house.tally.runs += 1

    @rule(who=who, which=which, password=st.none() | rightness, kind=st.none() | kinds)
    def setup(self, who: int, which: int, password: bool | None, kind: Kind | None) -> None:
        self._play(self.ask.setup(who, which, password, kind))

    @rule(who=who, which=which, kind=kinds)
    def verify(self, who: int, which: int, kind: Kind) -> None:
        self._play(self.ask.verify(who, which, kind))

    @rule(who=who)
    def enrol(self, who: int) -> None:
        self._play(self.ask.setup(who, 0, password=True, kind=Kind.RIGHT))
        self._play(self.ask.verify(who, 0, Kind.RIGHT))

    @rule(who=who, which=which, password=rightness, kind=kinds)
    def disable(self, who: int, which: int, password: bool, kind: Kind) -> None:
        self._play(self.ask.disable(who, which, password, kind))

    @rule(who=who, which=which, kind=kinds)
    def new_codes(self, who: int, which: int, kind: Kind) -> None:
        self._play(self.ask.new_codes(who, which, kind))

    @rule(who=who, which=which)
    def status(self, who: int, which: int) -> None:
        self._play(self.ask.status(who, which))

    @rule(who=who, which=which)
    def sessions(self, who: int, which: int) -> None:
        self._play(self.ask.sessions(who, which))

    @rule(who=who, password=rightness, kind=st.none() | kinds)
    def login(self, who: int, password: bool, kind: Kind | None) -> None:
        self._play(self.ask.login(who, password, kind))

    @rule(who=who, first=st.none() | kinds)
    def sign_in(self, who: int, first: Kind | None) -> None:
        self._play(self.ask.login(who, password=True, kind=None))
        if first:
            self._play(self.ask.challenge(who, 0, first, by=who))
        self._play(self.ask.challenge(who, 0, Kind.RIGHT, by=who))

    @rule(who=who, which=which, kind=kinds, by=who)
    def challenge(self, who: int, which: int, kind: Kind, by: int) -> None:
        self._play(self.ask.challenge(who, which, kind, by=by))

    @rule(who=who, kind=st.sampled_from([Kind.RIGHT, Kind.BACKUP, Kind.BEHIND]))
    def a_code_is_used_twice(self, who: int, kind: Kind) -> None:
        self._play(self.ask.login(who, password=True, kind=kind))
        spent = Kind.SPENT_BACKUP if kind is Kind.BACKUP else Kind.SPENT
        self._play(self.ask.login(who, password=True, kind=spent))

    @rule(who=who, factor=st.sampled_from([Kind.WRONG, Kind.WRONG_BACKUP, None]), seconds_back=st.just(0) | steps_back)
    def guess_until_locked_out(self, who: int, factor: Kind | None, seconds_back: int) -> None:
        for _ in range(5 if factor else 10):
            self._play(self.ask.login(who, password=factor is not None, kind=factor))
        self._pass(-seconds_back)
        for wait in (0, 299, 2, 601):
            self._pass(wait)
            kind = Kind.BACKUP if factor is Kind.WRONG_BACKUP else Kind.RIGHT
            self._play(self.ask.login(who, password=True, kind=kind))

    @rule(who=who)
    def turn_it_off_and_on(self, who: int) -> None:
        self._play(self.ask.disable(who, 0, password=True, kind=Kind.RIGHT))
        self.enrol(who)
        self._play(self.ask.login(who, password=True, kind=Kind.BACKUP))

    @rule(who=who)
    def stay_signed_in(self, who: int) -> None:
        for _ in range(3):
            self._pass(1_300)
            self._play(self.ask.refresh(who, 0, "newest"))
        self._play(self.ask.setup(who, 0, password=None, kind=Kind.RIGHT))

    @rule(who=who, by=st.sampled_from(["new codes", "off and on", "password", "enrolment"]))
    def a_sign_in_is_overtaken(self, who: int, by: str) -> None:
        self._play(self.ask.login(who, password=True, kind=None))
        if by == "new codes":
            self._play(self.ask.new_codes(who, 0, Kind.BACKUP))
        elif by == "password":
            self._play(self.ask.change_password(who, 0, password=True, same=False))
        else:
            if by == "off and on":
                self._play(self.ask.disable(who, 0, password=True, kind=Kind.BACKUP))
            self.enrol(who)
        self._play(self.ask.challenge(who, 0, Kind.BACKUP, by=who))

    @rule(who=who, which=which, password=rightness, same=rightness)
    def change_password(self, who: int, which: int, password: bool, same: bool) -> None:
        self._play(self.ask.change_password(who, which, password, same=not same))

    @rule(who=who, which=which)
    def logout(self, who: int, which: int) -> None:
        self._play(self.ask.logout(who, which))

    @rule(who=who, which=which, whose=who, session=which)
    def revoke_session(self, who: int, which: int, whose: int, session: int) -> None:
        self._play(self.ask.revoke_session(who, which, whose=whose, target=session))

    @rule(who=who, which=which, age=st.sampled_from(["newest", "newest", "newest", "newest", "used", "made-up"]))
    def refresh(self, who: int, which: int, age: str) -> None:
        self._play(self.ask.refresh(who, which, age))

    @rule(seconds=spans)
    def time_passes(self, seconds: int) -> None:
        self._pass(seconds)

    @rule(seconds=steps_back)
    def the_clock_is_set_back(self, seconds: int) -> None:
        self._pass(-seconds)

    @precondition(lambda self: not self.is_restarted)
    @rule()
    def the_server_is_restarted(self) -> None:
        """Once a run, for the time it takes."""
        self.is_restarted = True
        self._note("the server is restarted")
        self.house.restart()
        for actor in self.ask.actors:
            actor.person.sweep(self.clock())

    @rule(data=st.data())
    def both_at_once(self, data: Any) -> None:
        moves = [data.draw(st.sampled_from(self._moves_of(one)), label=self.ask.actors[one].name) for one in (0, 1)]
        self._note("at once:")
        for move, response in zip(moves, at_once([move.send for move in moves]), strict=True):
            self._compare(move, response)

    def _moves_of(self, one: int) -> list[Move]:
        return [
            self.ask.login(one, password=True, kind=Kind.RIGHT),
            self.ask.login(one, password=True, kind=None),
            self.ask.setup(one, 0, password=None, kind=Kind.RIGHT),
            self.ask.verify(one, 0, Kind.RIGHT),
            self.ask.new_codes(one, 0, Kind.BACKUP),
            self.ask.challenge(one, 0, Kind.RIGHT, by=one),
        ]

    def _signed_up(self, name: str, project_id: str | None) -> Actor:
        actor = Actor(name, Person(f"{name.lower()}{next(_numbers)}@model.test", PASSWORD), self.clock, project_id)
        body = {
            "email": actor.person.email,
            "password": PASSWORD,
            "firstName": name,
            "lastName": "Model",
            "agreedToTerms": True,
        }
        path = "/api/auth/local/register" if project_id else "/api/auth/register"
        response = self.house.client().post(path, json={**body, "projectId": project_id} if project_id else body)
        assert response.status_code == 201, response.text
        actor.keep(actor.person.begin_session(self.clock()), response)
        return actor

    def _pass(self, seconds: int) -> None:
        self._note(f"{seconds} s pass" if seconds >= 0 else f"the clock is set back by {-seconds} s")
        self.clock.advance(seconds)

    def _note(self, text: str) -> None:
        self.history.append(text)
        self.house.tally.steps += 1

    def _play(self, move: Move) -> None:
        self._compare(move, move.send())

    def _compare(self, move: Move, response: httpx2.Response) -> None:
        expected = move.expected(self.clock())
        body = response.json()
        told = {name: _told(name, response) for name in expected.told}
        got = Answer(response.status_code, body.get("code"), body.get("retryAfter"), told, expected.made)
        self._note(f"{move.actor.name} {move.text}: {expected.status} {expected.code or ''}")
        self.house.tally.answers[f"{expected.status} {expected.code or ''}".strip()] += 1
        if got != expected:
            past = "\n".join(self.history)
            raise AssertionError(f"{past}\nThe model answers {expected},\nthe server    {got}: {response.text}")
        if expected.status == 200 or expected.made:
            move.actor.keep(expected, response)
        if expected.status == 200 and move.code:
            move.actor.accepted.append(move.code)


def machine_in(house: House) -> type[Machine]:
    """The machine whose people live in `house`."""
    return type("MachineInHouse", (Machine,), {"house": house})


def _told(name: str, response: httpx2.Response) -> object:
    """What `response` says under a name of the model's."""
    body = response.json()
    if name == "aal":
        return claims(body["token"])["aal"] if "token" in body else None
    if name == "sessions":
        return {(each["_id"], each["aal"], each["current"]) for each in body.get("sessions", ())}
    if name == "clockDriftSeconds":
        return dict(body.get("details", {})).get(name)
    return body.get(name)
