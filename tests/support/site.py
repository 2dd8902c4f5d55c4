"""
Pages in a test: an app over a real installation of a small process, and a browser that checks every page it reads.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import html5lib
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from engine.clock import SettableClock
from engine.errors import AnswersRefused
from engine.operations import Actor, Call, Look, Operations
from engine.settings import Settings
from engine.tables import Person, Task
from tests.support.drawing import draw, node, task
from tests.support.installation import Installation
from web import create_app
from web.services import Services

PASSWORD = "uzun parol 1"
#: of PASSWORD, with little work: hashing is slow on purpose, and tests log in a thousand times
HASH = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
REASONS = [{"value": "new", "label": "Yeni sayğacın quraşdırılması"}, {"value": "old", "label": "Köhnə sayğac"}]
CONFIRMATION = (
    "Müraciətiniz qeydiyyata alındı. Xidmətimizdən istifadə etdiyiniz üçün sizə təşəkkür edirik. "
    "Müraciət nömrəniz: {case_number}"
)
WARNING = "Bu abonent kodu üzrə aktiv sayğac mövcuddur."
WORDINGS = {"wait": "Bir qədər gözləyin.", "refuse": "Müraciətiniz icra edilmədi."}
#: a ground because of which an operation refuses an answer of another form
ELSEWHERE = "başqa formadadır"
_REQUIRED = {"required": True}


def operations() -> Operations:
    """
    Return the operations of the small process.
    """
    made = Operations()

    @made.step("register")
    def register(call: Call) -> None:
        call.route("north")
        call.describe(district="Nəsimi", address="Bakı, Zərdabi küç. 12")
        call.find_by(call.give_number())
        call.set_term(call.now.replace(month=12, day=14))

    @made.step("fail")
    def fail(call: Call) -> None:
        if call.answers.get("decision") == "fail":
            raise RuntimeError("a secret that must not be told")
        if call.answers.get("ground") == ELSEWHERE:
            raise AnswersRefused({"code": "Kod artıq keçərli deyil"})

    @made.source("reasons")
    def reasons(look: Look) -> list[dict[str, str]]:
        return REASONS

    @made.source("wordings")
    def wordings(look: Look) -> dict[str, str]:
        return WORDINGS

    return made


def bundle() -> dict[str, bytes]:
    """
    Return the files of the small process: code, warning, application, check, number; decision, record, end.
    """
    nodes = [
        node("startEvent", "begun"),
        task("enter_code", publicStatus="Qaralama"),
        task("confirm_warning"),
        task("apply"),
        task("check_answers"),
        node("exclusiveGateway", "is_confirmed", attributes='default="is_confirmed__register_case"'),
        _service("register_case", "register", confirmation=CONFIRMATION),
        task(
            "decide",
            publicStatus="Qeydiyyata alındı",
            statusTone="blue",
            whatNext="Cavab {term} tarixinədək veriləcək.",
        ),
        _service("check_decision", "fail"),
        task("record", publicStatus="İcradadır", statusTone="yellow"),
        node("endEvent", "done", publicStatus="İcra olundu", statusTone="green", outcome="installed"),
    ]
    flows = [
        ("begun", "enter_code"),
        ("enter_code", "confirm_warning"),
        ("confirm_warning", "apply"),
        ("apply", "check_answers"),
        ("check_answers", "is_confirmed"),
        ("is_confirmed", "apply", 'confirmed = "no"'),
        ("is_confirmed", "register_case"),
        ("register_case", "decide"),
        ("decide", "check_decision"),
        ("check_decision", "record"),
        ("record", "done"),
    ]
    citizen = ["begun", "enter_code", "confirm_warning", "apply", "check_answers", "is_confirmed", "register_case"]
    lanes = {
        "Abonent": ("citizen", citizen),
        "Dispetçer": ("dispatcher", ["decide", "check_decision", "record", "done"]),
    }
    decision = [("wait", "Gözlə"), ("refuse", "İmtina et"), ("fail", "Sına")]
    return {
        "small.bpmn": draw("small", nodes, flows, lanes),
        **_form(
            "enter_code",
            {"key": "code", "label": "Abonent kodu", "validate": _REQUIRED, "properties": {"kind": "subscriber_code"}},
        ),
        **_form(
            "confirm_warning",
            {"type": "text", "key": "text", "text": WARNING, "properties": {"appearance": "warning"}},
        ),
        **_form(
            "apply",
            {"type": "select", "key": "reason", "label": "Səbəb", "valuesKey": "reasons", "validate": _REQUIRED},
            {
                "key": "email",
                "label": "Elektron poçt",
                "validate": {"required": True, "validationType": "email"},
                "properties": {"personal": "true", "autocomplete": "email"},
            },
            {"type": "textarea", "key": "notes", "label": "Qeydlər", "validate": {"maxLength": 200}},
        ),
        **_form(
            "check_answers",
            {"type": "text", "key": "answers", "text": "-", "properties": {"summaryOf": "enter_code,apply"}},
            {"type": "button", "key": "send", "action": "submit", "label": "Müraciət et"},
            {
                "type": "button",
                "key": "back",
                "action": "submit",
                "label": "Cavabları dəyiş",
                "properties": {"key": "confirmed", "value": "no", "changes": "apply"},
            },
        ),
        **_form(
            "decide",
            {
                "type": "radio",
                "key": "decision",
                "label": "Qərar",
                "values": [{"value": value, "label": label} for value, label in decision],
                "validate": _REQUIRED,
            },
            {
                "type": "textarea",
                "key": "ground",
                "label": "Əsaslandırma",
                "validate": _REQUIRED,
                "conditional": {"hide": '=not(decision = "refuse")'},
            },
            {
                "type": "textarea",
                "key": "letter",
                "label": "Məktub",
                "properties": {"prefillFrom": "wordings", "prefillBy": "decision"},
            },
            {"type": "filepicker", "key": "photos", "label": "Şəkillər", "multiple": True, "accept": ".jpg,.png"},
        ),
        **_form(
            "record",
            {"key": "reading", "label": "Göstərici", "validate": _REQUIRED, "properties": {"kind": "decimal"}},
            {"type": "checklist", "key": "seals", "label": "Plomblar", "values": [{"value": "a", "label": "A"}]},
            {"type": "checkbox", "key": "removed", "label": "Köhnə sayğac çıxarıldı"},
            {"type": "datetime", "subtype": "date", "key": "day", "label": "Tarix", "dateLabel": "Tarix"},
        ),
    }


def _service(key: str, operation: str, **properties: str) -> str:
    inside = f'<s:serviceTaskOperator id="{operation}"><s:parameters></s:parameters></s:serviceTaskOperator>'
    return node("serviceTask", key, inside=inside, **properties)


def _form(key: str, *fields: Mapping[str, Any]) -> dict[str, bytes]:
    components = [{"id": f"{key}_{n}", "type": "textfield", **own} for n, own in enumerate(fields)]
    schema = {"type": "default", "schemaVersion": 19, "id": key, "components": components}
    return {f"forms/{key}.form": json.dumps(schema).encode()}


@dataclass
class Site:
    """
    An app with its people.
    """

    app: Flask
    installation: Installation
    services: Services
    people: dict[str, Actor] = field(default_factory=dict)

    @property
    def clock(self) -> SettableClock:
        """
        Return the clock that the whole site goes by.
        """
        return self.installation.clock

    def browser(self, name: str | None = None) -> Browser:
        """
        Return a new browser; `name` has logged in with it.
        """
        browser = Browser(self.app.test_client())
        if name is not None:
            browser.log_in(name)
        return browser

    def add(self, name: str, *roles: tuple[str, str], password_hash: str = HASH) -> Actor:
        """
        Add a person with an account.
        """
        actor = self.installation.person(name, *roles)
        with self.installation.database.step() as connection:
            account = update(Person).where(Person.id == actor.person_id)
            connection.execute(account.values(password_hash=password_hash))
        self.people[name] = actor
        return actor

    def registered(self) -> str:
        """
        Walk an application of `citizen` to its number and return it.
        """
        browser = self.browser("citizen")
        browser.begin()
        browser.send(code="1000000001")
        browser.send()
        browser.send(reason="new", email="a@example.com", notes="")
        browser.send()
        return browser.url.split("/")[2]

    def open_task(self, element: str) -> str:
        """
        Return the page of the newest open task at `element`.
        """
        cases = {row.case_id for row in self.installation.rows(Task)}
        found = [tasks[element] for tasks in map(self.installation.open_tasks, sorted(cases)) if element in tasks]
        return f"/tapsiriq/{found[-1]}"


def site(installation: Installation, **environ: str) -> Site:
    """
    Put an app over an installation, with a citizen, a stranger and two dispatchers.
    """
    settings = Settings.from_env(
        {
            "SAYGAC_FOLDER": str(installation.folder),
            "SAYGAC_DEMO": "1",
            **{f"SAYGAC_{k}": v for k, v in environ.items()},
        }
    )
    parts = (installation.database, installation.releases, installation.cases, installation.operations)
    services = Services(settings, *parts, installation.ports)
    installation.releases.deploy(bundle(), now=installation.clock.now())
    made = Site(create_app(settings, services), installation, services)
    made.add("citizen")
    made.add("stranger")
    made.add("dispatcher", ("dispatcher", "north"))
    made.add("colleague", ("dispatcher", "north"))
    return made


class Browser:
    """
    A visitor's browser: keeps cookies, follows redirects after posts, and holds every page to the rules.
    """

    def __init__(self, client: FlaskClient) -> None:
        self.client = client
        self.url = "/"
        self.page: TestResponse | None = None

    @property
    def text(self) -> str:
        """
        Return the page's source.
        """
        assert self.page is not None
        return self.page.text

    @property
    def words(self) -> str:
        """
        Return the page's words without marks, blanks single.
        """
        return " ".join("".join(html5lib.parse(self.text, namespaceHTMLElements=False).itertext()).split())

    def get(self, url: str, **options: Any) -> TestResponse:
        """
        Open a page, following redirects.
        """
        return self._read(self.client.get(url, follow_redirects=True, **options))

    def post(self, url: str, data: Mapping[str, Any] | None = None, **options: Any) -> TestResponse:
        """
        Post `data` with the proof that the form is ours, and follow the redirect.
        """
        sent = {"csrf": self.field("csrf"), **(data or {})}
        return self._read(self.client.post(url, data=sent, follow_redirects=True, **options))

    def field(self, name: str) -> str:
        """
        Return the value of a hidden field of the page.
        """
        found = re.search(rf'name="{re.escape(name)}" value="([^"]*)"', self.text)
        assert found, name
        return found[1]

    def log_in(self, name: str, password: str = PASSWORD, **data: str) -> TestResponse:
        """
        Fill in the log-in page.
        """
        self.get("/giris")
        return self.post("/giris", {"username": name, "password": password, **data})

    def begin(self) -> TestResponse:
        """
        Create a new application.
        """
        self.get("/kabinet")
        return self.post("/muraciet/yeni/small", {"key": self.field("key")})

    def send(self, **answers: Any) -> TestResponse:
        """
        Send the task's form that stands on the page.
        """
        return self.post(self.url, self.form(**answers))

    def form(self, **answers: Any) -> dict[str, Any]:
        """
        Return what the page's form would post.
        """
        return {"form.key": self.field("form.key"), "form.release": self.field("form.release"), **answers}

    def _read(self, page: TestResponse) -> TestResponse:
        for answered in (page, *page.history):
            answered.request.environ["wsgi.input"].close()
        self.page = page
        self.url = page.request.path
        if page.mimetype == "text/html":
            check_page(page.text)
        return page


def check_page(text: str) -> None:
    """
    Hold one page to the rules: strict HTML, one h1 that the title begins with, labels, unique ids, a language.
    """
    page = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(text)
    assert page.get("lang") in {"az", "ru", "en"}
    headings = [_said(heading) for heading in page.iter("h1")]
    assert len(headings) == 1, headings
    title = _said(next(page.iter("title")))
    for prefix in ("Səhv: ", "Ошибка: ", "Error: "):
        title = title.removeprefix(prefix)
    assert title.startswith(headings[0]), (title, headings[0])
    ids = [element.get("id") for element in page.iter() if element.get("id") is not None]
    assert len(ids) == len(set(ids)), sorted({name for name in ids if ids.count(name) > 1})
    labelled = {label.get("for") for label in page.iter("label")}
    for kind in ("input", "select", "textarea"):
        for control in page.iter(kind):
            if control.get("type") not in {"hidden", "submit"}:
                assert control.get("id") in labelled, control.attrib
    for element in page.iter():
        described = (element.get("aria-describedby") or "").split() + (element.get("aria-labelledby") or "").split()
        assert set(described) <= set(ids), element.attrib
        assert "style" not in element.attrib
        assert not [name for name in element.attrib if name.startswith("on")]
    for form in page.iter("form"):
        if form.get("method") == "post":
            assert [one for one in form.iter("input") if one.get("name") == "csrf"], form.attrib
    for script in page.iter("script"):
        assert script.get("src") and not (script.text or "").strip()


def _said(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())
