"""
Where the tokens of a case stand, carried over to another diagram: pure data, no database.

Tasks keep their ids, data and claims; a timer that runs keeps its moment, even if the newer diagram would wait longer
or shorter; what waits for a message keeps its key. An event on a border or behind an event-based gateway that is new
begins to wait with the move; one that is gone ends. A box that is open must
be there, around the same places; only what event sub-processes of the process stand in may come or go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from engine.diagram import EVENT_GATEWAY, RECEIVE, TASKS, Diagram, Element
from engine.findings import Reason
from engine.moving.enclosing import fit_scope, new_id
from engine.moving.joins import JOINS, Joins
from engine.moving.refusals import CannotMove, refused
from engine.spiff import COMPLETED, EACH, END, JOIN, SPLIT, STARTED, WAITING, Token

#: what may have events on its border
_ACTIVE = TASKS | {RECEIVE}
#: (event, data) -> what its token keeps while it waits
Begun = Callable[[Element, Mapping[str, Any]], Mapping[str, Any]]


class Carrying:
    """
    One case on its way from one diagram to another.
    """

    def __init__(
        self, old: Diagram, new: Diagram, names: Mapping[str, str], specs: frozenset[str], begun: Begun
    ) -> None:
        """
        Args:
            names: elements that have another id in `new`: old -> new.
            specs: what a token can stand at in `new`.
        """
        self._old = old
        self._new = new
        self._names = names
        self._specs = specs
        self._begun = begun

    def carry(self, tokens: Sequence[Token]) -> tuple[Token, ...]:
        """
        Return the tokens as they stand in the newer diagram.

        Raises:
            CannotMove: if one of them has no place there.
        """
        root, *others = fit_scope(tokens, self._old, self._new)
        above = {token.id: token.parent for token in (root, *others)}
        arrivals = Joins(self._old, self._new, self._names).arrivals(others)
        around = {token.id: _inside(token, others) for token in others if self._is_around_open(token, others)}
        choices = {token.id: behind for token in others if (behind := self._behind(token, others))}
        inside = {one.id for group in (*around.values(), *choices.values()) for one in group}
        found = [root]
        for token in others:
            if token.id in around:
                found += self._boundary(token, around[token.id])
            elif token.id in choices:
                found += self._choice(token, choices[token.id])
            elif token.id in inside:
                continue
            elif token.waits:
                found += self._waiting(token)
            elif not self._is_parting_gone(token, others):
                found.append(self._past(token, arrivals))
        return _under_what_is_left(found, above)

    def _is_around_open(self, token: Token, others: Sequence[Token]) -> bool:
        inside = token.spec.removesuffix(SPLIT)
        return token.spec.endswith(SPLIT) and any(
            one.parent == token.id and one.spec == inside and one.waits for one in others
        )

    def _behind(self, token: Token, others: Sequence[Token]) -> list[Token]:
        """What waits behind an event-based gateway."""
        element = self._old.elements.get(token.spec)
        if element is None or element.kind != EVENT_GATEWAY:
            return []
        return [one for one in others if one.parent == token.id and one.waits]

    def _choice(self, gateway: Token, waiting: Sequence[Token]) -> Iterator[Token]:
        there = self._same(self._old.elements[gateway.spec])
        yield _at(gateway, there.id)
        drawn = [self._new.elements[flow.target] for flow in self._new.outgoing(there.id)]
        yield from self._events(drawn, gateway.id, waiting, waiting[0].data)

    def _events(
        self, drawn: Sequence[Element], parent: str, running: Sequence[Token], data: Mapping[str, Any]
    ) -> Iterator[Token]:
        """Events that wait beside each other: those that did go on waiting, new ones begin."""
        before = (token for token in running if token.spec in self._old.elements)
        there = {self._names.get(token.spec, token.spec): token for token in before}
        for event in drawn:
            token = there.get(event.id)
            if token is not None and self._old.elements[token.spec].events == event.events:
                yield replace(token, spec=event.id)
            else:
                yield Token(new_id(), parent, event.id, WAITING, data, self._begun(event, data))

    def _boundary(self, around: Token, inside: Sequence[Token]) -> Iterator[Token]:
        """A task that waits, with the events on it."""
        task = next(token for token in inside if token.spec == around.spec.removesuffix(SPLIT))
        events = [token for token in inside if token is not task]
        carried = list(self._with_events(task, around, events))
        yield from carried
        there = {token.id: token for token in carried}
        for token in inside:
            if token.spec == task.spec + JOIN and token.parent in there and there[task.id].spec + JOIN in self._specs:
                yield _at(token, there[task.id].spec + JOIN)

    def _waiting(self, token: Token) -> Iterator[Token]:
        element = self._old.elements.get(token.element)
        if token.spec.endswith(END) and token.spec in self._specs:
            yield token
            return
        if element is None:
            raise CannotMove(Reason("move.unknown_place", {"place": token.spec}), token.spec)
        if token.spec.endswith(EACH):
            yield _at(token, self._same(element).id + EACH)
        elif element.kind in _ACTIVE or token.status == STARTED:
            around = Token(new_id(), token.parent, "", COMPLETED, token.data, {})
            yield from self._with_events(token, around, ())
        elif element.kind in JOINS:
            yield _at(token, self._there(element).id)
        else:
            there = self._there(element)
            if (there.kind, there.events) != (element.kind, element.events):
                raise refused("move.other_kind", element)
            yield _at(token, there.id)

    def _with_events(self, task: Token, around: Token, events: Sequence[Token]) -> Iterator[Token]:
        element = self._old.elements.get(task.spec)
        there = self._same(element) if element is not None else self._new.elements[task.spec]
        drawn = self._new.boundary(there.id)
        if not drawn:
            yield replace(task, parent=around.parent, spec=there.id)
            return
        yield replace(around, spec=there.id + SPLIT)
        yield replace(task, parent=around.id, spec=there.id)
        yield from self._events(drawn, around.id, events, task.data)

    def _is_parting_gone(self, token: Token, others: Sequence[Token]) -> bool:
        """Tell whether a token's gateway, where ways parted, is no more; what was known there is known behind it."""
        element = self._old.elements.get(token.spec)
        parted = element is not None and element.kind in JOINS
        came = any(one.parent == token.id and one.spec in self._old.elements and self._joins(one) for one in others)
        return parted and not came and self._names.get(token.spec, token.spec) not in self._specs

    def _joins(self, token: Token) -> bool:
        return self._old.elements[token.spec].kind in JOINS

    def _past(self, token: Token, arrivals: Mapping[str, str]) -> Token:
        """What is behind a token that waits at a gateway."""
        place, dot, part = token.spec.partition(".")
        spec = arrivals.get(token.id) or self._names.get(place, place) + dot + part
        if spec not in self._specs:
            element = self._old.elements.get(place)
            label = element.name if element is not None and element.name else place
            raise CannotMove(Reason("move.join_changed", {"place": label}), place)
        return _at(token, spec)

    def _same(self, element: Element) -> Element:
        """What holds a person's task, a box or several instances must still hold such."""
        there = self._there(element)
        kinds = (element.kind, there.kind)
        alike = kinds[0] == kinds[1] or (kinds[0] in TASKS and kinds[1] in TASKS)
        if not alike or _nature(self._old, element) != _nature(self._new, there):
            raise refused("move.other_kind", element)
        return there

    def _there(self, element: Element) -> Element:
        found = self._new.elements.get(self._names.get(element.id, element.id))
        if found is None:
            raise refused("move.no_place", element)
        if self._boxes(self._old, element, self._names) != self._boxes(self._new, found, {}):
            raise refused("move.other_box", element)
        return found

    @staticmethod
    def _boxes(diagram: Diagram, element: Element, names: Mapping[str, str]) -> list[str]:
        """The boxes around an element, without what nobody drew."""
        return [names.get(box.id, box.id) for box in diagram.around(element.id) if not box.implied]


def _nature(diagram: Diagram, element: Element) -> tuple[bool, str, bool]:
    """Whether it is a box, and how its instances follow each other."""
    loop = element.loop
    return bool(diagram.inside(element.id)), loop.kind if loop is not None else "", loop is not None and loop.in_turn


def _under_what_is_left(tokens: Sequence[Token], above: Mapping[str, str | None]) -> tuple[Token, ...]:
    """The tokens, each under the nearest of its former ancestors that is still there."""
    kept = {token.id for token in tokens}

    def parent(token: Token) -> str | None:
        found = token.parent
        while found is not None and found not in kept:
            found = above[found]
        return found

    return tuple(replace(token, parent=parent(token)) for token in tokens)


def _inside(around: Token, others: Sequence[Token]) -> list[Token]:
    """The task, its events, and what waits for their end."""
    events = [token for token in others if token.parent == around.id]
    ids = {token.id for token in events}
    join = around.spec.removesuffix(SPLIT) + JOIN
    return events + [token for token in others if token.parent in ids and token.spec == join]


def _at(token: Token, spec: str) -> Token:
    return replace(token, spec=spec)
