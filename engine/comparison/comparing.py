"""
Two releases, file by file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.comparison.change import Change
from engine.comparison.drawing import compare_drawings
from engine.comparison.fields import compare_forms
from engine.comparison.letters import compare_letters
from engine.comparison.tables import compare_tables
from engine.comparison.texts import compare_catalogues, compare_texts
from engine.errors import ReleaseRefused
from engine.linking import linked
from engine.safe_xml import Unsafe, read_xml
from engine.words.letters import FOLDER as LETTERS


@dataclass(frozen=True)
class Comparison:
    """
    All differences, by file; those of rights first.
    """

    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """
        Tell whether the releases do not differ.
        """
        return not self.changes

    @property
    def rights(self) -> tuple[Change, ...]:
        """
        The changes after which other people may do something.
        """
        return tuple(change for change in self.changes if change.rights)

    def picture(self) -> Mapping[str, tuple[str, ...]]:
        """
        Return what a picture of the diagram marks: added, removed, changed, rights -> ids; in `rights` stands what is
        red because another role does it now.
        """
        found: dict[str, dict[str, None]] = {"added": {}, "removed": {}, "changed": {}, "rights": {}}
        for change in self.changes:
            if change.subject not in {"element", "flow"} or change.element is None:
                continue
            mark = change.kind if change.kind in {"added", "removed"} else "changed"
            found["rights" if change.rights and mark == "changed" else mark][change.element] = None
        return {mark: tuple(ids) for mark, ids in found.items()}

    def as_values(self, language: str) -> dict[str, Any]:
        """
        Return all of it as plain values, for machines: what `picture` says, and each change with its sentence.
        """
        changes = [{**asdict(one), "code": one.code, "sentence": one.say(language)} for one in self.changes]
        return {"same": self.same, "changes": changes, "picture": self.picture()}


def compare(old: Mapping[str, bytes], new: Mapping[str, bytes]) -> Comparison:
    """
    Compare the files of two releases; they need not have passed the gate.
    """
    before, after = linked(old), linked(new)
    changes: list[Change] = []
    called: dict[str, str] = {}
    # diagrams first: a form is called as its task, and goes along with it
    for path in sorted(before.keys() | after.keys(), key=lambda path: (not path.endswith(".bpmn"), path)):
        if path in called.values():
            continue
        written = (old.get(path, b""), new.get(path, b""))
        now = called.get(path, path)
        if now != path:
            written = (written[0], new.get(now, b""))
            changes.append(Change("file", "renamed", now, None, now.rpartition("/")[2], old=path, new=now))
        changes += _file(now, before.get(path), after.get(now), written)
        called |= _forms_of_renamed(changes, before, after) if path.endswith(".bpmn") else {}
    return Comparison(tuple(sorted(changes, key=lambda change: not change.rights)))


def _forms_of_renamed(changes: list[Change], before: Mapping[str, bytes], after: Mapping[str, bytes]) -> dict[str, str]:
    """The form files that are called otherwise because their task is: old path -> new path."""
    names = ((change.old, change.new) for change in changes if change.code == "element.renamed")
    paths = ((f"forms/{old}.form", f"forms/{new}.form") for old, new in names)
    return {
        old: new for old, new in paths if old in before.keys() - after.keys() and new in after.keys() - before.keys()
    }


def _file(path: str, before: bytes | None, after: bytes | None, written: tuple[bytes, bytes]) -> Iterator[Change]:
    """Args: written: the file as it came, before what it calls was put into it."""
    if before == after:
        return
    if before is None or after is None:
        kind = "added" if before is None else "removed"
        yield Change("file", kind, path, None, path.rpartition("/")[2])
        return
    try:
        found = list(_contents(path, before, after))
    except (Unsafe, ReleaseRefused, ValueError):
        # What can't be understood is still compared; why it can't is for the gate to say.
        found = list(compare_texts(path, *written))
    yield from found or [Change("file", "changed", path, None, path.rpartition("/")[2])]


def _contents(path: str, before: bytes, after: bytes) -> Iterator[Change]:
    if path.endswith((".bpmn", ".dmn")):
        judge = compare_drawings if path.endswith(".bpmn") else compare_tables
        yield from judge(path, read_xml(path, before), read_xml(path, after))
    elif path.endswith(".form"):
        yield from compare_forms(path, before, after)
    elif path.endswith(".po"):
        yield from compare_catalogues(path, before, after)
    elif path.startswith(LETTERS):
        yield from compare_letters(path, before, after)
    else:
        yield from compare_texts(path, before, after)
