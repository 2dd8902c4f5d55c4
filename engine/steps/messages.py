"""
Messages and signals between cases, as far as a step writes them: what it sends becomes a job, what it waits for a
subscription, and a message that had come too early is sent on.

A message goes to one receiver, by its name and key; a signal to everybody who waits for it at that moment. Who
receives is found in `engine.jobs.delivering`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, or_, select, text, update

from engine import rights, store
from engine.diagram.definitions import MESSAGE, SIGNAL
from engine.errors import NotFound, NotYourTask
from engine.operations import Actor, own_key
from engine.releases import Releases
from engine.spiff import WaitingEvent
from engine.storage.database import Database
from engine.tables import Case, Job, Message, Subscription
from engine.world import Sent, StepWorld, key_of

#: kinds of jobs: to one token, to a new case, and that nobody took a message for long
RECEIVE, BEGIN, UNCLAIMED = "receive", "begin", "unclaimed"
#: carry what comes from the database and goes into it
LANE = "timer"
#: in the SQL as text: with a bound value SQLite can't know that the index of such rows is enough
_WAITS = text("message.waits")


def job_of(sent: Sent, world: StepWorld) -> dict[str, Any]:
    """
    Return the row of the job that carries what a step sends. It belongs to no case: its sender may be over by then.
    """
    origin = f"{sent.task_id}:{sent.kind}"
    payload = carried(origin, sent.name, sent.key, sent.payload, sender=world.case.id, element=sent.element)
    row = {"lane": LANE, "kind": sent.kind, "payload": payload, "key": origin}
    return {**row, "case_id": None, "task_id": None, "run_at": world.now}


def carried(
    origin: str, name: str, key: str, payload: Any, *, sender: int | None = None, element: str | None = None
) -> dict[str, Any]:
    """
    Return what a job knows of a message or signal.
    """
    return {"origin": origin, "name": name, "key": key, "data": payload, "from": sender, "sent_at": element}


def wait(
    connection: Connection,
    case_id: int,
    before: Iterable[WaitingEvent],
    after: Iterable[WaitingEvent],
    now: datetime,
) -> None:
    """
    Write which events of a case wait to be told now. One more statement for each message that begins to be waited for.
    """
    was, are = frozenset(before), frozenset(after)
    new = sorted(are - was, key=lambda event: (event.name, event.id))
    rows = [
        {
            "task_id": event.id,
            "case_id": case_id,
            "element": event.element,
            "kind": event.kind,
            "name": event.name,
            "key": event.key,
            "opened_at": now,
        }
        for event in new
    ]
    store.subscribe(connection, sorted(event.id for event in was - are), rows)
    for event in new:
        if event.kind == MESSAGE:
            _send_on(connection, event, case_id, now)


def only(connection: Connection, name: str) -> None:
    """
    Let nobody else look for receivers of a message, or begin to wait for it, until the transaction ends: it would be
    passed by. SQLite has one writer anyway.
    """
    if connection.dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(f"message:{name}".encode()).digest()[:8], signed=True)
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def _send_on(connection: Connection, event: WaitingEvent, case_id: int, now: datetime) -> None:
    """Send on the oldest message that came before anybody waited for it."""
    only(connection, event.name)
    keys = {event.key, own_key(case_id)}
    waiting = select(*Message.__table__.c).where(_WAITS, Message.name == event.name, Message.key.in_(keys))
    row = connection.execute(waiting.order_by(Message.id).limit(1)).one_or_none()
    if row is None:
        return
    if row.sent_by is None:
        connection.execute(delete(Message).where(Message.id == row.id))
    else:
        connection.execute(update(Message).where(Message.id == row.id).values(waits=False))
    connection.execute(delete(Job).where(Job.key == unclaimed_key(row.origin)))
    payload = carried(row.origin, row.name, row.key, row.payload, sender=row.case_id, element=row.element)
    _ask(connection, payload, f"{row.origin}:{event.id}:sent_on", now)


def keep(connection: Connection, sent: Mapping[str, Any], now: datetime) -> None:
    """
    Keep a message that nobody waits for.
    """
    known = update(Message).where(Message.origin == sent["origin"]).values(waits=True, key=sent["key"])
    if connection.execute(known).rowcount == 0:
        row = {"origin": sent["origin"], "name": sent["name"], "key": sent["key"], "payload": sent["data"]}
        row |= {"case_id": sent["from"], "element": sent["sent_at"], "sent_at": now, "waits": True}
        connection.execute(insert(Message).values(**row))


def unclaimed_key(origin: str) -> str:
    """
    Return the key of the job that tells of a message that nobody took.
    """
    return f"{origin}:{UNCLAIMED}"


def send(
    database: Database,
    releases: Releases,
    actor: Actor,
    name: str,
    *,
    key: str,
    now: datetime,
    number: str | None = None,
    correlation: str | None = None,
    payload: Mapping[str, Any] | None = None,
) -> None:
    """
    Send a message from outside; sent again with the same `key` it changes nothing.

    Args:
        number: of the case that it is for, whatever its event's key.
        correlation: key of the event that waits, in place of a number.

    Raises:
        NotYourTask: the person may not send messages.
        NotFound: no process waits for a message of this name, or there is no such case.
    """
    if not rights.may(actor, rights.MESSAGES):
        raise NotYourTask
    with database.step() as connection:
        if not _is_known(connection, releases, name):
            raise NotFound
        to = key_of(correlation) if correlation is not None else _key_of_case(connection, number or "")
        origin = f"outside:{key}"
        if connection.scalar(select(Message.id).where(Message.origin == origin)) is not None:
            return
        row = {"origin": origin, "name": name, "key": to, "payload": payload, "sent_at": now}
        connection.execute(insert(Message).values(**row, sent_by=actor.person_id, waits=False))
        _ask(connection, carried(origin, name, to, payload), origin, now)


def _ask(connection: Connection, payload: Mapping[str, Any], key: str, now: datetime) -> None:
    row = {"lane": LANE, "kind": MESSAGE, "payload": payload, "key": key, "case_id": None, "task_id": None}
    store.ask(connection, {**row, "state": "ready", "created_at": now, "run_at": now})


def _is_known(connection: Connection, releases: Releases, name: str) -> bool:
    waits = select(Subscription.task_id).where(Subscription.kind == MESSAGE, Subscription.name == name).limit(1)
    if connection.scalar(waits) is not None:
        return True
    return any(
        element.catches and element.told == (MESSAGE, name)
        for release in releases.current()
        for element in release.diagram.elements.values()
    )


def _key_of_case(connection: Connection, number: str) -> str:
    found = connection.scalar(select(Case.id).where(Case.number == key_of(number)))
    if found is None:
        raise NotFound
    return own_key(found)


def receivers(
    connection: Connection, kind: str, name: str, key: str, sender: int | None
) -> Sequence[Row[Subscription]]:
    """
    Return the events that wait for a signal, or the one that a message is for.

    Args:
        key: of a message. One that only a case has finds whatever that case waits for, and it before others that talk
            about it.
        sender: case that sent it, which hears itself only if nobody else does.
    """
    found = select(*Subscription.__table__.c).where(Subscription.kind == kind, Subscription.name == name)
    if kind == SIGNAL:
        return connection.execute(found.order_by(Subscription.task_id)).all()
    own = _own(key)
    order = (
        Subscription.case_id == (sender or 0),
        Subscription.case_id != own,
        Subscription.opened_at,
        Subscription.task_id,
    )
    meant = or_(Subscription.key == key, Subscription.case_id == own)
    return connection.execute(found.where(meant).order_by(*order).limit(1)).all()


def _own(key: str) -> int:
    """The case that alone has this key; 0: it is nobody's own."""
    number = key.removeprefix("#")
    return int(number) if key.startswith("#") and number.isdigit() else 0


def resolved(connection: Connection, key: str) -> str:
    """
    Return the key that a case has of its own in place of its number.
    """
    found = connection.scalar(select(Case.id).where(Case.number == key)) if key.isdigit() else None
    return own_key(found) if found is not None else key
