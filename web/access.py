"""
Who may open a page: one decorator on every view, and nothing else.

What a person may see inside a page is decided by the statement that reads it, never here.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import abort, g, redirect, request, url_for

from engine import rights

View = Callable[..., Any]


def public(view: View) -> View:
    """
    Let everybody in.
    """
    return _marked(view, "public")


def signed_in(view: View) -> View:
    """
    Let in whoever has logged in; lead the others to the log-in page and back.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        if g.actor is None:
            return ask_to_log_in()
        return view(*args, **kwargs)

    return _marked(guarded, "signed_in")


def staff(*roles: str) -> Callable[[View], View]:
    """
    Let in who holds one of `roles` in any unit; with no roles named, all of the staff.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if g.actor is None:
                return ask_to_log_in()
            if not (any(g.actor.holds(role) for role in roles) if roles else g.actor.is_staff):
                abort(403)
            return view(*args, **kwargs)

        return _marked(guarded, "staff:" + ",".join(roles))

    return decorate


def may(work: str) -> Callable[[View], View]:
    """
    Let in whose role has this work in the table of rights, `engine.rights`.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            if g.actor is None:
                return ask_to_log_in()
            if not rights.may(g.actor, work):
                abort(403)
            return view(*args, **kwargs)

        return _marked(guarded, f"staff:may {work}")

    return decorate


def ask_to_log_in() -> Any:
    """
    Redirect to the log-in page, which leads back to the page that was asked for.
    """
    back = request.full_path.rstrip("?") if request.method == "GET" else request.path
    return redirect(url_for("login.page", next=back), 303)


def _marked(view: View, who: str) -> View:
    view.access = who  # type: ignore[attr-defined]
    return view
