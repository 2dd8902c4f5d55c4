"""
Random changes to the files of a release that are no diagrams: forms, decision tables, scenarios, letters, catalogues.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

_VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1e308, "", "x", "=", "=1 =", "=__import__", "={a: 1}", [], {}, [[]], {"a": None}),
    *("a" * 5_000, "{{=x}}", "{{", "red", "=x.y", "date", "(a+)+$", "ə\u202e", ["x"], [{"value": "x"}]),
)
_WORDS = (
    *("", "-", "  - x", "x: y", "[", "{", "}", '"', "'", "&a [*a, *a]", "*a", "!!python/object:os.system x", "\t"),
    *("{case_number}", "{", "{x}", "{x.__class__}", "{0}", "%(x)s", "msgid ''", "msgstr", "= = =", "[x]", "x = 1"),
    *("<<: *a", "null", "2026-13-45", "99999999999999999999", "\x00", "\ufeff", "\u202e", "a" * 3_000),
)


def alter(path: str, content: bytes, chance: random.Random) -> bytes:
    """
    Return the content with one to three random changes.
    """
    for _ in range(chance.choice((1, 1, 2, 3))):
        content = (_alter_json if path.endswith(".form") and chance.random() < 0.9 else _alter_text)(content, chance)
    return content


def _alter_json(content: bytes, chance: random.Random) -> bytes:
    try:
        root = json.loads(content)
    except ValueError:
        return _alter_text(content, chance)
    places = list(_places(root))
    if places:
        holder, key = chance.choice(places)
        chance.choice(_CHANGES)(holder, key, places, chance)
    return json.dumps(root, ensure_ascii=False, indent=2).encode()


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (holder, key or index)."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])


def _remove(holder: Any, key: Any, _places: list[tuple[Any, Any]], _chance: random.Random) -> None:
    del holder[key]


def _replace(holder: Any, key: Any, _places: list[tuple[Any, Any]], chance: random.Random) -> None:
    holder[key] = chance.choice(_VALUES)


def _copy(holder: Any, key: Any, places: list[tuple[Any, Any]], chance: random.Random) -> None:
    other, at = chance.choice(places)
    holder[key] = json.loads(json.dumps(other[at]))


def _repeat(holder: Any, key: Any, _places: list[tuple[Any, Any]], chance: random.Random) -> None:
    again = json.loads(json.dumps(holder[key]))
    if isinstance(holder, list):
        holder.append(again)
    else:
        holder[chance.choice((f"{key}2", "hide", "min", "properties", "values"))] = again


_CHANGES: tuple[Callable[[Any, Any, list[tuple[Any, Any]], random.Random], None], ...] = (
    _remove,
    _replace,
    _replace,
    _copy,
    _repeat,
)


def _alter_text(content: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.1:
        at = chance.randrange(len(content) + 1)
        return content[:at] + chance.choice((b"", b"\xff", b"\0", content[:at])) + content[at + 1 :]
    lines = content.decode(errors="replace").split("\n")
    at, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(5):
        case 0:
            del lines[at]
        case 1:
            lines.insert(other, lines[at])
        case 2:
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            lines.insert(at, chance.choice(_WORDS))
        case _:
            within = chance.randrange(len(lines[at]) + 1)
            lines[at] = lines[at][:within] + chance.choice(_WORDS) + lines[at][within:]
    return "\n".join(lines).encode(errors="replace")
