"""
Completing a user task: what was posted is read by its form, and the diagram goes on with it.

Who may, and whether the task is open, was judged before; nothing is written here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import AnswersRefused
from engine.spiff import Run
from engine.steps.runs import Given
from engine.steps.writing import Closing
from engine.world import StepWorld
from forms import Upload


@dataclass(frozen=True)
class Answered:
    """
    A task with what was posted for it.
    """

    task_id: str
    element: str
    posted: Mapping[str, Sequence[str]]
    uploads: Mapping[str, Sequence[Upload]]


def complete(world: StepWorld, run: Run, given: Given, answered: Answered, *, in_place: bool = False) -> Closing:
    """
    Read the answers and run on; return what the step has to write of them.

    Args:
        given: latest answers of every form; the new ones are put to its end.
        in_place: the actor does it in place of those whose it is.

    Raises:
        AnswersRefused: with the errors of all fields.
        CannotGoOn: if the diagram can't go on.
    """
    release, element = world.release, answered.element
    world.answers = release.standing(given)
    form = release.forms[release.diagram.elements[element].properties["formKey"]]
    read = form.parse(answered.posted, answered.uploads, world.context(element, run.data(answered.task_id)))
    if read.errors:
        raise AnswersRefused({}, read.errors)
    again, gone = count_now(world, given, element, read.values)
    kept = {name: value for name, value in read.values.items() if name not in form.personal}
    run.complete(answered.task_id, kept, (form.keys | gone) - set(kept))
    return Closing(answered.task_id, read.values, again, _file_ids(read.values), in_place)


def count_now(world: StepWorld, given: Given, element: str, values: Mapping[str, Any]) -> tuple[bool, set[str]]:
    """
    Let new answers count; return whether the element was answered before, and the names that have no answer any more.
    """
    again = given.pop(element, None) is not None and not world.release.diagram.repeated(element)
    given[element] = dict(values)  # the newest answers come last
    gone = set(world.answers_at(element))
    world.answers = world.release.standing(given)
    return again, gone - set(world.answers_at(element))


def _file_ids(values: Mapping[str, Any]) -> list[str]:
    lists = (value for value in values.values() if isinstance(value, list))
    return [item["id"] for items in lists for item in items if isinstance(item, dict) and "id" in item]
