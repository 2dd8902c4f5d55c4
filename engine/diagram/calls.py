"""
What a call of another process hands over and takes back. How the called process comes to stand where the call is:
`engine.linking`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

#: BPMN's name of a call
CALL = "callActivity"
#: attribute of a call that was linked: the process; and of one that was not: why, as a finding's code
CALLED, REFUSED = "called", "refused"
#: property of a process: names of what it may be handed over; attribute of a call that was linked: the same
INPUTS, WANTS = "inputs", "wants"
#: beginnings of the properties of a call: what goes in, what comes back
WAYS = INPUT, OUTPUT = "input:", "output:"


@dataclass(frozen=True)
class Call:
    """
    What goes into a called process and what comes back: variable -> FEEL text.
    """

    process: str
    inputs: tuple[tuple[str, str], ...]
    outputs: tuple[tuple[str, str], ...]
    #: what the called process may be handed over; what it is not handed is null there
    wants: tuple[str, ...] = ()


def call_of(node: etree._Element, properties: Mapping[str, str]) -> Call | None:
    """
    Return what a sub-process that was linked calls.
    """
    process = node.get(CALLED)
    if process is None:
        return None
    return Call(process, _of(properties, INPUT), _of(properties, OUTPUT), names_of(node.get(WANTS)))


def names_of(text: str | None) -> tuple[str, ...]:
    """
    Return the names in a list that commas part.
    """
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def _of(properties: Mapping[str, str], way: str) -> tuple[tuple[str, str], ...]:
    return tuple((name.removeprefix(way), text) for name, text in properties.items() if name.startswith(way))
