"""
What lets a case go on by hand: a task skipped or done for somebody, a token sent back or put elsewhere.

Whatever later steps need of the answers that are passed over is asked for first, by the fields of its own form.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from sqlalchemy import insert, select

from engine import store
from engine.diagram import TASKS
from engine.errors import AnswersRefused, InterventionRefused
from engine.findings import Reason
from engine.interventions.act import Act
from engine.interventions.kinds import Move, OnBehalf, Posted, SendBack, Skip
from engine.interventions.lacking import Asked, Begin, begin_of, lacking
from engine.interventions.places import Places
from engine.operations import Actor
from engine.steps.completing import Answered, complete, count_now
from engine.storage.data import dump
from engine.tables import APPLICANT, FAR, Audit, Membership, Person, Task


def skip(act: Act, wish: Skip) -> None:
    """
    Let the case go on as if the task were done, with nothing answered but what later steps need.
    """
    act.element = act.waiting(wish.task)
    form = act.world.release.forms[act.elements[act.element].properties["formKey"]]
    asked = asked_by_skip(act, wish.task)
    values = _answers(act, asked, wish.posted, wish.task)
    gone = _count(act, {act.element: {}} | values, wish.task)
    kept = {name: value for found in values.values() for name, value in found.items()}
    act.detail["task"] = wish.task
    act.run.complete(wish.task, kept, (form.keys | gone) - set(kept))


def asked_by_skip(act: Act, task_id: str) -> tuple[Asked, ...]:
    """
    Return the fields that must be answered if the task is skipped.

    Raises:
        InterventionRefused: if a step reads what no form asks for.
    """
    element = act.waiting(task_id)
    release = act.world.release
    form = release.forms[act.elements[element].properties["formKey"]]
    carried = frozenset(act.run.data(task_id)) - form.keys
    now = begin_of(release, act.tokens)
    behind = dict.fromkeys((flow.target for flow in release.diagram.outgoing(element)), carried)
    then = _without(act, now, element) | behind
    return lacking(release, act.world.operations, now, then, element)


def on_behalf(act: Act, wish: OnBehalf) -> None:
    """
    Complete the task with somebody else's answers: they act, and the audit says who typed it.
    """
    act.must_read_answers()
    act.element = act.waiting(wish.task)
    person = next((one for one in people(act, act.element) if one.person_id == wish.person), None)
    if person is None:
        raise InterventionRefused(Reason("intervention.nobody"))
    act.world.actor = person
    act.detail |= {"task": wish.task, "for": person.person_id}
    act.closing = complete(act.world, act.run, act.given, Answered(wish.task, act.element, wish.posted, wish.uploads))


def people(act: Act, element: str) -> list[Actor]:
    """
    Return those whose task it is: the applicant, or everybody who has its role in the case's office, by surname.
    """
    role, unit = act.elements[element].role or "", act.row.case_unit
    wanted = select(Person.id, Person.given_name, Person.surname).order_by(Person.surname, Person.given_name)
    if role == APPLICANT:
        wanted = wanted.where(Person.id == act.row.applicant_id)
    else:
        member = (Membership.person_id == Person.id) & (Membership.role == role) & Membership.unit.in_((unit, "*"))
        wanted = wanted.join(Membership, member).where(Person.active).distinct()
    roles = frozenset[tuple[str, str]]() if role == APPLICANT else frozenset({(role, unit or "*")})
    return [
        Actor(key, f"{given} {surname}".strip(), roles) for key, given, surname in act.connection.execute(wanted).all()
    ]


def send_back(act: Act, wish: SendBack) -> None:
    """
    Let an earlier task be done once more.
    """
    here = act.waiting(wish.token, catching=True)
    if wish.target not in earlier(act, here, passed(act)):
        raise InterventionRefused(Reason("intervention.not_earlier", {"place": act.label(wish.target)}))
    _put(act, wish.token, here, wish.target, wish.posted)


def move(act: Act, wish: Move) -> None:
    """
    Put a token at another element of its branch.
    """
    here = act.waiting(wish.token, catching=True)
    if wish.target not in Places(act.world.release.diagram).around(here):
        places = {"place": act.label(wish.target), "here": act.label(here)}
        raise InterventionRefused(Reason("intervention.no_way", places))
    _put(act, wish.token, here, wish.target, wish.posted)


def earlier(act: Act, here: str, done: frozenset[str]) -> tuple[str, ...]:
    """
    Return the tasks that the case has passed on its way to `here`, in the order of the file.
    """
    places = Places(act.world.release.diagram)
    return tuple(
        key
        for key in places.around(here)
        if key in done and act.elements[key].kind in TASKS and places.leads_to(key, here)
    )


def passed(act: Act) -> frozenset[str]:
    """
    Return the elements that the case has passed, by its history.
    """
    paths = act.connection.scalars(select(Audit.detail).where(Audit.case_id == act.row.case_id))
    return frozenset(place for detail in paths for place in detail.get("path", ()))


def asked_by_put(act: Act, token_id: str, target: str) -> tuple[Asked, ...]:
    """
    Return the fields that must be answered if the token is put at `target`.

    Raises:
        InterventionRefused: if a step reads what no form asks for.
    """
    here = act.waiting(token_id, catching=True)
    release = act.world.release
    now = begin_of(release, act.tokens)
    then = {**_without(act, now, here), target: now.get(here, frozenset())}
    return lacking(release, act.world.operations, now, then)


def _without(act: Act, begin: Begin, element: str) -> dict[str, frozenset[str]]:
    """Where tokens wait but for the one at `element` and the events on it."""
    around = {element, *(event.id for event in act.world.release.diagram.boundary(element))}
    return {key: names for key, names in begin.items() if key not in around}


def _put(act: Act, token_id: str, here: str, target: str, posted: Posted) -> None:
    values = _answers(act, asked_by_put(act, token_id, target), posted, token_id)
    _count(act, values)
    act.element = target
    act.before["place"], act.after["place"] = here, target
    act.run.put(token_id, target, {name: value for found in values.values() for name, value in found.items()})


def _answers(act: Act, asked: Iterable[Asked], posted: Posted, token_id: str) -> dict[str, dict[str, Any]]:
    """What was typed into the fields that are asked for, by the element of their form."""
    world = act.world
    world.answers = world.release.standing(act.given)
    data = next((dict(one.data) for one in act.tokens if one.id == token_id), {})
    found, errors = {}, []
    for one in asked:
        form = world.release.forms[act.elements[one.element].properties["formKey"]]
        read = form.parse(posted, {}, world.context(one.element, data))
        errors += [error for error in read.errors if error.key in one.keys]
        found[one.element] = {name: value for name, value in read.values.items() if name in one.keys}
    if errors:
        raise AnswersRefused({}, errors)
    return found


def _count(act: Act, values: Mapping[str, Mapping[str, Any]], task_id: str | None = None) -> set[str]:
    """
    Let the values count as the latest answers to their forms; return the names that have no answer any more.

    Args:
        task_id: task whose answers they are, if it has that form; others are kept as those of a task that was opened
            and closed by hand.
    """
    gone: set[str] = set()
    for element, found in values.items():
        again, lost = count_now(act.world, act.given, element, found)
        gone |= lost
        if found or again:
            own = task_id if element == act.element else None
            act.then.append(partial(_write_answers, act, element, dump(dict(found)), own, again))
    return gone


def _write_answers(act: Act, element: str, answers: bytes, task_id: str | None, again: bool) -> None:
    if task_id is None:
        task_id = secrets.token_hex(16)
        row = {"id": task_id, "case_id": act.row.case_id, "element": element, "role": act.elements[element].role or ""}
        row |= {"unit": act.row.case_unit, "state": "done", "opened_at": act.now, "due_at": FAR, "priority": 0}
        row |= {"claimed_by": None, "closed_at": act.now, "closed_by": act.actor.person_id}
        act.connection.execute(insert(Task).values(**row))
    store.insert_submission(
        act.connection,
        {
            "task_id": task_id,
            "case_id": act.row.case_id,
            "element": element,
            "release_id": act.world.release.id,
            "answers": answers,
            "given_by": act.actor.person_id,
            "given_at": act.now,
            "superseded": False,
        },
        again=again,
    )
