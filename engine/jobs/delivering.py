"""
Delivering what cases and people send: a message goes to the one event that waits for it, or opens a case, or is kept
until somebody waits; a signal goes to everybody who waits at that moment.

To find a receiver and to tell it are two jobs, each a transaction of its own: the second one belongs to the case that
receives, and an incident there is that case's. A message is at every moment one of: a job, a row that waits, taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, select

from engine import retelling
from engine.cases import Cases
from engine.diagram.definitions import MESSAGE, SIGNAL
from engine.errors import CannotGoOn
from engine.jobs.in_hand import Claimed, ask
from engine.operations import Actor, Settle, Settlement
from engine.releases import Release
from engine.starts import own_person
from engine.steps.messages import BEGIN, LANE, RECEIVE, UNCLAIMED, keep, only, receivers, resolved, unclaimed_key
from engine.tables import Case, Message

#: a message that nobody takes for so long becomes an incident; it still waits
PATIENCE = timedelta(days=7)


class NobodyWaits(CannotGoOn):
    """
    No event took the message in time.
    """

    code = "nobody_waits"


def _deliver(cases: Cases, job: Claimed, settlement: Settlement) -> None:
    """Find who receives a message or signal."""
    connection, sent, name = settlement.connection, dict(job.payload), job.payload["name"]
    if job.kind == MESSAGE:
        only(connection, name)
    found = receivers(connection, job.kind, name, sent["key"], sent["from"])
    if job.kind == MESSAGE and not found:
        sent["key"] = resolved(connection, sent["key"])
        found = receivers(connection, job.kind, name, sent["key"], sent["from"])
    for one in found:
        to = {**sent, "kind": job.kind, "task": one.task_id, "case": one.case_id, "element": one.element}
        _ask(settlement, RECEIVE, to, f"{job.key}:{one.task_id}", one.case_id)
    if job.kind == MESSAGE and found:
        return
    openings = [release.process for release in cases.releases.current() if opening(release, job.kind, name)]
    for process in sorted(openings)[:1] if job.kind == MESSAGE else sorted(openings):
        _ask(settlement, BEGIN, {**sent, "kind": job.kind, "process": process}, f"{job.key}:{process}", None)
    if job.kind == MESSAGE and not openings:
        _keep(settlement, sent)


def _keep(settlement: Settlement, sent: Mapping[str, Any]) -> None:
    """Keep a message until somebody waits for it."""
    keep(settlement.connection, sent, settlement.now)
    told = {"origin": sent["origin"], "name": sent["name"], "element": sent["sent_at"]}
    run_at = settlement.now + PATIENCE
    key = unclaimed_key(sent["origin"])
    _ask(settlement, UNCLAIMED, told, key, sent["from"], run_at=run_at)


def _receive(cases: Cases, job: Claimed, settlement: Settlement) -> None:
    """Tell one event; what it no longer waits for goes to another."""
    sent = job.payload
    told = cases.fire(
        settlement.connection,
        task_id=sent["task"],
        case_id=sent["case"],
        key=f"{sent['origin']}>{sent['task']}",
        event=sent["kind"],
        payload=sent["data"],
    )
    if not told and sent["kind"] == MESSAGE:
        _ask(settlement, MESSAGE, _again(sent), f"{job.key}:again", None)


def _begin(cases: Cases, job: Claimed, settlement: Settlement) -> None:
    """Open a case; a message for whose process nothing opens one any more goes to somebody else."""
    connection, sent = settlement.connection, job.payload
    release = next((one for one in cases.releases.current() if one.process == sent["process"]), None)
    if release is None or not opening(release, sent["kind"], sent["name"]):
        if sent["kind"] == MESSAGE:
            _ask(settlement, MESSAGE, _again(sent), f"{job.key}:again", None)
        return
    applicant, language, unit = _about(connection, sent["from"])
    cases.begin(
        connection,
        release,
        Actor(own_person(connection), "Saygac", entity_id=applicant),
        key=f"{sent['origin']}>{sent['process']}",
        language=language,
        channel=sent["kind"],
        payload=sent["data"],
        conversation=sent["key"] or None,
        unit=unit,
    )


def _unclaimed(_cases: Cases, job: Claimed, settlement: Settlement) -> None:
    waits = select(Message.id).where(Message.origin == job.payload["origin"], Message.waits)
    if settlement.connection.scalar(waits) is not None:
        message = retelling.told("unclaimed", name=job.payload["name"], days=PATIENCE.days)
        raise NobodyWaits(message, element=job.payload["element"])


def _about(connection: Connection, sender: int | None) -> tuple[int | None, str, str | None]:
    """Applicant, language and office of the case that sent a message: a case that it opens is about the same."""
    about = select(Case.applicant_id, Case.language, Case.unit).where(Case.id == sender)
    found = connection.execute(about).one_or_none() if sender is not None else None
    return (found.applicant_id, found.language, found.unit) if found is not None else (None, "az", None)


def _again(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {name: sent[name] for name in ("origin", "name", "key", "data", "from", "sent_at")}


def _ask(
    settlement: Settlement, kind: str, payload: Mapping[str, Any], key: str, case_id: int | None, **more: Any
) -> None:
    connection, now = settlement.connection, settlement.now
    ask(connection, kind, payload, key=key, lane=LANE, now=now, case_id=case_id, **more)


def opening(release: Release, kind: str, name: str) -> bool:
    """
    Tell whether a message or signal of this name opens cases on a release.
    """
    return any(event.told == (kind, name) for event in release.diagram.of_kind("startEvent"))


#: kind -> what does it
DELIVERIES: Mapping[str, Callable[[Cases, Claimed, Settlement], None]] = {
    MESSAGE: _deliver,
    SIGNAL: _deliver,
    RECEIVE: _receive,
    BEGIN: _begin,
    UNCLAIMED: _unclaimed,
}


def delivery(cases: Cases, job: Claimed) -> Settle | None:
    """
    Return what does a job of this module; None: it is another's.
    """
    do = DELIVERIES.get(job.kind)
    return (lambda settlement: do(cases, job, settlement)) if do is not None else None
