"""
Differences between two diagrams: elements, ways, lanes, what they say and who may do them, and how they are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lxml import etree

from engine.comparison.change import Change
from engine.comparison.facts import facts_of, unread
from engine.comparison.others import compare_others
from engine.diagram import BPMN, TASKS, Diagram, Element, drawing_of
from engine.safe_xml import Source

_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
#: parts of an element that decide who may do it
_RIGHTS = frozenset({"lane", "role", "property.candidateRole", "property.candidates"})
#: gateways that ask their ways in turn
_ASKING = ("exclusiveGateway", "inclusiveGateway")
Nodes = Mapping[str, etree._Element]


def compare_drawings(file: str, old: Source, new: Source) -> Iterator[Change]:
    """
    Yield what differs between two diagrams.

    Raises:
        ReleaseRefused: if one of them can't be read.
    """
    yield from _Pair(file, old, new).changes()


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


class _Pair:
    """
    Two versions of one diagram.
    """

    def __init__(self, file: str, old: Source, new: Source) -> None:
        self._file = file
        self._roots = old.root, new.root
        self._old, self._new = drawing_of(old), drawing_of(new)
        self._was, self._is = _nodes(old.root), _nodes(new.root)
        self._names = renamed(self._old, self._new)
        self._lanes = _renamed_lanes(self._old, self._new)
        #: flow of the older version -> of the newer one
        self._ways = dict(self._matched_flows())

    def changes(self) -> Iterator[Change]:
        """
        Yield every difference.
        """
        yield from self._process()
        yield from self._elements()
        yield from self._flows()
        yield from self._compared_lanes()
        yield from compare_others(self._file, *self._roots)
        moved = self._moved_in_the_drawing()
        if moved:
            yield Change("drawing", "moved", self._file, None, str(moved))

    def _process(self) -> Iterator[Change]:
        old, new = self._old, self._new
        before, after = ({"id": one.process, "name": one.title} for one in (old, new))
        before |= {f"property.{name}": value for name, value in old.properties.items()}
        after |= {f"property.{name}": value for name, value in new.properties.items()}
        before |= self._said_beside(self._was, old.process)
        after |= self._said_beside(self._is, new.process)
        for part, was, now in _differing(before, after):
            yield Change("process", "changed", self._file, new.process, new.title, part, was, now)

    @staticmethod
    def _said_beside(nodes: Nodes, process: str) -> dict[str, str]:
        node = nodes.get(process)
        if node is None:
            return {}
        return {"documentation": " ".join((node.findtext(f"{{{BPMN}}}documentation") or "").split()), **unread(node)}

    def _elements(self) -> Iterator[Change]:
        old, new, names = self._old, self._new, self._names
        for key, element in old.elements.items():
            if key not in new.elements and key not in names:
                yield Change("element", "removed", self._file, key, _label(element))
        for key, element in new.elements.items():
            if key not in old.elements and key not in names.values():
                lane, rights = element.lane or "", element.kind in TASKS
                yield Change("element", "added", self._file, key, _label(element), new=lane, rights=rights)
        for before in old.elements.values():
            key = names.get(before.id, before.id)
            if key in new.elements:
                yield from self._element(before, new.elements[key])

    def _element(self, old: Element, new: Element) -> Iterator[Change]:
        if old.id != new.id:
            yield Change("element", "renamed", self._file, new.id, _label(new), old=old.id, new=new.id)
        before, after = facts_of(old, self._was[old.id]), facts_of(new, self._is[new.id])
        self._name_anew(before)
        if old.id != new.id and before.get("property.formKey") == old.id:
            before["property.formKey"] = new.id  # the file of a form is called as its task
        same_role = before["role"] == after["role"]
        if before["lane"] != after["lane"]:
            before["role"] = after["role"]  # the lane says whose it is; that the role went with it need not be said
        elif not same_role:
            before["property.candidateRole"] = after.get("property.candidateRole", "")
        for part, was, now in _differing(before, after):
            kind, shown = "changed", part
            if part == "lane":
                kind, shown = "moved", "lane_only" if same_role else "lane"
            words = (self._shown(part, was, self._old), self._shown(part, now, self._new))
            yield Change("element", kind, self._file, new.id, _label(new), shown, *words, rights=shown in _RIGHTS)
        if new.kind in _ASKING and old.kind in _ASKING:
            yield from self._order(old, new)

    def _name_anew(self, facts: dict[str, str]) -> None:
        """Say what an element refers to as it is called in the newer version."""
        facts["lane"] = self._lanes.get(facts["lane"], facts["lane"])
        facts["default_flow"] = self._ways.get(facts["default_flow"], facts["default_flow"])
        for part in ("attached_to", "within"):
            facts[part] = self._names.get(facts[part], facts[part])

    def _shown(self, part: str, value: str, diagram: Diagram) -> str:
        """What an element refers to by the name that people see."""
        if part in ("attached_to", "within") and value in self._new.elements:
            return _label(self._new.elements[value])
        if part in ("attached_to", "within") and value in self._old.elements:
            return _label(self._old.elements[value])
        flow = diagram.flows.get(value) if part == "default_flow" else None
        return _way(diagram, flow.source, flow.target) if flow is not None else value

    def _order(self, old: Element, new: Element) -> Iterator[Change]:
        """The ways out of a gateway are asked in the order of the file."""
        before = [self._ways[flow.id] for flow in self._old.outgoing(old.id) if flow.id in self._ways]
        after = [flow.id for flow in self._new.outgoing(new.id)]
        before, after = [key for key in before if key in after], [key for key in after if key in before]
        if before != after:
            labels = [", ".join(self._way_called(key) for key in keys) for keys in (before, after)]
            yield Change("element", "changed", self._file, new.id, _label(new), "order", *labels)

    def _way_called(self, key: str) -> str:
        flow = self._new.flows[key]
        target = self._new.elements.get(flow.target)
        return flow.name or (_label(target) if target is not None else flow.target)

    def _matched_flows(self) -> Iterator[tuple[str, str]]:
        new = self._new.flows.values()
        by_ends = {(flow.source, flow.target): flow.id for flow in new if flow.id not in self._old.flows}
        for flow in self._old.flows.values():
            key = flow.id if flow.id in self._new.flows else by_ends.get(self._ends(flow.source, flow.target))
            if key is not None:
                yield flow.id, key

    def _ends(self, source: str, target: str) -> tuple[str, str]:
        return self._names.get(source, source), self._names.get(target, target)

    def _flows(self) -> Iterator[Change]:
        old, new = self._old, self._new
        for flow in old.flows.values():
            if flow.id not in self._ways:
                label = flow.name or _way(old, flow.source, flow.target)
                yield Change("flow", "removed", self._file, flow.id, label)
                continue
            now = new.flows[self._ways[flow.id]]
            label = now.name or _way(new, now.source, now.target)
            if flow.id != now.id:
                yield Change("flow", "renamed", self._file, now.id, label, old=flow.id, new=now.id)
            source, target = self._ends(flow.source, flow.target)
            before = {"name": flow.name, "condition": flow.condition or "", "source": source, "target": target}
            after = {"name": now.name, "condition": now.condition or "", "source": now.source, "target": now.target}
            before |= self._unread_flow(self._was, flow.id)
            after |= self._unread_flow(self._is, now.id)
            for part, was, is_now in _differing(before, after):
                words = [self._end(value) if part in ("source", "target") else value for value in (was, is_now)]
                yield Change("flow", "changed", self._file, now.id, label, part, *words)
        for flow in new.flows.values():
            if flow.id not in self._ways.values():
                label = flow.name or _way(new, flow.source, flow.target)
                yield Change("flow", "added", self._file, flow.id, label, new=flow.condition or "")

    @staticmethod
    def _unread_flow(nodes: Nodes, key: str) -> dict[str, str]:
        return unread(nodes[key]) if key in nodes else {}

    def _end(self, key: str) -> str:
        element = self._new.elements.get(key) or self._old.elements.get(key)
        return _label(element) if element is not None else key

    def _compared_lanes(self) -> Iterator[Change]:
        old, new = self._old.lanes, self._new.lanes
        for name, now in self._lanes.items():
            yield Change("lane", "renamed", self._file, None, now, old=name, new=now)
        for name in old:
            if name not in new and name not in self._lanes:
                yield Change("lane", "removed", self._file, None, name, rights=True)
        for name in new:
            if name not in old and name not in self._lanes.values():
                yield Change("lane", "added", self._file, None, name, new=new[name], rights=True)
        for name in old:
            if name in new and old[name] != new[name]:
                yield Change("lane", "changed", self._file, None, name, "role", old[name], new[name], rights=True)

    def _moved_in_the_drawing(self) -> int:
        before, after = (_places(root) for root in self._roots)
        return sum(before[key] != after[key] for key in before.keys() & after.keys())


def _renamed_lanes(old: Diagram, new: Diagram) -> dict[str, str]:
    """Lanes that are called otherwise: the only ones of their role that went and came. Old name -> new name."""
    gone = [name for name in old.lanes if name not in new.lanes]
    come = [name for name in new.lanes if name not in old.lanes]
    found = {}
    for name in gone:
        same_role = [other for other in come if new.lanes[other] == old.lanes[name]]
        before = [other for other in gone if old.lanes[other] == old.lanes[name]]
        if len(same_role) == len(before) == 1:
            found[name] = same_role[0]
    return found


def _differing(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for part in [*before, *(part for part in after if part not in before)]:
        was, now = before.get(part, ""), after.get(part, "")
        if was != now:
            yield part, was, now


def _nodes(root: etree._Element) -> dict[str, etree._Element]:
    found = (node for node in root.iter(f"{{{BPMN}}}*") if node.get("id"))
    return {node.get("id") or "": node for node in found}


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
