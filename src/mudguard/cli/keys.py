"""`mudguard keys`: the master keys that encrypt the secrets in the database."""

import sys
import time
from typing import TYPE_CHECKING, Annotated

import typer

from mudguard.errors import CommandError

if TYPE_CHECKING:
    from collections import Counter
    from pathlib import Path

    from mudguard.security.field_cipher import FieldCipher
    from mudguard.security.keyring import Key
    from mudguard.store.database import Database

NOTICED_AFTER_SECONDS = 6.0
"""A little more than the `LOOK_EVERY_SECONDS` of a key ring."""

app = typer.Typer(help="List, rotate and retire the master keys.", no_args_is_help=True)


@app.command()
def status() -> None:
    """List the keys, and how many values each has encrypted."""
    from mudguard.cli.people import services

    with services() as running:
        used = running.wait(_uses(running.services.database))
    for position, key in enumerate(running.services.keyring):
        number = used.pop(key.id, 0)
        advice = _why_needed(position, key, number, running.services.tokens.lifetime) or "can be retired"
        typer.echo(_row(key.name, _role(position, key), number, advice))
    for key_id, number in used.items():
        typer.echo(_row(key_id.hex(), "MISSING", number, "restore this key from your copy of the ring"))
    if used:
        raise typer.Exit(1)


@app.command()
def add() -> None:
    """Add a standby key, which only decrypts.

    With several machines, copy the ring to all of them after this, and then rotate. So each machine can always read
    what the others encrypt.
    """
    from mudguard.security import keyring
    from mudguard.security.keyring import Key

    path, keys = _ring()
    standby = Key.fresh()
    keyring.write(path, [*keys, standby])
    typer.echo(
        f"Added {standby.name} as a standby to {path}. Copy the ring to every machine, then 'mudguard keys rotate'."
    )


@app.command()
def rotate(
    wait: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long to wait for servers to see the new key."),
    ] = NOTICED_AFTER_SECONDS,
) -> None:
    """Put a new key first and re-encrypt everything with it.

    If it is interrupted, run it again to continue. Tokens signed by the old key stay valid until they expire.
    """
    from dataclasses import replace

    from mudguard.cli.people import services
    from mudguard.security import keyring
    from mudguard.security.field_cipher import FieldCipher
    from mudguard.security.keyring import Key

    with services() as running:
        path, keys = _ring()
        database = running.services.database
        used = running.wait(_uses(database))
        left = sum(number for key_id, number in used.items() if key_id != keys[0].id)
        if left:
            typer.echo(f"Going on with the rotation to {keys[0].name}: {left:,} value{'s' * (left != 1)} to go.")
        else:
            standby = next((key for key in keys[1:] if key.replaced_at is None), None) or Key.fresh()
            others = [key for key in keys[1:] if key.id != standby.id]
            keyring.write(path, [standby, replace(keys[0], replaced_at=int(time.time())), *others])
            typer.echo(f"{standby.name} is the first key now. Keep a copy of {path} apart from the database's.")
        cipher = FieldCipher(keyring.load(path))
        done = running.wait(_reencrypt(database, cipher))
        time.sleep(wait)
        done += running.wait(_reencrypt(database, cipher))  # values that servers encrypted before they saw the new ring
    typer.echo(f"{done:,} row{'s' * (done != 1)} encrypted anew. 'mudguard keys status' tells when the old key can go.")


@app.command()
def retire(
    name: Annotated[str, typer.Argument(metavar="KEY", help="The key's id in 'mudguard keys status'.")],
) -> None:
    """Remove a key that nothing needs any more. Refuses while anything needs it."""
    from mudguard.cli.people import services
    from mudguard.security import keyring

    path, keys = _ring()
    with services() as running:
        used = running.wait(_uses(running.services.database))
    position = next((place for place, key in enumerate(keys) if key.name == name), None)
    if position is None:
        raise CommandError(f"the ring holds no key {name}; 'mudguard keys status' lists them")
    reason = _why_needed(position, keys[position], used[keys[position].id], running.services.tokens.lifetime)
    if reason:
        raise CommandError(f"key {name} {reason}")
    keyring.write(path, [key for key in keys if key.name != name])
    typer.echo(
        f"Retired {name}. Backups of the database from before its rotation still need it: keep a copy with them."
    )


def _ring() -> "tuple[Path, list[Key]]":
    from mudguard.security import keyring
    from mudguard.serving.boot import load_settings

    path = load_settings().keyring_path
    return path, keyring.read(path)


def _role(position: int, key: "Key") -> str:
    if position == 0:
        return "first"
    return "standby" if key.replaced_at is None else "replaced"


def _row(name: str, role: str, number: int, advice: str) -> str:
    return f"{name}  {role:8} {number:>9,} value{'s' * (number != 1)} encrypted  {advice}"


async def _uses(database: "Database") -> "Counter[bytes]":
    """How many values each key encrypted. The count may take long."""
    from mudguard.store.reencryption import uses

    async with database.snapshot(seconds=None) as connection:
        return await uses(connection)


async def _reencrypt(database: "Database", cipher: "FieldCipher") -> int:
    """Encrypt everything with the first key, and show progress on a terminal."""
    from mudguard.security.field_cipher import UnreadableError
    from mudguard.store.reencryption import reencrypt_all

    done = 0
    try:
        async for moved in reencrypt_all(database, cipher):
            done += moved
            if sys.stderr.isatty():
                typer.echo(f"\r{done:,} rows", nl=False, err=True)
    except UnreadableError as error:
        raise CommandError(
            f"not everything could be moved: {error}; restore it from a backup, then rotate again"
        ) from None
    return done


def _why_needed(position: int, key: "Key", number: int, token_lifetime: int) -> str | None:
    """Why the key cannot go; None if it can."""
    if position == 0:
        return "encrypts and signs; rotate first"
    if number:
        return f"has encrypted {number:,} value{'s' * (number != 1)}; run 'mudguard keys rotate' to move them"
    if key.replaced_at is not None and time.time() < key.replaced_at + token_lifetime:
        minutes = -(-int(key.replaced_at + token_lifetime - time.time()) // 60)
        return f"signed tokens that are still in force; in {minutes} minute{'s' * (minutes != 1)} none is"
    return None
