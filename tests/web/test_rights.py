"""
Every route × everybody who may ask × an object of theirs, of others and of nobody, made from the map of addresses.

A route without a row fails, a row without a route too. No answer ever tells personal data to whom it is not for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update
from werkzeug.routing import Rule

from engine import numbers
from engine.jobs import Worker
from engine.operations import Actor
from engine.rights import TABLE
from engine.settings import Settings
from engine.tables import Batch, Case, Document, File, Incident, Move, Person, Task
from tests.support.installation import Install
from tests.support.meters import Utility, open_utility
from tests.support.site import HASH
from web import create_app, people, security, sessions
from web.services import Services
from web.tables import WebSession

#: who asks, in the order of the columns below; staff are those of the office that the first two cases belong to
ASKERS = ("visitor", "citizen", "representative", "dispatcher", "fitter", "head", "analyst", "operator")
OWN, OTHERS, NOBODYS = "own", "others", "nobody's"

#: + comes in, > is led to the log-in or elsewhere, - is refused or told that there is no such thing; of a route that
#: names an object: theirs, others', nobody's
Row = str | tuple[str, str, str]
EVERYBODY, KNOWN, STAFF = "++++++++", ">+++++++", ">--+++++"
PAGES: Mapping[str, Row] = {
    "statics.file": (EVERYBODY, EVERYBODY, "--------"),
    "health.alive": EVERYBODY,
    "health.ready": EVERYBODY,
    # for a machine that has the token of the settings
    "health.metrics": "--------",
    "login.page": "+>>>>>>>",
    "login.means_page": EVERYBODY,
    # without an attempt of this browser they lead back to the choice
    "login.wait": ">>>>>>>>",
    "login.whom": ">>>>>>>>",
    "login.answer": EVERYBODY,
    "login.come_back": "--------",
    "card.present": "--------",
    # without a right password before it, it leads back to the log-in
    "second.page": ">>>>>>>>",
    "factors.page": STAFF,
    "factors.enrol": ">-->>>>>",
    "account.page": KNOWN,
    "passwords.page": KNOWN,
    "own_mail.page": STAFF,
    "account.session": EVERYBODY,
    "citizen.services_page": EVERYBODY,
    "citizen.service": EVERYBODY,
    "citizen.home": KNOWN,
    "citizen.applications": KNOWN,
    "citizen.find": (">>>>>>->", ">------>", ">-------"),
    "citizen.status": (">+++++-+", ">------+", ">-------"),
    "citizen.confirmation": (">+++++-+", ">------+", ">-------"),
    "tasks.show": (">--+----", ">-------", ">-------"),
    "inbox.page": STAFF,
    "inbox.file": STAFF,
    "dossier.page": (">--+++-+", ">------+", ">-------"),
    # of the kind that heads and operators may do alike
    "interventions.choose": (">----+-+", ">------+", ">-------"),
    "interventions.form": (">----+-+", ">------+", ">-------"),
    "dossier.diagram": (">--+++-+", ">------+", ">-------"),
    "documents.download": (">+++++--", ">-------", ">-------"),
    "documents.file": (">--+++--", ">-------", ">-------"),
    "documents.verify": (EVERYBODY, EVERYBODY, "--------"),
    "operator.health": ">------+",
    "operator.page": ">------+",
    "operator.incidents_file": ">------+",
    "operator.incident": (">------+", ">------+", ">-------"),
    "operator.retry": ">------+",
    "operator.delivered": (">------+", ">------+", ">-------"),
    "operator.jobs": ">------+",
    "operator.jobs_file": ">------+",
    "operator.steer": ">------+",
    "operator.cases": ">------+",
    "operator.cases_file": ">------+",
    "operator.batches_page": ">------+",
    "operator.batches_file": ">------+",
    "operator.steer_batch": (">------+", ">------+", ">-------"),
    "operator.steer_move": (">------+", ">------+", ">-------"),
    "operator.deeds": ">------+",
    "operator.deeds_file": ">------+",
    "telephones.page": ">------+",
    # the demonstration's mailbox: there is none here
    "operator.mails": "--------",
    "operator.enclosure": "--------",
    "letters.page": ">-----+-",
    "letters.edit": (">-----+-", ">-----+-", ">-------"),
    "letters.framed": (">-----+-", ">-----+-", ">-------"),
    "letters.edit_words": (">-----+-", ">-----+-", ">-------"),
    "letters.paper": (">-----+-", ">-----+-", ">-------"),
    "lists.page": ">----+-+",
    "lists.days": ">----+-+",
    "lists.entries": (">----+-+", ">----+-+", ">-------"),
    "lists.new_entry": (">----+-+", ">----+-+", ">-------"),
    "lists.edit_entry": (">----+-+", ">----+-+", ">-------"),
}
POSTS: Mapping[str, Row] = {
    "login.enter": EVERYBODY,
    "login.start": "--------",
    "login.cancel": ">>>>>>>>",
    "login.choose_whom": ">>>>>>>>",
    "login.come_back": "--------",
    "login.leave": KNOWN,
    "second.enter": ">+++++++",
    "second.options": "--------",
    "factors.change": STAFF,
    "factors.confirm": STAFF,
    "factors.options": ">-------",
    "account.end": KNOWN,
    "passwords.change": KNOWN,
    "own_mail.save": STAFF,
    "account.end_all": KNOWN,
    "account.stay": EVERYBODY,
    "citizen.begin": KNOWN,
    "tasks.submit": (">--+----", ">-------", ">-------"),
    "tasks.part": (">--+----", ">-------", ">-------"),
    "tasks.claim": (">--+----", ">-------", ">-------"),
    "tasks.put_back": (">--+----", ">-------", ">-------"),
    "dossier.give": (">--+-+--", ">-------", ">-------"),
    "dossier.disclose": (">--+++-+", ">------+", ">-------"),
    "interventions.act": (">----+-+", ">------+", ">-------"),
    "operator.annotate": (">------+", ">------+", ">-------"),
    # without a reason the form comes back
    "operator.retry": ">------+",
    "operator.delivered": (">------+", ">------+", ">-------"),
    "operator.steer": ">------+",
    "operator.steer_batch": (">------+", ">------+", ">-------"),
    "telephones.forget": ">------+",
    "operator.steer_move": (">------+", ">------+", ">-------"),
    "letters.save": (">-----+-", ">-----+-", ">-------"),
    "letters.save_words": (">-----+-", ">-----+-", ">-------"),
    "letters.propose": ">-----+-",
    "letters.drop": ">-----+-",
    "lists.add_day": ">----+-+",
    "lists.remove_day": ">----+-+",
    "lists.save_entry": (">----+-+", ">----+-+", ">-------"),
}

#: arguments that mean something else at one page
OWN_NAMES = {
    "operator.enclosure": {"name": "none.eml"},
    "statics.file": {"name": "css/saygac.css"},
    **{f"letters.{view}": {"name": "registered"} for view in ("edit", "save", "framed")},
}
#: what is posted besides the proof that the form is ours
BODIES = {
    "interventions.act": {
        "by.step": "preview",
        "by.reason": "Abonentin zəngi əsasında",
        "by.explanation": "Ünvan yoxdur.",
    },
    "dossier.disclose": {"reason": "Abonent zəng edib, soruşur"},
    "operator.annotate": {"note": "Server düzəldilir"},
    "lists.remove_day": {"day": "2026-01-01"},
    "lists.save_entry": {"code": "other"},
}


@dataclass
class Town:
    """
    The installation with two cases of one office, one of another, and everybody who may ask logged in.
    """

    app: Flask
    path: Path
    #: name and value of each asker's cookie
    cookies: dict[str, tuple[str, str]]
    proofs: dict[str, str]
    #: asker -> whose -> what addresses name
    names: dict[str, dict[str, dict[str, str]]]
    #: asker -> what no answer may tell them
    secrets: dict[str, tuple[str, ...]]
    #: tells that were found: (asker, method, endpoint, whose, mark)
    leaks: list[tuple[str, ...]] = field(default_factory=list)

    def ask(self, asker: str, method: str, rule: Rule, whose: str) -> str:
        """
        Send one request and return its letter; note what it should not have told.
        """
        arguments = self.names[asker][whose]
        if whose != NOBODYS:
            arguments = {**arguments, **OWN_NAMES.get(rule.endpoint, {})}
        with self.app.test_request_context():
            built = rule.build({name: arguments[name] for name in rule.arguments})
        assert built is not None
        url = built[1].split("?")[0]
        client = self.app.test_client()
        client.set_cookie(*self.cookies[asker], domain="localhost", secure=True)
        if method == "GET":
            answer = client.get(f"{url}?nomre={arguments['number']}", base_url="https://localhost")
        else:
            body = {"csrf": self.proofs[asker], "task": arguments["task_id"], "person": arguments["colleague"]}
            body |= BODIES.get(rule.endpoint, {})
            answer = client.post(url, data=body, base_url="https://localhost")
        told = answer.get_data().decode(errors="replace")
        self.leaks += [(asker, method, rule.endpoint, whose, mark) for mark in self.secrets[asker] if mark in told]
        letter = _letter(method, answer.status_code, answer.headers.get("Location", ""))
        answer.close()
        return letter


def _letter(method: str, status: int, location: str) -> str:
    if status in {403, 404}:
        return "-"
    if status in {302, 303} and (method == "GET" or location.startswith("/giris")):
        return ">"
    return "+" if status < 500 else str(status)


@pytest.fixture
def town(install_sqlite: Install) -> Town:
    """
    Build the town in production: no demonstration's pages are open.
    """
    utility = open_utility(install_sqlite)
    site = utility.site
    with site.database.step() as connection:
        entity = people.entity(connection, "1234567890", "Qurğu Markalı MMC")
    representative = people.acting_for(site.person("Nümayəndə"), entity, "Qurğu Markalı MMC")
    stranger = site.person("Yadmarka")
    cases = {
        "citizen": utility.registered("1000000001", email="citizen-mark@example.az", telephone="050 111 22 33"),
        "representative": replace(utility, citizen=representative).registered(
            "1000000002", email="entity-mark@example.az", telephone="050 222 33 44"
        ),
        "stranger": replace(utility, citizen=stranger).registered(
            "1000000003", email="stranger-mark@example.az", telephone="050 333 44 55"
        ),
    }
    Worker(site.database, site.operations, site.cases, site.ports).run_once()
    unit = _move_away(utility, cases["stranger"])
    askers = {
        "citizen": utility.citizen,
        "representative": representative,
        "dispatcher": site.person("Dispetçer", ("dispatcher", unit)),
        "fitter": site.person("Usta", ("fitter", unit)),
        "head": site.person("Rəis", ("head", unit)),
        "analyst": site.person("Təhlilçi", ("analyst", "*")),
        "operator": site.person("Operator", ("operator", "*")),
    }
    environ = {"SMTP_URL": "smtp://mail.example.az", "BASE_URL": "https://localhost", "TRUSTED_HOSTS": "localhost"}
    environ |= {"SENDER": "saygac@example.az", "FOLDER": str(site.folder)}
    settings = Settings.from_env({f"SAYGAC_{name}": value for name, value in environ.items()})
    services = Services(settings, site.database, site.releases, site.cases, site.operations, site.ports)
    app = create_app(settings, services)
    objects = {name: _objects(utility, app, case_id) for name, case_id in cases.items()}
    mine = {asker: objects["representative" if asker == "representative" else "citizen"] for asker in ASKERS}
    others = {asker: objects["citizen" if asker == "representative" else "stranger"] for asker in ASKERS}
    nobodys = {**dict.fromkeys(objects["citizen"], "x"), "number": numbers.shown(numbers.new_number()), "at": "9"}
    nobodys |= {
        "incident_id": "999",
        "batch_id": "999",
        "move_id": "999",
        "colleague": "999999",
        "ending": "csv",
        "word": "saxla",
    }
    nobodys |= {"version": objects["citizen"]["version"], "means": "asan-imza", "process": "meter_installation"}
    names = {asker: {OWN: mine[asker], OTHERS: others[asker], NOBODYS: nobodys} for asker in ASKERS}
    cookies, proofs = _logged_in(app, services, askers)
    return Town(app, Path(str(site.database.url.database)), cookies, proofs, names, _secrets(utility))


def _move_away(utility: Utility, case_id: int) -> str:
    """Hand a case to another office and return the first one's."""
    with utility.site.database.step() as connection:
        unit = connection.scalar(select(Case.unit).where(Case.number.is_not(None), Case.id != case_id))
        for table in (Case.id, Task.case_id):
            connection.execute(update(table.class_).where(table == case_id).values(unit="sumqayit"))
    return str(unit)


def _objects(utility: Utility, app: Flask, case_id: int) -> dict[str, str]:
    site = utility.site
    with site.database.step() as connection:
        stored = site.ports.files.put(b"\x89PNG photograph of %d" % case_id)
        file = {"id": stored.id, "case_id": case_id, "owner_id": utility.fitter.person_id, "name": "foto.png"}
        file |= {"type": "image/png", "size": stored.size, "sha256": stored.sha256, "stored_at": site.clock.now()}
        connection.execute(insert(File).values(**file))
        row = {"case_id": case_id, "code": "step_failed", "message": "-", "opened_at": site.clock.now()}
        incident = connection.execute(insert(Incident).values(**row).returning(Incident.id)).scalar_one()
        release = connection.scalar(select(Case.release_id).where(Case.id == case_id))
        row = {"kind": "retry_incidents", "payload": {}, "created_at": site.clock.now()}
        batch = connection.execute(insert(Batch).values(**row).returning(Batch.id)).scalar_one()
        row = {"process": "meter_installation", "to_release": release, "names": {}, "note": "-", "by_id": 1}
        move = connection.execute(
            insert(Move).values(**row, created_at=site.clock.now()).returning(Move.id)
        ).scalar_one()
        paper = connection.scalar(select(Document.id).where(Document.case_id == case_id))
        shown = connection.scalar(select(Case.number).where(Case.id == case_id))
    return {
        "means": "asan-imza",
        "process": "meter_installation",
        "number": str(shown),
        "task_id": site.open_tasks(case_id)["assign_executor"],
        "document_id": str(paper),
        "file_id": stored.id,
        "incident_id": str(incident),
        "name": "sebebler",
        "part": "act",
        "deed": "xitam",
        "kind": "receipt",
        "language": "az",
        "code": "other",
        "at": "0",
        "ending": "csv",
        "word": "saxla",
        "batch_id": str(batch),
        "move_id": str(move),
        "version": app.extensions["saygac.static"],
        "colleague": str(utility.dispatcher.person_id),
    }


def _logged_in(
    app: Flask, services: Services, askers: Mapping[str, Actor]
) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
    visitor = app.test_client()
    page = visitor.get("/giris", base_url="https://localhost")
    proofs = {"visitor": page.text.split('name="csrf" value="')[1].split('"')[0]}
    cookies = {}
    with app.test_request_context(), services.database.step() as connection:
        names = {name: sessions.cookie_name(name) for name in (sessions.COOKIE, security.VISITOR_COOKIE)}
        kept = visitor.get_cookie(names[security.VISITOR_COOKIE])
        assert kept is not None
        cookies["visitor"] = (names[security.VISITOR_COOKIE], kept.value)
        for name, actor in askers.items():
            account = update(Person).where(Person.id == actor.person_id)
            connection.execute(account.values(username=name, password_hash=HASH))
            token = sessions.open_session(connection, actor, services.ports.clock.now())
            proof = select(WebSession.csrf).where(WebSession.id == sessions.digest(token))
            proofs[name] = connection.execute(proof).scalar_one()
            cookies[name] = (names[sessions.COOKIE], token)
    return cookies, proofs


def _secrets(utility: Utility) -> dict[str, tuple[str, ...]]:
    """Marks of each case that an answer may tell only to its applicant and to the office in charge."""
    marks = {
        "citizen": ("citizen-mark@", "111 22 33", "1112233"),
        "representative": ("entity-mark@", "222 33 44", "2223344", "Qurğu Markalı"),
        "stranger": ("stranger-mark@", "333 44 55", "3334455", "Yadmarka"),
    }
    known = {
        "citizen": ("citizen",),
        "representative": ("representative",),
        **dict.fromkeys(("dispatcher", "fitter", "head"), ("citizen", "representative")),
    }
    return {
        asker: tuple(mark for of, found in marks.items() if of not in known.get(asker, ()) for mark in found)
        for asker in ASKERS
    }


def _rules(town: Town, method: str) -> Iterator[Rule]:
    return (rule for rule in town.app.url_map.iter_rules() if method in (rule.methods or ()))


def _found(row: Row | None, letters: Mapping[str, str]) -> Row:
    whole = (letters[OWN], letters[OTHERS], letters[NOBODYS])
    return whole[0] if isinstance(row, str) and len(set(whole)) == 1 else whole


def test_every_page_is_open_to_whom_the_table_says(town: Town) -> None:
    found: dict[str, Row] = {}
    for rule in _rules(town, "GET"):
        letters = {
            whose: "".join(town.ask(asker, "GET", rule, whose) for asker in ASKERS) for whose in (OWN, OTHERS, NOBODYS)
        }
        found[rule.endpoint] = _found(PAGES.get(rule.endpoint), letters)
    assert {name: row for name, row in found.items() if PAGES.get(name) != row} == {}
    assert set(PAGES) == set(found)
    assert town.leaks == []


def test_every_post_is_taken_from_whom_the_table_says(town: Town) -> None:
    found: dict[str, Row] = {}
    kept = town.path.with_name("kept.db")
    _copy(town.path, kept)
    for rule in _rules(town, "POST"):
        letters = {}
        for whose in (OWN, OTHERS, NOBODYS):
            letters[whose] = ""
            for asker in ASKERS:
                letters[whose] += town.ask(asker, "POST", rule, whose)
                _copy(kept, town.path)
        found[rule.endpoint] = _found(POSTS.get(rule.endpoint), letters)
    assert {name: row for name, row in found.items() if POSTS.get(name) != row} == {}
    assert set(POSTS) == set(found)
    assert town.leaks == []


def _copy(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as here, sqlite3.connect(target) as there:
        here.backup(there)
    here.close()
    there.close()


def test_the_table_of_rights_names_every_role_that_asks() -> None:
    assert set(TABLE) == set(ASKERS) - {"visitor", "representative"}


def test_a_mark_that_is_told_is_noticed(town: Town) -> None:
    (rule,) = [rule for rule in _rules(town, "GET") if rule.endpoint == "dossier.page"]
    told: tuple[Any, ...] = ("citizen-mark@",)
    town.secrets["dispatcher"] = told
    assert town.ask("dispatcher", "GET", rule, OWN) == "+"
    assert town.leaks == [("dispatcher", "GET", "dossier.page", OWN, "citizen-mark@")]
