"""
What happens to the cases of the demonstration: how far each goes, who does what, and what they write.

Only plans: a story is a list of turns, which `__init__` takes on the real engine at their time.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from engine.operations import Actor
from processes.demonstration.people import EMPTY_DISTRICT, Applicant, Cast
from processes.demonstration.words import (
    ACCESS_NOTES,
    ANSWERS,
    LINE_NOTES,
    OVERDUE_NOTES,
    SEND_BACK_NOTES,
    STOCK_NOTES,
)
from processes.registry.calendar import local_day

Answers = Mapping[str, str | Sequence[str]]

#: most applicants write in the first
LANGUAGES = ("az",) * 8 + ("ru", "en")
VISIT_WINDOWS = ("09:00–12:00", "12:00–15:00", "15:00–18:00")
PLACES = ("Mətbəx", "Hamam", "Sanitar qovşağı", "Zirzəmi", "Həyətdəki quyu", "Dəhliz")
NOTES = (
    "",
    "",
    "",
    "Axşam saat 6-dan sonra evdə oluram.",
    "Zəhmət olmasa, gəlməzdən əvvəl zəng edin.",
    "Binanın girişində kod var: 25.",
    "Köhnə sayğac sızdırır.",
    "İkinci mərtəbə üçün ayrıca sayğac lazımdır.",
)


#: a domain that somebody mistypes, and one whose server does not take our letters at first
MISTYPED, BLOCKING = "exmaple.com", "post.example.com"
#: domain -> numbers of the scenes whose applicants give an address there
ODD_ADDRESSES = {MISTYPED: (22, 50), BLOCKING: (45, 52, 58, 61)}


@dataclass
class Turn:
    """
    One task that somebody completes.
    """

    element: str
    #: citizen, dispatcher, fitter (one of the executors) or head
    role: str
    #: days after the turn before; None: when the visit is
    wait: float | None
    answers: Callable[[Scene], Answers]


@dataclass
class Scene:
    """
    A story on its way.
    """

    number: int
    applicant: Applicant
    turns: tuple[Turn, ...]
    #: when it begins
    begins: datetime
    random: random.Random
    cast: Cast
    #: the office, once the case is routed
    unit: str = ""
    now: datetime | None = None
    visit: date | None = None
    case_id: int | None = None
    #: turns taken
    done: int = 0

    @property
    def over(self) -> bool:
        """
        Tell whether every turn is taken: the case stands where it is to stand.
        """
        return self.case_id is not None and self.done == len(self.turns)

    @property
    def language(self) -> str:
        """
        The applicant's language in this case.
        """
        return random.Random(self.number).choice(LANGUAGES)

    @property
    def today(self) -> date:
        """
        The day in Baku.
        """
        assert self.now is not None
        return local_day(self.now)

    def actor(self, role: str) -> Actor:
        """
        Return who does a task of this role; fitters are named by the task itself.
        """
        if role == "citizen":
            return self.applicant.actor
        people = self.cast.staff[self.unit, role]
        # those with an account have more to do, so that the demonstration's inboxes are not empty
        return people[0] if self.random.random() < 0.5 else self.random.choice(people)


def posted(turn: Turn, scene: Scene) -> Mapping[str, list[str]]:
    """
    Return what is sent with a turn.
    """
    answers = turn.answers(scene)
    return {key: [value] if isinstance(value, str) else list(value) for key, value in answers.items()}


def typed(day: date) -> str:
    """
    Return a day as people type it.
    """
    return f"{day:%d.%m.%Y}"


def _code(scene: Scene) -> Answers:
    return {"subscriber_code": scene.applicant.code}


def _nothing(_: Scene) -> Answers:
    return {}


def _application(scene: Scene) -> Answers:
    if any(turn.element == "record_registration" for turn in scene.turns):
        reason = "register_existing"
    elif scene.applicant.meter:
        reason = scene.random.choice(("additional_meter", "replace_broken", "replace_expired"))
    else:
        reason = scene.random.choice(("new_meter",) * 5 + ("lost_or_stolen", "other"))
    return {
        "reason": reason,
        "telephone": scene.applicant.telephone,
        "email": _email(scene),
        "notes": scene.random.choice(NOTES),
    }


def _email(scene: Scene) -> str:
    name = scene.applicant.email.partition("@")[0]
    domain = next((domain for domain, numbers in ODD_ADDRESSES.items() if scene.number in numbers), "example.com")
    return f"{name}@{domain}"


def _plan_visit(scene: Scene) -> Answers:
    fitters = list(scene.cast.staff[scene.unit, "fitter"])
    known = [fitter for fitter in fitters if len(fitter.units) > 1]
    first = scene.random.choice(known if known and scene.random.random() < 0.5 else fitters)
    others = [fitter for fitter in fitters if fitter != first]
    executors = [first, scene.random.choice(others)] if scene.random.random() < 0.25 else [first]
    scene.visit = scene.today + timedelta(days=scene.random.randint(1, 3))
    while scene.visit.weekday() > 4:
        scene.visit += timedelta(days=1)
    return {
        "executors": [str(each.person_id) for each in executors],
        "visit_date": typed(scene.visit),
        "visit_window": scene.random.choice(VISIT_WINDOWS),
    }


def _assign(scene: Scene) -> Answers:
    return {"assignment": "assign", **_plan_visit(scene)}


def _propose_at_once(scene: Scene) -> Answers:
    return {
        "assignment": "refuse",
        "refusal_ground": "duplicate",
        "refusal_note": "Bu ünvan üzrə eyni müraciət artıq icradadır.",
    }


def _outcome(outcome: str, notes: Sequence[str] = ("",)) -> Callable[[Scene], Answers]:
    return lambda scene: {"visit_outcome": outcome, "visit_note": scene.random.choice(notes)}


def _meter(scene: Scene) -> dict[str, str]:
    serial = 26_500_000 + scene.number * 7
    verified = scene.today - timedelta(days=scene.random.randint(30, 300))
    refused = scene.random.random() < 0.07
    return {
        "meter_make": scene.random.choice(("Alfasu (Elektromed)", "Teksan (Metlab)", "Abşeron (Gəncə)")),
        "meter_type": scene.random.choice(("mechanical", "smart_card", "smart")),
        "diameter": scene.random.choice(("15", "15", "20")),
        "meter_number": f"AZ-{serial}",
        "seal_numbers": f"P{serial}, P{serial}A",
        "verified_on": typed(verified),
        "next_verification_on": typed(verified.replace(day=1, year=verified.year + 5)),
        "installation_place": scene.random.choice(PLACES),
        "signed_by": "refused" if refused else "subscriber",
        "second_specialist": str(scene.cast.staff[scene.unit, "head"][0].person_id) if refused else "",
        "copy_given_on": typed(scene.today),
        "copy_given_how": scene.random.choice(("in_person", "in_person", "email")),
    }


def _act(scene: Scene) -> Answers:
    old = scene.applicant.meter
    removed = {
        "old_meter_removed": "true",
        "old_meter_number": old or "",
        "old_meter_reading": f"{scene.random.randint(300, 2400)},{scene.random.randint(0, 999):03}",
        "old_meter_reason": "Nasazdır",
    }
    return {
        **_meter(scene),
        "initial_reading": scene.random.choice(("0", "0", "0,125", "0,032")),
        "pipe_diameter": scene.random.choice(("20", "25")),
        **(removed if old and scene.number % 2 else {}),
    }


def _registration(scene: Scene) -> Answers:
    return {**_meter(scene), "initial_reading": f"{scene.random.randint(5, 900)},{scene.random.randint(0, 999):03}"}


def _propose(scene: Scene) -> Answers:
    return {"refusal_ground": "line_unsuitable", "refusal_note": scene.random.choice(LINE_NOTES)}


def _wait_for_stock(days: int) -> Callable[[Scene], Answers]:
    return lambda scene: {
        "stock_decision": "wait",
        "expected_date": typed(scene.today + timedelta(days=days)),
        "stock_note": scene.random.choice(STOCK_NOTES),
    }


def _refuse_without_stock(scene: Scene) -> Answers:
    return {"stock_decision": "refuse", "refusal_ground": "no_stock", "stock_note": STOCK_NOTES[0]}


def _refuse(scene: Scene) -> Answers:
    proposed = [turn.element for turn in scene.turns]
    rule = "water_rules_line"
    if "decide_without_stock" in proposed:
        rule = "water_rules_stock"
    elif "propose_refusal" not in proposed:
        rule = "applications_law_duplicate"
    return {"refusal_decision": "refuse", "legal_ground": rule, "answer_text": ANSWERS[rule][scene.language]}


def _send_back(scene: Scene) -> Answers:
    return {"refusal_decision": "send_back", "send_back_note": scene.random.choice(SEND_BACK_NOTES)}


def _review(scene: Scene) -> Answers:
    return {"overdue_note": scene.random.choice(OVERDUE_NOTES)}


CODE = Turn("enter_subscriber_code", "citizen", 0.0, _code)
ADDITIONAL = Turn("confirm_additional_meter", "citizen", 0.001, _nothing)
APPLY = Turn("apply", "citizen", 0.003, _application)
CHECK = Turn("check_answers", "citizen", 0.001, _nothing)
ASSIGN = Turn("assign_executor", "dispatcher", 0.6, _assign)
REFUSE_AT_ONCE = Turn("assign_executor", "dispatcher", 0.6, _propose_at_once)
INSTALLED = Turn("record_visit", "fitter", None, _outcome("installed"))
EXISTING = Turn("record_visit", "fitter", None, _outcome("existing"))
UNSUITABLE = Turn("record_visit", "fitter", None, _outcome("line_unsuitable", LINE_NOTES))
NO_STOCK = Turn("record_visit", "fitter", None, _outcome("no_stock", STOCK_NOTES[:1]))
NO_ACCESS = Turn("record_visit", "fitter", None, _outcome("no_access", ACCESS_NOTES))
ACT = Turn("record_act", "fitter", 0.02, _act)
REGISTRATION = Turn("record_registration", "fitter", 0.02, _registration)
PROPOSE = Turn("propose_refusal", "fitter", 0.02, _propose)
WAIT = Turn("decide_without_stock", "dispatcher", 0.5, _wait_for_stock(8))
WAIT_SHORTLY = Turn("decide_without_stock", "dispatcher", 0.5, _wait_for_stock(4))
REFUSE_STOCK = Turn("decide_without_stock", "dispatcher", 0.5, _refuse_without_stock)
AFTER_WAIT = Turn("assign_executor", "dispatcher", 6.0, _assign)
NEW_VISIT = Turn("plan_new_visit", "dispatcher", 0.6, _plan_visit)
REFUSE = Turn("decide_refusal", "head", 1.0, _refuse)
SEND_BACK = Turn("decide_refusal", "head", 1.0, _send_back)
REVIEW = Turn("review_overdue", "head", 28.0, _review)

BEGUN = (CODE, APPLY, CHECK)


@dataclass(frozen=True)
class Plot:
    """
    A way that some cases go, and how long ago it began.
    """

    cases: int
    turns: tuple[Turn, ...]
    #: days ago at which it began, from and to
    ago: tuple[float, float]
    #: the applicant has an active meter
    metered: bool = False
    #: may be in the office whose store is empty
    anywhere: bool = True


PLOTS = (
    # still with the citizen
    Plot(6, (), (0.1, 25)),
    Plot(4, (CODE,), (0.1, 20), metered=True),
    Plot(5, (CODE,), (0.1, 15)),
    Plot(5, (CODE, APPLY), (0.05, 10)),
    # with the office
    Plot(16, BEGUN, (0.02, 2)),
    Plot(7, BEGUN, (7, 9.5)),
    Plot(26, (*BEGUN, ASSIGN), (1.5, 4)),
    Plot(6, (*BEGUN, ASSIGN, INSTALLED), (7, 10)),
    Plot(3, (*BEGUN, ASSIGN, EXISTING), (7, 10)),
    Plot(4, (*BEGUN, ASSIGN, UNSUITABLE), (7, 10)),
    Plot(5, (*BEGUN, ASSIGN, NO_STOCK), (7, 10)),
    Plot(8, (*BEGUN, ASSIGN, NO_STOCK, WAIT), (8.5, 10.5)),
    Plot(5, (*BEGUN, ASSIGN, NO_ACCESS), (7, 10)),
    Plot(4, (*BEGUN, ASSIGN, NO_ACCESS, NEW_VISIT), (9, 11)),
    Plot(5, (*BEGUN, ASSIGN, UNSUITABLE, PROPOSE), (7, 10)),
    Plot(3, (*BEGUN, REFUSE_AT_ONCE), (3, 5)),
    Plot(3, (*BEGUN, ASSIGN, UNSUITABLE, PROPOSE, SEND_BACK), (10, 13)),
    # late
    Plot(6, (*BEGUN, ASSIGN), (31, 38)),
    Plot(3, (*BEGUN, ASSIGN, NO_ACCESS), (31, 38)),
    Plot(3, (*BEGUN, ASSIGN, REVIEW), (40, 46)),
    # over
    Plot(30, (*BEGUN, ASSIGN, INSTALLED, ACT), (12, 60), anywhere=False),
    Plot(12, (CODE, ADDITIONAL, APPLY, CHECK, ASSIGN, INSTALLED, ACT), (12, 60), metered=True, anywhere=False),
    Plot(4, (*BEGUN, ASSIGN, NO_ACCESS, NEW_VISIT, INSTALLED, ACT), (20, 60), anywhere=False),
    Plot(3, (*BEGUN, ASSIGN, NO_STOCK, WAIT_SHORTLY, AFTER_WAIT, INSTALLED, ACT), (30, 60), anywhere=False),
    Plot(11, (*BEGUN, ASSIGN, EXISTING, REGISTRATION), (12, 60)),
    Plot(7, (*BEGUN, ASSIGN, UNSUITABLE, PROPOSE, REFUSE), (14, 60)),
    Plot(3, (*BEGUN, REFUSE_AT_ONCE, REFUSE), (10, 60)),
    Plot(3, (*BEGUN, ASSIGN, NO_STOCK, REFUSE_STOCK, REFUSE), (16, 60)),
)


def scenes(cast: Cast, now: datetime, seed: int) -> tuple[Scene, ...]:
    """
    Return the stories of all cases, the same for the same cast, moment and seed.
    """
    chance = random.Random(seed)
    plots = [plot for plot in PLOTS for _ in range(plot.cases)]
    # who finds no applicant that fits goes last: those that are particular choose first
    order = sorted(range(len(plots)), key=lambda at: (not plots[at].metered, plots[at].anywhere, at))
    free = list(cast.applicants)
    found = {}
    for at in order:
        plot = plots[at]
        applicant = next(each for each in free if _fits(each, plot))
        free.remove(applicant)
        begins = now - timedelta(days=chance.uniform(*plot.ago))
        found[at] = Scene(at, applicant, plot.turns, begins, random.Random(f"{seed}:{at}"), cast)
    return tuple(found[at] for at in range(len(plots)))


def _fits(applicant: Applicant, plot: Plot) -> bool:
    if bool(applicant.meter) != plot.metered:
        return False
    return plot.anywhere or applicant.district != EMPTY_DISTRICT
