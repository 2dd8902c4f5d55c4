"""
The stored state: rows of tokens, each with what its data differs in from the row above. Tasks and data only, never the
diagram; nothing of SpiffWorkflow but the names of its specifications and the numbers of its states.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine.errors import StateNewer, StateUnreadable
from engine.storage.data import dump, load

#: of the states that this program writes; it reads all up to this one. Whoever changes what a stored state says raises
#: it, so that a program of the version before, which runs beside this one during an upgrade, leaves such cases alone
STATE_VERSION = 1
#: of which states may still be stored
_OLDEST = 1

OPEN = TaskState.WAITING | TaskState.READY | TaskState.STARTED
#: status of a stored row
WAITING, STARTED, COMPLETED = TaskState.WAITING, TaskState.STARTED, TaskState.COMPLETED
#: endings of what SpiffWorkflow puts around a task that has boundary events
SPLIT, JOIN = ".BoundaryEventSplit", ".BoundaryEventJoin"
#: ending of one instance of an element that has several
EACH = ".Each"
#: ending of what it waits at for the last end event
END = ".EndJoin"
#: what a process begins with, and the inside of a box: below the row of the task that holds the box
BEGINS = "Start"


@dataclass(frozen=True)
class Token:
    """
    One row of a stored state: where a token waits, or what of the past is still asked for.
    """

    id: str
    #: id of the row above, None for the root
    parent: str | None
    #: name of SpiffWorkflow's specification: the element's id, with an ending for the parts around boundary events
    spec: str
    status: int
    data: Mapping[str, Any]
    internal: Mapping[str, Any]

    @property
    def element(self) -> str:
        """
        The id of the element that the row stands at, if it is one of an element and not of a part around it.
        """
        return self.spec.removesuffix(EACH)

    @property
    def waits(self) -> bool:
        """
        Tell whether the row is a token that has not gone on.
        """
        return bool(self.status & OPEN)


def read_state(state: bytes) -> tuple[Token, ...]:
    """
    Return the rows of a stored state, each after the row above it.

    Raises:
        StateNewer: if a newer program wrote it.
        StateUnreadable: if the state was not written by `write_state`.
    """
    try:
        stored = load(state)
        version = int(stored["v"])
        if version > STATE_VERSION:
            raise StateNewer(version)
        if version < _OLDEST:
            raise ValueError(f"state version {version}")
        rows: list[Token] = []
        for key, parent, spec, status, changed, gone, internal in stored["t"]:
            above = rows[parent] if parent is not None else None
            data = {name: value for name, value in above.data.items() if name not in gone} if above else {}
            rows.append(Token(key, above.id if above else None, spec, status, {**data, **changed}, internal))
        return tuple(rows)
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise StateUnreadable(f"The stored state can't be read: {type(error).__name__}: {error}") from error


def write_state(tokens: Sequence[Token]) -> bytes:
    """
    Return a state to store; each row stands after the row above it. Of the data only what differs from above is kept.
    """
    place = {token.id: at for at, token in enumerate(tokens)}
    rows = []
    for token in tokens:
        base = tokens[place[token.parent]].data if token.parent is not None else {}
        changed = {key: value for key, value in token.data.items() if key not in base or base[key] != value}
        gone = [key for key in base if key not in token.data]
        parent = place[token.parent] if token.parent is not None else None
        rows.append((token.id, parent, token.spec, token.status, changed, gone, token.internal))
    return dump({"v": STATE_VERSION, "t": rows})
