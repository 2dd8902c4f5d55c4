"""
What the history of a case says of what was done to it by hand: why, and what was before and after.

Answers that were put right are told to whom the answers are open; others learn which they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import Connection, Row, select

from engine.diagram import Diagram
from engine.interventions.kinds import EVENTS
from engine.reading.lines import Changed
from engine.storage.data import load
from engine.tables import Correction
from forms import Form
from forms.display import say_moment

Translate = Callable[[str], str]


class Words(Protocol):
    """
    What is read of a release.
    """

    @property
    def diagram(self) -> Diagram:
        """
        The diagram as drawn.
        """
        ...

    @property
    def forms(self) -> Mapping[str, Form]:
        """
        The forms by the element that shows them.
        """
        ...


class Offered(Protocol):
    """
    What the choices of forms were chosen from.
    """

    def of(self, form: Form, answers: Mapping[str, Any]) -> Mapping[str, Sequence[object]]:
        """
        Return what the sources offer, by name.
        """
        ...


def told_by_hand(
    connection: Connection,
    steps: Sequence[Row[Any]],
    release: Words,
    translate: Translate,
    offered: Offered,
    *,
    masked: bool,
) -> Mapping[int, tuple[str, tuple[Changed, ...]]]:
    """
    Return revision -> (reason, what changed) of the steps that somebody made by hand. One statement if answers were
    put right and may be told.
    """
    by_hand = [step for step in steps if step.event in EVENTS or step.detail.get("reason")]
    corrected = any(step.event == "corrected" for step in by_hand)
    kept = _corrections(connection, by_hand[0].case_id) if corrected and not masked else {}
    found = {}
    for step in by_hand:
        if step.event == "corrected":
            changes = _answers(step, release, translate, offered, kept.get(step.key))
        else:
            changes = _others(step, release, translate)
        found[step.revision] = (str(step.detail.get("reason", "")), changes)
    return found


def _corrections(connection: Connection, case_id: int) -> Mapping[str, tuple[dict[str, Any], dict[str, Any]]]:
    rows = select(Correction.key, Correction.before, Correction.after).where(Correction.case_id == case_id)
    return {key: (load(before), load(after)) for key, before, after in connection.execute(rows)}


def _answers(
    step: Row[Any],
    release: Words,
    translate: Translate,
    offered: Offered,
    kept: tuple[dict[str, Any], dict[str, Any]] | None,
) -> tuple[Changed, ...]:
    form = release.forms.get(step.element or "")
    names = [name for name in step.detail.get("answers", ()) if form is not None and name in form.keys]
    if form is None or not names:
        return ()
    if kept is None:
        labels = {own.key: translate(own.label.text) for own in form.fields}
        return tuple(Changed("answer", labels[name], "", "") for name in names if name in labels)
    was, now = ({row.key: row for row in form.summary(one, offered.of(form, one), translate)} for one in kept)
    both = {**was, **now}
    return tuple(
        Changed("answer", both[name].label, _text(was, name), _text(now, name)) for name in names if name in both
    )


def _text(rows: Mapping[str, Any], name: str) -> str:
    return rows[name].value_text if name in rows else "–"


def _others(step: Row[Any], release: Words, translate: Translate) -> tuple[Changed, ...]:
    before, after = step.detail.get("before", {}), step.detail.get("after", {})

    def name(element: str | None) -> str:
        found = release.diagram.elements.get(element or "")
        return translate(found.name) if found is not None and found.name else element or "–"

    changes = []
    if "place" in after:
        changes.append(Changed("place", "", name(before.get("place")), name(after["place"])))
    if "due_at" in after:
        moments = (one.get("due_at") for one in (before, after))
        changes.append(Changed("due", "", *(say_moment(datetime.fromisoformat(at)) if at else "–" for at in moments)))
    return tuple(changes)
