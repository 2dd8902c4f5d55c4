"""
The page between the password and the session of a local account: a one-time code, a security key or a recovery code.

Who must have a factor and has none enrols one here. Nobody is logged in before it.
"""

from __future__ import annotations

import logging
from typing import Any

import segno
from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy import Connection, select

from engine.tables import Person
from web import limits, second_factor, second_steps, security_keys, sessions
from web.access import public
from web.login import showing
from web.login.opening import lead_in, open_session
from web.login.port import Identity
from web.second_factor import CODE, KEY, Factor
from web.second_steps import LOG_IN, Step
from web.services import services

log = logging.getLogger("web.login")
blueprint = Blueprint("second", __name__)


@blueprint.get("/giris/ikinci")
@public
def page() -> Any:
    """
    Ask for the second factor, or for the first code of a new one.
    """
    found = _current()
    if found is None:
        return _over()
    return _page(*found)


@blueprint.post("/giris/ikinci")
@public
def enter() -> Any:
    """
    Check the second factor and open the session.
    """
    found = _current()
    if found is None:
        return _over()
    step, enrolled = found
    here, now = services(), services().ports.clock.now()
    with here.database.step() as connection:
        again_at = limits.may_try(connection, _counted(step), request.remote_addr, now)
    if again_at is not None:
        return showing.too_many(again_at)
    codes: list[str] = []
    with here.database.step() as connection:
        proved = _proved(connection, step, enrolled) and second_steps.finish(connection, step)
        if proved:
            limits.succeeded(connection, _counted(step), request.remote_addr)
            codes = [] if enrolled else second_factor.new_recovery_codes(connection, step.person_id)
            opened = open_session(connection, _identity(step), None, now)
    if not proved:
        log.info("second factor refused", extra={"person": step.person_id})
        wrong = gettext("Kod düzgün deyil və ya artıq istifadə olunub. Yeni kodu daxil edin")
        return _page(step, enrolled, wrong), 422
    response = lead_in(opened, step.onward)
    if codes:
        response = _with_codes(response, codes)
    sessions.forget_cookie(response, second_steps.COOKIE)
    return response


@blueprint.post("/giris/ikinci/acar")
@public
def options() -> Any:
    """
    Return what the person's security key is asked to sign.
    """
    found = _current()
    if found is None or not any(factor.kind == KEY for factor in found[1]):
        abort(404)
    step, enrolled = found
    asked, said = security_keys.question(enrolled)
    with services().database.step() as connection:
        second_steps.challenge(connection, step, asked)
    return said


def _current() -> tuple[Step, tuple[Factor, ...]] | None:
    here = services()
    with here.database.read() as connection:
        step = second_steps.current(connection, LOG_IN, here.ports.clock.now())
        return None if step is None else (step, second_factor.factors(connection, step.person_id))


def _over() -> Any:
    return redirect(url_for("login.page") if g.actor is None else url_for("citizen.services_page"), 303)


def _page(step: Step, enrolled: tuple[Factor, ...], wrong: str = "") -> str:
    if enrolled:
        kinds = {factor.kind for factor in enrolled}
        keys = KEY in kinds and security_keys.available()
        return render_template("second/step.html", codes=CODE in kinds, keys=keys, wrong=wrong)
    assert step.seed is not None
    seed = second_steps.seal().open(step.seed)
    with services().database.read() as connection:
        username = connection.execute(select(Person.username).where(Person.id == step.person_id)).scalar_one()
    return render_template(
        "second/enrol.html", **showing_of_seed(seed, username), wrong=wrong, action=url_for(".enter")
    )


def showing_of_seed(seed: str, username: str) -> dict[str, str]:
    """
    Return what a page shows of a seed that is being enrolled: the QR code and the letters to type.
    """
    # The QR code is drawn by the same library as the one of the act.
    address = second_factor.address_of_seed(seed, username)
    groups = " ".join(seed[at : at + 4] for at in range(0, len(seed), 4))
    return {"picture": segno.make(address, error="m").svg_data_uri(scale=5, border=2), "seed": groups}


def _proved(connection: Connection, step: Step, enrolled: tuple[Factor, ...]) -> bool:
    now = services().ports.clock.now()
    code = request.form.get("code", "")[:64]
    if not enrolled:
        assert step.seed is not None
        return second_factor.enrol_code(connection, step.person_id, second_steps.seal(), step.seed, code, now)
    if answer := request.form.get("answer", ""):
        return _proved_by_key(connection, step, enrolled, answer)
    if recovery := request.form.get("recovery", "")[:64]:
        return second_factor.use_recovery_code(connection, step.person_id, recovery, now)
    return second_factor.use_code(connection, enrolled, second_steps.seal(), code, now)


def _proved_by_key(connection: Connection, step: Step, enrolled: tuple[Factor, ...], answer: str) -> bool:
    if step.challenge is None or not second_steps.answered(connection, step):
        return False
    used = security_keys.used_key(answer, step.challenge, enrolled)
    if used is None:
        return False
    second_factor.used(connection, *used, services().ports.clock.now())
    return True


def _counted(step: Step) -> str:
    return f"second factor {step.person_id}"


def _identity(step: Step) -> Identity:
    return Identity(None, "", "", "", "password", "substantial", person_id=step.person_id)


def _with_codes(response: Any, codes: list[str]) -> Any:
    """Show new recovery codes once, with the cookies of the session that was opened, and lead on from there."""
    page = make_response(render_template("second/codes.html", codes=codes, onward=response.location))
    for cookie in response.headers.getlist("Set-Cookie"):
        page.headers.add("Set-Cookie", cookie)
    return page
