"""
The history of a case as the staff read it: who did what, and what the diagram did by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from engine.reading.lines import (
    Changed,
    HistoryLine,
)
from engine.reading.words import Words
from engine.sight import full_name
from engine.tables import APPLICANT, Audit, Person

#: what an applicant can do; everything else is done by the staff or the diagram
_APPLICANTS_STEPS = frozenset({"started", "submitted", "claimed", "put_back"})


#: event -> what its detail calls the person whom it concerns
_RECEIVERS = {"given": "holder", "on_behalf": "for"}


#: kinds of elements whose names tell what the diagram did by itself
_TELLING = frozenset({"serviceTask", "businessRuleTask", "endEvent"})


def steps_of(connection: Connection, case_id: int) -> Sequence[Row[Any]]:
    return connection.execute(
        select(
            Audit.key,
            Audit.case_id,
            Audit.at,
            Audit.revision,
            Audit.event,
            Audit.element,
            Audit.detail,
            Audit.public_status,
            Audit.status_tone,
            Audit.actor_id,
            Person.given_name,
            Person.surname,
        )
        .outerjoin(Person, Person.id == Audit.actor_id)
        .where(Audit.case_id == case_id)
        .order_by(Audit.revision, Audit.at)
    ).all()


def is_by_applicant(person_id: int | None, event: str, element: str | None, case: Row[Any], words: Words) -> bool:
    """
    Tell whether the applicant acted, or somebody who applies for an entity: they do the tasks of the applicant's lane.
    """
    if person_id is None or person_id == case.applicant_id:
        return person_id is not None
    found = words.release.diagram.elements.get(element or "")
    return event in _APPLICANTS_STEPS and (found is None or found.role == APPLICANT)


def known_name(row: Row[Any], case: Row[Any], *, by_applicant: bool) -> str | None:
    """
    Return the person's name, unless it is the applicant's and this reader may not know it.
    """
    if by_applicant and not case.readable:
        return None
    return full_name(row.given_name, row.surname) or None


def receivers_of(connection: Connection, steps: Sequence[Row[Any]]) -> Mapping[int, str]:
    given = {step.detail.get(_RECEIVERS[step.event]) for step in steps if step.event in _RECEIVERS} - {None}
    if not given:
        return {}
    people = connection.execute(select(Person.id, Person.given_name, Person.surname).where(Person.id.in_(given)))
    return {key: full_name(given_name, surname) for key, given_name, surname in people}


def history_line(
    step: Row[Any],
    words: Words,
    receivers: Mapping[int, str],
    case: Row[Any],
    reason: str | None,
    changes: tuple[Changed, ...],
) -> HistoryLine:
    elements = words.release.diagram.elements
    by_applicant = is_by_applicant(step.actor_id, step.event, step.element, case, words)
    passed = (elements[place] for place in step.detail.get("path", ()) if place in elements)
    concerned = step.detail.get(_RECEIVERS.get(step.event, "")) or 0
    return HistoryLine(
        at=step.at,
        actor=known_name(step, case, by_applicant=by_applicant),
        by_applicant=by_applicant,
        event=step.event,
        element=step.element,
        name=words.name(step.element),
        passed=tuple(words(element.name) for element in passed if element.kind in _TELLING and element.name),
        status=words(step.public_status) if step.public_status else None,
        tone=step.status_tone,
        revision=step.revision,
        receiver=None if concerned == case.applicant_id and not case.readable else receivers.get(concerned),
        reason=reason,
        changes=changes,
    )
