"""
The operator's commands for messages between cases: send one that another system was to send, list those that nobody
waits for.
"""

from __future__ import annotations

import secrets
from typing import Any

import click
from sqlalchemy import select

from engine.errors import NotFound, NotYourTask
from engine.steps import messages as post
from engine.storage.data import load
from engine.tables import Message
from web import people
from web.commands.running import read_settings
from web.services import build


@click.command()
@click.argument("name")
@click.option("--case", "number", help="number of the case that it is for, whatever key its event has")
@click.option("--key", "correlation", help="in place of --case: the key of the event that waits")
@click.option("--data", help="what it carries, as JSON; no personal data")
@click.option("--once", help="a name for this message: sent again under it, nothing more happens")
@click.option("--by", "username", required=True, help="user name of the operator who sends it")
def message(
    name: str, number: str | None, correlation: str | None, data: str | None, once: str | None, username: str
) -> None:
    """
    Send the message NAME to the case that waits for it, or that it opens; if nobody waits, it is kept.
    """
    if (number is None) == (correlation is None):
        raise click.UsageError("Give --case or --key.")
    here = build(read_settings())
    try:
        with here.database.read() as connection:
            found = people.account(connection, username)
            actor = people.actor_of(connection, found.person_id) if found is not None else None
        if actor is None:
            raise click.ClickException(f"There is no user {username}.")
        post.send(
            here.database,
            here.releases,
            actor,
            name,
            key=once or secrets.token_hex(16),
            now=here.ports.clock.now(),
            number=number,
            correlation=correlation,
            payload=_read(data),
        )
    except NotYourTask:
        raise click.ClickException(f"{username} is no operator.") from None
    except NotFound:
        raise click.ClickException("No process waits for a message of this name, or there is no such case.") from None
    finally:
        here.database.close()
    click.echo("Sent: a worker delivers it.")


def _read(data: str | None) -> Any:
    if data is None:
        return None
    try:
        return load(data)
    except ValueError as error:
        raise click.UsageError(f"--data is not JSON: {error}") from None


@click.command()
def messages() -> None:
    """
    List the messages that nobody waits for yet, oldest first: name, key, sender, since when.
    """
    here = build(read_settings())
    with here.database.read() as connection:
        waiting = select(Message.name, Message.key, Message.case_id, Message.sent_at).where(Message.waits)
        rows = connection.execute(waiting.order_by(Message.id)).all()
    here.database.close()
    for row in rows:
        sender = f"case {row.case_id}" if row.case_id is not None else "from outside"
        click.echo(f"{row.name}  {row.key}  {sender}  {row.sent_at:%Y-%m-%d %H:%M} UTC")
    click.echo(f"{len(rows)} kept." if rows else "No message waits.")


COMMANDS = (message, messages)
