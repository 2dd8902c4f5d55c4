"""
Interventions in cases that wait for a message, a signal or a condition, and in suspended ones: nothing that comes
meanwhile is lost, and what the applicant reads is true of where the case was put.
"""

from __future__ import annotations

from itertools import count

import pytest
from sqlalchemy import select

from engine import watchdog
from engine.audit import broken
from engine.doctor import Doctor
from engine.errors import InterventionRefused
from engine.interventions import Effect, End, Intervention, Interventions, Move, Resume, SendBack, Shown, Suspend
from engine.interventions.status import wording
from engine.jobs import Worker
from engine.operations import Call, Operations
from engine.steps import messages
from engine.tables import Audit, Case, Job, Message, Subscription
from tests.support.drawing import declared, draw, form, node, service, task, told
from tests.support.installation import Install, posts

REASON = "Abonentin xahişi ilə"
_CATCH = "intermediateCatchEvent"
_keys = count(1)
#: how it waits -> the element
WAITS = {
    "message": told(_CATCH, "wait", "message", "news", publicStatus="Xəbər gözlənilir"),
    "receive": node("receiveTask", "wait", attributes='messageRef="message_news"', publicStatus="Xəbər gözlənilir"),
    "signal": told(_CATCH, "wait", "signal", "flood", publicStatus="Xəbər gözlənilir"),
    "condition": told(_CATCH, "wait", "conditional", text="said_other != null", publicStatus="Xəbər gözlənilir"),
}


def _operations() -> Operations:
    made = Operations()

    @made.step("register")
    def register(call: Call) -> None:
        call.route("north")
        call.give_number()

    return made


class Waiting:
    """A case with one branch that goes `before`, `wait`, `after`, and another at `other`; then comes `last`."""

    def __init__(self, install: Install, how: str = "message") -> None:
        self.site = install(_operations())
        names = ("apply", "before", "after", "other", "last")
        nodes = [
            node("startEvent", "begun"),
            task("apply", publicStatus="Qaralama"),
            service("register_case", "register"),
            *(task(name) for name in ("after", "other")),
            task("before", publicStatus="Hazırlanır", whatNext="Sizə yazılacaq."),
            task("last", publicStatus="Yoxlanılır"),
            WAITS[how],
            *(node("parallelGateway", name) for name in ("part", "meet")),
            node("endEvent", "done"),
        ]
        ways = ["begun apply register_case part before wait after meet last done", "part other meet"]
        flows = [pair for way in ways for pair in zip(way.split(), way.split()[1:], strict=False)]
        staff = ["register_case", "part", "before", "wait", "after", "other", "meet", "last", "done"]
        lanes = {"Abonent": ("citizen", ["begun", "apply"]), "Dispetçer": ("dispatcher", staff)}
        names_of = declared(message=["news"], signal=["flood"])
        files = {"waiting.bpmn": draw("waiting", nodes, flows, lanes, names_of)}
        files |= {
            f"forms/{name}.form": form(name, {"key": f"said_{name}", "validate": {"required": True}}) for name in names
        }
        self.site.releases.deploy(files, now=self.site.clock.now())
        self.citizen = self.site.person("Aysel")
        self.dispatcher = self.site.person("Rəşid", ("dispatcher", "north"))
        self.operator = self.site.person("Samir", ("operator", "*"))
        site = self.site
        self.interventions = Interventions(site.database, site.releases, site.operations, site.ports)
        self.case_id = site.cases.start("waiting", self.citizen, key="s", language="az").case_id
        self.send("apply")
        self.send("before")

    def send(self, element: str) -> None:
        task_id = self.site.open_tasks(self.case_id)[element]
        actor = self.citizen if element == "apply" else self.dispatcher
        answers = posts(**{f"said_{element}": "x"})
        self.site.cases.submit(task_id, actor, key=f"step {next(_keys)}", posted=answers)

    def token(self, element: str) -> str:
        places = self.interventions.standing(self.case_id, self.operator).places
        return next(place.id for place in places if place.element == element)

    def do(self, wish: Intervention) -> Effect:
        effect = self.interventions.preview(self.case_id, self.operator, wish)
        about = {"reason": REASON, "key": f"by hand {next(_keys)}", "revision": effect.revision}
        self.interventions.do(self.case_id, self.operator, wish, **about)
        self.examine()
        return effect

    def examine(self) -> None:
        site = self.site
        assert list(Doctor(site.database, site.releases, site.operations, site.ports).examine()) == []
        assert broken(site.rows(Audit)) == []
        with site.database.read() as connection:
            assert watchdog.forgotten(connection) == []

    def news(self) -> None:
        """Let the message come."""
        site, number = self.site, self.case().number
        about = {"key": f"news {next(_keys)}", "now": site.clock.now(), "number": number}
        messages.send(site.database, site.releases, self.operator, "news", **about)
        self.work()

    def work(self) -> None:
        site = self.site
        Worker(site.database, site.operations, site.cases, site.ports).run_once()

    def case(self) -> Case:
        (row,) = self.site.rows(Case)
        return row

    @property
    def tasks(self) -> set[str]:
        return set(self.site.open_tasks(self.case_id))


@pytest.mark.parametrize("how", WAITS)
def test_a_token_is_taken_from_what_it_waits_for(install: Install, how: str) -> None:
    waiting = Waiting(install, how)
    effect = waiting.do(Move(waiting.token("wait"), "after"))
    assert [spot.element for spot in effect.opens] == ["after"]
    assert waiting.site.rows(Subscription) == []
    for element in ("other", "after", "last"):
        waiting.send(element)
    assert waiting.case().closed_at is not None
    waiting.examine()


@pytest.mark.parametrize("how", WAITS)
def test_a_token_is_put_where_it_waits_again(install_sqlite: Install, how: str) -> None:
    waiting = Waiting(install_sqlite, how)
    waiting.do(SendBack(waiting.token("wait"), "before"))
    waiting.do(Move(waiting.token("before"), "wait"))
    assert waiting.tasks == {"other"} and waiting.token("wait")
    if how in ("message", "receive"):
        waiting.news()
        assert waiting.tasks == {"other", "after"}
    if how == "condition":
        waiting.send("other")
        assert waiting.tasks == {"after"}
    waiting.examine()


def test_a_message_for_a_suspended_case_comes_once_when_it_is_resumed(install: Install) -> None:
    waiting = Waiting(install)
    waiting.do(Suspend())
    waiting.news()
    assert waiting.tasks == {"other"}
    waiting.examine()
    waiting.do(Resume())
    waiting.work()
    waiting.work()
    assert waiting.tasks == {"other", "after"}
    assert [row.event for row in waiting.site.rows(Audit)].count("message") == 1
    waiting.examine()


def test_a_message_whose_place_was_left_while_it_was_held_waits_for_the_next_one(install: Install) -> None:
    waiting = Waiting(install)
    waiting.do(Suspend())
    waiting.news()
    waiting.do(SendBack(waiting.token("wait"), "before"))
    assert [row.state for row in waiting.site.rows(Job) if row.kind == "receive"] == ["held"]
    waiting.do(Resume())
    waiting.work()
    assert [row.waits for row in waiting.site.rows(Message)] == [True]
    waiting.send("before")
    waiting.work()
    assert waiting.tasks == {"other", "after"}
    waiting.examine()


def test_a_suspended_case_is_ended_and_its_message_goes_to_nobody(install: Install) -> None:
    waiting = Waiting(install)
    waiting.do(Suspend())
    waiting.news()
    waiting.do(End("Müraciət geri götürülüb."))
    waiting.work()
    assert waiting.case().closed_at is not None
    assert [row.waits for row in waiting.site.rows(Message)] == [True]
    with waiting.site.database.read() as connection:
        assert connection.scalar(select(Job.id).where(Job.state == "held")) is None
    waiting.examine()


def test_a_place_without_words_of_its_own_is_told_of_as_if_the_case_had_come_there(install_sqlite: Install) -> None:
    waiting = Waiting(install_sqlite)
    waiting.send("other")
    waiting.news()
    waiting.do(SendBack(waiting.token("after"), "before"))
    assert waiting.case().public_status == "Hazırlanır"
    effect = waiting.do(Move(waiting.token("before"), "after"))
    # it never came by the event before it, whose words are those of the place
    assert effect.after is not None and effect.after.status == "Xəbər gözlənilir" and not effect.doubtful
    case = waiting.case()
    assert (case.public_status, case.what_next) == ("Xəbər gözlənilir", "")
    assert max(waiting.site.rows(Audit), key=lambda row: row.revision).public_status == "Xəbər gözlənilir"


def test_what_another_branch_says_of_the_case_stays(install_sqlite: Install) -> None:
    waiting = Waiting(install_sqlite)
    before = waiting.case().public_status
    effect = waiting.do(Move(waiting.token("wait"), "after"))
    assert effect.after is not None and effect.after.status == before == "Xəbər gözlənilir"


def test_what_was_said_before_the_branches_parted_is_not_another_branch_s(install_sqlite: Install) -> None:
    waiting = Waiting(install_sqlite)
    diagram = waiting.site.releases.active("waiting").diagram
    draft = Shown("Qaralama", "grey", "", None, False, False)
    found = wording(diagram, draft, "after", [], ["other"])
    assert found.shows is diagram.elements["wait"] and not found.doubtful
    other = Shown("Xəbər gözlənilir", "grey", "", None, False, False)
    assert wording(diagram, other, "other", [], ["after"]).shows is None


def test_of_several_words_that_may_be_right_the_preview_warns(install_sqlite: Install) -> None:
    site = install_sqlite(_operations())
    nodes = [
        *(node("startEvent", "begun"), task("apply"), service("register_case", "register")),
        *(node("exclusiveGateway", name) for name in ("meet", "again")),
        node("exclusiveGateway", "which", attributes='default="which__one"'),
        *(
            task("one", publicStatus="Bir"),
            task("two", publicStatus="İki"),
            task("check"),
            task("pay", publicStatus="Ö"),
        ),
        node("endEvent", "done"),
    ]
    flows = [("begun", "apply"), ("apply", "register_case"), ("register_case", "which"), ("which", "one")]
    flows += [("which", "two", 'said_apply = "two"'), ("one", "meet"), ("two", "meet"), ("meet", "check")]  # type: ignore[list-item]
    flows += [("check", "again"), ("again", "pay"), ("pay", "done")]
    staff = ["register_case", "which", "one", "two", "meet", "check", "again", "pay", "done"]
    lanes = {"Abonent": ("citizen", ["begun", "apply"]), "Dispetçer": ("dispatcher", staff)}
    files = {"ways.bpmn": draw("ways", nodes, flows, lanes)}
    files |= {f"forms/{k}.form": form(k, {"key": f"said_{k}"}) for k in ("apply", "one", "two", "check", "pay")}
    site.releases.deploy(files, now=site.clock.now())
    citizen, operator = site.person("Aysel"), site.person("Samir", ("operator", "*"))
    dispatcher = site.person("Rəşid", ("dispatcher", "north"))
    case_id = site.cases.start("ways", citizen, key="s", language="az").case_id
    for element, actor in (("apply", citizen), ("one", dispatcher), ("check", dispatcher)):
        found = site.open_tasks(case_id)[element]
        site.cases.submit(found, actor, key=element, posted=posts(**{f"said_{element}": "x"}))
    door = Interventions(site.database, site.releases, site.operations, site.ports)
    effect = door.preview(case_id, operator, SendBack(site.open_tasks(case_id)["pay"], "check"))
    assert effect.doubtful and effect.after is not None and effect.after.status == "Ö"
    assert not door.preview(case_id, operator, SendBack(site.open_tasks(case_id)["pay"], "one")).doubtful


def test_events_of_which_the_first_decides_are_no_place_for_a_token(install_sqlite: Install) -> None:
    waiting = Waiting(install_sqlite)
    with pytest.raises(InterventionRefused):
        waiting.interventions.preview(waiting.case_id, waiting.operator, Move(waiting.token("wait"), "meet"))
