"""
Calls pin what is called: a later release of it reaches a case only by a release, or a move, of the caller.
"""

from __future__ import annotations

from datetime import timedelta

from engine.moving import Moves
from engine.tables import Case, Task
from tests.gate.building import booking, bundle
from tests.gate.test_calls import call, inspection
from tests.support.drawing import form, task
from tests.support.installation import Install, posts


def caller() -> dict[str, bytes]:
    flows = [("begun", "ask"), ("ask", "inspect"), ("inspect", "after"), ("after", "done")]
    return bundle([task("ask"), call(), task("after")], flows, forms={"ask": [{"key": "asked"}]})


def test_a_case_goes_on_with_what_was_called_when_its_release_was_made(install_sqlite: Install) -> None:
    site = install_sqlite(booking())
    author, citizen = site.person("Vüsalə"), site.person("Aysel")
    dispatcher = site.person("Rəşid", ("dispatcher", "*"))

    def release(files: dict[str, bytes]) -> str:
        proposed = site.releases.propose(files, author, now=site.clock.now(), note="Sınaq")
        site.clock.advance(timedelta(seconds=1))
        return site.releases.approve(proposed.id, dispatcher, now=site.clock.now()).id

    release(inspection())
    first = release(caller())
    case_id = site.cases.start("t", citizen, key="s", language="az").case_id
    site.cases.submit(site.open_tasks(case_id)["ask"], citizen, key="a", posted=posts(asked="x"))
    release(changed())

    assert site.releases.active("t").id == first
    assert len(site.releases.active("t").forms["inspect__look_at"].fields) == 2
    second = release(caller())
    assert second != first
    assert len(site.releases.active("t").forms["inspect__look_at"].fields) == 3
    moves = Moves(site.database, site.releases, site.operations, site.ports)
    bulk = moves.plan(site.releases.get(second), dispatcher, note="Yeni yoxlama")
    assert moves.run(bulk).moved == 1
    site.cases.submit(
        site.open_tasks(case_id)["inspect__look_at"], dispatcher, key="b", posted=posts(answer="fine", more="yes")
    )
    assert [row.element for row in site.rows(Task) if row.state == "open"] == ["after"]
    assert [row.release_id for row in site.rows(Case)] == [second]


def changed() -> dict[str, bytes]:
    return inspection() | {"forms/look_at.form": form("look_at", {"key": "answer"}, {"key": "note"}, {"key": "more"})}
