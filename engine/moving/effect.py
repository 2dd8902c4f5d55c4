"""
What moving would do to the cases under way, before anything is released: how many can move, may stay, and cannot.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.comparison import compare
from engine.diagram import WORK, Diagram, diagram_of
from engine.diagram.reach import closure
from engine.findings import Reason
from engine.linking import linked
from engine.moving.refusals import CannotMove
from engine.releases import Bundle
from engine.safe_xml import read_xml
from engine.words.letters import FOLDER as LETTERS


@dataclass(frozen=True)
class Standing:
    """
    One running case.
    """

    case_id: int
    #: that it runs on
    release: str
    #: elements at which it waits
    elements: frozenset[str]
    #: why it can't move; None: it can
    refused: CannotMove | None


@dataclass(frozen=True)
class Group:
    """
    The cases that wait at the same elements.
    """

    elements: tuple[str, ...]
    #: names of the elements, in the same order
    labels: tuple[str, ...]
    can: tuple[int, ...] = ()
    #: can move, but nothing that lies before them differs
    stay: tuple[int, ...] = ()
    #: reason -> cases
    cannot: Mapping[Reason, tuple[int, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """
    The running cases of a process, by where they stand; those already on the release are not among them.
    """

    groups: tuple[Group, ...]

    @property
    def can(self) -> int:
        """
        How many cases can move and go on otherwise then.
        """
        return sum(len(group.can) for group in self.groups)

    @property
    def stay(self) -> int:
        """
        How many cases may as well stay: nothing that lies before them differs.
        """
        return sum(len(group.stay) for group in self.groups)

    @property
    def cannot(self) -> int:
        """
        How many cases can't move.
        """
        return sum(len(cases) for group in self.groups for cases in group.cannot.values())

    @property
    def running(self) -> int:
        """
        How many cases are looked at.
        """
        return self.can + self.stay + self.cannot


def effect_of(standing: Sequence[Standing], bundles: Mapping[str, Bundle], target: Bundle) -> Effect:
    """
    Put cases together by where they stand.

    Args:
        bundles: files of each release that cases run on.
        target: files of the release that they would move to.
    """
    ahead = {release: _Ahead(bundle, target) for release, bundle in bundles.items()}
    groups: dict[tuple[str, ...], _Gathered] = {}
    for one in standing:
        key = tuple(sorted(one.elements))
        gathered = groups.setdefault(key, _Gathered())
        if one.refused is not None:
            gathered.cannot.setdefault(_plain(one.refused.reason), []).append(one.case_id)
        elif ahead[one.release].differs(one.elements):
            gathered.can.append(one.case_id)
        else:
            gathered.stay.append(one.case_id)
    names = {key: label for one in ahead.values() for key, label in one.labels.items()}
    found = (
        Group(
            key,
            tuple(names.get(element, element) for element in key),
            tuple(gathered.can),
            tuple(gathered.stay),
            {Reason(code, dict(params)): tuple(cases) for (code, params), cases in gathered.cannot.items()},
        )
        for key, gathered in groups.items()
    )
    return Effect(tuple(sorted(found, key=lambda group: group.elements)))


_Plain = tuple[str, tuple[tuple[str, object], ...]]


@dataclass
class _Gathered:
    can: list[int] = field(default_factory=list)
    stay: list[int] = field(default_factory=list)
    cannot: dict[_Plain, list[int]] = field(default_factory=dict)


def _plain(reason: Reason) -> _Plain:
    return reason.code, tuple(sorted(reason.params.items()))


class _Ahead:
    """
    What differs between two releases, seen from where a case stands.
    """

    def __init__(self, old: Bundle, new: Bundle) -> None:
        self._old, self._new = _diagram(old), _diagram(new)
        self._changed = frozenset(self._touched(old, new))
        self._told: dict[frozenset[str], bool] = {}
        self.labels = {key: element.name or key for key, element in self._old.elements.items()}

    def differs(self, elements: frozenset[str]) -> bool:
        """
        Tell whether anything that can still happen after `elements` differs; asked once for all cases that stand there.
        """
        if elements not in self._told:
            reached = _reached(self._old, elements) | _reached(self._new, elements)
            self._told[elements] = not self._changed.isdisjoint(reached)
        return self._told[elements]

    def _touched(self, old: Bundle, new: Bundle) -> Iterable[str]:
        """Elements of either diagram that differ, themselves or in form, table or way out."""
        for change in compare(old, new).changes:
            if change.file.endswith(".bpmn"):
                yield change.element or ""
                for diagram in (self._old, self._new):
                    flow = diagram.flows.get(change.element or "")
                    yield flow.source if flow is not None else ""
            else:
                if change.file.startswith(LETTERS):
                    yield from self._workers()
                stem = change.file.rpartition("/")[2].rpartition(".")[0]
                for diagram in (self._old, self._new):
                    yield from (key for key, one in diagram.elements.items() if one.properties.get("formKey") == stem)
                    if change.file.endswith(".dmn"):
                        yield from (element.id for element in diagram.of_kind("businessRuleTask"))

    def _workers(self) -> Iterable[str]:
        """Which letters an operation sends is not in the drawing alone: all that work may send one that differs."""
        return (element.id for diagram in (self._old, self._new) for element in diagram.of_kind(*WORK))


def _reached(diagram: Diagram, elements: frozenset[str]) -> set[str]:
    return closure(elements & diagram.elements.keys(), diagram.following)


def _diagram(bundle: Bundle) -> Diagram:
    bundle = linked(bundle)
    path = next(path for path in bundle if path.endswith(".bpmn"))
    return diagram_of(read_xml(path, bundle[path]))
