"""
The pages of the log-in: the choice of the means, its fields, the wait for the phone, the way back, for whom one acts.

They know the port and nothing behind it.
"""

from __future__ import annotations

import threading
from typing import Any

from flask import Blueprint, abort, g, jsonify, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from web import second_steps, sessions
from web.access import public, signed_in
from web.login import attempts, flow, showing, words
from web.login import offered as offered_means
from web.login.offered import NAMES, offered
from web.login.opening import COOKIE, lead_in, onward_of, open_session
from web.login.port import Account, Entity, Identity, LogInRefused, Telephone
from web.services import services

blueprint = Blueprint("login", __name__)

#: how long our own page is kept waiting for a phone, in seconds
LONG_POLL = 4.0
SHORT_POLL = 1.0
#: pages of other people need threads too: more than this many never wait at the same time
_waiting = threading.BoundedSemaphore(3)


@blueprint.record_once
def set_up(setup: BlueprintSetupState) -> None:
    """
    Make the adapters once, with the app.
    """
    offered_means.set_up(setup.app)


@blueprint.get("/giris")
@public
def page() -> Any:
    """
    Offer the three means. Source: manual, step 2.
    """
    if g.actor is not None:
        return redirect(onward_of(request.args.get("next"), g.actor), 303)
    return showing.choice(request.args.get("next", ""), request.args.get("sebeb", ""), request.args.get("vasite", ""))


@blueprint.post("/giris")
@public
def enter() -> Any:
    """
    Check user name and password of a local account.
    """
    return _start("password")


@blueprint.get("/giris/<means>")
@public
def means_page(means: str) -> Any:
    """
    Say what one means needs, and ask for what it wants to know.
    """
    if means not in NAMES:
        abort(404)
    onward = showing.onward_in(request.args)
    if means not in offered():
        return showing.not_set_up(means, onward)
    return showing.fields(offered()[means], offered()[means].asks(), onward)


@blueprint.post("/giris/<means>")
@public
def start(means: str) -> Any:
    """
    Begin with one means.
    """
    if means not in NAMES or means not in offered():
        abort(404)
    return _start(means)


@blueprint.get("/giris/gozleme")
@public
def wait() -> Any:
    """
    Show the code to compare, and without JavaScript ask for the answer each time the page comes again.
    """
    kept = _kept()
    if kept is None:
        return showing.refused("state_mismatch", "", "")
    if "sorgu" in request.args and (over := _poll(kept, SHORT_POLL)) is not None:
        return redirect(over, 303)
    return render_template(
        "login/waiting.html",
        code=kept.attempt.code,
        means=kept.attempt.means,
        title=words.MEANS[kept.attempt.means].title,
    )


@blueprint.get("/giris/gozleme/cavab")
@public
def answer() -> Any:
    """
    Wait a little for the answer: `next` is where to go, null: nothing yet.
    """
    kept = _kept()
    if kept is None:
        return jsonify(next=url_for("login.page", sebeb="state_mismatch"))
    return jsonify(next=_poll(kept, LONG_POLL))


@blueprint.post("/giris/legv")
@public
def cancel() -> Any:
    """
    Give the attempt up.
    """
    kept = _kept()
    if kept is not None:
        flow.give_up(kept)
        return showing.refused("cancelled", kept.attempt.means, kept.onward)
    return showing.refused("cancelled", "", "")


@blueprint.route("/giris/qayit/<means>", methods=["GET", "POST"])
@public
def come_back(means: str) -> Any:
    """
    Take the answer that the browser brings: from another host, or from a form that a script filled in.
    """
    if means not in offered():
        abort(404)
    kept = _kept()
    given = request.form if request.method == "POST" else request.args
    try:
        identity = flow.come_back(kept, means, given.to_dict())
    except LogInRefused as no:
        return showing.refused(no.code, means, kept.onward if kept else "")
    assert kept is not None
    if identity.entities:
        return redirect(url_for("login.whom"), 303)
    return _open(identity, None, kept.onward, kept.limited)


@blueprint.get("/giris/adindan")
@public
def whom() -> Any:
    """
    Ask for whom the person acts; who acts only for themselves goes on at once.
    """
    kept = _kept()
    if kept is None or kept.identity is None:
        return showing.refused("used_twice" if kept else "state_mismatch", "", "")
    if kept.identity.entities:
        return render_template("login/whom.html", identity=kept.identity, wrong="")
    return _take(kept, None)


@blueprint.post("/giris/adindan")
@public
def choose_whom() -> Any:
    """
    Open the session for the person, or for one of the entities that were proved.
    """
    kept = _kept()
    if kept is None or kept.identity is None:
        return showing.refused("used_twice" if kept else "state_mismatch", "", "")
    chosen = request.form.get("whom", "")
    entities = {entity.voen: entity for entity in kept.identity.entities}
    if chosen != "self" and chosen not in entities:
        return render_template("login/whom.html", identity=kept.identity, wrong=True), 422
    return _take(kept, entities.get(chosen))


@blueprint.post("/cixis")
@signed_in
def leave() -> Any:
    """
    Log out. Browsers keep a card's certificate chosen, so whoever came with a card is told to take it out.
    """
    here = services()
    with here.database.step() as connection:
        sessions.end_session(connection, g.session.id, here.ports.clock.now())
    notice = "kart" if g.session.means == "e-imza" else None
    response = redirect(url_for("citizen.services_page", bildiris=notice), 303)
    sessions.forget_cookie(response, sessions.COOKIE)
    return response


def _start(name: str) -> Any:
    onward = showing.onward_in(request.form)
    if name not in offered():
        return showing.refused("not_set_up", "", onward)
    means = offered()[name]
    typed = {question.name: request.form.get(question.name, "") for question in means.asks()}
    questions = means.asks(typed)
    if any(question.error for question in questions):
        return showing.fields(means, questions, onward), 422
    try:
        attempt, secret, step = flow.begin(means, typed, onward, request.remote_addr)
    except flow.TooManyTries as wait:
        return showing.too_many(wait.again_at)
    except LogInRefused as no:
        return showing.not_begun(means, questions, onward, no.code)
    if isinstance(step, Identity):
        return _open(step, None, onward, means.limited_by(typed))
    response = showing.lead_to(step, means, attempt)
    sessions.set_cookie(response, COOKIE, secret)
    return response


def _poll(kept: attempts.Kept, most: float) -> str | None:
    """Return where to go when the attempt is over, None while nothing has come."""
    if not _waiting.acquire(blocking=False):
        return None
    try:
        proved = flow.poll(kept, most)
    except LogInRefused as no:
        return url_for("login.page", sebeb=no.code, vasite=kept.attempt.means, next=kept.onward or None)
    finally:
        _waiting.release()
    return url_for("login.whom") if proved else None


def _take(kept: attempts.Kept, entity: Entity | None) -> Any:
    assert kept.identity is not None
    with services().database.step() as connection:
        first = attempts.keep_identity(connection, kept.attempt.state, None)
    if not first:
        return showing.refused("used_twice", "", "")
    return _open(kept.identity, entity, kept.onward, kept.limited)


def _open(identity: Identity, entity: Entity | None, onward: str, limited: Account | Telephone | None) -> Any:
    here = services()
    try:
        with here.database.step() as connection:
            now = here.ports.clock.now()
            flow.succeeded(connection, limited, request.remote_addr)
            step = second_steps.before_session(connection, identity, onward, now)
            opened = None if step else open_session(connection, identity, entity, now)
    except LogInRefused as no:
        return showing.refused(no.code, identity.means, onward)
    if opened is None:
        assert step is not None
        return second_steps.lead_to("second.page", step)
    return lead_in(opened, onward)


def _kept() -> attempts.Kept | None:
    secret = request.cookies.get(sessions.cookie_name(COOKIE))
    if not secret:
        return None
    with services().database.read() as connection:
        return attempts.of_browser(connection, secret)
