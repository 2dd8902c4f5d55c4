"""
Cases that wait at a join move where it can be told that the join opens in time, and only there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from engine.moving import Moves
from engine.operations import Operations
from engine.tables import Case, Incident
from tests.support.drawing import draw, form, node, task, timer
from tests.support.installation import Install, Installation, posts

Flow = tuple[str, ...]
_GATEWAYS = {"parallel": "parallelGateway", "inclusive": "inclusiveGateway"}
#: the drawing that cases begin on: two ways at once; «left» is done first in every test
_WAYS = (("part", "left"), ("part", "right"), ("left", "join"), ("right", "join"))


def drawn(flows: Sequence[Flow], kind: str = "parallel", inside: str = "", late: str = "") -> dict[str, bytes]:
    """Return a process that begins, asks, parts, goes the ways of `flows`, joins and asks once more."""
    names = sorted({key for flow in flows for key in flow[:2]} - {"part", "join", "over"})
    names += ["neither"] if kind == "inclusive" else []
    nodes = [
        node("startEvent", "begun"),
        task("ask"),
        node(_GATEWAYS[kind], "part", attributes='default="part__neither"' if kind == "inclusive" else ""),
        node(_GATEWAYS[kind], "join"),
        *(task(key) for key in names),
        task("last"),
        node("endEvent", "done"),
        node("endEvent", "over") if any("over" in flow for flow in flows) else "",
    ]
    if late:
        attributes = f'attachedToRef="{late}" cancelActivity="false"'
        nodes += [timer("boundaryEvent", "late", duration='duration("P1D")', attributes=attributes)]
        nodes += [node("endEvent", "reminded")]
        flows = [*flows, ("late", "reminded")]
    if kind == "inclusive":
        flows = [(*flow, "true") if flow[0] == "part" else flow for flow in flows]
        flows += [("part", "neither"), ("neither", "join")]
    every = [("begun", "ask"), ("ask", "part"), *flows, ("join", "last"), ("last", "done")]
    keys = ["begun", "ask", "part", "join", *names, "last", "done", *(["over"] if "over" in str(flows) else [])]
    lanes = {"Abonent": ("citizen", keys + (["late", "reminded"] if late else []))}
    forms = {f"forms/{key}.form": form(key) for key in ("ask", *names, "last")}
    return {"joins.bpmn": draw("joins", nodes, every, lanes), **forms}


def tried(site: Installation, old: dict[str, bytes], new: dict[str, bytes], names: dict[str, str]) -> str:
    """
    Let a case wait at the join, move it, and let it end; return why it can't be moved, if so.
    """
    citizen = site.person("Aysel")
    first = site.releases.deploy(old, now=site.clock.now())
    case_id = site.cases.start("joins", citizen, key="s", language="az").case_id
    for element in ("ask", "left"):
        site.cases.submit(site.open_tasks(case_id)[element], citizen, key=element, posted=posts())
    assert first.id == site.rows(Case)[0].release_id
    site.clock.advance(timedelta(seconds=1))
    target = site.releases.get(site.releases.deploy(new, now=site.clock.now()).id)
    moves = Moves(site.database, site.releases, site.operations, site.ports)
    move = moves.plan(target, citizen, note="Sınaq", names=names)
    if moves.run(move).refused:
        ((_, reason),) = moves.refusals(move)
        return reason.code
    for n in range(9):
        waiting = sorted(site.open_tasks(case_id).items())
        if not waiting:
            break
        assert not ({"last"} < {element for element, _ in waiting}), "the join opened too soon"
        site.cases.submit(waiting[0][1], citizen, key=f"then {n}", posted=posts())
    (case,) = site.rows(Case)
    assert case.closed_at is not None
    assert case.release_id == target.id
    assert site.rows(Incident) == []
    return ""


def _with(*flows: Flow, without: Sequence[Flow] = ()) -> list[Flow]:
    return [flow for flow in _WAYS if flow not in without] + list(flows)


CAN: dict[str, tuple[list[Flow], dict[str, str]]] = {
    "a step before what still comes": (_with(("part", "check"), ("check", "right"), without=[("part", "right")]), {}),
    "a step after what still comes": (_with(("right", "check"), ("check", "join"), without=[("right", "join")]), {}),
    "a step after what has come": (_with(("left", "check"), ("check", "join"), without=[("left", "join")]), {}),
    "what has come is gone": (_with(("part", "join"), without=[("part", "left"), ("left", "join")]), {}),
    "both ways are called otherwise": (
        [("part", "links"), ("part", "rechts"), ("links", "join"), ("rechts", "join")],
        {"left": "links", "right": "rechts"},
    ),
}
CANNOT: dict[str, list[Flow]] = {
    "a third way that nobody has begun": _with(("part", "third"), ("third", "join")),
    "what still comes ends elsewhere": _with(("right", "over"), without=[("right", "join")]),
}


@pytest.mark.parametrize(
    ("what", "kind"), [*((what, "parallel") for what in CAN), ("a step after what has come", "inclusive")]
)
def test_a_case_that_waits_at_a_join_goes_on_to_its_end(install_sqlite: Install, what: str, kind: str) -> None:
    flows, names = CAN[what]
    site = install_sqlite(Operations())
    assert tried(site, drawn(_WAYS, kind), drawn(flows, kind), names) == ""


def test_an_event_on_the_task_before_the_join_comes_while_the_case_waits_there(install_sqlite: Install) -> None:
    flows, names = CAN["a step after what has come"]
    assert tried(install_sqlite(Operations()), drawn(_WAYS), drawn(flows, late="left"), names) == ""


@pytest.mark.parametrize("what", CANNOT)
def test_a_join_that_would_open_by_the_move_or_never_is_refused(install_sqlite: Install, what: str) -> None:
    site = install_sqlite(Operations())
    assert tried(site, drawn(_WAYS), drawn(CANNOT[what]), {}) == "move.join_changed"
