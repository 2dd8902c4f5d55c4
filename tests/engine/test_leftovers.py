"""
Uploads that no case took: removed with their bytes, whatever else lies beside them kept.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert

from engine import leftovers
from engine.jobs import Worker
from engine.jobs.standing import Standing
from engine.tables import Case, Draft, File, FinishedJob, Task
from tests.support.installation import Install, Installation
from tests.support.small import bundle, operations

DAY = timedelta(days=1)
#: id of the first person
APPLICANT = 1


@pytest.fixture
def uploads(install: Install) -> Installation:
    """
    An installation with a case whose applicant has uploaded: taken, in a draft, and forgotten.
    """
    site = install(operations())
    site.releases.deploy(bundle(), now=site.clock.now())
    site.cases.start("small", site.person("Aysel"), key="s", language="az")
    assert site.rows(Case)[0].applicant_id == APPLICANT
    return site


def upload(site: Installation, *, case_id: int | None = None) -> str:
    stored = site.ports.files.put(b"%PDF-1.7")
    row = {"owner_id": APPLICANT, "case_id": case_id, "name": "a.pdf", "type": "application/pdf"}
    with site.database.step() as connection:
        values = {**row, "id": stored.id, "size": stored.size, "sha256": stored.sha256, "stored_at": site.clock.now()}
        connection.execute(insert(File).values(**values))
    return stored.id


def draft(site: Installation, file_id: str) -> None:
    task = site.rows(Task)[0].id
    with site.database.step() as connection:
        row = {"task_id": task, "person_id": APPLICANT, "saved_at": site.clock.now()}
        connection.execute(insert(Draft).values(**row, typed={"form.kept.photo": [file_id]}))


def purge(site: Installation) -> None:
    Standing(site.database, site.operations, site.cases, site.ports).ensure()
    site.clock.advance(DAY)
    Worker(site.database, site.operations, site.cases, site.ports).run_once()


def kept(site: Installation) -> set[str]:
    return {row.id for row in site.rows(File)}


def bytes_of(site: Installation) -> set[str]:
    return {path.name for path in site.ports.files.folder.iterdir()}


def test_what_no_case_and_no_draft_holds_is_removed_after_two_days(uploads: Installation) -> None:
    taken, begun, forgotten = upload(uploads, case_id=1), upload(uploads), upload(uploads)
    draft(uploads, begun)
    purge(uploads)
    young = upload(uploads)
    assert kept(uploads) == {taken, begun, forgotten, young}
    purge(uploads)
    purge(uploads)
    assert kept(uploads) == bytes_of(uploads) == {taken, begun, young}
    assert [row.kind for row in uploads.rows(FinishedJob)].count("purge") == 3


def test_a_worker_that_died_between_bytes_and_rows_is_followed_by_one_that_ends_it(uploads: Installation) -> None:
    forgotten = upload(uploads)
    uploads.clock.advance(3 * DAY)
    with uploads.database.read() as connection:
        leftovers.discard(uploads.ports.files, leftovers.find(connection, uploads.clock.now()))
    assert kept(uploads) == {forgotten}
    purge(uploads)
    assert kept(uploads) == set()


def test_an_upload_that_a_case_took_meanwhile_keeps_its_row(uploads: Installation) -> None:
    taken = upload(uploads, case_id=1)
    with uploads.database.step() as connection:
        leftovers.forget(connection, [taken])
        leftovers.forget(connection, [])
    assert kept(uploads) == {taken}
