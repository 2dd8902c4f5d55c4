"""
The case page of the staff: facts, answers, history, open tasks, letters, mails and the diagram with its path.

What may be read is decided where it is read (`engine.reading`); here steps become sentences and elements become stages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import reading
from engine.diagram import Element
from engine.diagram.worded import worded
from engine.quiet import WAITS
from engine.reading import readings as audited
from engine.reading.lines import Dossier, HistoryLine, TaskLine
from engine.rights import INCIDENTS, READERS, interventions, may, may_give
from processes.registry import offices
from web import names, readings, texts
from web.access import staff
from web.due import Due, due_words
from web.inbox import case_name
from web.services import Services, services

blueprint = Blueprint("dossier", __name__)

#: kinds of elements that a list of stages names; gateways and waiting end the story of nobody
_STAGES = frozenset(
    {
        *("userTask", "manualTask", "serviceTask", "businessRuleTask", "sendTask", "receiveTask"),
        *("intermediateCatchEvent", "endEvent"),
    }
)
_HERE, _PASSED, _AHEAD = "here", "passed", "ahead"


@dataclass(frozen=True)
class TaskToDo:
    """
    An open task with what this person may do about it.
    """

    line: TaskLine
    due: Due | None
    mine: bool
    #: nobody holds it and this person may do it
    claimable: bool
    #: (person id, name) of colleagues to whom it may be given
    colleagues: tuple[tuple[int, str], ...]


@dataclass(frozen=True)
class Stage:
    """
    One element of the diagram in the list of stages.
    """

    name: str
    #: here, passed or ahead
    standing: str


@blueprint.get("/is/<number>")
@staff()
def page(number: str) -> Any:
    """
    Show everything that this member of the staff may read of a case.
    """
    return _page(number)


@blueprint.post("/is/<number>/goster")
@staff()
def disclose(number: str) -> Any:
    """
    Show for a while what is masked, for a reason that is kept.
    """
    here = services()
    reason = " ".join(request.form.get("reason", "").split())[: audited.LONGEST_REASON]
    if len(reason) < audited.SHORTEST_REASON:
        wrong = gettext("Səbəbi yazın: ən azı %(count)s işarə", count=audited.SHORTEST_REASON)
        return _page(number, reason=reason, wrong=wrong), 422
    case = _case(here, number)
    audited.disclose(here.database, case.id, g.actor, reason, now=here.ports.clock.now())
    return redirect(url_for("dossier.page", number=number, bildiris="gosterildi"), 303)


def _page(number: str, *, reason: str = "", wrong: str = "") -> str:
    here = services()
    case = _case(here, number)
    if not case.masked:
        readings.note(audited.CASE, case.id)
    release = here.releases.get(case.release_id)
    with here.database.read() as connection:
        called = offices.names(connection, texts.language())
        readers = audited.of_case(connection, case.id) if may(g.actor, READERS, case.unit) else None
    return render_template(
        "dossier/page.html",
        case=case,
        name=case_name(case.number, case.id),
        office=called.get(case.unit or "", case.unit or ""),
        due=None if case.closed_at else due_words(here, case.due_at),
        tasks=[_to_do(here, task) for task in case.tasks],
        history=[(line, _sentence(line)) for line in reversed(case.history)],
        lanes=_stages(case, release.diagram.elements, release.translate),
        waiting=[job for job in case.jobs if job.state != "dead"],
        open_incidents=[incident for incident in case.incidents if incident.resolved_at is None],
        letter_name=names.letter_name,
        quiet=WAITS,
        job_name=names.job_name,
        element_name=partial(names.element_name, release),
        code_name=names.code_name,
        may_mend=may(g.actor, INCIDENTS),
        may_intervene=bool(interventions(g.actor, case.unit)),
        readers=readers,
        reading_name=_reading_name,
        reason=reason,
        wrong=wrong,
        notice=request.args.get("bildiris"),
    )


@blueprint.get("/is/<number>/diaqram.json")
@staff()
def diagram(number: str) -> Any:
    """
    Return the diagram as it was drawn, its names in the reader's language, with the path of the case and where it
    stands; or where it would stand, by the ids of elements that the address names.
    """
    here = services()
    case = _case(here, number)
    release = here.releases.get(case.release_id)
    named = [key for key in request.args.get("yer", "").split(",") if key in release.diagram.elements]
    language = texts.language()
    drawn = release.bpmn.decode()
    if language != "az":
        drawn = worded(release.bpmn, lambda text: release.translate(text, language))
    return {"xml": drawn, "path": list(case.path), "tokens": named or list(case.tokens)}


@blueprint.post("/is/<number>/ver")
@staff()
def give(number: str) -> Any:
    """
    Give a task of the case to a colleague.
    """
    person = request.form.get("person", "")
    if not person.isascii() or not person.isdigit() or len(person) > 9:
        abort(400)
    services().cases.give(request.form.get("task", "")[:64], g.actor, int(person))
    return redirect(url_for("dossier.page", number=number, bildiris="verildi"), 303)


def _case(here: Services, number: str) -> Dossier:
    with here.database.read() as connection:
        now = here.ports.clock.now()
        return reading.dossier(connection, here.releases, number, g.actor, operations=here.operations, now=now)


def _to_do(here: Services, task: TaskLine) -> TaskToDo:
    mine = task.claimed_by == g.actor.person_id
    givable = mine or may_give(g.actor, task.role, task.unit) or (task.may_do and task.claimed_by is None)
    known = here.cases.colleagues(task.id, g.actor) if givable else []
    others = tuple((key, name) for key, name in known if key not in (g.actor.person_id, task.claimed_by))
    return TaskToDo(task, due_words(here, task.due_at), mine, task.may_do and task.claimed_by is None, others)


def _sentence(line: HistoryLine) -> str:
    """
    Return what happened, in words.
    """
    sentences = {
        "started": gettext("Müraciət başlandı"),
        "submitted": gettext("«%(name)s» icra edildi", name=line.name),
        "timer": gettext("Gözləmə müddəti başa çatdı"),
        "message": gettext("«%(name)s»: gözlənilən mesaj gəldi", name=line.name),
        "signal": gettext("«%(name)s»: gözlənilən siqnal gəldi", name=line.name),
        "claimed": gettext("«%(name)s» icraya götürüldü", name=line.name),
        "put_back": gettext("«%(name)s» növbəyə qaytarıldı", name=line.name),
        "given": gettext("«%(name)s» əməkdaşa verildi: %(person)s", name=line.name, person=line.receiver or "–"),
        "retried": gettext("Dayanmış addım yenidən yerinə yetirildi"),
        "suspended": gettext("Müraciət dayandırıldı"),
        "resumed": gettext("Müraciət davam etdirildi"),
        "ended": gettext("Müraciətə xitam verildi"),
        "corrected": gettext("«%(name)s» cavabları düzəldildi", name=line.name),
        "skipped": gettext("«%(name)s» ötürüldü", name=line.name),
        "on_behalf": gettext(
            "«%(name)s» başqasının adından icra edildi: %(person)s", name=line.name, person=line.receiver or "–"
        ),
        "sent_back": gettext("«%(name)s» addımına geri qaytarıldı", name=line.name),
        "token_moved": gettext("«%(name)s» addımına keçirildi", name=line.name),
        "due_changed": gettext("«%(name)s» tapşırığının müddəti dəyişdirildi", name=line.name)
        if line.element
        else gettext("Müraciətin cavab müddəti dəyişdirildi"),
        audited.DISCLOSED: gettext("Gizlədilmiş şəxsi məlumatlar göstərildi"),
        "delivered": names.deed_name("delivered"),
        "job_suspended": names.deed_name("job_suspended"),
        "job_resumed": names.deed_name("job_resumed"),
        "job_cancelled": names.deed_name("job_cancelled"),
    }
    return sentences.get(line.event, line.name or line.event)


def _reading_name(kind: str) -> str:
    names_of_kinds = {
        audited.CASE: gettext("Müraciətin səhifəsi"),
        audited.TASK: gettext("Tapşırıq"),
        audited.STATUS: gettext("Statusun səhifəsi"),
        audited.LETTER: gettext("Sənəd yüklənib"),
        audited.FILE: gettext("Fayl yüklənib"),
        audited.DISCLOSED: gettext("Gizlədilmiş məlumatlar göstərilib"),
    }
    return names_of_kinds.get(kind, kind)


def _stages(case: Dossier, elements: Mapping[str, Element], translate: Any) -> list[tuple[str, list[Stage]]]:
    """
    Return the diagram as text: lane by lane, in the order of the drawing's file, each named element and its standing.
    """
    here, passed = set(case.tokens), set(case.path)
    lanes: dict[str, list[Stage]] = {}
    for element in elements.values():
        if element.kind in _STAGES and element.name:
            standing = _HERE if element.id in here else _PASSED if element.id in passed else _AHEAD
            name = translate(element.name, texts.language())
            lanes.setdefault(translate(element.lane or "", texts.language()), []).append(Stage(name, standing))
    return list(lanes.items())
