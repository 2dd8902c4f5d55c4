"""
Every page × everybody who may ask, over somebody's case: who reads it, who is sent to log in, from whom it is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from engine.jobs import Worker
from engine.settings import Settings
from engine.tables import Case, Document, File, Incident, Person
from tests.support.installation import Install
from tests.support.meters import Utility, open_utility
from tests.support.site import HASH, PASSWORD
from web import create_app
from web.services import Services

#: who asks, in the order of the columns below
ASKERS = ("visitor", "owner", "stranger", "dispatcher", "fitter", "head", "elsewhere", "analyst", "operator")
#: + reads it, > is sent elsewhere (visitors: to log in), - is refused or told that there is no such thing
PAGES = {
    "statics.file": "+++++++++",
    "login.page": "+>>>>>>>>",
    "login.means_page": "+++++++++",
    # without an attempt of this browser they lead back to the choice
    "login.wait": ">>>>>>>>>",
    "login.whom": ">>>>>>>>>",
    "login.answer": "+++++++++",
    "login.come_back": "---------",
    "card.present": "---------",
    "account.page": ">++++++++",
    "account.session": "+++++++++",
    # without a right password before it, it leads back to the log-in
    "second.page": ">>>>>>>>>",
    "factors.page": ">--++++++",
    "factors.enrol": ">-->>>>>>",
    "citizen.services_page": "+++++++++",
    "citizen.service": "+++++++++",
    "citizen.home": ">++++++++",
    "citizen.applications": ">++++++++",
    "citizen.find": ">>->>>-->",
    "citizen.status": ">+-+++--+",
    "citizen.confirmation": ">+-+++--+",
    "tasks.show": ">--+-----",
    "inbox.page": ">--++++++",
    "dossier.page": ">--+++--+",
    "dossier.diagram": ">--+++--+",
    "documents.download": ">+-+++---",
    "documents.file": ">--+++---",
    "documents.verify": "+++++++++",
    "operator.page": ">-------+",
    "operator.jobs": ">-------+",
    # the demonstration's mailbox: there is none elsewhere
    "operator.mails": "+++++++++",
    "operator.enclosure": "---------",
    "lists.page": ">----++-+",
    "lists.days": ">----++-+",
    "lists.entries": ">----++-+",
    "lists.new_entry": ">----++-+",
    "lists.edit_entry": ">----++-+",
}


#: arguments that mean something else at one page
OWN_NAMES = {"statics.file": {"name": "css/saygac.css"}, "operator.enclosure": {"name": "none.eml"}}


@dataclass
class Town:
    """
    A case at the dispatcher of the central office, everybody who may ask, and what addresses name.
    """

    app: Flask
    utility: Utility
    names: dict[str, str]

    def answer(self, asker: str, url: str) -> str:
        client = self.app.test_client()
        if asker != "visitor":
            page = client.get("/giris")
            proof = page.text.split('name="csrf" value="')[1].split('"')[0]
            client.post("/giris", data={"csrf": proof, "username": asker, "password": PASSWORD})
        answer = client.get(url)
        status = answer.status_code
        answer.close()
        return "+" if status == 200 else ">" if status in {302, 303} else "-" if status in {403, 404} else str(status)


@pytest.fixture
def town(install_sqlite: Install) -> Town:
    utility = open_utility(install_sqlite)
    site = utility.site
    case_id = utility.registered()
    Worker(site.database, site.operations, site.cases, site.ports).run_once()
    people = {
        "owner": utility.citizen,
        "stranger": site.person("Kənar"),
        "dispatcher": utility.dispatcher,
        "fitter": utility.fitter,
        "head": utility.head,
        "elsewhere": site.person("Uzaq", ("head", "sumqayit"), ("dispatcher", "sumqayit")),
        "analyst": site.person("Təhlilçi", ("analyst", "*")),
        "operator": site.person("Operator", ("operator", "*")),
    }
    with site.database.step() as connection:
        for name, actor in people.items():
            account = update(Person).where(Person.id == actor.person_id)
            connection.execute(account.values(username=name, password_hash=HASH))
        stored = site.ports.files.put(b"\x89PNG photograph")
        file = {"id": stored.id, "case_id": case_id, "owner_id": utility.fitter.person_id, "name": "foto.png"}
        file |= {"type": "image/png", "size": stored.size, "sha256": stored.sha256, "stored_at": site.clock.now()}
        connection.execute(insert(File).values(**file))
        row = {"case_id": case_id, "code": "step_failed", "message": "-", "opened_at": site.clock.now()}
        connection.execute(insert(Incident).values(**row))
        paper = connection.scalar(select(Document.id))
        shown = connection.scalar(select(Case.number))
    settings = Settings.from_env({"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(site.folder)})
    services = Services(settings, site.database, site.releases, site.cases, site.operations, site.ports)
    names = {
        "means": "asan-imza",
        "process": "meter_installation",
        "number": str(shown),
        "task_id": site.open_tasks(case_id)["assign_executor"],
        "document_id": str(paper),
        "file_id": stored.id,
        "incident_id": "1",
        "name": "sebebler",
        "code": "other",
        "at": "0",
    }
    return Town(create_app(settings, services), utility, names)


def test_every_page_is_open_to_whom_the_table_says(town: Town) -> None:
    found = {}
    with town.app.test_request_context():
        for rule in town.app.url_map.iter_rules():
            if "GET" not in (rule.methods or ()):
                continue
            version = town.app.extensions["saygac.static"]
            arguments = {**town.names, "version": version, **OWN_NAMES.get(rule.endpoint, {})}
            url = rule.build({name: arguments[name] for name in rule.arguments})
            assert url is not None
            address = f"{url[1].split('?')[0]}?nomre={town.names['number']}"
            found[rule.endpoint] = "".join(town.answer(asker, address) for asker in ASKERS)

    assert {name: said for name, said in found.items() if PAGES.get(name) != said} == {}
    assert set(PAGES) == set(found)
