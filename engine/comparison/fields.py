"""
Differences between two form files, field by field and option by option.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from engine.comparison.change import Change

#: what an editor writes for itself
_EDITORS = frozenset(
    {"components", "values", "id", "layout", "exporter", "executionPlatform", "executionPlatformVersion"}
)
Component = Mapping[str, Any]


def compare_forms(file: str, old: bytes, new: bytes) -> Iterator[Change]:
    """
    Yield what differs between two form files.

    Raises:
        ValueError: if one of them is not JSON.
    """
    before, after = json.loads(old), json.loads(new)
    name = file.rpartition("/")[2].removesuffix(".form")
    for part, was, now in _differences(before, after):
        yield Change("form", "changed", file, None, name, part, was, now)
    olds, news = dict(_components(before)), dict(_components(after))
    for key, (component, _) in olds.items():
        if key not in news:
            yield Change("field", "removed", file, key, _label(component))
    for key, (component, place) in news.items():
        if key not in olds:
            yield Change("field", "added", file, key, _label(component))
            continue
        was, was_place = olds[key]
        for part, value, now in _differences(was, component):
            rights = part == "properties.personal"  # what is personal is hidden from whoever need not see it
            yield Change("field", "changed", file, key, _label(component), part, value, now, rights=rights)
        yield from _options(file, key, was, component)
        if was_place != place:
            yield Change("field", "moved", file, key, _label(component), "group", was_place, place)
    kept = [key for key in olds if key in news]
    if kept != [key for key in news if key in olds]:
        yield Change("form", "moved", file, None, name)


def _components(schema: Component, place: str = "") -> Iterator[tuple[str, tuple[Component, str]]]:
    """Id -> the component and the group that it lies in, in the order of the page."""
    for number, component in enumerate(schema.get("components") or ()):
        key = str(component.get("id") or component.get("key") or f"{place}#{number}")
        yield key, (component, place)
        yield from _components(component, key)


def _options(file: str, key: str, old: Component, new: Component) -> Iterator[Change]:
    before = {str(option.get("value")): str(option.get("label", "")) for option in old.get("values") or ()}
    after = {str(option.get("value")): str(option.get("label", "")) for option in new.get("values") or ()}
    label = _label(new)
    for value in before:
        if value not in after:
            yield Change("option", "removed", file, key, label, old=before[value])
    for value, words in after.items():
        if value not in before:
            yield Change("option", "added", file, key, label, new=words)
        elif before[value] != words:
            yield Change("option", "renamed", file, key, label, old=before[value], new=words)
    if [value for value in before if value in after] != [value for value in after if value in before]:
        yield Change("option", "moved", file, key, label)


def _differences(old: Component, new: Component) -> Iterator[tuple[str, str, str]]:
    before, after = dict(_flat(old)), dict(_flat(new))
    for part in sorted(before.keys() | after.keys()):
        was, now = before.get(part, ""), after.get(part, "")
        if was != now:
            yield part, was, now


def _flat(value: Component, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        if not prefix and name in _EDITORS:
            continue
        if isinstance(inner, Mapping):
            yield from _flat(inner, f"{prefix}{name}.")
        elif inner is not None:
            yield prefix + name, inner if isinstance(inner, str) else json.dumps(inner, ensure_ascii=False)


def _label(component: Component) -> str:
    return str(component.get("label") or component.get("text") or component.get("key") or component.get("id") or "")
