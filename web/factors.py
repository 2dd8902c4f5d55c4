"""
The second factors of one's own local account: which there are, adding an app or a key, removing, new recovery codes.

Every change asks for the password again.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection

from engine.rights import needs_second_factor
from web import limits, people, second_factor, second_steps, security_keys
from web.access import staff
from web.login import showing
from web.second_step import showing_of_seed
from web.second_steps import ENROL, Step
from web.services import services

blueprint = Blueprint("factors", __name__)

#: characters of a factor's name
LONGEST_NAME = 60
#: what the page's buttons ask for, beside `remove-<id>`
CODE, KEY, RECOVERY = "code", "key", "recovery"


@blueprint.get("/tehlukesizlik/ikinci")
@staff()
def page() -> Any:
    """
    List the person's factors.
    """
    _account()
    return _page()


@blueprint.post("/tehlukesizlik/ikinci")
@staff()
def change() -> Any:
    """
    Begin to add a factor, remove one, or make new recovery codes, once the password was typed again.
    """
    here, now = services(), services().ports.clock.now()
    account = _account()
    with here.database.step() as connection:
        again_at = limits.may_try(connection, account.username, request.remote_addr, now)
    if again_at is not None:
        return showing.too_many(again_at)
    if not people.authenticate(account, request.form.get("password", ""), demo=here.settings.demo):
        return _page(gettext("Şifrə düzgün deyil. Yenidən daxil edin")), 422
    with here.database.step() as connection:
        limits.succeeded(connection, account.username, request.remote_addr)
        return _changed(connection, request.form.get("action", ""))


@blueprint.get("/tehlukesizlik/ikinci/yeni")
@staff()
def enrol() -> Any:
    """
    Show the QR code for an app, or the button for a security key.
    """
    account, step = _account(), _step()
    if step is None:
        return redirect(url_for(".page"), 303)
    return _enrolling(account, step)


@blueprint.post("/tehlukesizlik/ikinci/yeni")
@staff()
def confirm() -> Any:
    """
    Enrol the app that shows the right code, or the key that answered.
    """
    account, step, here = _account(), _step(), services()
    if step is None:
        return redirect(url_for(".page"), 303)
    person_id = g.actor.person_id
    codes: list[str] = []
    with here.database.step() as connection:
        first = not second_factor.factors(connection, person_id)
        proved = _enrolled(connection, step) and second_steps.finish(connection, step)
        if proved and first:
            codes = second_factor.new_recovery_codes(connection, person_id)
    if not proved:
        wrong = gettext("Kod düzgün deyil. Tətbiqdəki yeni kodu daxil edin")
        if step.seed is None:
            wrong = gettext("Açar qəbul edilmədi. Yenidən cəhd edin")
        return _enrolling(account, step, wrong), 422
    if codes:
        return render_template("second/codes.html", codes=codes, onward=url_for(".page", bildiris="elave"))
    return redirect(url_for(".page", bildiris="elave"), 303)


@blueprint.post("/tehlukesizlik/ikinci/acar")
@staff()
def options() -> Any:
    """
    Return what the browser is asked to make a key.
    """
    account, step = _account(), _step()
    if step is None or step.seed is not None or not security_keys.available():
        abort(404)
    with services().database.step() as connection:
        enrolled = second_factor.factors(connection, g.actor.person_id)
        asked, said = security_keys.enrolment(g.actor.person_id, account.username, enrolled)
        second_steps.challenge(connection, step, asked)
    return said


def _account() -> people.Account:
    """Return the local account by which the person has logged in; others have no second factor here."""
    with services().database.read() as connection:
        found = people.account_of(connection, g.actor.person_id)
    if found is None or g.session.means != "password":
        abort(404)
    return found


def _step() -> Step | None:
    here = services()
    with here.database.read() as connection:
        found = second_steps.current(connection, ENROL, here.ports.clock.now())
    return found if found is not None and found.person_id == g.actor.person_id else None


def _page(wrong: str = "") -> str:
    with services().database.read() as connection:
        enrolled = second_factor.factors(connection, g.actor.person_id)
        left = second_factor.recovery_codes_left(connection, g.actor.person_id)
    return render_template(
        "second/page.html",
        factors=enrolled,
        left=left,
        keys=security_keys.available(),
        demanded=needs_second_factor(g.actor) and not services().settings.demo,
        wrong=wrong,
        notice=request.args.get("bildiris"),
    )


def _changed(connection: Connection, action: str) -> Any:
    now, person_id = services().ports.clock.now(), g.actor.person_id
    kind, _, factor_id = action.partition("-")
    if kind == "remove" and factor_id.isascii() and factor_id.isdigit() and len(factor_id) < 10:
        if not second_factor.remove(connection, person_id, int(factor_id)):
            abort(404)
        return redirect(url_for(".page", bildiris="silindi"), 303)
    if action == RECOVERY and second_factor.factors(connection, person_id):
        codes = second_factor.new_recovery_codes(connection, person_id)
        return render_template("second/codes.html", codes=codes, onward=url_for(".page"))
    if action == CODE or (action == KEY and security_keys.available()):
        seed = second_steps.seal().close(second_factor.new_seed()) if action == CODE else None
        return second_steps.lead_to("factors.enrol", second_steps.begin(connection, person_id, ENROL, now, seed=seed))
    abort(400)


def _enrolling(account: people.Account, step: Step, wrong: str = "") -> str:
    if step.seed is None:
        return render_template("second/enrol_key.html", wrong=wrong)
    shown = showing_of_seed(second_steps.seal().open(step.seed), account.username)
    return render_template("second/enrol.html", **shown, wrong=wrong, action=url_for(".confirm"), logged_in=True)


def _enrolled(connection: Connection, step: Step) -> bool:
    now, person_id = services().ports.clock.now(), g.actor.person_id
    name = " ".join(request.form.get("name", "").split())[:LONGEST_NAME]
    if step.seed is not None:
        code = request.form.get("code", "")[:64]
        return second_factor.enrol_code(connection, person_id, second_steps.seal(), step.seed, code, now, name)
    if step.challenge is None or not second_steps.answered(connection, step):
        return False
    made = security_keys.enrolled_key(request.form.get("answer", ""), step.challenge)
    if made is None:
        return False
    about = {"credential_id": made.credential_id, "counter": made.sign_count}
    second_factor.add(connection, person_id, second_factor.KEY, name, made.credential_public_key, now, **about)
    return True
