"""
Choosing another local password: the old one is asked for, the new one is long and nothing that is easily guessed.

Any characters may be used and none must be. Passwords do not expire.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection, select, update

from engine.search import fold
from engine.tables import Person
from web import limits, people, sessions
from web.access import signed_in
from web.login import showing
from web.services import services

blueprint = Blueprint("passwords", __name__)

#: characters. Source: ASVS 6.2.1, strongly recommended
SHORTEST, LONGEST = 15, 1000
#: different characters that a password has at least
DIFFERENT = 6
#: characters that are left at least when the words that everybody tries first are taken out
OWN = 8
#: of five steps from 0: what is guessed in fewer than a hundred million tries is refused
SCORE = 3
#: characters that are compared with the lists; the time for it grows with their number
READ = 72
#: words of this service that everybody tries first. Source: ASVS 6.1.2
OBVIOUS = (
    "saygac",
    "sayğac",
    "azersu",
    "azərsu",
    "password",
    "parol",
    "şifrə",
    "sifre",
    "qwerty",
    "12345678",
    "azerbaijan",
)


@blueprint.get("/tehlukesizlik/sifre")
@signed_in
def page() -> Any:
    """
    Ask for the old password and a new one.
    """
    _account()
    return render_template("account/password.html", wrong={}, shortest=SHORTEST)


@blueprint.post("/tehlukesizlik/sifre")
@signed_in
def change() -> Any:
    """
    Change the password and end the person's other sessions.
    """
    here, now = services(), services().ports.clock.now()
    account = _account()
    with here.database.step() as connection:
        again_at = limits.may_try(connection, account.username, request.remote_addr, now)
    if again_at is not None:
        return showing.too_many(again_at)
    new, wrong = request.form.get("new", ""), {}
    if not people.authenticate(account, request.form.get("current", ""), demo=here.settings.demo):
        wrong["current"] = gettext("Şifrə düzgün deyil. Yenidən daxil edin")
    with here.database.step() as connection:
        if not wrong:
            limits.succeeded(connection, account.username, request.remote_addr)
        if weakness := weak(new, _names(connection, account)):
            wrong["new"] = weakness
        if not wrong:
            store(connection, account.person_id, new)
            sessions.end_sessions_of(connection, account.person_id, now, but=g.session.id)
    if wrong:
        return render_template("account/password.html", wrong=wrong, shortest=SHORTEST), 422
    return redirect(url_for("account.page", bildiris="sifre"), 303)


def weak(password: str, names: Iterable[str]) -> str:
    """
    Return what is wrong with a new password, in the reader's language; empty: nothing.

    Args:
        names: of the account and its person.
    """
    if len(password) < SHORTEST:
        return gettext("Yeni şifrədə ən azı %(count)s işarə olmalıdır. Məsələn, bir neçə söz yazın", count=SHORTEST)
    if len(password) > LONGEST:
        return gettext("Şifrə çox uzundur. Şifrəni yenidən daxil edin")
    if is_weak(password, names):
        return gettext("Bu şifrəni asanlıqla tapmaq olar. Adınız və xidmətin adı olmayan başqa sözlər seçin")
    return ""


def is_weak(password: str, names: Iterable[str]) -> bool:
    """
    Tell whether a password is short, repeats few characters, or is made of what everybody tries first: words of this
    service, common and leaked passwords, names, keys side by side, dates. Source: ASVS 6.2.4, 6.2.12
    """
    known = [word for word in (*OBVIOUS, *names) if word]
    left = fold(password)
    for word in known:
        left = left.replace(fold(word), "")
    if len(password) < SHORTEST or len(set(password)) < DIFFERENT or len(left) < OWN:
        return True
    # Here, because it reads its lists when it is imported: half a second that a start need not take.
    from zxcvbn import zxcvbn

    return int(zxcvbn(password[:READ], user_inputs=known)["score"]) < SCORE


def store(connection: Connection, person_id: int, password: str) -> None:
    """
    Keep the hash of a person's new password.
    """
    mine = update(Person).where(Person.id == person_id)
    connection.execute(mine.values(password_hash=people.hash_password(password)))


def _account() -> people.Account:
    with services().database.read() as connection:
        found = people.account_of(connection, g.actor.person_id)
    if found is None or g.session.means != "password":
        abort(404)
    return found


def _names(connection: Connection, account: people.Account) -> list[str]:
    columns = select(Person.given_name, Person.surname).where(Person.id == account.person_id)
    return [account.username, *connection.execute(columns).one()]
