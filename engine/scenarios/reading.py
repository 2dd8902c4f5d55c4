"""
The file of a scenario: read into a frozen value, and written from one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import yaml

from engine.safe_xml import Place
from engine.scenarios.nodes import Unreadable, Written, read_nodes
from engine.simulation.stubs import MONDAY
from engine.world import ZONE

#: words of the file
_KEYS = frozenset({"name", "begin", "opens", "services", "sources", "steps", "passes", "end", "mails"})
WAIT, AT, EVENT = "wait", "at", "event"
_MOMENTS = ("%d.%m.%Y %H:%M", "%Y-%m-%d %H:%M", "%d.%m.%Y", "%Y-%m-%d")


@dataclass(frozen=True)
class Step:
    """
    What somebody does, or how time passes.
    """

    #: of the task or timer; empty: time passes
    element: str
    #: texts by field key, as somebody types them; None: the timer's moment comes
    answers: Mapping[str, Sequence[str]] | None = None
    #: to this moment
    at: datetime | None = None
    #: True: the message or signal comes that the element waits for, with this payload as written
    told: bool = False
    payload: Any = None
    place: Place = (0, 0)


@dataclass(frozen=True)
class Scenario:
    """
    One case as it should go.
    """

    file: str
    name: str
    begin: datetime
    #: what the message or signal carries that opens the case, as written
    opens: Any
    #: operation -> its answers in turn, as written; the last one goes on
    services: Mapping[str, Sequence[Any]]
    #: source -> what it offers, as written
    sources: Mapping[str, Any]
    steps: tuple[Step, ...]
    #: elements and flows that must be passed in this order
    passes: tuple[str, ...]
    #: end event; empty: the case does not end
    end: str
    #: letters in the order in which they are asked for; None: not compared
    mails: tuple[str, ...] | None
    #: word of the file -> where it stands
    places: Mapping[str, Place] = field(default_factory=dict)


def read_scenario(file: str, content: bytes) -> Scenario:
    """
    Read a scenario.

    Raises:
        Unreadable: with the place.
    """
    root = read_nodes(content)
    words = _mapping(root)
    unknown = words.keys() - _KEYS
    if unknown:
        name = min(unknown)
        raise Unreadable(name, words[name].place)
    services = {name: _results(given) for name, given in _mapping(words.get("services")).items()}
    return Scenario(
        file=file,
        name=_text(words.get("name")),
        begin=_moment(words["begin"]) if "begin" in words else MONDAY,
        opens=words["opens"].plain if "opens" in words else None,
        services=services,
        sources={name: given.plain for name, given in _mapping(words.get("sources")).items()},
        steps=tuple(map(_step, _list(words.get("steps")))),
        passes=tuple(_text(one) for one in _list(words.get("passes"))),
        end=_text(words.get("end")),
        mails=tuple(_text(one) for one in _list(words["mails"])) if "mails" in words else None,
        places={name: value.place for name, value in words.items()},
    )


def _results(given: Written) -> list[Any]:
    return given.plain if isinstance(given.value, list) else [given.plain]


def _step(written: Written) -> Step:
    if isinstance(written.value, str):
        return Step(written.value, {}, place=written.place)
    parts = _mapping(written)
    if len(parts) != 1:
        raise Unreadable("steps", written.place)
    ((name, value),) = parts.items()
    if name == WAIT:
        return Step(_text(value), place=written.place)
    if name == AT:
        return Step("", at=_moment(value), place=written.place)
    if name == EVENT:
        return _event(value)
    return Step(name, {key: _texts(answer) for key, answer in _mapping(value).items()}, place=written.place)


def _event(written: Written) -> Step:
    """The element alone, or the element with what comes along."""
    if isinstance(written.value, str):
        return Step(written.value, place=written.place, told=True)
    parts = _mapping(written)
    if len(parts) != 1:
        raise Unreadable(EVENT, written.place)
    ((name, value),) = parts.items()
    return Step(name, place=written.place, told=True, payload=value.plain)


def _mapping(written: Written | None) -> dict[str, Written]:
    if written is None or written.value == "":
        return {}
    if not isinstance(written.value, dict):
        raise Unreadable("{…}", written.place)
    return written.value


def _list(written: Written | None) -> list[Written]:
    if written is None or written.value == "":
        return []
    if not isinstance(written.value, list):
        raise Unreadable("[…]", written.place)
    return written.value


def _text(written: Written | None) -> str:
    if written is None:
        return ""
    if not isinstance(written.value, str):
        raise Unreadable("…", written.place)
    return written.value


def _texts(written: Written) -> list[str]:
    if isinstance(written.value, list):
        return [_text(one) for one in written.value]
    return [_text(written)]


def _moment(written: Written) -> datetime:
    """A local moment of Baku, aware."""
    for shape in _MOMENTS:
        try:
            return datetime.strptime(_text(written), shape).replace(tzinfo=ZONE)
        except ValueError:
            continue
    raise Unreadable(_text(written), written.place)


def write_scenario(scenario: Scenario) -> str:
    """
    Return the file of a scenario; the same scenario gives the same text.
    """
    root: dict[str, Any] = {"name": scenario.name, "begin": _said(scenario.begin)}
    if scenario.opens is not None:
        root["opens"] = scenario.opens
    if scenario.services:
        root["services"] = {name: list(given) for name, given in sorted(scenario.services.items())}
    if scenario.sources:
        root["sources"] = dict(sorted(scenario.sources.items()))
    root["steps"] = [_written_step(step) for step in scenario.steps]
    root["passes"] = list(scenario.passes)
    if scenario.end:
        root["end"] = scenario.end
    if scenario.mails is not None:
        root["mails"] = list(scenario.mails)
    return yaml.dump(root, Dumper=_Plain, allow_unicode=True, sort_keys=False, width=110)


def _written_step(step: Step) -> Any:
    if step.at is not None:
        return {AT: _said(step.at)}
    if step.told:
        return {EVENT: step.element if step.payload is None else {step.element: step.payload}}
    if step.answers is None:
        return {WAIT: step.element}
    answers = {key: texts[0] if len(texts) == 1 else list(texts) for key, texts in step.answers.items()}
    return {step.element: answers} if answers else step.element


def _said(moment: datetime) -> str:
    return f"{moment.astimezone(ZONE):%d.%m.%Y %H:%M}"


class _Plain(yaml.SafeDumper):
    """
    Writes texts without quotation marks wherever `read_nodes` reads them back.
    """

    def ignore_aliases(self, data: object) -> bool:
        return True


_Plain.add_representer(str, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text))
_Plain.yaml_implicit_resolvers = {}
