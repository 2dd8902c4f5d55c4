"""
The guided deed: what was chosen, what it would mean, a reason, and only then it is done. One form for all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, request
from flask_babel import gettext

from engine.deeds import LONGEST_REASON, SHORTEST_REASON, ReasonMissing
from engine.errors import NotFound
from engine.jobs.steering import NothingToDo
from web import texts

#: ids of one form
_MOST = 500


@dataclass(frozen=True)
class Subject:
    """
    One thing to which it would be done.
    """

    words: str
    #: what it is about, e.g. a case's number; empty: nothing
    about: str = ""
    #: address of its page; empty: none
    href: str = ""
    #: what it would mean for this one, or why it can't be done
    effect: str = ""
    refused: bool = False


@dataclass(frozen=True)
class Guide:
    """
    What the form says.
    """

    title: str
    #: words of the button
    button: str
    #: what the deed means, a sentence each
    effects: Sequence[str]
    subjects: Sequence[Subject]
    #: of those; more than are listed if all of a filter are meant
    count: int
    #: address of the list from which one came
    back: str
    #: the deed can't be taken back
    grave: bool = False


def ids() -> list[int]:
    """
    Return the ids that were chosen, each once.
    """
    found = (text for text in request.values.getlist("id") if text.isascii() and text.isdigit() and len(text) < 10)
    return sorted({int(text) for text in found})[:_MOST]


def guided(guide: Guide, do: Callable[[str], str]) -> Any:
    """
    Show the form, or do it with the reason that was given.

    Args:
        do: does it and returns the address to which it leads.
    """
    reason = request.form.get("reason", "")
    if request.method != "POST" or texts.choose_language():
        return _form(guide, reason, "")
    try:
        return redirect(do(reason), 303)
    except ReasonMissing:
        wrong = gettext("Səbəbi yazın: ən azı %(count)s işarə", count=SHORTEST_REASON)
        return _form(guide, reason, wrong), 422
    except (NotFound, NothingToDo):
        wrong = gettext("Bunların heç birini etmək olmur: kimsə sizdən əvvəl edib və ya vəziyyət dəyişib.")
        return _form(guide, reason, wrong), 409


def _form(guide: Guide, reason: str, wrong: str) -> str:
    carried = [(name, value) for name, value in request.values.items(multi=True) if name not in _OWN]
    return render_template(
        "operator/act.html", guide=guide, reason=reason, wrong=wrong, carried=carried, most=LONGEST_REASON
    )


_OWN = frozenset({"reason", "csrf", texts.LANGUAGE_FIELD, texts.ARGUMENT})
