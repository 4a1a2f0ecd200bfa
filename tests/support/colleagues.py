"""Further operators of an organisation, who come by the command line and not by the API."""

import itertools

from mudguard.rules.refusals import Refused
from mudguard.rules.roles import Role
from mudguard.security import keyring
from mudguard.sign_in.registration import Applicant
from mudguard.store.database import Database
from mudguard.store.people import Person
from mudguard.wiring import Services
from tests.support.people import PASSWORD, Player
from tests.support.server import Server

_numbers = itertools.count(1)


def added_operator(server: Server, owner: Player, role: Role) -> Person:
    """A further operator of the owner's organisation, who has not signed in yet."""
    ring = keyring.load(server.settings.keyring_path)
    applicant = Applicant(f"{role}{next(_numbers)}@northwind.test", PASSWORD, "Carla", "Colleague")

    async def add(database: Database) -> Person | Refused:
        registration = Services(server.settings, ring, database, clock=server.clock).registration
        return await registration.add_operator(applicant, org_id=str(owner.org_id), role=role)

    made = server.inspect().wait_for(add)
    assert isinstance(made, Person), made
    return made


def colleague(server: Server, owner: Player, role: Role) -> Player:
    """A further operator of the owner's organisation, signed in."""
    made = added_operator(server, owner, role)
    response = server.client.post("/api/auth/login", json={"email": made.email, "password": PASSWORD})
    assert response.status_code == 200, response.text
    pair = response.json()
    return Player(
        server.client, server.clock, made.email, made.id, pair["token"], pair["refreshToken"], org_id=owner.org_id
    )
