"""
Local accounts: user name and password, for staff without the state's portal and for the demonstration.

A citizen's password belongs to the state's portal and is never typed here.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext

from engine.settings import Settings
from engine.storage.database import Database
from web import people
from web.login.port import Account, Attempt, Identity, LogInRefused, Name, Question

LONGEST_NAME = 150
LONGEST_PASSWORD = 1000


class Passwords:
    """
    The adapter of the local accounts.
    """

    name: Name = "password"
    origins: tuple[str, ...] = ()

    def __init__(self, settings: Settings, database: Database) -> None:
        self._demo = settings.demo
        self._database = database

    def available(self) -> str | None:
        """
        Accounts are in our own database.
        """
        return None

    def asks(self, typed: Mapping[str, str] | None = None) -> tuple[Question, ...]:
        """
        Ask for user name and password; the password is never sent back.
        """
        wrong = {} if typed is None else _missing(typed)
        typed = typed or {}
        return (
            Question(
                "username",
                gettext("İstifadəçi adı"),
                value=folded(typed.get("username", "")),
                error=wrong.get("username", ""),
                autocomplete="username",
            ),
            Question(
                "password",
                gettext("Şifrə"),
                error=wrong.get("password", ""),
                autocomplete="current-password",
                kind="password",
            ),
        )

    def limited_by(self, typed: Mapping[str, str]) -> Account:
        """
        Count each account.
        """
        return Account(folded(typed["username"]))

    def start(self, attempt: Attempt, typed: Mapping[str, str]) -> Identity:
        """
        Check the password; unknown, wrong and closed accounts take the same time and get the same answer.

        Outside the demonstration only staff come in by a password: a citizen's is the portal's.
        """
        with self._database.read() as connection:
            found = people.account(connection, folded(typed["username"]))
            actor = people.actor_of(connection, found.person_id) if found else None
        if not people.authenticate(found, typed["password"], demo=self._demo) or found is None or actor is None:
            raise LogInRefused("wrong_password")
        if not (self._demo or actor.is_staff):
            raise LogInRefused("wrong_password", "not one of the staff")
        return Identity(None, "", "", "", self.name, "low", person_id=found.person_id)

    def poll(self, attempt: Attempt, seconds: float) -> Identity | None:
        """
        Nothing is waited for.
        """
        return None

    def finish(self, attempt: Attempt, answer: Mapping[str, str]) -> Identity:
        """
        Refuse: nobody comes back with the answer of a local account.
        """
        raise LogInRefused("not_allowed_here")

    def cancel(self, attempt: Attempt) -> None:
        """
        Nobody waits.
        """


def folded(username: str) -> str:
    """
    Return a user name as accounts are found by: without blanks around, ASCII in small letters.
    """
    username = username.strip()[:LONGEST_NAME]
    return username.lower() if username.isascii() else username


def _missing(typed: Mapping[str, str]) -> dict[str, str]:
    wrong = {}
    if not folded(typed.get("username", "")):
        wrong["username"] = gettext("İstifadəçi adını daxil edin")
    if not typed.get("password", ""):
        wrong["password"] = gettext("Şifrəni daxil edin")
    elif len(typed["password"]) > LONGEST_PASSWORD:
        wrong["password"] = gettext("Şifrə çox uzundur. Şifrəni yenidən daxil edin")
    return wrong
