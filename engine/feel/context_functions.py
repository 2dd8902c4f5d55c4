"""
FEEL's functions on contexts.

Source: DMN 1.3 §10.3.4.8; `context`, `context put` and `context merge` DMN 1.4 §10.3.4.9.
"""

from __future__ import annotations

from engine.feel.functions import Table
from engine.feel.values import Spend, adopt, check_depth, check_size

FUNCTIONS = Table()


@FUNCTIONS.declare("get value", "m: context, key: string", "context: context, key: string")
def get_value(context: dict, key: str) -> object:
    """
    Return the value under the key, None if there is none.
    """
    return adopt(context.get(key))


@FUNCTIONS.declare("get entries", "m: context", "context: context", spends=True)
def get_entries(spend: Spend, context: dict) -> list[dict]:
    """
    List the entries as contexts of key and value.
    """
    spend(len(context))
    return [{"key": key, "value": adopt(value)} for key, value in context.items()]


@FUNCTIONS.declare("context", "entries: list", spends=True)
def context_of(spend: Spend, entries: list[object]) -> dict | None:
    """
    Make a context of entries as `get entries` lists them; None if one is none or a key comes twice.
    """
    spend(len(entries))
    made: dict[str, object] = {}
    for entry in map(adopt, entries):
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str) or "value" not in entry:
            return None
        if entry["key"] in made:
            return None
        made[entry["key"]] = adopt(entry["value"])
    return made


@FUNCTIONS.declare(
    "context put",
    "context: context, key or keys: string or list, value: any",
    "context: context, key: string, value: any",
    "context: context, keys: list, value: any",
    spends=True,
)
def context_put(spend: Spend, context: dict, key: str | list[object], value: object) -> dict | None:
    """
    Return the context with the value under the key, or under a path of keys; None if the path leads through something
    else than contexts.
    """
    keys = key if isinstance(key, list) else [key]
    if not keys or not all(isinstance(one, str) for one in keys):
        return None
    check_depth(len(keys))
    changed = made = dict(context)
    for one in keys[:-1]:
        spend(len(made))
        inner = made.get(one)
        if not isinstance(inner, dict):
            return None
        made[one] = made = dict(inner)
    spend(len(made))
    made[keys[-1]] = value
    return changed


@FUNCTIONS.declare("context merge", "contexts: list", spends=True)
def context_merge(spend: Spend, contexts: list[object]) -> dict | None:
    """
    Join contexts; a later one's entries win.
    """
    merged: dict[str, object] = {}
    for context in map(adopt, contexts):
        if not isinstance(context, dict):
            return None
        spend(len(context))
        merged |= context
        check_size(len(merged))
    return merged
