"""
Cases that wait at a join, carried to a diagram in which other ways lead there: which way each token came, and whether
the others still come. Pure data.

A way in which a step was put in, taken out or renamed is the same way: what is past it stays past it. A join that
would open by the move, or wait for what nobody brings, is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from engine.diagram import Diagram, Element
from engine.diagram.reach import closure
from engine.moving.refusals import refused
from engine.spiff import Token

JOINS = frozenset({"parallelGateway", "inclusiveGateway"})


class Joins:
    """
    The joins of a case at which tokens wait.
    """

    def __init__(self, old: Diagram, new: Diagram, names: Mapping[str, str]) -> None:
        """
        Args:
            names: elements that have another id in `new`: old -> new.
        """
        self._old = old
        self._new = new
        self._names = names

    def arrivals(self, tokens: Sequence[Token]) -> Mapping[str, str]:
        """
        Return id of what is behind a token at a join -> where it stands in the newer diagram.

        Raises:
            CannotMove: if a join would open by the move or wait for ever, or where a token came from can't be told.
        """
        found: dict[str, str] = {}
        for token in tokens:
            element = self._old.elements.get(token.spec)
            if token.waits and element is not None and element.kind in JOINS:
                found |= self._of(element, tokens)
        return found

    def _of(self, join: Element, tokens: Sequence[Token]) -> Mapping[str, str]:
        there = self._new.elements.get(self._name(join.id))
        if there is None or there.kind != join.kind:
            raise refused("move.join_changed", join)
        before = {self._name(flow.source) for flow in self._old.incoming(join.id)}
        if before == {flow.source for flow in self._new.incoming(there.id)}:
            return {}
        behind = [token.parent for token in tokens if token.spec == join.id]
        came = {token.id: token.spec for token in tokens if token.id in behind}
        ways = self._ways(join, there, frozenset(came.values()))
        self._judge_rest(join, there, ways, [token.spec for token in tokens if token.waits and token.spec != join.id])
        return {key: ways[place] for key, place in came.items()}

    def _ways(self, join: Element, there: Element, places: frozenset[str]) -> Mapping[str, str]:
        """Element that a token came from -> the one that leads to the join in its place."""
        sources = {flow.source for flow in self._new.incoming(there.id)}
        same = {place: self._name(place) for place in places if self._name(place) in sources}
        ways = dict(same)
        for place in places - same.keys():
            open_ways = sources - set(same.values())
            after = open_ways & closure([self._name(place)], self._onward(there.id))
            before = open_ways & {self._name(key) for key in closure([place], self._backward(join.id))}
            (way, *others) = sorted(after or before) or [""]
            if not way or others or way in ways.values():
                raise refused("move.join_changed", join)
            ways[place] = way
        return ways

    def _judge_rest(self, join: Element, there: Element, ways: Mapping[str, str], places: Iterable[str]) -> None:
        """The ways that have not been come must still be, and no other twice."""
        came = set(ways.values())
        rest = {flow.source for flow in self._new.incoming(there.id)} - came
        coming = closure(map(self._name, places), self._onward(there.id))
        again = {place for place, way in ways.items() if way in coming}
        before = closure(places, lambda key: () if key == join.id else self._old.following(key))
        lacking = rest - coming if join.kind == "parallelGateway" else not rest & coming
        if not rest or lacking or not again <= before:
            raise refused("move.join_changed", join)

    def _name(self, key: str) -> str:
        return self._names.get(key, key)

    def _onward(self, join: str) -> Callable[[str], Iterable[str]]:
        return lambda key: () if key == join or key not in self._new.elements else self._new.following(key)

    def _backward(self, join: str) -> Callable[[str], Iterable[str]]:
        return lambda key: () if key == join else self._old.preceding(key)
