"""
Telling people of tasks that others made theirs: the job that asks for it, in the transaction of the step.

What is told, and whether the person wants to know, is the job's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from engine.operations import Actor, Operations

#: kinds of mail that a member of the staff may do without: a task became theirs, a task of theirs is due soon, what the
#: day brings
ASSIGNED, DUE, DIGEST = "assigned", "due", "digest"
KINDS = (ASSIGNED, DUE, DIGEST)


def telling(
    operations: Operations,
    task_id: str,
    case_id: int,
    people: Iterable[int],
    actor: Actor | None,
    *,
    now: datetime,
    occasion: str = "",
) -> list[dict[str, Any]]:
    """
    Return rows of jobs that tell `people` of a task; whoever did it themselves need not be told.

    Args:
        occasion: tells apart a task that becomes somebody's for the second time.
    """
    kind = operations.tells
    if kind is None:
        return []
    common = {"lane": "mail", "kind": kind, "case_id": case_id, "state": "ready", "created_at": now, "run_at": now}
    common |= {"version": 1}
    return [
        {
            **common,
            "payload": {"task_id": task_id, "person_id": person} | ({"occasion": occasion} if occasion else {}),
            "key": ":".join(filter(None, (task_id, kind, str(person), occasion))),
            "task_id": None,
        }
        for person in people
        if actor is None or person != actor.person_id
    ]
