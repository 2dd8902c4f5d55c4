"""
What the views of the log-in answer with: the page of choice, the page of one means, and where a refusal leads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import g, make_response, redirect, render_template, request, url_for

from web import errors, pending, security, sessions
from web.login import words
from web.login.offered import NAMES, offered
from web.login.opening import own_route
from web.login.port import Ask, Attempt, Code, Means, Question, Redirect
from web.services import services


def choice(onward: str, code: str = "", means: str = "", questions: tuple[Question, ...] = ()) -> str:
    """
    Return the page of choice, with what happened to the last try and the fields of the local accounts.
    """
    here = offered()
    if not questions and "password" in here:
        questions = here["password"].asks()
    return render_template(
        "login/page.html",
        next=own_route(onward) or "",
        refusal=words.refusal(code),
        refused_means=means if means in NAMES and means in here else "",
        means=[(name, words.MEANS[name].title, _why_not(name)) for name in NAMES],
        questions=questions,
        others=len(here) > ("password" in here),
        expired=g.late_session is not None,
        kept=sessions.cookie_name(pending.COOKIE) in request.cookies,
        demo=services().settings.demo,
    )


def fields(means: Means, questions: tuple[Question, ...], onward: str) -> Any:
    """
    Return the page of one means, with its fields.
    """
    if means.name == "password":
        return choice(onward, questions=questions)
    page = render_template(
        "login/means.html", means=means.name, words=words.MEANS[means.name], questions=questions, next=onward
    )
    response = make_response(page)
    if means.origins:
        # Browsers hold a form to this rule at every redirect that follows it.
        allowed = security.CONTENT_SECURITY_POLICY.replace(
            "form-action 'self'", " ".join(("form-action 'self'", *means.origins))
        )
        response.headers["Content-Security-Policy"] = allowed
    return response


def not_set_up(means: str, onward: str) -> str:
    """
    Say honestly that this installation does not offer a means.
    """
    return render_template("login/not_set_up.html", title=words.MEANS[means].title, next=onward)


def not_begun(means: Means, questions: tuple[Question, ...], onward: str, code: str) -> Any:
    """
    Say why a means did not begin; a wrong password keeps the user name.
    """
    if means.name != "password":
        return refused(code, means.name, onward)
    name, *others = questions
    wrong = replace(name, error=str(words.REFUSALS[code].heading))
    return choice(onward, questions=(wrong, *others)), 422


def refused(code: str, means: str, onward: str) -> Any:
    """
    Lead back to the choice, which says what happened. The address tells a code, which changes nothing.
    """
    return redirect(url_for("login.page", sebeb=code, vasite=means or None, next=onward or None), 303)


def lead_to(step: Redirect | Code | Ask, means: Means, attempt: Attempt) -> Any:
    """
    Lead to another host, to the waiting page, or show the form for the script.
    """
    if isinstance(step, Redirect):
        return redirect(step.url, 303)
    if isinstance(step, Code):
        return redirect(url_for("login.wait"), 303)
    words_of = words.MEANS[means.name]
    return make_response(render_template("login/script.html", ask=step, attempt=attempt, words=words_of))


def too_many(again_at: datetime) -> Any:
    """
    Say when the next try may be made.
    """
    text, status = errors.error_page(errors.TOO_MANY_LOG_INS, again_at=again_at)
    seconds = max(1, int((again_at - services().ports.clock.now()).total_seconds()))
    return text, status, {"Retry-After": str(seconds)}


def onward_in(given: Mapping[str, str]) -> str:
    """
    Return the page of ours to go to afterwards, or an empty text.
    """
    return own_route(given.get("next")) or ""


def _why_not(name: str) -> Any:
    code = offered()[name].available() if name in offered() else "not_set_up"
    return words.REFUSALS[code].heading if code else ""
