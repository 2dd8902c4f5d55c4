"""
What machines ask of the service.
"""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import insert, text

from engine.tables import Heartbeat, Incident, Job
from tests.support.installation import Install
from tests.support.site import Site, operations, site

TOKEN = "0123456789abcdef"


@pytest.fixture
def watched(install: Install) -> Site:
    return site(install(operations()), METRICS_TOKEN=TOKEN)


def numbers(here: Site) -> dict[tuple[str, str], float]:
    page = here.app.test_client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert page.status_code == 200
    families = text_string_to_metric_families(page.text)
    return {(s.name, next(iter(s.labels.values()), "")): s.value for family in families for s in family.samples}


def test_a_process_that_lives_and_can_serve_says_so(watched: Site) -> None:
    client = watched.app.test_client()
    assert (client.get("/healthz").text, client.get("/readyz").text) == ("alive\n", "ready\n")


def test_a_database_that_lacks_a_change_is_not_ready(watched: Site) -> None:
    with watched.installation.database.step() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    page = watched.app.test_client().get("/readyz")
    assert page.status_code == 503 and "schema" in page.text


def test_a_database_of_a_newer_version_is_ready(watched: Site) -> None:
    with watched.installation.database.step() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    assert watched.app.test_client().get("/readyz").status_code == 200


def test_the_vital_signs_are_told_in_numbers(watched: Site) -> None:
    watched.registered()
    now = watched.clock.now()
    with watched.installation.database.step() as connection:
        job = {"lane": "mail", "kind": "x", "payload": {}, "attempt": 0, "created_at": now, "run_at": now}
        connection.execute(insert(Job).values(**job, key="due", state="ready"))
        connection.execute(insert(Job).values(**job, key="dead", state="dead"))
        connection.execute(insert(Incident).values(code="mail_refused", message="-", opened_at=now))
        seen = {"started_at": now, "heard_at": now, "until": now, "version": "0019", "lanes": {"mail": 1}}
        connection.execute(insert(Heartbeat).values(id="w", owner="machine:1", with_pages=False, **seen))
    watched.clock.set(now.replace(minute=now.minute + 1))
    found = numbers(watched)
    assert found["saygac_cases_open", ""] == 1 and found["saygac_tasks_open", ""] == 1
    assert (found["saygac_workers", ""], found["saygac_workers_silent", ""]) == (0, 1)
    assert found["saygac_jobs_dead", "mail"] == 1 and found["saygac_incidents_open", "mail_refused"] == 1
    assert found["saygac_jobs_due", "mail"] >= 1 and found["saygac_jobs_oldest_due_seconds", "mail"] >= 60


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", f"Basic {TOKEN}"])
def test_without_the_token_there_are_no_vital_signs(watched: Site, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    assert watched.app.test_client().get("/metrics", headers=headers).status_code == 404
