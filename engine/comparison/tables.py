"""
Differences between two files of decision tables, row by row and cell by cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from engine.comparison.change import Change
from engine.safe_xml import Source

_BOXED = frozenset({"context", "invocation", "relation", "list", "functionDefinition", "conditional", "filter", "for"})


@dataclass(frozen=True)
class _Column:
    label: str
    #: what is asked or given: expression or name, with its type
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Decision:
    name: str
    facts: dict[str, str]
    columns: dict[str, _Column]
    #: rule -> column -> cell
    rules: dict[str, dict[str, str]]
    #: rule -> what it says about itself
    descriptions: dict[str, str] = field(default_factory=dict)


def compare_tables(file: str, old: Source, new: Source) -> Iterator[Change]:
    """
    Yield what differs between two files of decision tables.
    """
    olds, news = _decisions(old), _decisions(new)
    for key in olds:
        if key not in news:
            yield Change("table", "removed", file, key, olds[key].name)
    for key, decision in news.items():
        if key not in olds:
            yield Change("table", "added", file, key, decision.name)
        else:
            yield from _decision(file, key, olds[key], decision)
    yield from _beside(file, old, new)


def _beside(file: str, old: Source, new: Source) -> Iterator[Change]:
    """Input data, kinds of values, knowledge: whatever stands beside the decisions."""
    before, after = _others(old), _others(new)
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was != now:
            kind = "added" if was is None else "removed" if now is None else "changed"
            name = (now or was or ("", ""))[0]
            yield Change("beside", kind, file, key, name)


def _others(source: Source) -> dict[str, tuple[str, object]]:
    found = {}
    for node in source.root.iterchildren(etree.Element):
        kind, key = etree.QName(node).localname, node.get("id") or node.get("name")
        if key and kind not in ("decision", "DMNDI"):
            found[key] = (node.get("name") or key, _all_of(node))
    return found


def _all_of(node: etree._Element) -> object:
    children = [_all_of(child) for child in node.iterchildren(etree.Element)]
    return node.tag, sorted(node.attrib.items()), _text(node), children


def _decision(file: str, key: str, old: _Decision, new: _Decision) -> Iterator[Change]:
    for part in [*old.facts, *(part for part in new.facts if part not in old.facts)]:
        was, now = old.facts.get(part, ""), new.facts.get(part, "")
        if was != now:
            yield Change("table", "changed", file, key, new.name, part, was, now)
    yield from _columns(file, old, new)
    yield from _rules(file, old, new)


def _columns(file: str, old: _Decision, new: _Decision) -> Iterator[Change]:
    for key in old.columns:
        if key not in new.columns:
            yield Change("column", "removed", file, key, new.name, old=old.columns[key].label)
    for key, column in new.columns.items():
        if key not in old.columns:
            yield Change("column", "added", file, key, new.name, new=column.label)
            continue
        for (part, was), (_, now) in zip(old.columns[key].facts, column.facts, strict=True):
            if was != now:
                yield Change("column", "changed", file, key, f"{new.name}: {column.label}", part, was, now)


def _rules(file: str, old: _Decision, new: _Decision) -> Iterator[Change]:
    places = {key: place for place, key in enumerate(new.rules, 1)}
    for place, key in enumerate(old.rules, 1):
        if key not in new.rules:
            cells = old.rules[key].items()
            was = _row(old, dict(cells))
            yield Change("rule", "removed", file, key, f"{new.name}: {place}", old=was)
    for key, cells in new.rules.items():
        if key not in old.rules:
            yield Change("rule", "added", file, key, f"{new.name}: {places[key]}", new=_row(new, cells))
            continue
        for column in [*cells, *(column for column in old.rules[key] if column not in cells)]:
            was, now = old.rules[key].get(column, ""), cells.get(column, "")
            if was != now and column in new.columns and column in old.columns:
                label = f"{new.name}, {places[key]}: {new.columns[column].label}"
                yield Change("rule", "changed", file, key, label, "cell", was or "-", now or "-")
        was, now = old.descriptions[key], new.descriptions[key]
        if was != now:
            yield Change("rule", "changed", file, key, f"{new.name}, {places[key]}", "description", was, now)
    kept = [key for key in old.rules if key in new.rules]
    if kept != [key for key in new.rules if key in old.rules]:
        yield Change("table", "moved", file, None, new.name)


def _row(decision: _Decision, cells: dict[str, str]) -> str:
    said = [f"{decision.columns[key].label}: {text or '-'}" for key, text in cells.items() if key in decision.columns]
    return "; ".join(said)


def _decisions(source: Source) -> dict[str, _Decision]:
    found = {}
    for node in source.root.iter("{*}decision"):
        key = node.get("id") or ""
        found[key] = _read(node)
    return found


def _read(node: etree._Element) -> _Decision:
    table = node.find("{*}decisionTable")
    facts = {
        "name": node.get("name") or "",
        "description": _text(node.find("{*}description")),
        "expression": _text(node.find("{*}literalExpression/{*}text")),
        "requires": _links(node, "requiredDecision"),
        "requires_input": _links(node, "requiredInput"),
        "requires_knowledge": _links(node, "requiredKnowledge"),
        "logic": _logic(node),
    }
    name = facts["name"] or node.get("id") or ""
    if table is None:
        return _Decision(name, facts, {}, {})
    facts |= {"hit_policy": table.get("hitPolicy", "UNIQUE"), "aggregation": table.get("aggregation") or ""}
    inputs, outputs, notes = (table.findall(f"{{*}}{kind}") for kind in ("input", "output", "annotation"))
    columns = {column.get("id") or f"input {n}": _input(column) for n, column in enumerate(inputs)}
    columns |= {column.get("id") or f"output {n}": _output(column, name) for n, column in enumerate(outputs)}
    columns |= {f"annotation {n}": _Column(note.get("name") or "", ()) for n, note in enumerate(notes)}
    rules, descriptions = {}, {}
    for number, rule in enumerate(table.iterfind("{*}rule")):
        kinds = ("inputEntry", "outputEntry", "annotationEntry")
        cells = (_text(entry.find("{*}text")) for kind in kinds for entry in rule.iterfind(f"{{*}}{kind}"))
        key = rule.get("id") or f"rule {number}"
        rules[key] = dict(zip(columns, cells, strict=False))
        descriptions[key] = _text(rule.find("{*}description"))
    return _Decision(name, facts, columns, rules, descriptions)


def _links(node: etree._Element, kind: str) -> str:
    return ", ".join(sorted((link.get("href") or "").removeprefix("#") for link in node.iterfind(f".//{{*}}{kind}")))


def _logic(node: etree._Element) -> str:
    """A boxed expression that is neither a table nor a text, as text."""
    for child in node.iterchildren(etree.Element):
        if etree.QName(child).localname in _BOXED:
            return " ".join(" ".join(child.itertext()).split())
    return ""


def _input(node: etree._Element) -> _Column:
    text = _text(node.find("{*}inputExpression/{*}text"))
    expression = node.find("{*}inputExpression")
    kind = (expression.get("typeRef") if expression is not None else None) or ""
    values = _text(node.find("{*}inputValues/{*}text"))
    label = node.get("label") or text
    return _Column(label, (("label", label), ("expression", text), ("type", kind), ("values", values)))


def _output(node: etree._Element, decision: str) -> _Column:
    name = node.get("name") or decision
    label = node.get("label") or name
    values, default = _text(node.find("{*}outputValues/{*}text")), _text(node.find("{*}defaultOutputEntry/{*}text"))
    facts = (("label", label), ("name", name), ("type", node.get("typeRef") or ""), ("values", values))
    return _Column(label, (*facts, ("default", default)))


def _text(node: etree._Element | None) -> str:
    return " ".join((node.text or "").split()) if node is not None else ""
