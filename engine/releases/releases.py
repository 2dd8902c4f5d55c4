"""
Releases: one version of a process as a whole, checked before it is taken, immutable afterwards.

A release is its files: diagram, forms, decision tables, letters, catalogues. Its id is their hash. Compiled releases
are kept in memory. What makes a file acceptable is judged in `engine.gate`.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from engine.decisions import Decision
from engine.diagram import Diagram
from engine.diagram.rounds import Given, Standing
from engine.errors import NoteMissing, NotFound, ReleaseRefused, SecondPersonNeeded
from engine.findings import Reason, say
from engine.gate.checking import check_bundle
from engine.gate.compiling import compile_bundle
from engine.linking import pinned
from engine.operations import Actor, Operations
from engine.releases.bundles import letter_files
from engine.spiff import Program
from engine.storage.database import Database
from engine.tables import Case, ReleaseFile
from engine.tables import Release as ReleaseRow
from engine.words.catalogue import Catalogues
from engine.words.letters import Letters
from forms import OWN_WORDS, Form

#: public status of a case that was ended by hand, where the diagram has no words of its own
ENDED = Reason("case.ended")
#: path inside the release -> content
Bundle = Mapping[str, bytes]


@dataclass(frozen=True)
class Release:
    """
    A compiled release, shared by its cases and never changed.
    """

    id: str
    process: str
    #: Azerbaijani name of the service
    title: str
    diagram: Diagram
    program: Program
    #: id of the user task -> its form
    forms: Mapping[str, Form]
    decisions: Mapping[str, Decision]
    catalogues: Catalogues
    #: its own, and those of the installation where it has none
    letters: Letters
    #: the diagram as it was drawn
    bpmn: bytes

    @property
    def begins_itself(self) -> bool:
        """
        Tell whether a timer, a message or a signal opens the cases: nobody can apply for them.
        """
        return any(event.events for event in self.diagram.of_kind("startEvent"))

    def translate(self, text: str, language: str) -> str:
        """
        Return a text of the diagram or a form in `language`, or a word that forms say of answers by themselves.
        """
        found = self.catalogues.translate(text, language)
        if found != text:
            return found
        return say(ENDED, language) if text == say(ENDED) else OWN_WORDS.get(language, {}).get(text, text)

    @property
    def ended_status(self) -> str:
        """
        The public status of a case that was ended by hand.
        """
        return self.diagram.properties.get("endedStatus") or say(ENDED)

    def standing(self, given: Given) -> Standing:
        """
        Return, of the latest answers of each user task, those that count now, by name.
        """
        return self.diagram.rounds.standing(given, self.forms)


@dataclass(frozen=True)
class ShippedChange:
    """
    A release that came with a newer version of the software, beside an analyst's own; each named by its id.
    """

    process: str
    #: on which no case starts unless a person approves it
    release: str
    #: the analyst's, on which new cases start
    active: str
    #: that came before it; None: it is the first
    before: str | None


def bundle_of(diagram: Path, forms: Path) -> Bundle:
    """
    Collect the files of a process: its diagram, `forms`/*.form, and beside the diagram *.dmn, catalogues/*.po,
    letters/mail/*.txt, letters/texts.toml, letters/urgent.txt and scenarios/NAME/*.yaml.

    Args:
        diagram: the .bpmn file.
        forms: folder of the process's form files.
    """
    found = {diagram.name: diagram}
    found |= {f"forms/{path.name}": path for path in forms.glob("*.form")}
    found |= {f"decisions/{path.name}": path for path in diagram.parent.glob("*.dmn")}
    found |= {f"catalogues/{path.name}": path for path in (diagram.parent / "catalogues").glob("*.po")}
    found |= letter_files(diagram.parent)
    found |= {f"scenarios/{path.name}": path for path in (diagram.parent / "scenarios" / diagram.stem).glob("*.yaml")}
    files = {name: found[name].read_bytes() for name in sorted(found)}

    def called(process: str) -> Bundle | None:
        beside = diagram.parent / f"{process}.bpmn"
        return bundle_of(beside, forms.parent / process) if process.isidentifier() and beside.is_file() else None

    return pinned(files, called)


def bundle_id(bundle: Bundle) -> str:
    """
    Return the hash by which a release is known: SHA-256 over names, sizes and contents.
    """
    digest = hashlib.sha256()
    for name in sorted(bundle):
        digest.update(f"{name}\0{len(bundle[name])}\0".encode())
        digest.update(bundle[name])
    return digest.hexdigest()


class Releases:
    """
    The releases of one installation.
    """

    def __init__(self, database: Database, operations: Operations, roles: frozenset[str]) -> None:
        """
        Args:
            roles: the roles that staff and applicants may have; a task of any other role is refused.
        """
        self._database = database
        self._operations = operations
        self._roles = roles
        self._compiled: dict[str, Release] = {}
        self._lock = threading.Lock()

    def deploy(self, bundle: Bundle, *, now: datetime, note: str = "") -> Release:
        """
        Take in a release that came with the installation. New cases start on it if they started on one that came so;
        what an analyst has released stays, and the new one waits to be approved. Deployed again it changes nothing.

        Raises:
            ReleaseRefused: with every finding of every file.
        """
        return self._store(bundle, now=now, note=note, proposed_by=None)

    def propose(self, bundle: Bundle, actor: Actor, *, now: datetime, note: str) -> Release:
        """
        Keep a release that passed the gate until a second person approves it; no case starts on it yet.

        Raises:
            ReleaseRefused: with every finding of every file.
            NoteMissing: if nobody could tell later what the release is for.
        """
        if not note.strip():
            raise NoteMissing
        return self._store(pinned(bundle, self._called), now=now, note=note.strip(), proposed_by=actor.person_id)

    def approve(self, release_id: str, actor: Actor, *, now: datetime) -> Release:
        """
        Let new cases start on a release.

        Raises:
            NotFound: if there is no such release.
            SecondPersonNeeded: if who proposed it wants to approve it.
        """
        release = self.get(release_id)
        with self._database.step() as connection:
            row = connection.execute(select(ReleaseRow.proposed_by).where(ReleaseRow.id == release_id)).one()
            if row.proposed_by == actor.person_id:
                raise SecondPersonNeeded
            active = connection.execute(_ACTIVE, {"process": release.process}).one_or_none()
            approved = {"active_since": _after(active, now), "approved_by": actor.person_id}
            connection.execute(update(ReleaseRow).where(ReleaseRow.id == release_id).values(**approved))
        return release

    def compile(self, bundle: Bundle) -> Release:
        """
        Return a release that need not be stored, ready to run; the gate is not asked.

        Raises:
            ReleaseRefused: if a file can't be read.
        """
        return self._compile(bundle_id(bundle), bundle)

    def find(self, beginning: str) -> str:
        """
        Return the id of the one release whose id begins so.

        Raises:
            NotFound: if there is none, or more than one.
        """
        with self._database.read() as connection:
            found = connection.scalars(
                select(ReleaseRow.id).where(ReleaseRow.id.startswith(beginning, autoescape=True))
            )
            ids = found.all()
        if len(ids) != 1:
            raise NotFound
        return ids[0]

    def listed(self, process: str | None = None) -> Sequence[Row[Any]]:
        """
        Return every release, newest first: id, process, created_at, note, active_since, proposed_by, approved_by, and
        how many running cases are on it.
        """
        running = select(func.count()).where(Case.release_id == ReleaseRow.id, Case.closed_at.is_(None))
        rows = select(*ReleaseRow.__table__.c, running.scalar_subquery().label("running"))
        if process is not None:
            rows = rows.where(ReleaseRow.process == process)
        with self._database.read() as connection:
            return connection.execute(rows.order_by(ReleaseRow.created_at.desc(), ReleaseRow.id)).all()

    def shipped_changes(self) -> list[ShippedChange]:
        """
        Return what came with a newer version of the software and waits, because new cases start on an analyst's
        release that was made before it came; the newest of each process.
        """
        listed = self.listed()
        found = []
        for process in sorted({row.process for row in listed}):
            rows = [row for row in listed if row.process == process]
            shipped = [row for row in rows if row.proposed_by is None]
            active = max((row for row in rows if row.active_since), key=lambda row: row.active_since, default=None)
            if shipped and active and shipped[0].active_since is None and active.created_at <= shipped[0].created_at:
                before = shipped[1].id if len(shipped) > 1 else None
                found.append(ShippedChange(process, shipped[0].id, active.id, before))
        return found

    def bundle(self, release_id: str) -> Bundle:
        """
        Return the files of a release as they came.

        Raises:
            NotFound: if it was never stored.
        """
        files = select(ReleaseFile.path, ReleaseFile.content).where(ReleaseFile.release_id == release_id)
        with self._database.read() as connection:
            found = {path: content for path, content in connection.execute(files)}
        if not found:
            raise NotFound
        return found

    def get(self, release_id: str) -> Release:
        """
        Return a release by its id.

        Raises:
            NotFound: if it was never deployed.
        """
        release = self._compiled.get(release_id)
        if release is None:
            release = self._compile(release_id, self.bundle(release_id))
        return release

    def active(self, process: str) -> Release:
        """
        Return the release on which new cases of `process` start.

        Raises:
            NotFound: if there is no such process.
        """
        with self._database.read() as connection:
            release_id = active_id(connection, process)
        return self.get(release_id)

    def processes(self) -> list[tuple[str, str]]:
        """
        Return (process, Azerbaijani title) of everything that can be applied for, by title.
        """
        found = [(release.process, release.title) for release in self.current() if not release.begins_itself]
        return sorted(found, key=lambda pair: pair[1])

    def timed(self) -> list[Release]:
        """
        Return the active releases of everything that a timer begins: nobody can apply for it.
        """
        starts = ((release, release.diagram.of_kind("startEvent")) for release in self.current())
        return [release for release, events in starts if any(event.timer is not None for event in events)]

    def current(self) -> list[Release]:
        """
        Return the releases on which new cases start, one a process.
        """
        with self._database.read() as connection:
            latest = select(ReleaseRow.process, func.max(ReleaseRow.active_since)).group_by(ReleaseRow.process)
            found = [process for process, since in connection.execute(latest) if since is not None]
        return [self.active(process) for process in found]

    def _called(self, process: str) -> Bundle | None:
        """The files of what a process that is called does now; they stay with the caller's release from then on."""
        with self._database.read() as connection:
            release_id = connection.scalar(_ACTIVE, {"process": process})
        return self.bundle(release_id) if release_id is not None else None

    def _store(self, bundle: Bundle, *, now: datetime, note: str, proposed_by: int | None) -> Release:
        """Keep a release that is not known yet, if it passes the gate."""
        key = bundle_id(bundle)
        known = select(ReleaseRow.id).where(ReleaseRow.id == key)
        with self._database.read() as connection:
            stored = connection.scalar(known) is not None
        if not stored:
            verdict = check_bundle(bundle, self._operations, self._roles)
            if not verdict.passed:
                raise ReleaseRefused(verdict.findings)
        release = self._compile(key, bundle)
        with self._database.step() as connection:
            active = connection.execute(_ACTIVE, {"process": release.process}).one_or_none()
            if not stored and connection.scalar(known) is None:
                takes_over = proposed_by is None and (active is None or active.proposed_by is None)
                row = {"id": key, "process": release.process, "created_at": now, "note": note}
                row |= {"proposed_by": proposed_by, "active_since": _after(active, now) if takes_over else None}
                connection.execute(insert(ReleaseRow).values(row))
                files = [{"release_id": key, "path": path, "content": bundle[path]} for path in sorted(bundle)]
                connection.execute(insert(ReleaseFile), files)
            elif proposed_by is None and active is None:  # somebody had proposed the same files before they came
                connection.execute(update(ReleaseRow).where(ReleaseRow.id == key).values(active_since=now))
        return release

    def _compile(self, release_id: str, bundle: Bundle) -> Release:
        with self._lock:
            if release_id not in self._compiled:
                parts = compile_bundle(bundle, self._operations, self._roles)
                self._compiled[release_id] = Release(
                    id=release_id,
                    process=parts.diagram.process,
                    title=parts.diagram.title,
                    diagram=parts.diagram,
                    program=parts.program,
                    forms=parts.forms,
                    decisions=parts.decisions,
                    catalogues=parts.catalogues,
                    letters=parts.letters,
                    bpmn=parts.bpmn,
                )
            return self._compiled[release_id]


def active_id(connection: Connection, process: str) -> str:
    """
    Return the id of the release on which new cases of `process` start.

    Raises:
        NotFound: if there is no such process.
    """
    found: str | None = connection.scalar(_ACTIVE, {"process": process})
    if found is None:
        raise NotFound
    return found


def _after(active: Row[Any] | None, now: datetime) -> datetime:
    """From when a release is the active one: later than the one before, also where the clock went back meanwhile."""
    return now if active is None or active.active_since < now else active.active_since + timedelta.resolution


_ACTIVE = (
    select(ReleaseRow.id, ReleaseRow.proposed_by, ReleaseRow.active_since)
    .where(ReleaseRow.process == bindparam("process"), ReleaseRow.active_since.is_not(None))
    .order_by(ReleaseRow.active_since.desc(), ReleaseRow.id)
    .limit(1)
)
