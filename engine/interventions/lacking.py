"""
What a case would lack if a token came somewhere without what is written on the way: variables that are read later.

The gate's own analysis says it. Asked are the fields of the forms that would have given the values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.diagram import TASKS
from engine.errors import InterventionRefused
from engine.findings import Reason
from engine.gate.variables import unwritten
from engine.moving.readiness import candidate_of
from engine.operations import Operations
from engine.releases import Release
from engine.spiff import Token

#: element -> names that a token carries there
Begin = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class Asked:
    """
    Fields of one form that must be answered first.
    """

    #: user task that has the form
    element: str
    keys: frozenset[str]


def lacking(
    release: Release, operations: Operations, now: Begin, then: Begin, prefer: str | None = None
) -> tuple[Asked, ...]:
    """
    Return the fields that give what is read after `then` and was not missing before.

    Args:
        now: where the tokens wait, and what they carry.
        then: where they would be.
        prefer: user task whose form is asked rather than others that have the same field.

    Raises:
        InterventionRefused: no form asks for a value that is read.
    """
    candidate = candidate_of(release, operations)
    known = {name for _, name in unwritten(candidate, now)}
    asked: dict[str, set[str]] = {}
    for reader, name in unwritten(candidate, then):
        if name in known:
            continue
        element = _asks(release, name, prefer)
        if element is None:
            label = release.diagram.elements[reader].name or reader
            raise InterventionRefused(Reason("intervention.lacks", {"place": label, "name": name}))
        asked.setdefault(element, set()).add(name)
    return tuple(Asked(element, frozenset(keys)) for element, keys in asked.items())


def begin_of(release: Release, tokens: Iterable[Token]) -> dict[str, frozenset[str]]:
    """
    Return where tokens wait in the diagram, with the names that they carry.
    """
    return {one.spec: frozenset(one.data) for one in tokens if one.waits and one.spec in release.diagram.elements}


def _asks(release: Release, name: str, prefer: str | None) -> str | None:
    """The user task whose form gives a variable."""
    tasks = sorted(release.diagram.of_kind(*TASKS), key=lambda task: task.id != prefer)
    forms = ((task.id, release.forms.get(task.properties.get("formKey", ""))) for task in tasks)
    return next((key for key, form in forms if form is not None and name in form.keys - form.personal), None)
