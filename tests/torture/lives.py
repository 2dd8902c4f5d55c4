"""
Whole lives of cases, with letters to a real mail server, while pages and workers are killed at random.
"""

from __future__ import annotations

import os
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask
from sqlalchemy import func, insert, select

import processes
from engine.audit import broken
from engine.clock import Clock
from engine.mail import Mailer, Sender
from engine.operations import Actor, Operations
from engine.tables import Audit, Case, FinishedJob, Incident, Job, Task
from processes.registry.calendar import local_day
from processes.registry.tables import Subscriber
from tests.support.databases import migrated
from tests.support.installation import Installation, posts
from tests.support.meters import ACT, APPLICATION, open_utility
from tests.support.post import CERTIFICATES, PostOffice, free_port, post_office
from tests.support.programs import eventually
from tests.torture.ground import Figure, Ground, ended, fork, herd, kill
from tests.torture.work import retry
from web.mail import FlaskMailer

UNITS = ("baku_center", "baku_west", "baku_business")
#: the utility itself has four people
FIRST_CITIZEN = 5
#: letters of one life
LETTERS = ("registered", "visit_planned", "meter_installed")
#: only if the task still waits when it is to be told
TO_FITTER = "task_assigned"
#: steps of one life that people take
STEPS = ("enter_subscriber_code", "apply", "check_answers", "assign_executor", "record_visit", "record_act")


def lives(kind: str, cases: int, kills: int, seed: int = 1) -> Figure:
    """
    Walk `cases` from the first form to the signed act, killing `kills` times.
    """
    chance = random.Random(seed)
    with _prepared(kind, cases) as (ground, book):
        runs = [lambda: _walk(ground, cases, seed), ground.work]
        killed = herd(runs, kills, chance, (0.15, 0.9))
        walker = fork(lambda: _walk(ground, cases, seed))
        worker = fork(lambda: ground.work(until=lambda site: _is_over(site, cases)))
        # a mail that a busy machine could not hand over twice waits for a minute, and then for five
        seconds = 480 + cases * 2
        finished = ended(walker, seconds), ended(worker, seconds)
        retried = retry(ground)
        if retried:
            finished = (*finished, ended(fork(lambda: ground.work(until=lambda site: _is_over(site, cases))), 120))
        return _count(ground, book, cases, killed, retried, sum(not one for one in finished))


@contextmanager
def _prepared(kind: str, cases: int) -> Iterator[tuple[Ground, Path]]:
    """An installation of the utility with enough meters, and a mail server in a process of its own."""
    import tempfile

    with tempfile.TemporaryDirectory() as name, migrated(kind, Path(name)) as url:
        folder, port = Path(name), free_port()
        book = folder / "accepted"
        book.touch()
        server = fork(lambda: _serve_mail(port, book))
        ground = Ground(kind, url, folder, lambda _folder: processes.installed(), lambda clock: _mailer(clock, port))
        try:
            assert ended(fork(lambda: _open(ground, cases)))
            # a mail that is refused twice waits for a minute: the server must be there before the first
            assert eventually(lambda: _is_up(port))
            yield ground, book
        finally:
            kill(server)


def _serve_mail(port: int, book: Path) -> None:
    class Kept(PostOffice):
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
            message_id = str(message_from_bytes(envelope.content or b"")["Message-ID"])
            with book.open("a") as file:
                file.write(f"{message_id}\n")
            return await super().handle_DATA(server, session, envelope)

    with post_office(0.01, port=port, kind=Kept):
        while os.getppid() != 1:
            time.sleep(0.5)


def _mailer(clock: Clock, port: int) -> Mailer:
    app = Flask("torture")
    server = {"MAIL_SERVER": "127.0.0.1", "MAIL_PORT": port, "MAIL_USE_TLS": True}
    app.config.update(**server, MAIL_CA_FILE=str(CERTIFICATES / "authority.pem"))
    return FlaskMailer(app, sender=Sender("saygac@example.az"), clock=clock)


def _open(ground: Ground, cases: int) -> None:
    with ground.open() as site:

        def install(_operations: Operations) -> Installation:
            return site

        open_utility(install, meters_in_stock=cases + 5)
        for number in range(cases):  # nobody may ask for many codes in a day
            assert site.person(f"Citizen{number}").person_id == FIRST_CITIZEN + number
        home = {"kind": "household", "name": "Sınaq", "address": "Nizami küç. 1", "district": "Nəsimi"}
        with site.database.step() as connection:
            rows = [{**home, "code": _code(number), "search_key": "sinaq"} for number in range(cases)]
            connection.execute(insert(Subscriber), rows)


def _walk(ground: Ground, cases: int, seed: int) -> None:
    """Take the next step of every case until all are at their end; a step that was taken is known by its key."""
    staff = {2: "dispatcher", 3: "fitter", 4: "head"}
    people = {role: Actor(key, role, frozenset((role, unit) for unit in UNITS)) for key, role in staff.items()}
    with ground.open() as site:
        for number in range(cases):
            citizen = Actor(FIRST_CITIZEN + number, "Aysel")
            step = site.cases.start("meter_installation", citizen, key=f"{seed}:{number}", language="az")
            actors = {"citizen": citizen, **people}
            for element in STEPS:
                task = site.open_tasks(step.case_id).get(element)
                if task is not None:
                    role = site.releases.active("meter_installation").diagram.elements[element].role or ""
                    answers = posts(**_answers(site, element, number))
                    site.cases.submit(task, actors[role], key=f"{seed}:{number}:{element}", posted=answers)


def _answers(site: Installation, element: str, number: int) -> dict[str, str | list[str]]:
    today = local_day(site.clock.now())
    if element == "enter_subscriber_code":
        return {"subscriber_code": _code(number)}
    if element == "apply":
        return dict(APPLICATION)
    if element == "assign_executor":
        day = f"{today + timedelta(days=4):%d.%m.%Y}"
        return {"assignment": "assign", "executors": ["3"], "visit_date": day, "visit_window": "09:00–12:00"}
    if element == "record_visit":
        return {"visit_outcome": "installed", "visit_note": ""}
    if element == "record_act":
        days = {"verified_on": today - timedelta(days=100), "next_verification_on": today + timedelta(days=1700)}
        days |= {"copy_given_on": today}
        named = {"meter_number": f"T{number:07}", "seal_numbers": f"P{number}"}
        return {**ACT, **{name: f"{day:%d.%m.%Y}" for name, day in days.items()}, **named}
    return {}


def _code(number: int) -> str:
    return f"2{number:09}"


def _is_up(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _is_over(site: Installation, cases: int) -> bool:
    """All lives have ended, and nothing is left to be done for them; before they have begun nothing is over."""
    with site.database.read() as connection:
        # standing work waits for its hour in any lane
        of_lives = (Job.lane != "timer", Job.case_id.is_not(None), Job.state != "dead")
        busy = connection.scalar(select(Job.id).where(*of_lives).limit(1))
        ended = connection.scalar(select(func.count(Case.id)).where(Case.closed_at.is_not(None)))
        return busy is None and ended == cases


def _count(ground: Ground, book: Path, cases: int, killed: list[int], retried: int, unfinished: int) -> Figure:
    with ground.open() as site:
        files, audit, tasks = site.rows(Case), site.rows(Audit), site.rows(Task)
        jobs, finished = site.rows(Job), site.rows(FinishedJob)
        open_incidents = [row for row in site.rows(Incident) if row.resolved_at is None]
    steps = Counter((row.case_id, row.element) for row in audit if row.event == "submitted")
    wanted = {(case.id, element) for case in files for element in STEPS}
    chains = [[row for row in sorted(audit, key=lambda row: row.revision) if row.case_id == case.id] for case in files]
    mails = Counter(book.read_text().split())
    letters = Counter(name.strip("<").partition(".")[0] for name in mails)
    repeated = sum(count - 1 for count in mails.values())
    return Figure(
        "kills in lives",
        ground.kind,
        {
            "kills": sum(killed),
            "of the worker": killed[1],
            "lives": len(files),
            "steps": sum(steps.values()),
            "mails": len(mails),
            "mails repeated, same Message-ID": repeated,
            "jobs": len(finished),
            "incidents, retried by a person": retried,
        },
        {
            "lives not begun": cases - len(files),
            "lives not ended": sum(case.closed_at is None for case in files),
            "steps lost": len(wanted - set(steps)),
            "steps doubled": sum(count - 1 for count in steps.values()),
            "broken audits": sum(bool(broken(chain)) for chain in chains),
            "revisions off": sum(case.revision != len(chain) for case, chain in zip(files, chains, strict=True)),
            "tasks left": sum(task.state == "open" for task in tasks),
            "jobs left": sum(job.case_id is not None for job in jobs),
            "incidents left": len(open_incidents),
            "mails lost": sum(max(0, cases - letters[name]) for name in LETTERS),
            "mails of nobody": sum(letters.values()) - letters[TO_FITTER] - cases * len(LETTERS),
            "mails to fitters too many": max(0, letters[TO_FITTER] - cases),
            "repeated beyond one a death": max(0, repeated - killed[1]),
            "processes unfinished": unfinished,
        },
    )
