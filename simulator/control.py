"""
The control page: who the people are, and what each service answers next. The same by JSON for tests.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for

from simulator.answers import OFFERED, Answer, Service, Wish, WishRefused
from simulator.desk import desk
from simulator.persons import PASSWORD, of_username

blueprint = Blueprint("control", __name__)

#: seconds between two looks at a phone that does not ring
LOOK_AGAIN = 2

#: service -> heading and what it is
TITLES = {
    Service.MOBILE: ("Asan İmza", "Telefona gedən sorğunun cavabı"),
    Service.CARD: ("Elektron imza", "Kart oxuyucudan gələn sertifikat"),
    Service.PORTAL: ("Elektron hökumət", "Portalın cavabı"),
    Service.OCSP: ("Sertifikatların yoxlanması", "OCSP xidmətinin cavabı; Asan İmza və elektron imza soruşur"),
}


@blueprint.before_request
def refuse_strangers() -> None:
    """
    Refuse changes that a page of another site asks the browser for.
    """
    if request.method != "GET" and request.headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        abort(403)


@blueprint.get("/")
def page() -> str:
    """
    Show people and answers.
    """
    return render_template(
        "control.html",
        persons=desk().persons,
        inserted=desk().wishes.inserted,
        password=PASSWORD,
        services=[(service, *TITLES[service], OFFERED[service], desk().wishes.peek(service)) for service in TITLES],
    )


@blueprint.post("/")
def choose() -> Any:
    """
    Set the answers of all services from the page.
    """
    try:
        for service in Service:
            if service in request.form:
                answer = request.form[service]
                once = f"{service}-once" in request.form and answer != Answer.SUCCEED
                desk().wishes.set(service, answer, once=once)
    except WishRefused as refused:
        abort(400, str(refused))
    inserted = of_username(desk().persons, request.form.get("inserted", ""))
    if inserted is not None:
        desk().wishes.inserted = inserted.username
    return redirect(url_for("control.page"), 303)


@blueprint.post("/reset")
def reset() -> Any:
    """
    Let every service succeed again.
    """
    desk().wishes.reset()
    return redirect(url_for("control.page"), 303)


@blueprint.get("/control")
def wishes() -> Response:
    """
    Give the answers of all services as JSON.
    """
    found = {service: desk().wishes.peek(service) for service in Service}
    return jsonify({service: _json(wish) for service, wish in found.items()})


@blueprint.put("/control/<service>")
def wish(service: str) -> Any:
    """
    Set the answer of one service: JSON `answer`, and optionally `once` (true or false) and `seconds`.
    """
    asked: Any = request.get_json(silent=True)
    if not isinstance(asked, dict) or not set(asked) <= {"answer", "once", "seconds"}:
        abort(400, "A JSON object with answer, once and seconds is needed.")
    seconds = asked.get("seconds")
    if seconds is not None and not isinstance(seconds, int | float):
        abort(400, "seconds must be a number.")
    try:
        made = desk().wishes.set(service, str(asked.get("answer")), once=asked.get("once") is True, seconds=seconds)
    except WishRefused as refused:
        abort(400, str(refused))
    return jsonify(_json(made))


@blueprint.delete("/control")
def forget() -> Response:
    """
    Let every service succeed again.
    """
    desk().wishes.reset()
    return wishes()


@blueprint.get("/phone")
def phone() -> Any:
    """
    Show the requests that wait on telephones for an answer by hand; look again while there is none.
    """
    ringing = desk().phones.ringing()
    return render_template("phone.html", sessions=ringing), {} if ringing else {"Refresh": str(LOOK_AGAIN)}


@blueprint.post("/phone/<session_id>")
def answer(session_id: str) -> Any:
    """
    Confirm or refuse on the telephone.
    """
    session = desk().phones.find(session_id)
    if session is not None:
        confirmed = request.form.get("decision") == "confirm"
        desk().phones.answer(session, Answer.SUCCEED if confirmed else Answer.CANCEL)
    return redirect(url_for("control.phone"), 303)


def _json(wish: Wish) -> dict[str, Any]:
    return {"answer": wish.answer, "once": wish.once, "seconds": wish.seconds}
