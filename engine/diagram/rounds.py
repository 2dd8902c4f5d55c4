"""
Rounds: a case that is led back to a task which it had passed begins anew there, and what was answered on the way
before no longer counts; but for tasks with the property `keepsAnswers`.

It only says which answers count now; all of them stay with the case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.diagram.reach import closure
from forms import Form

#: element -> its latest answers, oldest first
Given = Mapping[str, Mapping[str, Any]]
_NONE: frozenset[str] = frozenset()
PROPERTY = "keepsAnswers"


class Standing(dict[str, Any]):
    """
    The answers that count now, by name. Those of a process that is called stand apart: nothing but what the call names
    crosses its border.
    """

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._called: dict[str, dict[str, Any]] = {}

    def of(self, call: str | None) -> dict[str, Any]:
        """
        Return the answers of the process that a call runs; None: of the process itself.
        """
        return self if call is None else self._called.setdefault(call, {})

    @property
    def everywhere(self) -> dict[str, Any]:
        """
        The answers of all of them; where two have one name, the process's own.
        """
        return {name: value for answers in (*self._called.values(), self) for name, value in answers.items()}


@dataclass(frozen=True)
class Rounds:
    """
    How the user tasks of a diagram lie to each other.
    """

    #: task -> elements that no way reaches without passing the task
    behind: Mapping[str, frozenset[str]]
    #: task -> elements on a way from it back to it
    around: Mapping[str, frozenset[str]]
    #: tasks with instances that know nothing of each other: what was answered there counts in none of the others
    apart: frozenset[str] = _NONE
    #: task of a called process -> the call
    called: Mapping[str, str] = field(default_factory=dict)
    #: tasks whose answers outlive the round, to be shown when they are asked again
    kept: frozenset[str] = _NONE

    @classmethod
    def of(cls, starts: Iterable[str], tasks: Iterable[str], after: Mapping[str, tuple[str, ...]]) -> Rounds:
        """
        Read them from a diagram: where it begins, its user tasks, and which elements follow each element.
        """
        begin, names = tuple(starts), tuple(tasks)
        whole = _reached(begin, after)
        before: dict[str, tuple[str, ...]] = {}
        for source, targets in after.items():
            for target in targets:
                before[target] = (*before.get(target, ()), source)
        behind, around = {}, {}
        for task in names:
            behind[task] = frozenset(whole - _reached(begin, after, around=task) - {task})
            led = _reached(after.get(task, ()), after) & _reached(before.get(task, ()), before)
            around[task] = frozenset(led - {task})
        return cls(behind, around)

    def standing(self, given: Given, forms: Mapping[str, Form]) -> Standing:
        """
        Return the answers that count now, by name.

        Once a task was answered again, those of tasks that can only come after it belong to the round before; all but
        the one that led back to it and those that are kept. A field that the newest of the forms with its name did not
        ask has no answer.

        Args:
            given: latest answers of each user task, oldest first.
            forms: forms of the user tasks, by element.
        """
        counting: dict[str, Mapping[str, Any]] = {}
        for task, answers in given.items():
            if task in self.apart:
                continue
            on_the_way = [earlier for earlier in counting if earlier in self.around.get(task, _NONE)]
            for old in self.behind.get(task, _NONE).intersection(on_the_way[:-1]) - self.kept:
                del counting[old]
            counting[task] = answers
        found = Standing()
        for task, answers in counting.items():
            form, own = forms.get(task), found.of(self.called.get(task))
            for name in form.keys - answers.keys() if form is not None else _NONE:
                own.pop(name, None)
            own.update(answers)
        return found


def _reached(begin: Iterable[str], after: Mapping[str, tuple[str, ...]], around: str | None = None) -> set[str]:
    """Return the elements to which ways lead, those at which they begin included; `around` is never passed."""
    return closure(
        (name for name in begin if name != around),
        lambda name: (target for target in after.get(name, ()) if target != around),
    )
