"""
What the forms of the meter installation ask for: choices, tables and texts, in the reader's language.

Reads only; each source is one statement, or two.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from engine.numbers import shown
from engine.operations import Look, Operations
from engine.shapes import DAY, NUMBER, OPTIONS, TEXT, list_of, options, record
from processes.registry import lists, offices, stock, subscribers
from processes.registry.calendar import local_day
from processes.registry.stock import StockLine

operations = Operations()

METER_TYPES = {
    "mechanical": {"az": "mexaniki", "ru": "механический", "en": "mechanical"},
    "smart_card": {"az": "smart-kart", "ru": "смарт-карта", "en": "smart card"},
    "smart": {"az": "ağıllı", "ru": "умный", "en": "smart"},
}
_OPEN_TASKS = {"az": "{count} açıq tapşırıq", "ru": "Открытых задач: {count}", "en": "Open tasks: {count}"}


@operations.source("reasons", gives=OPTIONS)
def reasons(look: Look) -> list[dict[str, str]]:
    """
    Return the template reasons for applying.
    """
    return lists.options(look.connection, "reasons", look.language)


@operations.source("refusal_grounds", gives=OPTIONS)
def refusal_grounds(look: Look) -> list[dict[str, str]]:
    """
    Return the facts for which a refusal can be proposed.
    """
    return lists.options(look.connection, "refusal_grounds", look.language)


@operations.source("legal_grounds", gives=OPTIONS)
def legal_grounds(look: Look) -> list[dict[str, str]]:
    """
    Return the rules of law that a refusal can rest on, each with the fact that it usually answers.
    """
    grounds = {option["value"]: option["label"] for option in refusal_grounds(look)}
    return [
        {
            "value": rule.code,
            "label": f"{rule.texts[look.language]} ({grounds[rule.refusal_ground]})"
            if rule.refusal_ground in grounds
            else rule.texts[look.language],
        }
        for rule in lists.entries(look.connection, "legal_grounds", active_only=True)
    ]


@operations.source("refusal_texts", gives=record())
def refusal_texts(look: Look) -> dict[str, str]:
    """
    Return the answer's wording to start from, in the applicant's language, for each rule of law; under "" that of the
    first one for the proposed ground, else of the last.
    """
    rules = lists.entries(look.connection, "legal_grounds", active_only=True)
    if not rules:
        return {}
    proposed = look.answers.get("refusal_ground")
    usual = next((rule for rule in rules if rule.refusal_ground == proposed), rules[-1])
    code = look.answers.get("subscriber_code")
    subscriber = subscribers.find(look.connection, str(code)) if code else None
    values = {
        "case_number": shown(look.case.number or ""),
        "address": subscriber.address if subscriber else "",
        "note": str(look.answers.get("refusal_note") or look.answers.get("stock_note") or ""),
    }
    texts = {
        name: lists.fill(rule.answers.get(look.case.language, ""), values).strip()
        for name, rule in (("", usual), *((rule.code, rule) for rule in rules))
    }
    return {name: text for name, text in texts.items() if text}


@operations.source("refusal_text", gives=TEXT)
def refusal_text(look: Look) -> str:
    """
    Return the wording for the proposed ground: what the forms of earlier releases, on which cases still stand, ask for.
    """
    return refusal_texts(look).get("", "")


@operations.source("fitters", gives=options(NUMBER))
def fitters(look: Look) -> list[dict[str, Any]]:
    """
    Return the fitters of the case's office; the number of open tasks is a hint: it is of now and no part of an answer.
    """
    words = _OPEN_TASKS[look.language]
    return [
        {"value": each.id, "label": each.name, "hint": words.format(count=each.load)}
        for each in offices.workers(look.connection, look.case.unit or "", ("fitter",))
    ]


@operations.source("fitter_load", gives=list_of(record(name=TEXT, position=TEXT, tasks=NUMBER)))
def fitter_load(look: Look) -> list[dict[str, Any]]:
    """
    Return a row for each fitter of the case's office: name, position, number of open tasks.
    """
    return [
        {"name": each.name, "position": each.position, "tasks": each.load}
        for each in offices.workers(look.connection, look.case.unit or "", ("fitter",))
    ]


@operations.source("second_specialists", gives=options(NUMBER))
def second_specialists(look: Look) -> list[dict[str, Any]]:
    """
    Return who may sign when the subscriber refuses: the office's people, the executors left out.
    """
    executors = set(look.answers.get("executors") or ())
    if look.actor is not None:
        executors.add(look.actor.person_id)
    return [
        {"value": each.id, "label": f"{each.name}, {each.position}" if each.position else each.name}
        for each in offices.workers(look.connection, look.case.unit or "", ("head", "dispatcher", "fitter"))
        if each.id not in executors
    ]


@operations.source("stock_by_diameter", gives=list_of(record(diameter=TEXT, quantity=NUMBER, lots=TEXT)))
def stock_by_diameter(look: Look) -> list[dict[str, Any]]:
    """
    Return a row for each diameter in the store of the case's office: diameter, quantity, lots (in words).
    """
    lines = stock.lines(look.connection, look.case.unit or "")
    return [
        {
            "diameter": f"DN {diameter}",
            "quantity": quantity,
            "lots": "; ".join(_by_make([line for line in lines if line.lot.diameter == diameter], look.language)),
        }
        for diameter, quantity in stock.by_diameter(look.connection, look.case.unit or "").items()
    ]


def _by_make(lines: Sequence[StockLine], language: str) -> Iterator[str]:
    for make, of_make in groupby(lines, key=lambda line: line.lot.make):
        yield f"{make} – " + ", ".join(f"{METER_TYPES[line.lot.type][language]} {line.quantity}" for line in of_make)


@operations.source("diameters_in_stock", gives=options(NUMBER))
def diameters_in_stock(look: Look) -> list[dict[str, Any]]:
    """
    Return the diameters of which the office of the case has a meter.
    """
    return [
        {"value": diameter, "label": f"{diameter} mm"}
        for diameter, quantity in stock.by_diameter(look.connection, look.case.unit or "").items()
        if quantity > 0
    ]


@operations.source("diameters", gives=options(NUMBER))
def diameters(look: Look) -> list[dict[str, Any]]:
    """
    Return every diameter of meters and pipes.
    """
    return [{"value": dn, "label": f"{dn} mm"} for dn in lists.diameters(look.connection)]


@operations.source("meter_makes", gives=OPTIONS)
def meter_makes(look: Look) -> list[dict[str, str]]:
    """
    Return the makes of meters.
    """
    return [{"value": name, "label": name} for name in lists.makes(look.connection)]


@operations.source("today", gives=DAY)
def today(look: Look) -> str:
    """
    Return Baku's day, ISO.
    """
    return local_day(look.now).isoformat()
