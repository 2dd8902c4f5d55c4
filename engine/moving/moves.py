"""
Moving cases, one or many: each in a transaction of its own, so that a bulk that was stopped goes on where it was.

A move is undone as long as the case has not gone on. What a case was before is kept until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, insert, select, update

from engine import store
from engine.diagram import Diagram
from engine.errors import CannotGoOn, NotFound
from engine.findings import Reason
from engine.moving.effect import Effect, Standing, effect_of
from engine.moving.positions import Carrying
from engine.moving.readiness import Readiness
from engine.moving.refusals import CannotMove, NotToMove
from engine.operations import Actor, Operations, Ports
from engine.releases import Bundle, Release, Releases
from engine.spiff import Run, Token, read_state, write_state
from engine.steps.writing import Change, Waiting, save
from engine.storage.data import dump, load
from engine.storage.database import Database
from engine.tables import Case, CaseMove, Move, Task
from engine.world import StepWorld, facts_of

Names = Mapping[str, str]


@dataclass(frozen=True)
class Tally:
    """
    How far a bulk has come.
    """

    waiting: int = 0
    moved: int = 0
    refused: int = 0
    undone: int = 0


@dataclass(frozen=True)
class _Carried:
    """A case on a release: its run, and what it waited for before it was moved there."""

    world: StepWorld
    run: Run
    before: Waiting


class Moves:
    """
    The moving of cases of one installation.
    """

    def __init__(self, database: Database, releases: Releases, operations: Operations, ports: Ports) -> None:
        self._database = database
        self._releases = releases
        self._operations = operations
        self._ports = ports

    def effect(self, target: Release, bundle: Bundle, names: Names | None = None) -> Effect:
        """
        Try the move of every running case on a copy, and say which can move, which may stay and which cannot.

        Args:
            target: need not have been released; `bundle` are its files.
            names: elements that have another id in `target`: old -> new.
        """
        ready = Readiness(target, self._operations)
        standing = []
        with self._database.read() as connection:
            for row in connection.execute(_running(target)):
                refused = None
                try:
                    self._carried(connection, row, target, names or {}, ready)
                except CannotMove as reason:
                    refused = reason
                places = _places(read_state(row.case_state), self._releases.get(row.release_id).diagram)
                standing.append(Standing(row.case_id, row.release_id, places, refused))
        bundles = {key: self._releases.bundle(key) for key in {one.release for one in standing}}
        return effect_of(standing, bundles, bundle)

    def plan(
        self,
        target: Release,
        actor: Actor,
        *,
        note: str,
        names: Names | None = None,
        cases: Iterable[int] | None = None,
    ) -> int:
        """
        Write down which cases are to move and return the bulk's number; nothing moves yet.

        Args:
            cases: ids; by default every running case of the process that is on another release.

        Raises:
            NotToMove: if there is none, or one of `cases` is not among them.
        """
        with self._database.step() as connection:
            wanted = set(cases) if cases is not None else None
            running = dict(connection.execute(select(Case.id, Case.release_id).where(_elsewhere(target))).all())
            unknown = sorted(wanted - running.keys()) if wanted is not None else []
            if unknown or not running or wanted == set():
                raise NotToMove(unknown)
            values = {"process": target.process, "to_release": target.id, "names": dict(names or {}), "note": note}
            made = insert(Move).values(**values, by_id=actor.person_id, created_at=self._ports.clock.now())
            move_id = int(connection.execute(made.returning(Move.id)).scalar_one())
            waiting = {"move_id": move_id, "state": "waiting"}
            rows = [
                {**waiting, "case_id": case_id, "from_release": release}
                for case_id, release in sorted(running.items())
                if wanted is None or case_id in wanted
            ]
            connection.execute(insert(CaseMove), rows)
        return move_id

    def run(self, move_id: int, progress: Callable[[], None] = lambda: None) -> Tally:
        """
        Move the cases of a bulk that still wait; called again after a stop it goes on with the rest. A bulk that an
        operator lets rest stops. `progress` is called after each case.

        Raises:
            NotFound: if there is no such bulk.
        """
        move = self._move(move_id)
        target = self._releases.get(move.to_release)
        ready = Readiness(target, self._operations)
        while True:
            with self._database.step() as connection:
                case_id = connection.scalar(_next(move_id, "waiting").where(~_rests(move_id)))
                if case_id is None:
                    break
                self._move_one(connection, move, case_id, target, ready)
            progress()
        return self.tally(move_id)

    def move(self, connection: Connection, move_id: int, case_id: int) -> None:
        """
        Move one case of a bulk inside the caller's transaction, if it still waits and the bulk does not rest.

        Raises:
            NotFound: if there is no such bulk.
        """
        if connection.scalar(_next(move_id, "waiting").where(CaseMove.case_id == case_id, ~_rests(move_id))) is None:
            return
        move = self._move(move_id)
        target = self._releases.get(move.to_release)
        self._move_one(connection, move, case_id, target, Readiness(target, self._operations))

    def undo(self, move_id: int, progress: Callable[[], None] = lambda: None) -> Tally:
        """
        Bring back the moved cases of a bulk that have not gone on since; the others stay as they are, with the reason.

        Raises:
            NotFound: if there is no such bulk.
        """
        move = self._move(move_id)
        while True:
            with self._database.step() as connection:
                case_id = connection.scalar(_next(move_id, "moved"))
                if case_id is None:
                    break
                self._undo_one(connection, move, case_id)
            progress()
        return self.tally(move_id)

    def tally(self, move_id: int) -> Tally:
        """
        Return how many cases of a bulk wait, are moved, refused and undone.
        """
        counted = select(CaseMove.state, func.count()).where(CaseMove.move_id == move_id).group_by(CaseMove.state)
        with self._database.read() as connection:
            found = {state: count for state, count in connection.execute(counted)}
        kept = found.pop("kept", 0)
        return Tally(**{**found, "moved": found.get("moved", 0) + kept})

    def refusals(self, move_id: int) -> list[tuple[int, Reason]]:
        """
        Return (case, reason) of what a bulk could not move or bring back.
        """
        found = (
            select(CaseMove.case_id, CaseMove.reason)
            .where(CaseMove.move_id == move_id, CaseMove.reason.is_not(None))
            .order_by(CaseMove.case_id)
        )
        with self._database.read() as connection:
            return [(key, Reason(reason["code"], reason["params"])) for key, reason in connection.execute(found)]

    def _move(self, move_id: int) -> Row[Any]:
        with self._database.read() as connection:
            move = connection.execute(select(*Move.__table__.c).where(Move.id == move_id)).one_or_none()
        if move is None:
            raise NotFound
        return move

    def _move_one(
        self, connection: Connection, move: Row[Any], case_id: int, target: Release, ready: Readiness
    ) -> None:
        row = store.lock_case(connection, case_id)
        if connection.scalar(_next(move.id, "waiting").where(CaseMove.case_id == case_id)) is None:
            return  # a command and the background may be at the same bulk
        try:
            if row is None or row.case_closed_at is not None:
                raise CannotMove(Reason("move.over"), "")
            carried = self._carried(connection, row, target, move.names, ready)
        except CannotMove as refused:
            _settle(connection, move.id, case_id, state="refused", reason=_stored(refused.reason))
            return
        was = _task_rows(connection, case_id)
        carried.world.actor = Actor(move.by_id, "", frozenset())
        detail = {"from": row.release_id, "to": target.id, "names": dict(move.names), "move": move.id}
        change = Change.of(row, f"move:{move.id}:{case_id}", "moved", None)
        saved = save(carried.world, carried.run, change.also(detail, {"release_id": target.id}), carried.before)
        _place_tasks(connection, carried.run, target, was)
        before = dump({"state": row.case_state.decode(), "tasks": was})
        _settle(connection, move.id, case_id, state="moved", before=before, audit_hash=saved.audit_hash)

    def _undo_one(self, connection: Connection, move: Row[Any], case_id: int) -> None:
        row = store.lock_case(connection, case_id)
        kept = connection.execute(
            select(CaseMove.before, CaseMove.audit_hash, CaseMove.from_release).where(
                CaseMove.move_id == move.id, CaseMove.case_id == case_id
            )
        ).one()
        if row is None or row.audit_hash != kept.audit_hash:
            _settle(connection, move.id, case_id, state="kept", reason=_stored(Reason("move.went_on")))
            return
        release, was = self._releases.get(kept.from_release), load(kept.before)
        now_waits = Waiting.of(self._run(connection, row, self._releases.get(row.release_id), row.case_state).run)
        back = self._run(connection, row, release, was["state"].encode())
        back.world.actor = Actor(move.by_id, "", frozenset())
        detail = {"from": row.release_id, "to": release.id, "move": move.id}
        change = Change.of(row, f"move:{move.id}:{case_id}:undo", "move_undone", None)
        save(back.world, back.run, change.also(detail, {"release_id": release.id}), now_waits)
        for task, columns in was["tasks"].items():
            connection.execute(update(Task).where(Task.id == task).values(**columns))
        _settle(connection, move.id, case_id, state="undone", before=None)

    def _carried(
        self, connection: Connection, row: Row[Any], target: Release, names: Names, ready: Readiness
    ) -> _Carried:
        """The case as it would be on `target`; raises CannotMove."""
        source = self._releases.get(row.release_id)
        before = self._run(connection, row, source, row.case_state).before
        world = self._world(connection, row, target)
        carrying = Carrying(
            source.diagram,
            target.diagram,
            names,
            target.program.specs,
            world.begun,
        )
        try:
            tokens = carrying.carry(read_state(row.case_state))
            run = target.program.resume(write_state(tokens), world)
        except CannotGoOn as failure:
            raise CannotMove(Reason("move.unreadable"), failure.element or "") from failure
        if Waiting.of(run).tasks != before.tasks:
            raise CannotMove(Reason("move.unreadable"), "")
        ready.judge(tokens)
        return _Carried(world, run, before)

    def _run(self, connection: Connection, row: Row[Any], release: Release, state: bytes) -> _Carried:
        world = self._world(connection, row, release)
        run = release.program.resume(state, world)
        return _Carried(world, run, Waiting.of(run))

    def _world(self, connection: Connection, row: Row[Any], release: Release) -> StepWorld:
        facts = facts_of(row)
        now = self._ports.clock.now()
        return StepWorld(connection, now, facts, None, release, self._operations, self._ports, {})


def _running(target: Release) -> Any:
    return store.SELECT_CASE.where(_elsewhere(target)).order_by(Case.id)


def _elsewhere(target: Release) -> ColumnElement[bool]:
    return (Case.process == target.process) & Case.closed_at.is_(None) & (Case.release_id != target.id)


def _places(tokens: Iterable[Token], diagram: Diagram) -> frozenset[str]:
    """Where a case waits: for what is in boxes, there and not at the boxes; else wherever it stands."""
    found = {token.element for token in tokens if token.waits}
    drawn = frozenset(key for key in found & diagram.drawn.keys() if not diagram.inside(key))
    return drawn or frozenset(found)


def _next(move_id: int, state: str) -> Any:
    waiting = select(CaseMove.case_id).where(CaseMove.move_id == move_id, CaseMove.state == state)
    return waiting.order_by(CaseMove.case_id).limit(1)


def _rests(move_id: int) -> ColumnElement[bool]:
    return exists().where(Move.id == move_id, Move.paused_at.is_not(None))


def _task_rows(connection: Connection, case_id: int) -> dict[str, dict[str, Any]]:
    """What moving can change of the open tasks, by id."""
    rows = select(Task.id, Task.element, Task.role, Task.unit, Task.claimed_by)
    found = connection.execute(rows.where(Task.case_id == case_id, Task.state == "open"))
    return {
        row.id: {"element": row.element, "role": row.role, "unit": row.unit, "claimed_by": row.claimed_by}
        for row in found
    }


def _place_tasks(connection: Connection, run: Run, target: Release, was: Mapping[str, Mapping[str, Any]]) -> None:
    """Let the rows of open tasks follow. Who held a task that is another role's now holds it no longer."""
    for task in run.tasks:
        role = target.diagram.elements[task.element].role or ""
        columns: dict[str, Any] = {"element": task.element, "role": role}
        if role != was[task.id]["role"]:
            columns["claimed_by"] = None
        if any(was[task.id][name] != value for name, value in columns.items()):
            connection.execute(update(Task).where(Task.id == task.id).values(**columns))


def _settle(connection: Connection, move_id: int, case_id: int, **values: Any) -> None:
    one = (CaseMove.move_id == move_id) & (CaseMove.case_id == case_id)
    connection.execute(update(CaseMove).where(one).values(**values))


def _stored(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "params": {name: str(value) for name, value in reason.params.items()}}
