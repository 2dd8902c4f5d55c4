from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Connection, insert, select, update

from engine.clock import SettableClock
from engine.errors import CannotGoOn
from engine.gate.compiling import Parts, compile_bundle
from engine.mail import FolderMailer, MailDeferred, MailRefused, Message, Sender
from engine.operations import Ports
from engine.releases import bundle_of
from engine.storage.data import dump
from engine.storage.database import Database
from engine.storage.files import Files
from engine.tables import Case, Document, File, MailLog, Person, Submission, Task
from forms import __file__ as forms_file
from processes import FOLDER, ROLES, installed, papers
from processes.letters import texts
from processes.letters.facts import ReceiptFacts
from processes.notices import NobodyToWriteTo
from processes.registry import acts
from tests.support.books import NOW, add_case, add_person

JOBS = installed().jobs
LATER = NOW + timedelta(days=3)
SHIPPED = bundle_of(FOLDER / "meter_installation.bpmn", Path(forms_file).parent / "meter_installation")


@cache
def release(of: str = "shipped") -> Parts:
    """
    Return a release that is ready to run: `older` was made before letters belonged to a release.
    """
    files = dict(SHIPPED)
    if of == "older":
        files = {path: content for path, content in files.items() if not path.startswith("letters/")}
    if of == "reworded":
        path = "letters/mail/visit_planned.az.txt"
        files[path] = files[path].replace("Ustanın gəlmə vaxtı".encode(), "Usta gəlir".encode())
        files["letters/texts.toml"] = files["letters/texts.toml"].replace("Qeydiyyat tarixi və vaxtı".encode(), b"Vaxt")
    return compile_bundle(files, installed(), ROLES)


@dataclass
class HandShelf:
    """
    A shelf with one release, whatever it is asked for.
    """

    of: str = "shipped"

    def get(self, _release_id: str) -> Parts:
        return release(self.of)


@dataclass
class HandWork:
    """
    A job in a worker's hands, as the engine gives it.
    """

    database: Database
    ports: Ports
    kind: str
    payload: Mapping[str, Any]
    case_id: int
    id: int = 1
    attempt: int = 1
    now: Any = NOW
    releases: HandShelf = field(default_factory=HandShelf)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        with self.database.read() as connection:
            yield connection

    def run(self) -> HandSettlement:
        """
        Do the work and settle it.
        """
        settle = JOBS[self.kind](self)
        with self.database.step() as connection:
            settlement = HandSettlement(connection)
            if settle is not None:
                settle(settlement)
        return settlement


@dataclass
class HandSettlement:
    """
    The transaction of a job's effect; collects what it asks for.
    """

    connection: Connection
    now: Any = NOW
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def enqueue(self, kind: str, payload: Mapping[str, Any], *, key: str, lane: str = "mail") -> None:
        assert key
        assert lane == "mail"
        self.asked.append((kind, payload))


@dataclass
class Post:
    """
    A case, and the letters that it may send.
    """

    database: Database
    ports: Ports
    folder: Path
    case_id: int
    citizen: int
    receipt: str
    shelf: HandShelf = field(default_factory=HandShelf)

    def work(self, kind: str, **payload: Any) -> HandWork:
        return HandWork(self.database, self.ports, kind, payload, self.case_id, releases=self.shelf)

    def sent(self) -> list[EmailMessage]:
        files = sorted((self.folder / "mail").glob("*.eml"))
        return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]

    def rows(self, table: Any) -> Any:
        with self.database.read() as connection:
            return connection.execute(select(table.__table__)).all()


@pytest.fixture
def post(database: Database, tmp_path: Path) -> Post:
    """
    Give a registered case with a receipt that is not printed.
    """
    clock = SettableClock(NOW)
    mailer = FolderMailer(tmp_path / "mail", sender=Sender("su@example.com"), clock=clock)
    ports = Ports(clock, mailer, Files(tmp_path / "files"), "http://saygac.test:8000")
    with database.step() as connection:
        citizen = add_person(connection, "Əliyeva", email="old@example.com")
        case_id = add_case(connection, citizen, due_at=NOW, facets={"district": "Nəsimi"})
        answer(connection, case_id, "apply", {"email": "leyla@example.com", "reason": "new_meter"})
        answer(connection, case_id, "assign_executor", {"visit_date": "2026-11-27", "visit_window": "09:00–12:00"})
        facts = ReceiptFacts(
            papers.organisation("az"),
            "Mərkəz Sukanal İdarəsi",
            "483177209155",
            NOW,
            "Əliyeva Leyla",
            "1000000001",
            "Nəsimi",
            "İlk sayğac",
            NOW,
            15,
            "",
        )
        receipt = acts.new_document(
            connection,
            case_id=case_id,
            kind="receipt",
            number=None,
            language="az",
            facts=papers.freeze(facts),
            now=NOW,
        )
    return Post(database, ports, tmp_path, case_id, citizen, receipt)


def answer(connection: Connection, case_id: int, element: str, answers: dict[str, Any], at: datetime = NOW) -> None:
    key = f"{element}-{case_id}"
    task = {"case_id": case_id, "element": element, "role": "citizen", "opened_at": NOW, "due_at": NOW}
    connection.execute(insert(Task).values(id=key, state="done", **task))
    given = {"case_id": case_id, "element": element, "release_id": "r", "given_at": at}
    connection.execute(insert(Submission).values(task_id=key, answers=dump(answers), **given))


def text_of(message: EmailMessage) -> str:
    return message.get_body(("plain",)).get_content()


def test_a_document_is_printed_kept_and_sent_on(post: Post) -> None:
    settlement = post.work("render_document", document_id=post.receipt, letter="registered").run()
    file, document = post.rows(File)[0], post.rows(Document)[0]
    assert (document.file_id, file.type, file.case_id, file.name) == (
        file.id,
        "application/pdf",
        post.case_id,
        "483177209155.pdf",
    )
    text = PdfReader(BytesIO(post.ports.files.read(file.id))).pages[0].extract_text()
    assert "4831-7720-9155" in text
    assert "Əliyeva Leyla" in text
    assert [(kind, dict(payload)) for kind, payload in settlement.asked] == [
        (
            "send_letter",
            {
                "letter": "registered",
                "message": f"registered.{post.receipt}",
                "document_id": post.receipt,
            },
        )
    ]


def test_the_receipt_goes_with_its_mail_to_the_address_of_the_application(post: Post) -> None:
    asked = post.work("render_document", document_id=post.receipt, letter="registered").run().asked
    post.work("send_letter", **asked[0][1]).run()
    (message,) = post.sent()
    assert message["To"] == "leyla@example.com"
    assert message["Message-ID"] == f"<registered.{post.receipt}@saygac.test>"
    assert "4831-7720-9155" in message["Subject"]
    assert "http://saygac.test:8000/muraciet/483177209155" in text_of(message)
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "483177209155.pdf"
    (logged,) = post.rows(MailLog)
    assert (logged.recipient, logged.letter, logged.state) == ("leyla@example.com", "registered", "sent")


def test_a_letter_whose_document_is_not_printed_does_not_go(post: Post) -> None:
    with pytest.raises(CannotGoOn, match="not printed"):
        post.work("send_letter", letter="registered", message="m", document_id=post.receipt).run()
    assert post.sent() == []


class Unwilling:
    """
    A mail server that refuses for good.
    """

    def send(self, message: Message) -> None:
        raise MailRefused("The mail server did not accept the recipient: 550.")


def test_a_mail_that_is_refused_for_good_is_logged_and_may_go_later(post: Post) -> None:
    willing = post.ports
    post.ports = replace(willing, mailer=Unwilling())
    with pytest.raises(MailRefused) as refused:
        post.work("send_letter", letter="overdue", message="m").run()
    with post.database.step() as connection:
        refused.value.note(connection, NOW)
    (row,) = post.rows(MailLog)
    assert (row.state, row.letter, row.recipient) == ("refused", "overdue", "leyla@example.com")

    post.ports = willing
    post.work("send_letter", letter="overdue", message="m").run()
    post.work("send_letter", letter="overdue", message="m").run()
    assert [row.state for row in post.rows(MailLog)] == ["sent"]
    assert len(post.sent()) == 1


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("az", "«Azərsu» Açıq Səhmdar Cəmiyyəti"),
        ("ru", "Открытое акционерное общество «Азерсу»"),
        ("en", "Azersu Open Joint Stock Company"),
    ],
)
def test_the_organisation_signs_in_the_language_of_the_letter(post: Post, language: str, name: str) -> None:
    with post.database.step() as connection:
        connection.execute(update(Case).values(language=language))
    post.work("send_letter", letter="registered", message="m").run()
    assert name in text_of(post.sent()[0])


def test_a_document_that_is_not_there_stops_the_job(post: Post) -> None:
    with pytest.raises(CannotGoOn, match="not there"):
        post.work("render_document", document_id="0" * 32, letter="registered").run()


@pytest.mark.parametrize("language", ["az", "ru", "en"])
@pytest.mark.parametrize("letter", texts.CITIZEN)
def test_every_letter_to_the_citizen_is_in_the_cases_language(post: Post, letter: str, language: str) -> None:
    with post.database.step() as connection:
        connection.execute(update(Case).values(language=language))
    post.work("send_letter", letter=letter, message=f"{letter}.1").run()
    (message,) = post.sent()
    assert message["Content-Language"] == language
    assert "{" not in text_of(message)


@pytest.mark.parametrize("letter", texts.STAFF)
def test_letters_to_staff_are_in_their_language_and_lead_to_their_page(post: Post, letter: str) -> None:
    with post.database.step() as connection:
        head = add_person(connection, "Vəliyev", email="head@example.com", language="ru")
    post.work("send_letter", letter=letter, message=f"{letter}.1", person_id=head).run()
    (message,) = post.sent()
    assert (message["To"], message["Content-Language"]) == ("head@example.com", "ru")
    assert "/muraciet/" not in text_of(message)
    assert "483177209155" in text_of(message)


def test_the_visit_is_told_as_it_is_when_the_letter_goes(post: Post) -> None:
    with post.database.step() as connection:
        answer(connection, post.case_id, "plan_new_visit", {"visit_date": "2026-12-01"}, LATER)
    post.work("send_letter", letter="visit_planned", message="visit_planned.1").run()
    assert "01.12.2026" in text_of(post.sent()[0])


def test_a_letter_tells_only_what_counts_in_this_round(post: Post) -> None:
    with post.database.step() as connection:
        answer(connection, post.case_id, "plan_new_visit", {"visit_date": "2026-12-01"}, LATER)
    post.work("send_letter", letter="visit_planned", message="visit_planned.1").run()
    assert "09:00–12:00" not in text_of(post.sent()[0])
    assert "Saat:" not in text_of(post.sent()[0])


def test_a_letter_is_that_of_the_release_of_its_case(post: Post) -> None:
    post.shelf.of = "reworded"
    post.work("send_letter", letter="visit_planned", message="visit_planned.1").run()
    post.work("render_document", document_id=post.receipt, letter="registered").run()
    assert post.sent()[0]["Subject"].startswith("Usta gəlir təyin edildi")
    printed = PdfReader(BytesIO(post.ports.files.read(post.rows(File)[0].id))).pages[0].extract_text()
    assert "Qeydiyyat tarixi və vaxtı" not in printed
    assert "Vaxt" in printed


def test_a_release_from_before_letters_belonged_to_it_sends_those_of_the_installation(post: Post) -> None:
    post.shelf.of = "older"
    post.work("send_letter", letter="visit_planned", message="visit_planned.1").run()
    post.work("render_document", document_id=post.receipt, letter="registered").run()
    assert post.sent()[0]["Subject"].startswith("Ustanın gəlmə vaxtı")
    printed = PdfReader(BytesIO(post.ports.files.read(post.rows(File)[0].id))).pages[0].extract_text()
    assert "Qeydiyyat tarixi və vaxtı" in printed


def test_a_letter_that_went_before_is_not_sent_again(post: Post) -> None:
    for _ in range(2):
        post.work("send_letter", letter="visit_planned", message="visit_planned.1").run()
        for file in (post.folder / "mail").glob("*.eml"):
            file.rename(file.with_suffix(".first"))
    assert post.sent() == []
    assert len(post.rows(MailLog)) == 1


def test_a_server_that_is_down_leaves_nothing_behind(post: Post) -> None:
    class Down:
        def send(self, message: Message) -> None:
            raise MailDeferred("away")

    post.ports = replace(post.ports, mailer=Down())
    with pytest.raises(MailDeferred):
        post.work("send_letter", letter="visit_planned", message="visit_planned.1").run()
    assert post.rows(MailLog) == []


def test_without_an_address_an_operator_must_look(post: Post) -> None:
    with post.database.step() as connection:
        connection.execute(update(Person).values(email=None))
        connection.execute(update(Submission).values(answers=dump({})))
    with pytest.raises(NobodyToWriteTo):
        post.work("send_letter", letter="visit_planned", message="visit_planned.1").run()
