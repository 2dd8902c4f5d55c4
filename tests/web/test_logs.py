"""
The log: JSON lines in one form that name the request and the case, and nothing that a person typed or is called.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from engine import trail
from engine.errors import AnswersRefused, StepFailed
from engine.jobs import Worker
from engine.jobs.in_hand import ask
from engine.operations import Settle, Work
from engine.tables import Case, Job
from tests.support.installation import Install
from tests.support.meters import ACT, open_utility
from tests.support.site import operations, site
from web import logs


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """
    Collect the lines of everything that is told, debugging included.
    """
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    handler.setFormatter(logs.Lines())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(handler)
    root.setLevel(level)


def read(lines: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_a_request_names_itself_its_case_and_its_person(install_sqlite: Install, told: io.StringIO) -> None:
    here = site(install_sqlite(operations()))
    number = here.registered()
    lines = read(told)
    (case_id,) = {row.id for row in here.installation.rows(Case)}
    answers = [line for line in lines if line["message"] == "answered" and line.get("case") == case_id]
    assert {line["endpoint"] for line in answers} >= {"tasks.show", "tasks.submit"}
    assert all(line["person"] == here.people["citizen"].person_id for line in answers)
    steps = [line for line in lines if line["message"] == "step taken" and line["case"] == case_id]
    assert {line["request"] for line in steps} <= {line["request"] for line in answers}
    assert (
        steps[-1]["number"].replace("-", "") == number.replace("-", "")
        and steps[-1]["event"] == "submitted"
        and steps[-1]["milliseconds"] > 0
    )


@pytest.mark.parametrize(
    ("proxies", "given", "kept"),
    [(1, "0f7c-proxy-41", True), (0, "0f7c-proxy-41", False), (1, "two words", False), (1, "x", False)],
)
def test_the_id_of_a_request_comes_from_the_proxy_and_goes_back(
    install_sqlite: Install, proxies: int, given: str, kept: bool
) -> None:
    here = site(install_sqlite(operations()), PROXIES=str(proxies))
    answer = here.app.test_client().get("/healthz", headers={"X-Request-ID": given})
    name = answer.headers["X-Request-ID"]
    assert (name == given) is kept and len(name) >= 8


def test_work_that_a_request_asks_for_carries_its_id(install: Install, told: io.StringIO) -> None:
    made = operations()

    @made.job("tell")
    def tell(work: Work) -> Settle:
        return lambda settlement: settlement.enqueue("told", {}, key="again")

    @made.job("told")
    def further(work: Work) -> None:
        logging.getLogger("engine").info("in the job")

    installation = install(made)
    with trail.about(request="req-12345"), installation.database.step() as connection:
        ask(connection, "tell", {}, key="k", lane="mail", now=installation.clock.now())
    assert [row.request_id for row in installation.rows(Job)] == ["req-12345"]
    Worker(installation.database, made, installation.cases, installation.ports).run_once()
    inside = [line for line in read(told) if line["message"] == "in the job"]
    assert inside and inside[0]["request"] == "req-12345" and inside[0]["kind"] == "told"
    assert trail.known() == {}


def test_an_error_is_told_by_its_kind_and_place_and_ours_by_its_words(told: io.StringIO) -> None:
    log = logging.getLogger("somewhere")
    for error in (ValueError("5ABC123 Aysel"), StepFailed("The condition is no condition.")):
        try:
            raise error
        except Exception:
            log.exception("failed", extra={"data": {"fin": "5ABC123"}, "code": "c"})
    foreign, ours = read(told)
    assert foreign["error"] == "ValueError" and "5ABC123" not in told.getvalue() and "error_message" not in foreign
    assert foreign["at"][0].endswith("test_an_error_is_told_by_its_kind_and_place_and_ours_by_its_words")
    assert ours["error_message"] == "The condition is no condition." and ours["code"] == "c"


def test_the_program_tells_everything_in_this_form(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    hook = logs.sys.excepthook
    try:
        logs.begin()
        logging.getLogger("waitress").warning("Task queue depth is %d", 3)
        logs.sys.excepthook(RuntimeError, RuntimeError("Aysel"), None)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
        logs.sys.excepthook = hook
        logging.captureWarnings(False)
    foreign, last = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert foreign["message"] == "Task queue depth is 3" and foreign["level"] == "warning"
    assert last["error"] == "RuntimeError" and "Aysel" not in json.dumps(last)


#: what people type, are called and are known by in a whole life: no line may hold any of it
MARKS = ("Aysel", "Sınaq", "aysel", "1234567", "123 45 67", "qeydmark", "Nizami", "P100", "Mətbəx", "səbəbmark")


def test_no_line_of_a_whole_life_holds_what_people_typed(install_sqlite: Install, told: io.StringIO) -> None:
    utility = open_utility(install_sqlite)
    worker = Worker(utility.site.database, utility.site.operations, utility.site.cases, utility.site.ports)
    case_id = utility.assigned(notes="qeydmark")
    worker.run_once()
    utility.visit(case_id, "installed", "səbəbmark")
    with pytest.raises(AnswersRefused):
        utility.do(case_id, "record_act", **{**ACT, "seal_numbers": ""})
    utility.do(case_id, "record_act", **ACT)
    worker.run_once()
    lines = read(told)
    outcomes = {(line["kind"], line["outcome"]) for line in lines if line["message"] == "job"}
    assert {outcome for _, outcome in outcomes} == {"done"} and len(outcomes) >= 2
    assert {line["event"] for line in lines if line["message"] == "step taken"} == {"started", "submitted"}
    assert not [line for line in lines if any(mark in json.dumps(line, ensure_ascii=False) for mark in MARKS)]


def test_no_line_of_a_step_that_fails_quotes_anything(install_sqlite: Install, told: io.StringIO) -> None:
    here = site(install_sqlite(operations()))
    here.registered()
    dispatcher = here.browser("dispatcher")
    dispatcher.get(here.open_task("decide"))
    dispatcher.send(decision="fail", letter="qeydmark")
    (failed,) = [line for line in read(told) if line["message"] == "step failed"]
    assert failed["code"] == "step_failed" and failed["number"]
    assert not [mark for mark in ("qeydmark", "a secret", "a@example.com", "Sınaq") if mark in told.getvalue()]
