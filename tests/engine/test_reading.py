"""
What each person may read of a case: their own, their office's, everything masked, or nothing; and at which price.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from sqlalchemy import insert, update

from engine import reading
from engine.errors import NotFound
from engine.operating import incidents, jobs
from engine.operating.sieve import Sieve
from engine.operations import Actor, Look
from engine.reading import handouts
from engine.reading.lines import CaseStatus, Dossier
from engine.tables import Case, Document, File, Incident, Job, MailLog, Task
from tests.support import small
from tests.support.drawing import form
from tests.support.installation import MONDAY, Install, Installation, counted, posts

DOCUMENT, UPLOAD, LOOSE = "d" * 32, "a" * 32, "b" * 32


@dataclass
class Story:
    """
    One case of the small process, waiting for the dispatcher of the office "north".
    """

    place: Installation
    case_id: int
    number: str
    people: dict[str, Actor]

    def dossier(self, who: str, number: str | None = None) -> Dossier:
        with self.place.database.read() as connection:
            return reading.dossier(connection, self.place.releases, number or self.number, self.people[who])

    def status(self, who: str, number: str | None = None) -> CaseStatus:
        with self.place.database.read() as connection:
            return reading.status(connection, self.place.releases, number or self.number, self.people[who])


@pytest.fixture
def story(install_sqlite: Install) -> Story:
    """
    Tell the story on SQLite: conditions are the same on both databases.
    """
    return _told(install_sqlite)


@pytest.fixture
def story_on_both(install: Install) -> Story:
    """
    Tell the story on each kind of database.
    """
    return _told(install)


def _told(install: Install) -> Story:
    """
    Begin a case, send the application, and add a letter, files, a mail, a dead job and an incident.
    """
    place = install(small.operations())
    place.releases.deploy(small.bundle(), now=MONDAY)
    people = {
        "applicant": place.person("Aygün"),
        "stranger": place.person("Kənan"),
        "dispatcher": place.person("Dilarə", ("dispatcher", "north")),
        "head": place.person("Rəna", ("head", "north")),
        "colleague": place.person("Samir", ("dispatcher", "north")),
        "elsewhere": place.person("Tural", ("dispatcher", "south")),
        "chief": place.person("Cavid", ("head", "*")),
        "operator": place.person("Orxan", ("operator", "*")),
        "analyst": place.person("Aytən", ("analyst", "*")),
    }
    begun = place.cases.start("small", people["applicant"], key="k0", language="az")
    sent = place.cases.submit(
        str(begun.next_task), people["applicant"], key="k1", posted=posts(reason="yeni ev", telephone="0501234567")
    )
    _add_papers(place, sent.case_id, people)
    return Story(place, sent.case_id, str(sent.number), people)


def _add_papers(place: Installation, case_id: int, people: dict[str, Actor]) -> None:
    file = {"type": "image/jpeg", "size": 5, "sha256": "0" * 64, "stored_at": MONDAY}
    with place.database.step() as connection:
        owner = people["applicant"].person_id
        connection.execute(
            insert(File),
            [
                {
                    "id": UPLOAD,
                    "case_id": case_id,
                    "owner_id": people["dispatcher"].person_id,
                    "name": "şəkil.jpg",
                    **file,
                },
                {"id": LOOSE, "case_id": None, "owner_id": owner, "name": "Əə.jpg", **file},
            ],
        )
        document = {"id": DOCUMENT, "case_id": case_id, "kind": "act", "number": "N-1", "language": "az"}
        connection.execute(insert(Document).values(**document, facts={"a": 1}, created_at=MONDAY, file_id=UPLOAD))
        mail = {"id": "m@x", "case_id": case_id, "letter": "registered", "recipient": "aygun@example.az"}
        connection.execute(insert(MailLog).values(**mail, state="sent", at=MONDAY))
        job = {"lane": "mail", "kind": "note", "payload": {}, "case_id": case_id, "key": "dead", "state": "dead"}
        made = insert(Job).values(**job, created_at=MONDAY, run_at=MONDAY, attempt=5, error="refused")
        dead = connection.execute(made.returning(Job.id)).scalar_one()
        incident = {"case_id": case_id, "job_id": dead, "element": "tell", "code": "mail_refused", "message": "No."}
        connection.execute(insert(Incident).values(**incident, opened_at=MONDAY))


READERS = ("applicant", "dispatcher", "colleague", "head", "chief")
MASKED = ("operator",)
SHUT_OUT = ("stranger", "elsewhere", "analyst")


@pytest.mark.parametrize("who", READERS + MASKED)
def test_the_status_is_for_the_applicant_the_office_and_operators(story: Story, who: str) -> None:
    assert story.status(who).public_status == "Qeydiyyata alındı"


@pytest.mark.parametrize("who", SHUT_OUT)
def test_the_status_is_for_nobody_else(story: Story, who: str) -> None:
    with pytest.raises(NotFound):
        story.status(who)


@pytest.mark.parametrize("who", [*SHUT_OUT, "applicant"])
def test_the_dossier_is_for_staff_in_charge_only(story: Story, who: str) -> None:
    with pytest.raises(NotFound):
        story.dossier(who)


@pytest.mark.parametrize("number", ["", "1", "c-", "c-0", "c--1", "c-99999999999999", "c-٣", "000000000000", "x" * 400])
def test_what_is_no_number_is_not_found(story: Story, number: str) -> None:
    with pytest.raises(NotFound):
        story.dossier("chief", number or " ")


def test_a_case_is_found_by_its_number_as_shown_and_by_its_id(story: Story) -> None:
    shown = "-".join((story.number[:4], story.number[4:8], story.number[8:]))

    assert (
        story.status("applicant", shown) == story.status("applicant") == story.status("applicant", f"c-{story.case_id}")
    )


def test_the_status_tells_the_story_in_public_words(story: Story) -> None:
    status = story.status("applicant")

    assert [line.status for line in status.timeline] == ["Qaralama", "Qeydiyyata alındı"]
    assert status.what_next == "İcraçı təyin ediləcək"
    assert [(line.number, line.ready) for line in status.documents] == [("N-1", True)]
    assert status.task is None


def test_the_status_names_the_open_task_of_whoever_asks(story: Story) -> None:
    task = story.place.open_tasks(story.case_id)["assign"]

    assert story.status("dispatcher").task == story.status("colleague").task == task
    assert story.status("applicant").task is story.status("head").task is None
    story.place.cases.claim(task, story.people["colleague"])
    assert story.status("dispatcher").task is None


def test_the_applicant_s_list_holds_their_own_cases_with_the_task_to_do(story: Story) -> None:
    second = story.place.cases.start("small", story.people["applicant"], key="k9", language="az")

    with story.place.database.read() as connection, counted(story.place.database) as sent:
        lines = reading.applications(connection, story.people["applicant"])
    assert [(line.id, line.task) for line in lines] == [(second.case_id, second.next_task), (story.case_id, None)]
    assert len(sent) == 1
    with story.place.database.read() as connection:
        assert reading.applications(connection, story.people["applicant"], before=second.case_id) == lines[1:]
        assert reading.applications(connection, story.people["applicant"], limit=1) == lines[:1]
        assert reading.applications(connection, story.people["stranger"]) == []


def test_an_unregistered_case_is_seen_by_its_applicant_and_no_office(story: Story) -> None:
    begun = story.place.cases.start("small", story.people["applicant"], key="k8", language="az")
    name = f"c-{begun.case_id}"

    assert story.status("applicant", name).number is None
    for who in ("dispatcher", "head", "chief", "stranger"):
        with pytest.raises(NotFound):
            story.status(who, name)


def test_the_dossier_shows_answers_history_and_tasks(story_on_both: Story) -> None:
    story = story_on_both
    dossier = story.dossier("dispatcher")

    assert [(row.key, row.value) for row in dossier.answers[0].rows] == [
        ("reason", "yeni ev"),
        ("telephone", "0501234567"),
    ]
    assert [(line.event, line.element, line.actor) for line in dossier.history] == [
        ("started", None, "Sınaqlı Aygün"),
        ("submitted", "apply", "Sınaqlı Aygün"),
    ]
    assert dossier.history[1].passed == ("register_case",)
    assert [(task.element, task.may_do, task.holder) for task in dossier.tasks] == [("assign", True, None)]
    assert dossier.applicant == "Sınaqlı Aygün"
    assert {"apply", "register_case", "apply__register_case"} <= set(dossier.path)
    assert dossier.tokens[0] == "assign"
    assert [mail.recipient for mail in dossier.mails] == ["aygun@example.az"]
    assert [(incident.code, incident.attempts) for incident in dossier.incidents] == [("mail_refused", 5)]


def test_a_task_that_was_given_names_giver_and_receiver(story: Story) -> None:
    task = story.place.open_tasks(story.case_id)["assign"]
    story.place.cases.give(task, story.people["dispatcher"], story.people["colleague"].person_id)

    last = story.dossier("head").history[-1]
    assert (last.event, last.actor, last.receiver) == ("given", "Sınaqlı Dilarə", "Sınaqlı Samir")


def test_an_operator_reads_no_personal_data(story: Story) -> None:
    with story.place.database.step() as connection:
        facets = {"district": "Nəsimi", "address": "Gizli küçə", "subscriber": "Gizli ad"}
        connection.execute(update(Case).where(Case.id == story.case_id).values(facets=facets))

    masked = story.dossier("operator")
    assert masked.masked
    assert masked.incidents
    told = repr(masked)
    for secret in ("Aygün", "yeni ev", "0501234567", "aygun@", "Gizli"):
        assert secret not in told
    assert story.dossier("head").facets == facets


def test_choices_are_put_into_the_words_of_their_source(install_sqlite: Install) -> None:
    operations = small.operations()
    asked: list[Look] = []

    @operations.source("reasons")
    def reasons(look: Look) -> list[dict[str, str]]:
        asked.append(look)
        return [{"value": "new_house", "label": f"Yeni ev ({look.language})"}]

    place = install_sqlite(operations)
    choice = {"key": "reason", "type": "select", "valuesKey": "reasons"}
    place.releases.deploy(small.bundle() | {"forms/apply.form": form("apply", choice)}, now=MONDAY)
    applicant, head = place.person("Aygün"), place.person("Rəna", ("head", "north"))
    begun = place.cases.start("small", applicant, key="k0", language="az")
    sent = place.cases.submit(str(begun.next_task), applicant, key="k1", posted=posts(reason="new_house"))
    del asked[:]
    reader = replace(head, language="ru")
    with place.database.read() as connection:
        case = f"c-{sent.case_id}"
        spoken = reading.dossier(connection, place.releases, case, reader, operations=operations, now=MONDAY)
        bare = reading.dossier(connection, place.releases, case, reader)
    assert [row.value for row in spoken.answers[0].rows] == ["Yeni ev (ru)"]
    assert [row.value for row in bare.answers[0].rows] == ["new_house"]
    assert [look.case.unit for look in asked] == ["north"]


def test_a_held_task_may_be_done_by_its_holder_only(story: Story) -> None:
    task = story.place.open_tasks(story.case_id)["assign"]
    with story.place.database.step() as connection:
        connection.execute(update(Task).where(Task.id == task).values(role="fitter"))

    assert [line.may_do for line in story.dossier("dispatcher").tasks] == [False]


def test_the_dossier_takes_eight_statements_and_the_status_four(story_on_both: Story) -> None:
    story = story_on_both
    story.dossier("head"), story.status("head")  # the release is compiled once
    with counted(story.place.database) as sent:
        story.dossier("head")
    # case, audit, tasks, jobs, answers, documents, mails, incidents
    assert len(sent) == 8
    with counted(story.place.database) as sent:
        story.status("applicant")
    # case, timeline, documents, tasks
    assert len(sent) == 4


@pytest.mark.parametrize("who", READERS)
def test_a_letter_is_handed_to_the_applicant_and_the_office(story: Story, who: str) -> None:
    with story.place.database.read() as connection:
        letter = handouts.document(connection, DOCUMENT, story.people[who])
    assert letter.file is not None
    assert (letter.number, letter.file.name) == ("N-1", "şəkil.jpg")


@pytest.mark.parametrize("who", SHUT_OUT + MASKED)
def test_a_letter_is_handed_to_nobody_else(story: Story, who: str) -> None:
    with story.place.database.read() as connection, pytest.raises(NotFound):
        handouts.document(connection, DOCUMENT, story.people[who])


@pytest.mark.parametrize(
    ("who", "file", "allowed"),
    [
        ("dispatcher", UPLOAD, True),
        ("head", UPLOAD, True),
        ("chief", UPLOAD, True),
        ("applicant", UPLOAD, False),
        ("applicant", LOOSE, True),
        ("head", LOOSE, False),
        ("chief", LOOSE, False),
        ("operator", UPLOAD, False),
        ("operator", LOOSE, False),
        ("elsewhere", UPLOAD, False),
        ("analyst", UPLOAD, False),
        ("stranger", LOOSE, False),
    ],
)
def test_an_upload_is_for_its_owner_and_for_those_who_work_on_the_case(
    story: Story, who: str, file: str, allowed: bool
) -> None:
    with story.place.database.read() as connection:
        if allowed:
            assert handouts.stored_file(connection, file, story.people[who]).id == file
        else:
            with pytest.raises(NotFound):
                handouts.stored_file(connection, file, story.people[who])


def test_anybody_may_have_a_letter_confirmed_and_learns_only_its_facts(story: Story) -> None:
    with story.place.database.read() as connection:
        letter = handouts.genuine(connection, DOCUMENT)
        assert letter is not None
        assert (letter.number, letter.unit, letter.facts) == ("N-1", "north", {"a": 1})
        assert handouts.genuine(connection, "e" * 32) is None


def test_operators_watch_incidents_and_jobs_and_nobody_else_does(story_on_both: Story) -> None:
    story = story_on_both
    with story.place.database.read() as connection:
        operator = story.people["operator"]

        def codes(who: Actor, state: str) -> list[str]:
            return [row.code for row in incidents.page(connection, who, Sieve(state), now=MONDAY).rows]

        def errors(who: Actor, state: str) -> list[str | None]:
            return [row.error for row in jobs.page(connection, who, Sieve(state), now=MONDAY).rows]

        assert (codes(operator, "open"), codes(operator, "settled")) == (["mail_refused"], [])
        assert (errors(operator, "dead"), errors(operator, "running")) == (["refused"], [])
        for who in ("applicant", "dispatcher", "head", "chief", "analyst"):
            assert codes(story.people[who], "open") == errors(story.people[who], "dead") == []


def test_a_resolved_incident_is_listed_among_the_resolved(story: Story) -> None:
    with story.place.database.step() as connection:
        connection.execute(update(Incident).values(resolved_at=MONDAY, resolved_by=story.people["operator"].person_id))
    with story.place.database.read() as connection:
        assert incidents.page(connection, story.people["operator"], Sieve("open"), now=MONDAY).rows == ()
        (line,) = incidents.page(connection, story.people["operator"], Sieve("settled"), now=MONDAY).rows
    assert line.resolved_by == "Sınaqlı Orxan"
