"""
Error pages: one for every error of the engine, in words, with nothing technical and nothing told.
"""

from __future__ import annotations

import logging
import re

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from engine import errors as engine_errors
from engine.findings import Reason
from tests.support.site import Browser, Site, check_page
from web import errors

TECHNICAL = re.compile(r"error|exception|null|server|sql|token|csrf|http|traceback|sessiya id", re.IGNORECASE)


def _below(kind: type[engine_errors.EngineError]) -> set[type[engine_errors.EngineError]]:
    return {kind}.union(*(_below(child) for child in kind.__subclasses__()))


def test_every_error_of_the_engine_has_its_page() -> None:
    own = {kind for kind in _below(engine_errors.EngineError) if kind.__module__ == "engine.errors"}
    assert own == set(errors.ENGINE_PAGES)


def test_every_page_speaks_azerbaijani_and_plainly(here: Site) -> None:
    with here.app.test_request_context():
        here.app.preprocess_request()
        for page in {*errors.ENGINE_PAGES.values(), *errors.HTTP_PAGES.values(), errors.TOO_MANY_LOG_INS}:
            text = " ".join(str(part) for part in (page.heading, *page.sentences))
            assert re.search("[əıöüğşç]", text), text
            assert not TECHNICAL.search(text), text
            assert 400 <= page.status < 600
            made, status = errors.error_page(page)
            assert status == page.status
            check_page(made)


@pytest.mark.parametrize("error", sorted(errors.ENGINE_PAGES, key=lambda kind: kind.__name__))
def test_what_no_view_caught_gets_its_page(here: Site, error: type[engine_errors.EngineError]) -> None:
    arguments = {
        engine_errors.TaskAlreadyDone: (1, None, None),
        engine_errors.AnswersRefused: ({},),
        engine_errors.ReleaseRefused: ((),),
        engine_errors.InterventionRefused: (Reason("intervention.over"),),
        engine_errors.StateNewer: (99,),
    }
    raised = error.__new__(error)
    error.__init__(raised, *arguments.get(error, ("a secret",)))
    page = _page_that_raises(here.app, raised)
    assert page.status_code == errors.ENGINE_PAGES[error].status
    assert "a secret" not in page.text
    assert ("Nasazlığın nömrəsi" in page.text) is (page.status_code >= 500)


def test_an_unforeseen_error_shows_a_number_that_the_log_has(here: Site, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "web.errors"):
        page = _page_that_raises(here.app, RuntimeError("a secret"))
    assert page.status_code == 500
    assert "a secret" not in page.text and "Traceback" not in page.text
    found = re.search(r"[0-9]{4}-[0-9]{4}", page.text)
    assert found and [one for one in caplog.records if getattr(one, "incident", None) == found[0]]


def test_an_unreachable_database_says_that_nothing_is_lost(here: Site) -> None:
    page = _page_that_raises(here.app, OperationalError("select 1", {"fin": "a secret"}, Exception("a secret")))
    assert page.status_code == 503
    assert "Məlumatlarınız itməyib" in page.text and "a secret" not in page.text


def _page_that_raises(app: Flask, error: Exception) -> TestResponse:
    def fail(**_: object) -> str:
        raise error

    fail.access = "public"  # type: ignore[attr-defined]
    app.view_functions["citizen.service"] = fail
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app.test_client().get("/xidmet/small")


@pytest.mark.parametrize("path, status", [("/yoxdur", 404), ("/cixis", 405)])
def test_http_errors_are_pages_too(citizen: Browser, path: str, status: int) -> None:
    assert citizen.get(path).status_code == status


def test_a_step_that_cant_go_on_loses_nothing_and_tells_nothing(here: Site) -> None:
    here.registered()
    staff = here.browser("dispatcher")
    path = here.open_task("decide")
    staff.get(path)
    page = staff.post(path, staff.form(decision="fail", note="x"))
    assert page.status_code == 500
    assert "a secret" not in staff.text and "qaralamada saxlanılıb" in staff.words
    staff.get(path)
    assert re.search(r'value="fail"[^>]* checked', staff.text)
