"""
Read a form-js schema into frozen components, and refuse what the pages cannot keep their word on.

All problems are found at once, each with the id of its component. Questions are read by `questions`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from forms import questions, text
from forms.components import Answers, Button, Component, Computed, Field, Group, Image, Rule, Table, TextBlock
from forms.expressions import Expression
from forms.findings import Findings, Piece, listed, mapping, written

#: newest form-js schema version that was read for this module
SCHEMA_VERSION = 19
#: components of one form, and depth of groups
COMPONENTS, DEPTH = 200, 5

_ELEMENT = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_APPEARANCES = ("plain", "warning", "inset", "panel")
#: what we read from form-js `properties`, on whatever component
_PROPERTIES = frozenset(
    [
        *("kind", "personal", "autocomplete", "inputmode", "rows", "prefillFrom", "prefillBy", "fresh"),
        *("requiredText", "requiredWhen", "optionalMark", "errorWhen", "errorText", "min", "max"),
        *("maxFiles", "maxMegabytes", "appearance", "summaryOf", "key", "value", "changes"),
    ]
)

Head = Mapping[str, object]


def read_components(schema: object, findings: Findings) -> tuple[Component, ...]:
    """
    Return the components of a schema; what is wrong with it is in `findings`.
    """
    root = mapping(schema)
    if root.get("type") != "default" or not isinstance(root.get("components"), list):
        findings.add("", "schema", reason="type, components")
        return ()
    if not _ELEMENT.fullmatch(written(root.get("id"))):
        findings.add("", "schema", reason="id")
    version = root.get("schemaVersion", SCHEMA_VERSION)
    if not isinstance(version, int) or version > SCHEMA_VERSION:
        findings.add("", "schema_version", version=version, highest=SCHEMA_VERSION)
    findings.keys = frozenset(_declared(root["components"]))
    return _Reader(findings).children(root["components"], depth=0)


def _declared(components: object) -> Iterator[str]:
    for raw in map(mapping, listed(components)):
        if raw.get("type") not in ("button", "group"):
            yield written(raw.get("key"))
        yield from _declared(raw.get("components"))


class _Reader:
    """
    Walk through the components of one file.
    """

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._ids: set[str] = set()
        self._count = 0

    def children(self, components: object, depth: int) -> tuple[Component, ...]:
        read = (self._component(Piece(mapping(raw), self._findings), depth) for raw in listed(components))
        return tuple(component for component in read if component is not None)

    def _component(self, piece: Piece, depth: int) -> Component | None:
        if not piece.id or piece.id in self._ids:
            piece.problem("component_id")
        self._ids.add(piece.id)
        self._count += 1
        if self._count > COMPONENTS or depth > DEPTH:
            if self._count == COMPONENTS + 1 or depth == DEPTH + 1:
                piece.problem("too_large", what=f"{COMPONENTS} × {DEPTH}")
            return None
        for name in mapping(piece.raw.get("properties")):
            if name not in _PROPERTIES:
                piece.problem("property_unknown", property=name)
        return self._made(piece, depth)

    def _made(self, piece: Piece, depth: int) -> Component | None:
        if piece.type not in _MAKERS and piece.type not in ("group", *questions.TYPES):
            piece.problem("component_unknown", type=piece.type)
            return None
        head = _head(piece)
        if piece.type == "group":
            return self._group(piece, head, depth)
        return _MAKERS.get(piece.type, questions.read_field)(piece, head)

    def _group(self, piece: Piece, head: Head, depth: int) -> Component:
        if piece.raw.get("path"):
            piece.problem("property_unsupported", property="path", reason=piece.text("path"))
        label = piece.template("label", piece.raw.get("label"))
        return Group(**head, label=label, children=self.children(piece.raw.get("components"), depth + 1))


def _head(piece: Piece) -> Head:
    hide = piece.expression("hide", mapping(piece.raw.get("conditional")).get("hide"))
    return {"id": piece.id, "hide": hide, "decided_by": _decided_by(piece, hide)}


def _decided_by(piece: Piece, hide: Expression | None) -> tuple[str, tuple[object, ...]] | None:
    if hide is None or len(hide.names) != 1:
        return None
    chosen = piece.findings.above.get(next(iter(hide.names)))
    if not isinstance(chosen, Field):
        return None
    if chosen.control == "checkbox":
        return chosen.key, (True,)
    if chosen.control not in ("radio", "select") or not chosen.choices.fixed:
        return None
    return chosen.key, tuple(value for value, _ in chosen.choices.fixed)


def _text_block(piece: Piece, head: Head) -> Component:
    if piece.property("summaryOf"):
        return _answers(piece, head)
    unsupported = text.unsupported(piece.text("text"))
    if unsupported:
        piece.problem("text_unsupported", piece=unsupported)
    appearance = piece.property("appearance") or "plain"
    if appearance not in _APPEARANCES:
        piece.problem("property_unsupported", property="appearance", reason=appearance)
    return TextBlock(**head, content=piece.template("text", piece.raw.get("text")), appearance=appearance)


def _answers(piece: Piece, head: Head) -> Component:
    elements = tuple(name.strip() for name in piece.property("summaryOf").split(",") if name.strip())
    piece.findings.sources.update(f"answers_of:{element}" for element in elements)
    return Answers(**head, label=piece.template("label", piece.raw.get("label")), elements=elements)


def _table(piece: Piece, head: Head) -> Component:
    if piece.property("summaryOf"):
        return _answers(piece, head)
    source = piece.expression("dataSource", piece.raw.get("dataSource"))
    if source is None:
        piece.problem("data_source")
    else:
        piece.findings.sources |= source.names - piece.findings.keys
    columns = tuple(
        (written(column.get("label")), written(column.get("key")))
        for column in map(mapping, listed(piece.raw.get("columns")))
    )
    if not columns or not all(key for _, key in columns):
        piece.problem("columns")
    return Table(**head, label=piece.template("label", piece.raw.get("label")), source=source, columns=columns)


def _image(piece: Piece, head: Head) -> Component:
    source, alt = piece.text("source"), piece.text("alt")
    if not re.fullmatch(r"/(?!/)[^\s\\]*", source) or not alt:
        piece.problem("image")
    return Image(**head, source=source, alt=alt)


def _rule(piece: Piece, head: Head) -> Component:
    return Rule(**head, kind=piece.type)


def _button(piece: Piece, head: Head) -> Component:
    action = piece.raw.get("action", "submit")
    if action != "submit":
        piece.problem("property_unsupported", property="action", reason=str(action))
    key, value, label = piece.property("key"), piece.property("value"), piece.text("label")
    if not label:
        piece.problem("label_missing")
    if key and not questions.is_key(key):
        piece.problem("key_missing", key=key)
    if key and key in piece.findings.keys:
        piece.problem("key_repeated", key=key)
    return Button(**head, label=label, key=key, value=value, changes=piece.property("changes"))


def _computed(piece: Piece, head: Head) -> Component:
    expression = piece.expression("expression", piece.raw.get("expression"))
    key = questions.key_of(piece)
    made = Computed(**head, key=key, expression=expression)
    piece.findings.above[key] = made
    return made


_MAKERS: Mapping[str, Callable[[Piece, Head], Component]] = {
    "text": _text_block,
    "table": _table,
    "image": _image,
    "separator": _rule,
    "spacer": _rule,
    "button": _button,
    "expression": _computed,
}
