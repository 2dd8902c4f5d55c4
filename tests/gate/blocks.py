"""
Random drawings that are sound by the way they are made: `python -m tests.gate.blocks NUMBER [--seed SEED]`.

Blocks in blocks: rows, choices, parallel ways, circles, sub-processes with events on their border or ways that end
apart, ad-hoc ones, events at any time, several instances, loops. Each must pass the gate, and a case must come to the
same end with the same data whether its state is read back after every step or never.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from engine.errors import EngineError
from engine.gate.compiling import Parts
from engine.simulation.choosing import Chooser
from engine.simulation.searching import stubs_of
from engine.simulation.walking import MOST_STEPS, Walk
from engine.spiff import WaitingTimer
from tests.gate.building import bundle, judge, operations
from tests.support.drawing import again, box, many, node, task, timer

Flows = list[tuple[str, ...]]


@dataclass
class Block:
    """
    A piece of a drawing that one flow enters and one leaves.
    """

    first: str
    last: str
    nodes: list[str] = field(default_factory=list)
    flows: Flows = field(default_factory=list)


class Drawer:
    """
    Draws blocks at random.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.forms: dict[str, list[dict[str, object]]] = {}
        self._number = 0
        #: how many of the blocks around run several times
        self._several = 0

    def files(self) -> dict[str, bytes]:
        """
        Return a release.
        """
        body = self.block(3)
        handlers = [self._at_any_time() for _ in range(self.random.choice((0, 0, 1, 2)))]
        flows = [("begun", body.first), (body.last, "done"), *body.flows]
        return bundle([*body.nodes, *handlers], flows, forms=self.forms)

    def block(self, depth: int) -> Block:
        """
        Return a block with so many levels at most.
        """
        if depth == 0:
            return self._task()
        kinds = (self._row, self._choice, self._parallel, self._box, self._box, self._repeated)
        kinds = (*kinds, self._circle, self._apart, self._ad_hoc)
        return self.random.choice(kinds)(depth - 1)

    def _key(self, kind: str) -> str:
        self._number += 1
        return f"{kind}{self._number}"

    def _task(self, how: str = "") -> Block:
        key = self._key("do")
        self.forms[key] = [{"key": f"v{self._number}"}]
        return Block(key, key, [task(key).replace("</userTask>", how + "</userTask>")])

    def _row(self, depth: int) -> Block:
        one, two = self.block(depth), self.block(depth)
        return Block(one.first, two.last, one.nodes + two.nodes, [*one.flows, *two.flows, (one.last, two.first)])

    def _choice(self, depth: int) -> Block:
        key, ways = self._key("which"), [self.block(depth), self.block(depth)]
        opened = node("exclusiveGateway", key, attributes=f'default="{key}__{ways[1].first}"')
        flows: Flows = [(key, ways[0].first, 'now() < @"2026-11-25T00:00:00Z"'), (key, ways[1].first)]
        return self._joined(key, opened, node("exclusiveGateway", f"{key}_met"), ways, flows)

    def _parallel(self, depth: int) -> Block:
        key, ways = self._key("part"), [self.block(depth), self.block(depth)]
        flows: Flows = [(key, way.first) for way in ways]
        return self._joined(key, node("parallelGateway", key), node("parallelGateway", f"{key}_met"), ways, flows)

    def _joined(self, key: str, opened: str, met: str, ways: list[Block], flows: Flows) -> Block:
        nodes = [opened, met, *(one for way in ways for one in way.nodes)]
        flows = [*flows, *((way.last, f"{key}_met") for way in ways), *(flow for way in ways for flow in way.flows)]
        return Block(key, f"{key}_met", nodes, flows)

    def _box(self, depth: int, how: str = "") -> Block:
        key, body = self._key("box"), self.block(depth)
        inside = [node("startEvent", f"{key}_in"), node("endEvent", f"{key}_out"), *body.nodes]
        if self.random.random() < 0.3:
            inside.append(self._at_any_time())
        flows = [(f"{key}_in", body.first), (body.last, f"{key}_out"), *body.flows]
        drawn = Block(key, key, [box(key, inside, flows).replace("</subProcess>", how + "</subProcess>", 1)])
        if how:
            drawn.nodes = [_in_front(box(key, inside, flows), how)]
        return self._bordered(drawn) if self.random.random() < 0.5 else drawn

    def _bordered(self, block: Block) -> Block:
        """With a timer on the border that leads to where the block leads, or to an end of its own."""
        key = self._key("late")
        stops = self.random.random() < 0.5
        attributes = f'attachedToRef="{block.first}" cancelActivity="{str(stops).lower()}"'
        event = timer("boundaryEvent", key, duration='duration("P3D")', attributes=attributes)
        if not stops:
            return Block(
                block.first,
                block.last,
                [*block.nodes, event, node("endEvent", f"{key}_end")],
                [*block.flows, (key, f"{key}_end")],
            )
        met = node("exclusiveGateway", f"{key}_met")
        flows = [*block.flows, (block.last, f"{key}_met"), (key, f"{key}_met")]
        return Block(block.first, f"{key}_met", [*block.nodes, event, met], flows)

    def _repeated(self, depth: int) -> Block:
        how = self.random.choice(
            (
                many("2", in_turn=True),
                many("2", each="loopCounter", to=self._key("list")),
                many('["a", "b", "c"]', item=self._key("item"), until="numberOfCompletedInstances = 2"),
                again(most="2"),
                again("loopCounter < 2"),
            )
        )
        self._several += 1
        drawn = self._box(depth, how) if self.random.random() < 0.6 else self._task(how)
        self._several -= 1
        return drawn

    def _circle(self, depth: int) -> Block:
        """Gone round until the third day."""
        key, body = self._key("round"), self.block(depth)
        opened = node("exclusiveGateway", key)
        closed = node("exclusiveGateway", f"{key}_on", attributes=f'default="{key}_on__{key}_off"')
        flows: Flows = [*body.flows, (key, body.first), (body.last, f"{key}_on"), (f"{key}_on", f"{key}_off")]
        flows.append((f"{key}_on", key, 'now() < @"2026-11-25T00:00:00Z"'))
        return Block(key, f"{key}_off", [opened, *body.nodes, closed, node("exclusiveGateway", f"{key}_off")], flows)

    def _apart(self, depth: int) -> Block:
        """A box in which two ways part and end apart."""
        key, ways = self._key("apart"), [self.block(depth), self.block(depth)]
        inside = [node("startEvent", f"{key}_in"), node("parallelGateway", f"{key}_part")]
        flows: Flows = [(f"{key}_in", f"{key}_part")]
        for at, way in enumerate(ways):
            inside += [*way.nodes, node("endEvent", f"{key}_out{at}")]
            flows += [*way.flows, (f"{key}_part", way.first), (way.last, f"{key}_out{at}")]
        return Block(key, key, [box(key, inside, flows)])

    def _ad_hoc(self, depth: int) -> Block:
        key, ways = self._key("free"), [self._task(), self._task(), self._row(0)]
        inside = [one for way in ways for one in way.nodes]
        if not self._several and self.random.random() < 0.5:
            inside.append('<completionCondition>now() &gt; @"2026-11-26T00:00:00Z"</completionCondition>')
        flows = [flow for way in ways for flow in way.flows]
        return Block(key, key, [box(key, inside, flows, kind="adHocSubProcess")])

    def _at_any_time(self) -> str:
        key, body = self._key("any"), self._task()
        stops = str(self.random.random() < 0.5).lower()
        begun = timer("startEvent", f"{key}_begun", duration='duration("P9D")', attributes=f'isInterrupting="{stops}"')
        inside = [begun, *body.nodes, node("endEvent", f"{key}_end")]
        flows = [(f"{key}_begun", body.first), (body.last, f"{key}_end")]
        return box(key, inside, flows, attributes='triggeredByEvent="true"')


def _in_front(drawn: str, how: str) -> str:
    head, bracket, rest = drawn.partition(">")
    return head + bracket + how + rest


def lived(parts: Parts, seed: int, *, reload: bool) -> Iterator[object]:
    """
    Live a case through and yield, for each step, what was done, the way, and what waits with which data.
    """
    chooser = Chooser(seed)
    walk = Walk(parts, stubs_of(parts, operations(), {}, chooser))
    walk.begin()
    for step in range(MOST_STEPS):
        if walk.run.ended:
            yield "ended", tuple(walk.path)
            return
        if reload:
            walk.reload()
        waiting = sorted(walk.waiting, key=lambda one: (one.element, str(sorted(getattr(one, "data", {}).items()))))
        one = chooser.pick(str(step), waiting)
        data = [(other.element, sorted(dict(getattr(other, "data", {})).items())) for other in waiting]
        yield one.element, data
        if isinstance(one, WaitingTimer):
            walk.fire(one)
        else:
            form = parts.forms[one.element]
            walk.answer(one, {key: [f"{step}"] for key in form.keys}, {})
    yield "long", tuple(walk.path)


def wrong(seed: int) -> str | None:
    """
    Return what is wrong with the drawing of a seed, None if nothing is.
    """
    verdict = judge(Drawer(seed).files())
    if verdict.parts is None:
        return f"refused: {[str(one) for one in verdict.findings if one.refuses][:3]}"
    for turn in range(4):
        try:
            kept, read = (list(lived(verdict.parts, turn, reload=reload)) for reload in (False, True))
        except EngineError as error:
            return f"walk {turn}: {type(error).__name__}: {error}"
        if kept != read:
            pairs = (pair for pair in zip(kept, read, strict=False) if pair[0] != pair[1])
            return f"walk {turn}: read back it goes on otherwise: {next(pairs, (len(kept), len(read)))}"
    return None


def main() -> None:
    """
    Judge so many drawings.
    """
    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("number", type=int)
    arguments.add_argument("--seed", type=int, default=0)
    given = arguments.parse_args()
    found = {seed: said for seed in range(given.seed, given.seed + given.number) if (said := wrong(seed)) is not None}
    for seed, said in found.items():
        print(f"{seed}: {said}")
    print(f"{given.number} drawings, {len(found)} wrong")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
