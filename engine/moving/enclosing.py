"""
Event sub-processes that only one of two releases has: the tokens of a case put into the box that they interrupt, or
taken out of it. A case that goes on can so be withdrawn by an event sub-process that was drawn later.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace

from engine.diagram import Diagram
from engine.diagram.event_boxes import SCOPE
from engine.spiff import BEGINS, COMPLETED, END, SPLIT, STARTED, Token


def fit_scope(tokens: Sequence[Token], old: Diagram, new: Diagram) -> tuple[Token, ...]:
    """
    Return the tokens as they would stand if both diagrams had event sub-processes of the process, or neither had; the
    events that begin them do not wait yet.
    """
    had, has = old.process + SCOPE in old.elements, new.process + SCOPE in new.elements
    if has and not had:
        return _enclosed(tokens, new)
    if had and not has:
        return _disclosed(tokens, old)
    return tuple(tokens)


def _enclosed(tokens: Sequence[Token], new: Diagram) -> tuple[Token, ...]:
    key = new.process + SCOPE
    root, *others = tokens
    split = Token(new_id(), root.id, key + SPLIT, COMPLETED, root.data, {})
    holder = Token(new_id(), split.id, key, STARTED, root.data, {})
    inner = Token(new_id(), holder.id, BEGINS, COMPLETED, root.data, {})
    below = (replace(one, parent=inner.id) if one.parent == root.id else one for one in others)
    ends = {new.process + END: key + END}
    return (root, split, holder, inner, *(replace(one, spec=ends.get(one.spec, one.spec)) for one in below))


def _disclosed(tokens: Sequence[Token], old: Diagram) -> tuple[Token, ...]:
    """The tokens without the box and the events on it; of a box that has ended nothing is left anyway."""
    key = old.process + SCOPE
    root = tokens[0]
    holder = next((one for one in tokens if one.spec == key), None)
    inner = next((one for one in tokens if holder is not None and one.parent == holder.id), None)
    if holder is None or inner is None:
        return tuple(tokens)
    around = {holder.id, holder.parent, inner.id}
    around |= {one.id for one in tokens if one.parent == holder.parent and one.spec in old.elements}
    ends = {key + END: old.process + END}
    return tuple(
        replace(one, parent=root.id if one.parent == inner.id else one.parent, spec=ends.get(one.spec, one.spec))
        for one in tokens
        if one.id not in around
    )


def new_id() -> str:
    """
    Return an id for a token that is new.
    """
    return secrets.token_hex(16)
