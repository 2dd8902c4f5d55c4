"""
Drafts of releases: files that an analyst has changed and not yet proposed, each person's apart.

Nothing of a draft reaches a case: it becomes a release by the gate and a second person, as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from engine.errors import DraftOutdated
from engine.operations import Actor, Operations
from engine.releases.releases import Bundle, Release, Releases
from engine.storage.database import Database
from engine.tables import ReleaseDraft
from engine.words.letters import FOLDER, URGENT


@dataclass(frozen=True)
class Draft:
    """
    What one analyst changes of one process.
    """

    process: str
    #: release on which new cases start now
    active: Release
    #: its files; the installation's letters, if it was made before letters belonged to releases
    files: Bundle
    #: files that differ: path -> content
    changed: Mapping[str, bytes]
    #: changed files that became others in the active release after they were changed
    outdated: frozenset[str]

    @property
    def bundle(self) -> Bundle:
        """
        Return the files of the release that the draft would become.
        """
        return {**self.files, **self.changed}


class Drafts:
    """
    The drafts of one installation.
    """

    def __init__(self, database: Database, releases: Releases, operations: Operations) -> None:
        self._database = database
        self._releases = releases
        self._operations = operations

    def of(self, actor: Actor, process: str) -> Draft:
        """
        Return a person's draft of a process.

        Raises:
            NotFound: if there is no such process.
        """
        active = self._releases.active(process)
        files = self._whole(self._releases.bundle(active.id))
        rows = select(ReleaseDraft.path, ReleaseDraft.content, ReleaseDraft.base).where(
            ReleaseDraft.person_id == actor.person_id, ReleaseDraft.process == process
        )
        with self._database.read() as connection:
            found = connection.execute(rows.order_by(ReleaseDraft.path)).all()
        changed = {path: content for path, content, _ in found if files.get(path) != content}
        bases = {base for path, _, base in found if path in changed and base != active.id}
        before = {base: self._whole(self._releases.bundle(base)) for base in bases}
        outdated = frozenset(
            path
            for path, _, base in found
            if path in changed and base in before and before[base].get(path) != files.get(path)
        )
        return Draft(process, active, files, changed, outdated)

    def save(self, actor: Actor, process: str, files: Mapping[str, bytes], base: str, *, now: datetime) -> None:
        """
        Keep changed files.

        Args:
            base: id of the release that the person saw while changing them.
        """
        mine = (ReleaseDraft.person_id == actor.person_id, ReleaseDraft.process == process)
        kept = [
            {"person_id": actor.person_id, "process": process, "path": path, "content": content}
            | {"base": base, "saved_at": now}
            for path, content in files.items()
        ]
        with self._database.step() as connection:
            connection.execute(delete(ReleaseDraft).where(*mine, ReleaseDraft.path.in_(list(files))))
            if kept:
                connection.execute(insert(ReleaseDraft), kept)

    def drop(self, actor: Actor, process: str, paths: Iterable[str] | None = None) -> None:
        """
        Forget changed files; all of the process if none are named.
        """
        mine = [ReleaseDraft.person_id == actor.person_id, ReleaseDraft.process == process]
        if paths is not None:
            mine.append(ReleaseDraft.path.in_(list(paths)))
        with self._database.step() as connection:
            connection.execute(delete(ReleaseDraft).where(*mine))

    def propose(self, actor: Actor, process: str, *, now: datetime, note: str) -> Release:
        """
        Keep the draft as a release that waits for a second person, and forget it as a draft.

        Raises:
            DraftOutdated: if the active release has other words by now where the draft changes some.
            ReleaseRefused: with every finding of every file.
            NoteMissing: if nobody could tell later what the release is for.
        """
        draft = self.of(actor, process)
        if draft.outdated:
            raise DraftOutdated
        made = self._releases.propose(draft.bundle, actor, now=now, note=note)
        self.drop(actor, process, draft.changed)
        return made

    def _whole(self, files: Bundle) -> Bundle:
        shipped = self._operations.letters.shipped
        if any(path.startswith(FOLDER) for path in files):
            # a release from before letters could be urgent goes by the installation's own
            return {**{path: shipped[path] for path in (URGENT,) if path in shipped}, **files}
        return {**files, **shipped}
