"""
Standing work: what every installation does again and again without being asked.

It is jobs like all others; whoever looks after the ledger sees to it that they are there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection, select, update

from engine import expiry, leftovers, watchdog
from engine.cases import Cases
from engine.jobs.bulk import MOVE, chunk
from engine.jobs.in_hand import Claimed, ask
from engine.jobs.kinds import BULK, CERTIFICATES, PURGE, START, WATCH, known, report_unknown
from engine.moving import Moves
from engine.operations import Operations, Ports, Settle, Settlement
from engine.starts import Next, Starts
from engine.storage.database import Database
from engine.tables import Job

#: keys of standing work begin so
STANDING = "standing:"
#: chore -> time between two rounds
_CHORES = {WATCH: timedelta(minutes=5), CERTIFICATES: timedelta(days=1), PURGE: timedelta(days=1)}

Kinds = Mapping[str, Callable[[Claimed], Settle]]


class Standing:
    """
    The standing work of one installation.
    """

    def __init__(self, database: Database, operations: Operations, cases: Cases, ports: Ports) -> None:
        self._database = database
        self._ports = ports
        self._operations = operations
        self._moves = Moves(database, cases.releases, operations, ports)
        self._starts = Starts(cases.releases, operations, cases, ports)
        self.kinds: Kinds = {
            START: self._start,
            WATCH: self._watch,
            CERTIFICATES: self._look_at_certificates,
            PURGE: self._purge,
            BULK: partial(chunk, operations, {MOVE: self._move}),
            **{kind: partial(self._again, kind) for kind in operations.daily},
        }

    def ensure(self) -> None:
        """
        Ask for whatever is missing; what a new release says about its beginnings takes the place of the old.
        """
        with self._database.read() as connection:
            wanted = {_key(one.process): one for one in self._starts.upcoming(connection)}
            chores = [name for name in _CHORES if name != CERTIFICATES or self._ports.papers]
            keys = [*map(_key, (*chores, *self._operations.daily)), *wanted]
            there = dict(connection.execute(select(Job.key, Job.payload).where(Job.key.in_(keys))).all())
        missing = [one for key, one in wanted.items() if there.get(key, {}).get("release") != one.release_id]
        absent = [name for name in chores if _key(name) not in there]
        mornings = [kind for kind in self._operations.daily if _key(kind) not in there]
        if not absent and not mornings and not missing:
            return
        now = self._ports.clock.now()
        with self._database.step() as connection:
            for name in absent:
                # certificates are looked at first and then every day: one may end tomorrow
                _ask(connection, name, now, now if name == CERTIFICATES else now + _CHORES[name])
            for kind in mornings:
                self._ask_again(connection, kind, now)
            for one in missing:
                _plan(connection, one, now)

    def _again(self, kind: str, job: Claimed) -> Settle:
        effect = self._operations.jobs[kind](job)

        def settle(settlement: Settlement) -> None:
            if effect is not None:
                effect(settlement)
            self._ask_again(settlement.connection, kind, settlement.now)

        return settle

    def _ask_again(self, connection: Connection, kind: str, now: datetime) -> None:
        due = self._operations.daily[kind](connection, now, self._ports)
        ask(connection, kind, {}, key=_key(kind), lane="timer", now=now, run_at=due)

    def _start(self, job: Claimed) -> Settle:
        payload = job.payload

        def settle(settlement: Settlement) -> None:
            due, left = datetime.fromisoformat(payload["due"]), payload["left"]
            following = self._starts.begin(settlement.connection, payload["process"], due, left)
            if following is not None:
                _plan(settlement.connection, following, settlement.now)

        return settle

    def _watch(self, job: Claimed) -> Settle:
        with job.read() as connection:
            found = watchdog.forgotten(connection)

        def settle(settlement: Settlement) -> None:
            watchdog.report(settlement.connection, found, settlement.now)
            report_unknown(settlement.connection, known(self._operations), settlement.now)
            watchdog.settle_gone(settlement.connection, settlement.now)
            _again(settlement, WATCH)

        return settle

    def _move(self, connection: Connection, case_id: int, payload: Mapping[str, Any], _now: datetime) -> None:
        self._moves.move(connection, payload["move"], case_id)

    def _look_at_certificates(self, job: Claimed) -> Settle:
        found = expiry.endings(job.ports.papers, job.now)

        def settle(settlement: Settlement) -> None:
            expiry.report(settlement.connection, found, settlement.now)
            _again(settlement, CERTIFICATES)

        return settle

    def _purge(self, job: Claimed) -> Settle:
        with job.read() as connection:
            left = leftovers.find(connection, job.now)
        leftovers.discard(job.ports.files, left)

        def settle(settlement: Settlement) -> None:
            leftovers.forget(settlement.connection, left)
            _again(settlement, PURGE)

        return settle


def _key(name: str) -> str:
    return f"{STANDING}{name}"


def _again(settlement: Settlement, name: str) -> None:
    _ask(settlement.connection, name, settlement.now, settlement.now + _CHORES[name])


def _ask(connection: Connection, name: str, now: datetime, run_at: datetime) -> None:
    ask(connection, name, {}, key=_key(name), lane="timer", now=now, run_at=run_at)


def _plan(connection: Connection, one: Next, now: datetime) -> None:
    payload: dict[str, Any] = {"process": one.process, "release": one.release_id}
    payload |= {"due": one.due.isoformat(), "left": one.left}
    if not ask(connection, START, payload, key=_key(one.process), lane="timer", now=now, run_at=one.due):
        waiting = update(Job).where(Job.key == _key(one.process), Job.state == "ready")
        connection.execute(waiting.values(payload=payload, run_at=one.due))
