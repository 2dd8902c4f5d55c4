"""
What is known of messages beside the steps: the case's page, scenarios, a recording, a move, the command line.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import insert

from engine.gate.compiling import Parts, compile_bundle
from engine.moving import Moves
from engine.reading import dossier
from engine.scenarios.reading import read_scenario, write_scenario
from engine.scenarios.recording import lived, record
from engine.scenarios.running import Ran, run_file
from engine.settings import Settings
from engine.tables import Case, Membership, Message, Subscription
from tests.engine.test_messages import Trade
from tests.support.databases import migrated
from tests.support.installation import ROLES, Install, Installation
from tests.support.mail_order import operations, order, store
from web.command import main
from web.services import build

STORY = """
name: the goods come
begin: 23.11.2026 10:00
steps:
- apply:
    what: pipe
- event:
    delivered:
      pieces: '3'
- check
passes: [apply, which__delivered, check]
end: done
"""


def parts() -> Parts:
    return compile_bundle(order(), operations(), ROLES)


def run(text: str) -> Ran:
    return run_file(parts(), operations(), "scenarios/x.yaml", text.encode())


def test_a_scenario_lets_a_message_come_with_what_it_carries() -> None:
    ran = run(STORY)

    assert ran.findings == []
    again = write_scenario(read_scenario("x", STORY.encode()))
    assert run(again).findings == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("pieces: '3'", "pieces: many"), "scenario_value"),
        (("delivered:\n", "check:\n"), "scenario_not_open"),
        (("    delivered:\n      pieces: '3'", "    withdrawn: ''"), "scenario_not_open"),
    ],
)
def test_a_scenario_that_tells_what_nobody_waits_for_is_found_out(change: tuple[str, str], code: str) -> None:
    assert change[0] in STORY
    assert code in {finding.code for finding in run(STORY.replace(*change)).findings}


def test_a_case_that_a_message_moved_is_recorded(install_sqlite: Install) -> None:
    trade = Trade(install_sqlite, order, store)
    mine = trade.order()
    trade.work()
    theirs = next(row.id for row in trade.site.rows(Case) if row.process == "store")
    trade.does(theirs, "pack", trade.staff, packed="3")
    trade.work()
    trade.does(mine, "check", trade.staff)
    number = trade.case(mine).number or ""
    with trade.site.database.read() as connection:
        release, steps = lived(connection, number)
    made = record(trade.site.releases.get(release), operations(), "x", steps)

    assert [step.element for step in made.steps] == ["apply", "delivered", "check"]
    assert made.end == "done"


def test_a_case_shows_where_it_waits_to_be_told(install: Install) -> None:
    trade = Trade(install, order)
    mine = trade.order()
    with trade.site.database.read() as connection:
        shown = dossier(connection, trade.site.releases, trade.case(mine).number or "", trade.staff)

    assert set(shown.tokens) == {"delivered", "withdrawn", "flooded", "late"}
    assert not {"which__delivered", "which__late"} & set(shown.path)


def test_a_moved_case_waits_for_what_its_release_says(install: Install) -> None:
    trade = Trade(install, order)
    mine = trade.order()
    site = trade.site
    changed = {
        name: content.replace(b'name="withdrawn"/>', b'name="called_off"/>') for name, content in order().items()
    }
    target = site.releases.propose(changed, trade.operator, now=site.clock.now(), note="called off")
    before = {row.element: row.task_id for row in site.rows(Subscription)}
    moves = Moves(site.database, site.releases, operations(), site.ports)
    tally = moves.run(moves.plan(target, trade.operator, note="x"))

    assert (tally.moved, tally.refused) == (1, 0)
    assert trade.waits_for(mine) == {"delivered", "called_off", "flood"}
    assert {row.element: row.task_id for row in site.rows(Subscription)} == before
    trade.is_sound()


def test_an_operator_sends_a_message_from_the_command_line(tmp_path: Path) -> None:
    with migrated("sqlite", tmp_path) as url:
        environ = {"SAYGAC_DATABASE_URL": url, "SAYGAC_FOLDER": str(tmp_path / "var"), "SAYGAC_DEMO": "1"}
        here = build(Settings.from_env(environ))
        place = Installation(
            here.database, here.releases, here.operations, here.cases, here.ports.clock, here.ports, tmp_path
        )
        for name in ("samir", "aysel"):
            person = place.person(name)
            if name == "samir":
                with here.database.step() as connection:
                    row = {"person_id": person.person_id, "role": "operator", "unit": "*"}
                    connection.execute(insert(Membership).values(**row))
        here.releases.deploy(store(), now=here.ports.clock.now())

        def saygac(*arguments: str) -> tuple[int, str]:
            done = CliRunner().invoke(main, list(arguments), env=environ)
            return done.exit_code, done.output

        asked = ("message", "withdrawn", "--key", "7", "--data", '{"sum": 5}', "--once", "a")
        assert saygac(*asked, "--by", "samir")[0] == 0
        assert saygac(*asked, "--by", "samir")[0] == 0
        assert saygac(*asked, "--by", "aysel")[0] == 1
        assert saygac(*asked, "--by", "nobody")[0] == 1
        assert saygac("message", "withdrwn", "--key", "7", "--by", "samir")[0] == 1
        assert saygac("message", "withdrawn", "--by", "samir")[0] == 2
        assert saygac("message", "withdrawn", "--key", "7", "--data", "{", "--by", "samir")[0] == 2
        assert [(row.name, row.payload) for row in place.rows(Message)] == [("withdrawn", {"sum": 5})]
        assert saygac("messages") == (0, "No message waits.\n")
        here.database.close()
