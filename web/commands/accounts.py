"""
What an operator does to accounts from the command line: end somebody's sessions, forget a lost second factor or
whose telephone it was.

Whoever may run these commands has the database anyway; who asks for it is proved on paper, not here.
"""

from __future__ import annotations

from contextlib import closing

import click
from sqlalchemy import Connection, select

from engine.clock import SystemClock
from engine.storage.database import Database
from engine.tables import Person
from web import passwords, second_factor, sessions
from web.commands.running import read_settings
from web.login import bindings
from web.login.mobile_id_fields import Fields


@click.command("log-out")
@click.argument("username")
def log_out(username: str) -> None:
    """
    End all sessions of an account at once.
    """
    with closing(Database(read_settings().database_url)) as database, database.step() as connection:
        ended = sessions.end_sessions_of(connection, _person(connection, username), SystemClock().now())
    click.echo(f"Sessions ended: {ended}.")


@click.command("forget-second-factor")
@click.argument("username")
def forget_second_factor(username: str) -> None:
    """
    Forget an account's second factors and recovery codes, and end its sessions: the owner has lost them and proved
    who they are as they did when the account was made.
    """
    with closing(Database(read_settings().database_url)) as database, database.step() as connection:
        person_id = _person(connection, username)
        second_factor.remove_all(connection, person_id)
        sessions.end_sessions_of(connection, person_id, SystemClock().now())
    click.echo("The second factor is forgotten. Roles that need one enrol a new one at the next log-in.")


@click.command("set-password")
@click.argument("username")
@click.option("--password", prompt=True, hide_input=True, confirmation_prompt=True, help="typed by the account's owner")
def set_password(username: str, password: str) -> None:
    """
    Give an account a password, typed by its owner, and end its sessions.
    """
    with closing(Database(read_settings().database_url)) as database, database.step() as connection:
        person_id = _person(connection, username)
        if passwords.is_weak(password, (username,)):
            raise click.ClickException(f"Too easily guessed: at least {passwords.SHORTEST} characters, not the name.")
        passwords.store(connection, person_id, password)
        sessions.end_sessions_of(connection, person_id, SystemClock().now())
    click.echo("The password is set.")


@click.command("forget-telephone")
@click.argument("number")
@click.argument("user_id")
def forget_telephone(number: str, user_id: str) -> None:
    """
    Forget whose Asan İmza NUMBER with USER_ID was: it went to somebody else, who proved it as an account's owner does.
    """
    settings = read_settings()
    try:
        asked = Fields(by_fin=settings.asan.identifier == "national_id").asked(
            {"telephone": number, "user_id": user_id}
        )
    except ValueError:
        raise click.UsageError("NUMBER is a mobile number of Azerbaijan, USER_ID its six digits (or FIN).") from None
    with closing(Database(settings.database_url)) as database, database.step() as connection:
        if not bindings.forget(connection, asked.number, asked.identifier):
            raise click.ClickException("Nobody has logged in with this number and user ID.")
    click.echo("Forgotten. Whoever logs in with it next is its owner.")


def _person(connection: Connection, username: str) -> int:
    found = connection.execute(select(Person.id).where(Person.username == username)).scalar_one_or_none()
    if found is None:
        raise click.ClickException(f"There is no account {username}.")
    return int(found)
