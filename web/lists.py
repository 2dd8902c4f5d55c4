"""
Lists that the staff edit: the working-day calendar, reasons for applying, grounds of refusal, rules of law.

Every change keeps who made it and when. What a list means to a case is the registry's matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, url_for
from flask_babel import format_date, gettext, lazy_gettext
from sqlalchemy import Connection

from engine import rights
from processes.registry import calendar, list_changes, lists, offices
from processes.registry.lists import Entry
from web import texts
from web.access import may
from web.due import forget_exceptions
from web.facets import forget_words
from web.services import services

blueprint = Blueprint("lists", __name__)

#: name in the address -> the registry's name and what people call it
LISTS: Mapping[str, tuple[str, Any]] = {
    "sebebler": ("reasons", lazy_gettext("Müraciət səbəbləri")),
    "imtina-esaslari": ("refusal_grounds", lazy_gettext("İmtina əsasları")),
    "huquqi-esaslar": ("legal_grounds", lazy_gettext("Hüquqi əsaslar")),
}
LEGAL = "legal_grounds"
_CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
_DAY = re.compile(r"\s*([0-9]{1,2})[.\s/-]+([0-9]{1,2})[.\s/-]+([0-9]{4})\s*")
#: characters of one text
LONGEST, LONGEST_ANSWER = 300, 4000
YEARS = range(2020, 2100)

Errors = dict[str, str]


@dataclass(frozen=True)
class TypedDay:
    """
    What was typed to make a day an exception.
    """

    day: str = ""
    kind: str = ""
    note: str = ""


@blueprint.get("/siyahilar")
@may(rights.LISTS)
def page() -> Any:
    """
    Name the lists.
    """
    return render_template("lists/page.html", lists=LISTS, year=_this_year())


@blueprint.get("/siyahilar/teqvim")
@may(rights.LISTS)
def days() -> Any:
    """
    Show a year's exceptions of the week's rule.
    """
    return _days(_year(request.args.get("il", "")), TypedDay(), {})


@blueprint.post("/siyahilar/teqvim")
@may(rights.LISTS)
def add_day() -> Any:
    """
    Make a day a holiday or a working day.
    """
    typed = TypedDay(
        request.form.get("day", "")[:40], request.form.get("kind", ""), request.form.get("note", "").strip()[:LONGEST]
    )
    if texts.choose_language():
        return _days(_year(request.form.get("il", "")), typed, {})
    day = _day(typed.day)
    errors: Errors = {}
    if day is None:
        errors["day"] = gettext("Tarixi gün.ay.il şəklində yazın, məsələn 20.03.2027")
    if typed.kind not in calendar.KINDS:
        errors["kind"] = gettext("İş günü, yoxsa qeyri-iş günü olduğunu seçin")
    if not typed.note:
        errors["note"] = gettext("Günün adını və ya səbəbini yazın")
    if errors or day is None:
        return _days(_year(request.form.get("il", "")), typed, errors), 422
    here = services()
    with here.database.step() as connection:
        now = here.ports.clock.now()
        calendar.put(connection, day, typed.kind, typed.note, by=g.actor.person_id, now=now)
    forget_exceptions()
    return redirect(url_for("lists.days", il=day.year, bildiris="saxlanildi"), 303)


@blueprint.post("/siyahilar/teqvim/sil")
@may(rights.LISTS)
def remove_day() -> Any:
    """
    Let the week's rule hold again on a day.
    """
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        abort(400)
    here = services()
    with here.database.step() as connection:
        calendar.remove(connection, day, by=g.actor.person_id, now=here.ports.clock.now())
    forget_exceptions()
    return redirect(url_for("lists.days", il=day.year, bildiris="silindi"), 303)


@blueprint.get("/siyahilar/<name>")
@may(rights.LISTS)
def entries(name: str) -> Any:
    """
    Show a list with who changed each entry.
    """
    key, title = _list(name)
    with services().database.read() as connection:
        return render_template(
            "lists/entries.html",
            name=name,
            title=title,
            entries=lists.entries(connection, key),
            changes=list_changes.latest(connection, key),
            notice=request.args.get("bildiris"),
        )


@blueprint.get("/siyahilar/<name>/yeni")
@may(rights.LISTS)
def new_entry(name: str) -> Any:
    """
    Ask for a new entry.
    """
    key, _ = _list(name)
    with services().database.read() as connection:
        last = max((each.position for each in lists.entries(connection, key)), default=-1)
        return _form(connection, name, Entry("", {}, last + 1), {}, new=True, seen=0)


@blueprint.get("/siyahilar/<name>/<code>")
@may(rights.LISTS)
def edit_entry(name: str, code: str) -> Any:
    """
    Show an entry to be changed, and its earlier changes.
    """
    key, _ = _list(name)
    with services().database.read() as connection:
        found = lists.entry(connection, key, code)
        if found is None:
            abort(404)
        seen = list_changes.latest_id(connection, key, code)
        return _form(connection, name, found, {}, new=False, seen=seen)


@blueprint.post("/siyahilar/<name>")
@may(rights.LISTS)
def save_entry(name: str) -> Any:
    """
    Enter an entry or change one, unless a colleague changed it meanwhile.
    """
    key, _ = _list(name)
    here, new, seen = services(), request.form.get("new") == "1", _number(request.form.get("seen", ""))
    typed = _typed()
    if texts.choose_language():
        with here.database.read() as connection:
            return _form(connection, name, typed, {}, new=new, seen=seen)
    errors = _mistakes(key, typed)
    with here.database.step() as connection:
        known = lists.entry(connection, key, typed.code) if _CODE.fullmatch(typed.code) else None
        if new and known is not None:
            errors["code"] = gettext("Bu kod artıq var. Başqa kod yazın")
        if not new and known is None:
            abort(404)
        grounds = {each.code for each in lists.entries(connection, "refusal_grounds")}
        if typed.refusal_ground is not None and typed.refusal_ground not in grounds:
            errors["refusal_ground"] = gettext("İmtina əsasını siyahıdan seçin")
        now_seen = list_changes.latest_id(connection, key, typed.code) if known else 0
        if not errors and now_seen != seen:
            errors["code"] = gettext("Bu sətri bu arada başqa əməkdaş dəyişib. Yenidən açıb yoxlayın")
        if errors:
            return _form(connection, name, typed, errors, new=new, seen=seen), 422
        if known != typed:
            _write(connection, key, known, typed)
    forget_words()
    return redirect(url_for("lists.entries", name=name, bildiris="saxlanildi"), 303)


def _write(connection: Connection, key: str, known: Entry | None, typed: Entry) -> None:
    lists.save(connection, key, typed)
    list_changes.note(
        connection,
        key,
        typed.code,
        at=services().ports.clock.now(),
        by=g.actor.person_id,
        before=_said(known) if known else "",
        after=_said(typed),
    )


def _said(entry: Entry) -> str:
    """Return an entry as a change shows it."""
    words = entry.texts["az"]
    return words if entry.active else f"{words} (×)"


def _list(name: str) -> tuple[str, Any]:
    if name not in LISTS:
        abort(404)
    return LISTS[name]


def _typed() -> Entry:
    form = request.form
    answers = {language: form.get(f"answer_{language}", "").strip() for language in lists.LANGUAGES}
    return Entry(
        code=form.get("code", "").strip()[:80],
        texts={language: form.get(f"text_{language}", "").strip() for language in lists.LANGUAGES},
        position=_number(form.get("position", "")),
        active=form.get("active") == "1",
        answers=answers if "answer_az" in form else {},
        refusal_ground=form.get("refusal_ground") or None,
    )


def _mistakes(key: str, typed: Entry) -> Errors:
    errors: Errors = {}
    if not _CODE.fullmatch(typed.code):
        errors["code"] = gettext("Kodu kiçik latın hərfləri, rəqəm və alt xətt ilə yazın, məsələn new_house")
    for language in lists.LANGUAGES:
        name = texts.LANGUAGES[language]
        if not typed.texts[language]:
            errors[f"text_{language}"] = gettext("Mətni yazın: %(language)s", language=name)
        elif len(typed.texts[language]) > LONGEST:
            errors[f"text_{language}"] = gettext("Mətn ən çoxu %(most)s işarə ola bilər", most=LONGEST)
        if key == LEGAL:
            answer = typed.answers.get(language, "")
            if not answer:
                errors[f"answer_{language}"] = gettext("Cavabın mətnini yazın: %(language)s", language=name)
            elif len(answer) > LONGEST_ANSWER:
                errors[f"answer_{language}"] = gettext("Mətn ən çoxu %(most)s işarə ola bilər", most=LONGEST_ANSWER)
    return errors


def _form(connection: Connection, name: str, entry: Entry, errors: Errors, *, new: bool, seen: int) -> str:
    key, title = LISTS[name]
    if key != LEGAL:
        entry = replace(entry, answers={})
    return render_template(
        "lists/entry.html",
        name=name,
        title=title,
        entry=entry,
        errors=errors,
        problems=_problems(errors),
        new=new,
        seen=seen,
        languages=texts.LANGUAGES,
        is_legal=key == LEGAL,
        grounds=lists.entries(connection, "refusal_grounds") if key == LEGAL else (),
        changes=() if new else list_changes.of_entry(connection, key, entry.code),
    )


def _days(year: int, typed: TypedDay, errors: Errors) -> str:
    with services().database.read() as connection:
        found = calendar.days_of(connection, year)
        names = offices.person_names(connection, [each.changed_by for each in found if each.changed_by is not None])
        changes = calendar.changes(connection, year)
    return render_template(
        "lists/days.html",
        year=year,
        years=range(_this_year() - 1, _this_year() + 3),
        days=[(each, names.get(each.changed_by or 0, ("",))[0]) for each in found],
        changes=[(each, _kind_and_note(each.before), _kind_and_note(each.after)) for each in changes],
        typed=typed,
        errors=errors,
        problems=_problems(errors),
        weekday=_weekday,
        notice=request.args.get("bildiris"),
    )


def _problems(errors: Errors) -> list[dict[str, str]]:
    return [{"text": text, "href": f"#{key}"} for key, text in errors.items()]


def _kind_and_note(said: str) -> tuple[str, str]:
    kind, _, note = said.partition(": ")
    return kind, note


def _weekday(day: date) -> str:
    return format_date(day, "EEEE")


def _day(text: str) -> date | None:
    match = _DAY.fullmatch(text)
    try:
        found = date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        return None
    return found if found is not None and found.year in YEARS else None


def _year(text: str) -> int:
    year = _number(text)
    return year if year in YEARS else _this_year()


def _this_year() -> int:
    return services().ports.clock.now().astimezone(texts.BAKU).year


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
