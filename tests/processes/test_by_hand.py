"""
The service under interventions: whatever is done by hand, in whatever order, what must always hold does.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import count

import pytest
from sqlalchemy import select

from engine.doctor import Doctor
from engine.errors import AnswersRefused, CannotGoOn, CaseSuspended, InterventionRefused
from engine.interventions import (
    ChangeDue,
    Correct,
    Effect,
    End,
    Intervention,
    Interventions,
    Move,
    OnBehalf,
    Resume,
    SendBack,
    Skip,
    Standing,
    Suspend,
)
from engine.jobs import Worker
from engine.operations import Actor
from engine.reading.readings import disclose
from engine.tables import Audit, Case, CaseFacet, Job, MailLog, SearchTerm, Task
from tests.processes.test_moving import Office
from tests.support.installation import Install, posts
from tests.support.meters import APPLICATION, open_utility

REASON = "Sınaq üçün edilir"
_keys = count(1)


class Hands:
    """
    The utility with an operator who does anything to one case.
    """

    def __init__(self, install: Install) -> None:
        self.office = Office(open_utility(install))
        self.site = self.office.site
        self.operator = self.site.person("Operator", ("operator", "*"))
        site = self.site
        self.door = Interventions(site.database, site.releases, site.operations, site.ports)

    def standing(self, case_id: int) -> Standing:
        return self.door.standing(case_id, self.operator)

    def do(self, case_id: int, wish: Intervention) -> Effect:
        effect = self.door.preview(case_id, self.operator, wish)
        key = f"by hand {next(_keys)}"
        self.door.do(case_id, self.operator, wish, reason=REASON, key=key, revision=effect.revision)
        return effect

    def see(self, case_id: int) -> None:
        disclose(self.site.database, case_id, self.operator, "Abonent zəng edib", now=self.site.clock.now())

    def work(self) -> None:
        site = self.site
        Worker(site.database, site.operations, site.cases, site.ports).run_once()

    def examine(self) -> None:
        site = self.site
        assert [
            one.say("en") for one in Doctor(site.database, site.releases, site.operations, site.ports).examine()
        ] == []

    def case(self, case_id: int) -> Case:
        with self.site.database.read() as connection:
            return connection.execute(select(*Case.__table__.c).where(Case.id == case_id)).one()  # type: ignore[return-value]


@pytest.fixture
def hands(install_sqlite: Install) -> Hands:
    return Hands(install_sqlite)


REGISTERED = ("enter_subscriber_code", "apply", "check_answers")


def test_an_ended_application_is_told_by_mail_and_its_number_stays(hands: Hands) -> None:
    case_id = hands.office.walk(*REGISTERED)
    hands.do(case_id, End("Abonent müraciətini geri götürüb."))
    hands.work()
    letters = {row.letter for row in hands.site.rows(MailLog)}
    assert "ended" in letters
    case = hands.case(case_id)
    assert (case.outcome, case.what_next) == ("cancelled", "Abonent müraciətini geri götürüb.")
    assert hands.site.rows(Job) == []
    hands.examine()


def test_a_draft_that_is_ended_writes_to_nobody(hands: Hands) -> None:
    case_id = hands.office.walk("enter_subscriber_code")
    hands.do(case_id, End("Abonent müraciətini geri götürüb."))
    assert [row.kind for row in hands.site.rows(Job)] == []


def test_what_was_put_right_is_found_and_shown(hands: Hands) -> None:
    case_id = hands.office.walk(*REGISTERED)
    hands.see(case_id)
    right = {**APPLICATION, "telephone": "055 765 43 21", "reason": "other"}
    hands.do(case_id, Correct("apply", posts(**right)))
    terms = {row.term for row in hands.site.rows(SearchTerm)}
    assert "0557654321" in terms
    facets = {row.name: row.value for row in hands.site.rows(CaseFacet) if row.case_id == case_id}
    assert facets["reason"] == hands.case(case_id).facets["reason"]
    hands.examine()


def test_the_timers_of_the_service_follow_the_due_dates_that_they_watch(hands: Hands) -> None:
    case_id = hands.office.walk(*REGISTERED)
    (place,) = [one for one in hands.standing(case_id).places if one.element == "assign_executor"]
    effect = hands.do(case_id, ChangeDue(place.id, place.due_at + timedelta(days=2)))
    assert [now.element for _, now in effect.timers_follow] == ["assignment_late"]
    term = hands.case(case_id).due_at
    effect = hands.do(case_id, ChangeDue(None, term - timedelta(days=2)))
    assert [(now.element, now.due_at) for _, now in effect.timers_follow] == [("term_over", term - timedelta(days=2))]
    assert [spot.element for spot in effect.timers_stay] == ["assignment_late"]
    hands.examine()


def _wishes(hands: Hands, case_id: int, standing: Standing, rng: random.Random) -> Iterator[Intervention]:
    """One intervention of every kind that is offered, with answers that usually fit."""
    everything: dict[str, list[str]] = {}
    for key in ("assign_executor", "record_visit", "record_act", "propose_refusal", "decide_refusal", "apply"):
        for name, text in hands.office.answers(key).items():
            everything[name] = [text] if isinstance(text, str) else list(text)
    at = hands.site.clock.now() + timedelta(days=rng.randint(1, 40))
    tasks = [place for place in standing.places if place.is_task]
    for place in standing.places:
        for target in place.around:
            yield Move(place.id, target, everything)
        for target in place.earlier:
            yield SendBack(place.id, target, everything)
    for place in tasks:
        yield Skip(place.id, everything)
        yield ChangeDue(place.id, at)
        people = hands.door.people(case_id, hands.operator, place.id)
        if people:
            usual = {k: [v] if isinstance(v, str) else list(v) for k, v in hands.office.answers(place.element).items()}
            yield OnBehalf(place.id, rng.choice(people)[0], usual)
    for element in standing.answered:
        yield Correct(element, everything)
    yield from (ChangeDue(None, at), Suspend(), Resume(), End("Sınaq üçün yekunlaşdırılır."))


def _step(hands: Hands, case_id: int, rng: random.Random) -> None:
    """What would happen anyway: somebody completes a task, or time passes."""
    tasks = sorted(hands.office.open(case_id))
    if not tasks or rng.random() < 0.25:
        hands.site.clock.advance(timedelta(days=rng.randint(1, 6)))
        hands.work()
        return
    element = rng.choice(tasks)
    with suppress(AnswersRefused, CaseSuspended, CannotGoOn):  # what does not fit changes nothing
        hands.office.do(case_id, element, **hands.office.answers(element))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_by_hand_everything_holds(hands: Hands, seed: int) -> None:
    rng = random.Random(seed)
    case_id = hands.office.walk(*REGISTERED)
    done = 0
    for _ in range(18):
        if hands.case(case_id).closed_at is not None:
            break
        if rng.random() < 0.4:
            _step(hands, case_id, rng)
            continue
        hands.see(case_id)
        offered = list(_wishes(hands, case_id, hands.standing(case_id), rng))
        kinds = sorted({type(wish).__name__ for wish in offered})
        kind = rng.choice([name for name in kinds if name != "End" or rng.random() < 0.1])
        wish = rng.choice([one for one in offered if type(one).__name__ == kind])
        before = hands.case(case_id)
        try:
            hands.do(case_id, wish)
            done += 1
        except (InterventionRefused, AnswersRefused):
            assert hands.case(case_id) == before
        hands.examine()
    assert done
    assert {row.event for row in hands.site.rows(Audit)} >= {"started", "submitted"}


def test_actors_are_people_of_the_office(hands: Hands) -> None:
    case_id = hands.office.walk(*REGISTERED)
    (task,) = [row for row in hands.site.rows(Task) if row.case_id == case_id and row.state == "open"]
    hands.see(case_id)
    dispatcher: Actor = hands.office.utility.dispatcher
    usual = {k: [v] if isinstance(v, str) else list(v) for k, v in hands.office.answers("assign_executor").items()}
    hands.do(case_id, OnBehalf(task.id, dispatcher.person_id, usual))
    assert list(hands.office.open(case_id)) == ["record_visit"]
    last = max(hands.site.rows(Audit), key=lambda row: row.revision)
    assert (last.actor_id, last.detail["for"]) == (hands.operator.person_id, dispatcher.person_id)
