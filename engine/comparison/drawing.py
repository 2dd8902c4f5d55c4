"""
Differences between two diagrams: elements, flows, lanes, what they say and who may do them, and how they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from lxml import etree

from engine.comparison.change import Change
from engine.diagram import BPMN, SPIFF, Diagram, Element, diagram_of
from engine.safe_xml import Source

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
_READ_ELSEWHERE = frozenset({"lane", "laneSet", "process", "definitions"})
#: parts of an element that decide who may do it
_RIGHTS = frozenset({"lane", "role", "property.candidateRole", "property.candidates"})


def compare_drawings(file: str, old: Source, new: Source) -> Iterator[Change]:
    """
    Yield what differs between two diagrams.

    Raises:
        ReleaseRefused: if one of them can't be read.
    """
    before, after = diagram_of(old), diagram_of(new)
    names = renamed(before, after)
    found = [*_process(file, before, after), *_elements(file, before, after, names)]
    found += [*_flows(file, before, after, names), *_lanes(file, before, after)]
    yield from found
    said = {change.element for change in found if change.element is not None} | names.keys()
    yield from _others(file, _texts(old.root, said, names), _texts(new.root, said, {}))
    yield from _layout(file, old, new)


def renamed(old: Diagram, new: Diagram) -> dict[str, str]:
    """
    Return the elements that got another id: old -> new. Alike are those of one kind with one name, or else with the
    same neighbours; where several are alike, none is taken.
    """
    gone = [key for key in old.elements if key not in new.elements]
    come = [key for key in new.elements if key not in old.elements]
    found: dict[str, str] = {}
    for alike in (_same_name, _same_neighbours):
        for key in gone:
            fitting = [
                other
                for other in come
                if other not in found.values()
                and old.elements[key].kind == new.elements[other].kind
                and alike(old, key, new, other)
            ]
            if key not in found and len(fitting) == 1:
                found[key] = fitting[0]
    return found


def _same_name(old: Diagram, key: str, new: Diagram, other: str) -> bool:
    return bool(old.elements[key].name) and old.elements[key].name == new.elements[other].name


def _same_neighbours(old: Diagram, key: str, new: Diagram, other: str) -> bool:
    return _neighbours(old, key) == _neighbours(new, other) != (set(), set())


def _neighbours(diagram: Diagram, key: str) -> tuple[set[str], set[str]]:
    return {flow.source for flow in diagram.incoming(key)}, {flow.target for flow in diagram.outgoing(key)}


def _process(file: str, old: Diagram, new: Diagram) -> Iterator[Change]:
    for part, before, after in (("id", old.process, new.process), ("name", old.title, new.title)):
        if before != after:
            yield Change("process", "changed", file, new.process, new.title, part, before, after)


def _elements(file: str, old: Diagram, new: Diagram, names: Mapping[str, str]) -> Iterator[Change]:
    for key, element in old.elements.items():
        if key not in new.elements and key not in names:
            yield Change("element", "removed", file, key, _label(element))
    for key, element in new.elements.items():
        if key not in old.elements and key not in names.values():
            rights = element.role is not None
            yield Change("element", "added", file, key, _label(element), new=element.lane or "", rights=rights)
    for before in old.elements.values():
        key = names.get(before.id, before.id)
        if key in new.elements:
            yield from _element(file, before, new.elements[key], names)


def _element(file: str, old: Element, new: Element, names: Mapping[str, str]) -> Iterator[Change]:
    if old.id != new.id:
        yield Change("element", "renamed", file, new.id, _label(new), old=old.id, new=new.id)
    before, after = _facts(old), _facts(new)
    if old.attached_to is not None:
        before["attached_to"] = names.get(old.attached_to, old.attached_to)
    if before["lane"] != after["lane"]:
        # the lane says whose it is; that the role went with it need not be said twice
        before["role"] = after["role"]
    for part in [*before, *(part for part in after if part not in before)]:
        was, now = before.get(part, ""), after.get(part, "")
        if was != now and not (part == "property.formKey" and old.id != new.id):
            kind = "moved" if part == "lane" else "changed"
            yield Change("element", kind, file, new.id, _label(new), part, was, now, rights=part in _RIGHTS)


def _facts(element: Element) -> dict[str, str]:
    """Everything that an element says, by part."""
    facts = {
        "kind": element.kind,
        "name": element.name,
        "lane": element.lane or "",
        "role": element.role or "",
        "documentation": element.documentation,
        "decision": element.decision or "",
        "timer_kind": element.timer_kind or "",
        "timer": element.timer or "",
        "error_code": element.error_code or "",
        "attached_to": element.attached_to or "",
        "interrupting": str(element.interrupting) if element.attached_to else "",
        "default_flow": element.default_flow or "",
        "events": ", ".join(element.events),
        "within": element.within or "",
    }
    if element.call is not None:
        facts["call"] = element.call.process
    if element.loop is not None:
        facts |= {f"loop.{name}": str(value) for name, value in vars(element.loop).items() if value is not None}
    facts |= {f"property.{name}": value for name, value in element.properties.items()}
    if element.operation is not None:
        facts |= {"operation": element.operation.name, "result": element.operation.result or ""}
        facts |= {f"parameter.{name}": text for name, text in element.operation.parameters}
    return facts


def _flows(file: str, old: Diagram, new: Diagram, names: Mapping[str, str]) -> Iterator[Change]:
    by_ends = {(flow.source, flow.target): flow.id for flow in new.flows.values() if flow.id not in old.flows}
    matched: dict[str, str] = {}
    for flow in old.flows.values():
        ends = (names.get(flow.source, flow.source), names.get(flow.target, flow.target))
        key = flow.id if flow.id in new.flows else by_ends.get(ends)
        if key is None:
            yield Change("flow", "removed", file, flow.id, _way(old, flow.source, flow.target))
            continue
        matched[flow.id] = key
        now = new.flows[key]
        label = now.name or _way(new, now.source, now.target)
        facts = (
            ("name", flow.name, now.name),
            ("condition", flow.condition or "", now.condition or ""),
            ("source", ends[0], now.source),
            ("target", ends[1], now.target),
        )
        if flow.id != key:
            yield Change("flow", "renamed", file, key, label, old=flow.id, new=key)
        for part, before, after in facts:
            if before != after:
                yield Change("flow", "changed", file, key, label, part, before, after)
    for flow in new.flows.values():
        if flow.id not in matched.values():
            yield Change("flow", "added", file, flow.id, _way(new, flow.source, flow.target), new=flow.condition or "")


def _lanes(file: str, old: Diagram, new: Diagram) -> Iterator[Change]:
    for name in old.lanes.keys() - new.lanes.keys():
        yield Change("lane", "removed", file, None, name, rights=True)
    for name in new.lanes.keys() - old.lanes.keys():
        yield Change("lane", "added", file, None, name, new=new.lanes[name], rights=True)
    for name in old.lanes.keys() & new.lanes.keys():
        if old.lanes[name] != new.lanes[name]:
            yield Change("lane", "changed", file, None, name, "role", old.lanes[name], new.lanes[name], rights=True)


def _others(file: str, old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[Change]:
    """What differs in the file and was not said yet: annotations, definitions, attributes that nothing here reads."""
    for key in sorted(old.keys() | new.keys()):
        was, now = old.get(key), new.get(key)
        if was != now:
            kind = "added" if was is None else "removed" if now is None else "changed"
            yield Change("other", kind, file, key, key)


def _texts(root: etree._Element, said: Set[str], names: Mapping[str, str]) -> dict[str, str]:
    """Id -> the element as text, without drawing and without what lies in an element that was said to differ."""
    found: dict[str, str] = {}
    rest = [root]
    while rest:
        node = rest.pop()
        name, key = etree.QName(node), node.get("id")
        if name.namespace == _DI or key in said:
            continue
        rest.extend(node.iterchildren(etree.Element))
        if key is not None and name.namespace == BPMN and name.localname not in _READ_ELSEWHERE:
            found[names.get(key, key)] = repr(_plain(node, names))
    return found


def _plain(node: etree._Element, names: Mapping[str, str], *, inside: bool = False) -> object:
    name = etree.QName(node)
    if name.localname in {"incoming", "outgoing"} or name.namespace == SPIFF or (inside and node.get("id") is not None):
        return None  # said by the flows, by `_facts`, or by itself
    attributes = sorted((key, names.get(value, value)) for key, value in node.attrib.items())
    children = [_plain(child, names, inside=True) for child in node.iterchildren(etree.Element)]
    return node.tag, attributes, " ".join((node.text or "").split()), [child for child in children if child]


def _layout(file: str, old: Source, new: Source) -> Iterator[Change]:
    before, after = _places(old.root), _places(new.root)
    moved = sum(before[key] != after[key] for key in before.keys() & after.keys())
    if moved:
        yield Change("drawing", "moved", file, None, str(moved))


def _places(root: etree._Element) -> dict[str, tuple[tuple[str, ...], ...]]:
    shapes = root.iter(f"{{{_DI}}}BPMNShape", f"{{{_DI}}}BPMNEdge")
    return {
        shape.get("bpmnElement") or "": tuple(
            tuple(_number(child.get(name)) for name in ("x", "y", "width", "height"))
            for child in shape.iterchildren(etree.Element)
        )
        for shape in shapes
    }


def _number(text: str | None) -> str:
    """The coordinate; 10 and 10.0 are the same."""
    return (text or "").removesuffix(".0")


def _label(element: Element) -> str:
    return element.name or element.id


def _way(diagram: Diagram, source: str, target: str) -> str:
    ends = (diagram.elements.get(source), diagram.elements.get(target))
    labels = [_label(end) if end is not None else key for end, key in zip(ends, (source, target), strict=True)]
    return " → ".join(labels)
