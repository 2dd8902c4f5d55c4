"""
The short form of every scenario of the torture: the same faults, fewer of them.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.torture import lives, outages, races, waiting, work
from tests.torture.ground import Figure

pytestmark = pytest.mark.kill


def apart(scenario: Callable[[str], Figure], kind: str) -> Figure:
    """
    Run a scenario that prints letters in a process of its own: Typst keeps threads, and what forks in a process that
    has printed one before would wait for them for ever.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(scenario, kind).result()


def whole_lives(kind: str) -> Figure:
    """
    Live three cases through four kills.
    """
    return lives.lives(kind, 3, 4)


BOTH: dict[str, Callable[[str], Figure]] = {
    "kills in whole lives": lambda kind: apart(whole_lives, kind),
    "timers due together": lambda kind: work.timers(kind, 40),
    "two workers": lambda kind: work.pair(kind, 150),
    "a race": lambda kind: races.race(kind, 20, 4),
}
#: the same on either database, but for the time that it takes
ONE: dict[str, tuple[str, Callable[[str], Figure]]] = {
    "bulk work": ("sqlite", lambda kind: work.bulk(kind, 1000, 2)),
    "a frozen worker": ("postgresql", work.frozen),
    "a poison job": ("sqlite", work.poisoned),
    "timers that wait": ("sqlite", lambda kind: waiting.waiting(kind, 20_000)),
    "a clock that jumps": ("sqlite", lambda kind: outages.jumping_clock(kind, 20)),
}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("scenario", BOTH.values(), ids=BOTH.keys())
def test_the_promises_hold_under(scenario: Callable[[str], Figure], kind: str) -> None:
    figure = scenario(kind)
    print(figure)
    assert figure.kept, figure


@pytest.mark.parametrize(("kind", "scenario"), ONE.values(), ids=ONE.keys())
def test_the_promises_hold_with(scenario: Callable[[str], Figure], kind: str) -> None:
    figure = scenario(kind)
    print(figure)
    assert figure.kept, figure


def test_the_promises_hold_when_the_broker_is_wiped() -> None:
    figure = outages.wiped_broker("sqlite", 60, 1)
    print(figure)
    assert figure.kept, figure


def test_the_promises_hold_when_postgresql_dies() -> None:
    figure = outages.dying_server(200, 2)
    print(figure)
    assert figure.kept, figure


def test_the_promises_hold_when_the_disk_is_full() -> None:
    figure = outages.full_disk(60)
    print(figure)
    assert figure.kept, figure
