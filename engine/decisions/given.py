"""
Input data as JSON brings it: texts where a file declares dates, times or durations.

Source: DMN 1.5 §10.3.2.3 (their texts are those of XML Schema, which are ISO 8601's).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engine.feel import temporal
from engine.feel.types import ANY, Type
from engine.feel.values import adopt, check_depth

_READERS: Mapping[str, Callable[[str], Any]] = {
    "date": temporal.date_of,
    "time": temporal.time_of,
    "date and time": temporal.moment_of,
    "days and time duration": temporal.duration_of,
    "years and months duration": temporal.duration_of,
}


@dataclass(frozen=True)
class InputData:
    """
    What a decision is given from outside.
    """

    name: str
    type: Type = ANY


def received(value: Any, type_: Type, depth: int = 0) -> Any:
    """
    Return a value with its texts read as the dates, times and durations that the type wants.

    Raises:
        FeelError: the value is too deep.
    """
    check_depth(depth)
    value = adopt(value)
    if isinstance(value, str) and type_.name in _READERS:
        read = _READERS[type_.name](value)
        return value if read is None else read
    if isinstance(value, list) and type_.name == "list" and type_.part is not None:
        return [received(item, type_.part, depth + 1) for item in value]
    if isinstance(value, dict) and type_.fields:
        return value | {name: received(value[name], part, depth + 1) for name, part in type_.fields if name in value}
    return value
