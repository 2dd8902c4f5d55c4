"""
Releases that pass, and cases on them that are read back after every step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.gate.compiling import Parts, compile_bundle
from engine.simulation.searching import stubs_of
from engine.simulation.walking import Walk
from engine.spiff import OpenTask, WaitingTimer
from tests.gate.building import ROLES, bundle, found, judge, operations
from tests.support.drawing import timer


class First:
    def pick(self, _name: str, choices: Sequence[object]) -> object:
        return choices[0]


def on(at: str, key: str, duration: str = 'duration("P1D")', *, stops: bool = True) -> str:
    """
    Return a timer on the border of an element.
    """
    attributes = f'attachedToRef="{at}" cancelActivity="{str(stops).lower()}"'
    return timer("boundaryEvent", key, duration=duration, attributes=attributes)


def passed(
    nodes: Sequence[str], flows: Sequence[tuple[str, ...]], forms: Mapping[str, Sequence[Mapping[str, object]]]
) -> Parts:
    """
    Let the gate judge a release that is to pass with every element reached.
    """
    verdict = judge(bundle(nodes, flows, forms=forms))
    assert verdict.passed, verdict.findings
    assert not {code for code, _ in found(verdict)} & {"never_reached"}, found(verdict)
    assert verdict.parts is not None
    return verdict.parts


def compiled(
    nodes: Sequence[str], flows: Sequence[tuple[str, ...]], forms: Mapping[str, Sequence[Mapping[str, object]]]
) -> Parts:
    """
    Return a release without letting the gate judge it.
    """
    return compile_bundle(bundle(nodes, flows, forms=forms), operations(), ROLES)


class Lived:
    """
    A case whose state is read back after every step.
    """

    def __init__(self, parts: Parts, **scripted: list[object]) -> None:
        stubs = stubs_of(parts, operations(), {}, First())
        stubs.scripted = dict(scripted)
        self.walk = Walk(parts, stubs)
        self.walk.begin()
        self.walk.reload()

    @property
    def open(self) -> list[str]:
        return sorted(one.element for one in self.walk.waiting)

    def data(self, key: str) -> dict[str, object]:
        return dict(next(one.data for one in self.walk.run.tasks if one.element == key))

    def do(self, key: str, *, at: int = 0, **answers: str | Sequence[str]) -> Lived:
        """
        Do what waits at an element; of several there the one number `at`.
        """
        one = [one for one in self.walk.waiting if one.element == key][at]
        if isinstance(one, WaitingTimer):
            self.walk.fire(one)
        else:
            assert isinstance(one, OpenTask)
            posted = {name: [said] if isinstance(said, str) else list(said) for name, said in answers.items()}
            self.walk.answer(one, posted, {})
        if not self.walk.run.ended:
            self.walk.reload()
        return self
