"""
The utility with a way to bring cases into every state, and any case to its end, whatever release it is on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from itertools import count

from sqlalchemy import select

from engine.moving import Moves
from engine.releases import Bundle, Release
from engine.tables import Case, Task
from tests.support.installation import posts
from tests.support.meters import ACT, APPLICATION, Utility

_numbers = count(1)


class Office:
    """
    The utility with a way to bring cases into every state, and any case to its end.
    """

    def __init__(self, utility: Utility) -> None:
        self.utility = utility
        self.site = utility.site
        self.moves = Moves(self.site.database, self.site.releases, self.site.operations, self.site.ports)

    @property
    def shipped(self) -> Bundle:
        """
        The files to change; not the scenarios, which hold the diagram to the way that it is drawn now.
        """
        files = self.site.releases.bundle(self.site.releases.active("meter_installation").id)
        return {path: content for path, content in files.items() if not path.startswith("scenarios/")}

    def released(self, bundle: Bundle) -> Release:
        """
        Propose and approve a release.
        """
        release = self.site.releases.propose(bundle, self.utility.dispatcher, now=self.site.clock.now(), note="Sınaq")
        self.site.clock.advance(timedelta(seconds=1))
        return self.site.releases.approve(release.id, self.utility.head, now=self.site.clock.now())

    def open(self, case_id: int) -> dict[str, Task]:
        with self.site.database.read() as connection:
            rows = connection.execute(select(*Task.__table__.c).where(Task.case_id == case_id, Task.state == "open"))
            return {row.element: row for row in rows}

    def do(self, case_id: int, element: str, **answers: str | list[str]) -> None:
        task = self.open(case_id)[element]
        actor = self.utility.actor_of(task.role)
        self.site.cases.submit(task.id, actor, key=f"{task.id}:{next(_numbers)}", posted=posts(**answers))

    def walk(self, *steps: str, code: str = "1000000001") -> int:
        """
        Open a case and do these steps; `element` with its usual answers, `element=outcome`, or `!timer`.
        """
        case_id = self.utility.begin(f"case {next(_numbers)}")
        for step in steps:
            if step.startswith("!"):
                self.fire(case_id, step[1:])
            else:
                element, _, outcome = step.partition("=")
                self.do(case_id, element, **self.answers(element, outcome, code))
        return case_id

    def fire(self, case_id: int, element: str) -> None:
        now = self.site.clock.now()
        self.utility.fire(case_id, element)
        self.site.clock.set(max(now, self.site.clock.now()))

    def answers(self, element: str, outcome: str = "", code: str = "1000000001") -> Mapping[str, str | list[str]]:
        """
        Return what is usually answered to the form of a task, whatever the task is called now.
        """
        number, now = next(_numbers), self.site.clock.now()
        visit = {
            "executors": [str(self.utility.fitter.person_id)],
            "visit_date": f"{now:%d.%m.%Y}",
            "visit_window": "09:00–12:00",
        }
        act = {
            **ACT,
            "meter_number": f"N{number}",
            "seal_numbers": f"S{number}",
            "copy_given_on": f"{now:%d.%m.%Y}",
        }
        known: dict[str, Mapping[str, str | list[str]]] = {
            "enter_subscriber_code": {"subscriber_code": code},
            "confirm_additional_meter": {},
            "apply": APPLICATION,
            "check_answers": {},
            "assign_executor": {"assignment": "assign", **visit},
            "record_visit": {"visit_outcome": outcome or "existing", "visit_note": "Qeyd"},
            "record_act": act,
            "record_registration": {name: value for name, value in act.items() if name != "pipe_diameter"},
            "propose_refusal": {"refusal_ground": "line_unsuitable", "refusal_note": "Boru çürüyüb"},
            "decide_refusal": {"refusal_decision": "refuse", "legal_ground": self.ground, "answer_text": "Hörmətli"},
            "decide_without_stock": {
                "stock_decision": "wait",
                "expected_date": f"{now + timedelta(days=5):%d.%m.%Y}",
                "stock_note": "Sifariş verilib",
            },
            "plan_new_visit": visit,
            "plan_again": visit,
            "review_overdue": {"overdue_note": "Baxıldı"},
            "check_place": {},
        }
        if element == "assign_executor" and outcome == "refuse":
            return {"assignment": "refuse", "refusal_ground": "duplicate", "refusal_note": "Təkrardır"}
        return known[element]

    @property
    def ground(self) -> str:
        with self.site.database.read() as connection:
            return str(self.site.operations.sources["legal_grounds"](_Look(connection))[0]["value"])

    def finish(self, case_id: int) -> None:
        """
        Do whatever waits until the case is at its end.
        """
        for _ in range(40):
            waiting = self.open(case_id)
            if not waiting:
                with self.site.database.read() as connection:
                    closed = connection.scalar(select(Case.closed_at).where(Case.id == case_id))
                if closed is not None:
                    return
                self.fire(case_id, next(iter(self.timers(case_id).values())))
                continue
            element = min(waiting, key=lambda key: key == "review_overdue")
            self.do(case_id, element, **self.answers(element))
        raise AssertionError(f"case {case_id} waits at {sorted(self.open(case_id))}")

    def timers(self, case_id: int) -> dict[str, str]:
        found = self.site.cases.timers(case_id)
        return {task: element for task, element in found.items() if element != "term_over"} or found


class _Look:
    """
    What the source of legal grounds asks for.
    """

    def __init__(self, connection: object) -> None:
        self.connection, self.language = connection, "az"


_BEGUN = ("enter_subscriber_code", "apply", "check_answers")
_SENT = (*_BEGUN, "assign_executor")
#: state -> the steps that lead there
STATES: Mapping[str, tuple[str, ...]] = {
    "begun": (),
    "code given": ("enter_subscriber_code",),
    "filled in": ("enter_subscriber_code", "apply"),
    "registered": _BEGUN,
    "assigned late": (*_BEGUN, "!assignment_late"),
    "to be visited": _SENT,
    "act to be written": (*_SENT, "record_visit=installed"),
    "meter to be registered": (*_SENT, "record_visit=existing"),
    "refusal to be proposed": (*_SENT, "record_visit=line_unsuitable"),
    "refusal to be decided": (*_BEGUN, "assign_executor=refuse"),
    "nothing in stock": (*_SENT, "record_visit=no_stock"),
    "waits for stock": (*_SENT, "record_visit=no_stock", "decide_without_stock"),
    "nobody at home": (*_SENT, "record_visit=no_access"),
    "overdue": (*_SENT, "!term_over"),
}
