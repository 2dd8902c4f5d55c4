"""
The doctor: checks over the whole database that what must always hold does hold, and says what to do where it does not.

It only reads. Source: the invariants of a step that happens exactly once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, exists, func, select, union

from engine import audit, numbers, store, watchdog
from engine.errors import NotFound, ReleaseRefused, StateNewer, StateUnreadable
from engine.findings import SOURCE_LANGUAGE, Reason, say
from engine.jobs.kinds import known, unknown
from engine.jobs.standing import STANDING
from engine.jobs.steering import EVENTS, Kind
from engine.operations import Operations, Ports
from engine.releases import Releases
from engine.spiff import read_state
from engine.steps.writing import Waiting, stored
from engine.storage.database import Database
from engine.tables import Audit, Case, FinishedJob, Incident, Job, Release
from engine.world import StepWorld, facts_of

#: told of (cases examined, of how many, id of the last one)
Progress = Callable[[int, int, int], None]
#: cases looked at together
_PAGE = 200
#: a lease that ended so long ago should have been taken over
_FORGOTTEN = timedelta(hours=1)


@dataclass(frozen=True)
class Ailment:
    """
    Something that must never be, with what to do about it.
    """

    #: invariant and kind, e.g. doctor.revision
    code: str
    #: case, job or release
    where: str
    params: Mapping[str, Any]

    def say(self, language: str = SOURCE_LANGUAGE) -> str:
        """
        Return the sentence.
        """
        return say(Reason(self.code, {"where": self.where, **self.params}), language)


class Doctor:
    """
    The examination of one installation.
    """

    def __init__(self, database: Database, releases: Releases, operations: Operations, ports: Ports) -> None:
        self._database = database
        self._releases = releases
        self._operations = operations
        self._ports = ports

    def examine(self, *, after: int = 0, progress: Progress = lambda _done, _of, _last: None) -> Iterator[Ailment]:
        """
        Yield everything that does not hold, cases first. The time that it takes grows with the cases, the memory does
        not; each page of cases is a reading transaction of its own, so nobody waits for it.

        Args:
            after: go on behind the case with this id.
            progress: told after every page of cases.
        """
        now = self._ports.clock.now()
        with self._database.read() as connection:
            unusable = dict(self._unusable_releases(connection))
            of = connection.scalar(select(func.count()).where(Case.id > after)) or 0
        yield from (Ailment("doctor.release", key[:12], {"reason": reason}) for key, reason in unusable.items())
        done = 0
        while True:
            with self._database.snapshot() as connection:
                page = _page(connection, after)
                found = list(self._cases(connection, page, frozenset(unusable))) if page else []
            if not page:
                break
            yield from found
            done, after = done + len(page), page[-1].case_id
            progress(done, of, after)
        with self._database.read() as connection:
            yield from (Ailment("doctor.waits", str(key), {}) for key in watchdog.forgotten(connection))
            yield from _jobs(connection, now)
            for key in unknown(connection, known(self._operations), now):
                yield Ailment("doctor.unknown", str(key), {})

    def _unusable_releases(self, connection: Connection) -> Iterator[tuple[str, str]]:
        """I10: every release that a running case is on is there and can be read."""
        used = union(select(Case.release_id).distinct(), select(Release.id).where(Release.active_since.is_not(None)))
        for key in connection.scalars(used).all():
            try:
                self._releases.get(key)
            except (NotFound, ReleaseRefused) as error:
                yield key, type(error).__name__

    def _cases(self, connection: Connection, page: Sequence[Row[Any]], unusable: frozenset[str]) -> Iterator[Ailment]:
        ids = [row.case_id for row in page]
        rows = connection.execute(
            select(*Audit.__table__.c).where(Audit.case_id.in_(ids)).order_by(Audit.case_id, Audit.revision)
        )
        chains = {key: list(chain) for key, chain in groupby(rows, key=lambda row: row.case_id)}
        waiting, finished = _asked_for(connection, ids)
        jobs = Counter(waiting.values()) + Counter(finished)
        done = set(finished)
        yield from (Ailment("doctor.twice", str(key), {}) for key, name in waiting.items() if name in done)
        waiting = stored(connection, ids)
        for case in page:
            chain = chains.get(case.case_id, [])
            yield from _history(case, chain)
            yield from _asked(case, chain, jobs)
            yield from _number(case, chain)
            waits = waiting.get(case.case_id, Waiting())
            yield from _end(case, waits)
            if case.case_closed_at is not None:
                yield from _readable(case)
            elif case.release_id not in unusable:
                yield from self._state(connection, case, waits)

    def _state(self, connection: Connection, case: Row[Any], waits: Waiting) -> Iterator[Ailment]:
        """I8: the state loads, and says the same as the tables."""
        release = self._releases.get(case.release_id)
        facts = facts_of(case)
        now = self._ports.clock.now()
        world = StepWorld(connection, now, facts, None, release, self._operations, self._ports, {})
        try:
            found = Waiting.of(release.program.resume(case.case_state, world))
        except StateNewer as newer:
            yield Ailment("doctor.newer", str(case.case_id), {"version": newer.version})
            return
        except StateUnreadable:
            yield Ailment("doctor.state", str(case.case_id), {})
            return
        if found.tasks != waits.tasks:
            yield Ailment("doctor.tasks", str(case.case_id), {})
        if found.timers != waits.timers:
            yield Ailment("doctor.timers", str(case.case_id), {})
        if found.events != waits.events:
            yield Ailment("doctor.events", str(case.case_id), {})


def _page(connection: Connection, after: int) -> Sequence[Row[Any]]:
    return connection.execute(store.SELECT_CASE.where(Case.id > after).order_by(Case.id).limit(_PAGE)).all()


def _asked_for(connection: Connection, ids: Iterable[int]) -> tuple[dict[int, str], list[str]]:
    """Keys of the work that waits, by its id, and of what was done."""
    waiting = connection.execute(select(Job.id, Job.key).where(Job.case_id.in_(ids)))
    finished = connection.scalars(select(FinishedJob.key).where(FinishedJob.case_id.in_(ids)))
    return {key: name for key, name in waiting}, list(finished)


def _history(case: Row[Any], chain: Sequence[Row[Any]]) -> Iterator[Ailment]:
    """I1, I2: one audit row a step. I9: none was changed or taken away."""
    where = str(case.case_id)
    if [row.revision for row in chain] != list(range(1, case.revision + 1)):
        yield Ailment("doctor.revision", where, {"revision": case.revision, "rows": len(chain)})
    for key in audit.broken(chain):
        yield Ailment("doctor.chain", where, {"key": key})
    if chain and case.audit_hash != chain[-1].hash:
        yield Ailment("doctor.seal", where, {})


def _asked(case: Row[Any], chain: Sequence[Row[Any]], jobs: Counter[str]) -> Iterator[Ailment]:
    """
    I5: what a step asked for (the letters of its events) is there once: waiting, done, or with its incident; unless
    an operator cancelled it, which the history says with its kind.
    """
    cancelled = Counter(row.detail.get("kind") for row in chain if row.event == EVENTS[Kind.CANCEL])
    for row in chain:
        for key in row.detail.get("asked", ()):
            kind = key.split(":")[1]
            if jobs[key] == 0 and cancelled[kind]:
                cancelled[kind] -= 1
            elif jobs[key] != 1:
                yield Ailment("doctor.asked", str(case.case_id), {"key": key, "rows": jobs[key]})


def _number(case: Row[Any], chain: Sequence[Row[Any]]) -> Iterator[Ailment]:
    """I7: the number is one, and the one that the case got when it was registered."""
    given = next((row.detail.get("number") for row in chain if row.detail.get("registered")), case.number)
    if case.number != given or (case.number is not None and numbers.read(case.number) != case.number):
        yield Ailment("doctor.number", str(case.case_id), {"number": case.number or given})


def _readable(case: Row[Any]) -> Iterator[Ailment]:
    """I8 of what is over: nobody goes on from there, but its state can still be read."""
    try:
        read_state(case.case_state)
    except StateNewer as newer:
        yield Ailment("doctor.newer", str(case.case_id), {"version": newer.version})
    except StateUnreadable:
        yield Ailment("doctor.state", str(case.case_id), {})


def _end(case: Row[Any], waits: Waiting) -> Iterator[Ailment]:
    """I3: what is over waits for nothing."""
    if case.case_closed_at is not None and waits != Waiting():
        counts = {"tasks": len(waits.tasks), "timers": len(waits.timers), "events": len(waits.events)}
        yield Ailment("doctor.over", str(case.case_id), counts)


def _jobs(connection: Connection, now: datetime) -> Iterator[Ailment]:
    """I5, I6: work is done once, waits for its time, or is an incident."""
    # of cases it was found with them; standing work comes again and again under one key
    once = Job.case_id.is_(None) & ~Job.key.startswith(STANDING)
    done = FinishedJob.case_id.is_(None) & (FinishedJob.key == Job.key)
    twice = select(Job.id).distinct().join(FinishedJob, done).where(once)
    yield from (Ailment("doctor.twice", str(key), {}) for key in connection.scalars(twice))
    incident = exists().where(Incident.job_id == Job.id, Incident.resolved_at.is_(None))
    silent = select(Job.id).where(Job.state == "dead", ~incident)
    yield from (Ailment("doctor.silent", str(key), {}) for key in connection.scalars(silent))
    held = select(Job.id).where(Job.state == "running", Job.lease_until < now - _FORGOTTEN)
    yield from (Ailment("doctor.held", str(key), {}) for key in connection.scalars(held))
    numbered = select(Case.number).where(Case.number.is_not(None)).group_by(Case.number).having(func.count() > 1)
    yield from (Ailment("doctor.number", number, {"number": number}) for number in connection.scalars(numbered))
