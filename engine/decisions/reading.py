"""
Reads a decision file: its types, knowledge models and decisions, and what requires what.

Decision services, imports and functions in other languages are refused.

Source: DMN 1.5 §6.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.decisions.elements import Element, Notes, child, children
from engine.decisions.given import InputData
from engine.decisions.item_types import ItemTypes
from engine.decisions.logic_reader import LogicReader
from engine.decisions.model import Decision, KnowledgeModel
from engine.decisions.problems import DecisionProblems
from engine.feel.vocabulary import Vocabulary

MOST_DECISIONS = 2_000  # of one file, with its knowledge models
LONGEST_CHAIN = 50  # decisions that require each other
#: elements whose names may stand behind a dot
_MEMBERS = ("{*}itemComponent", "{*}output", "{*}column", "{*}contextEntry/{*}variable")


def load_decisions(
    xml: bytes, functions: Sequence[str] = ("now", "today"), *, lax: bool = False
) -> dict[str, Decision]:
    """
    Read the decisions of a DMN file, by id.

    Args:
        functions: host functions that cells may call.
        lax: read what DMN calls an error as null, as its conformance tests want it; otherwise it is a problem, or
            fails when it is evaluated.

    Raises:
        DecisionProblems: with every problem of the file.
    """
    notes = Notes(lax=lax)
    root = notes.root_of(xml)
    found = {} if root is None else _File(root, notes, frozenset(functions)).decisions()
    if notes.problems:
        raise DecisionProblems(notes.problems)
    return found


class _File:
    """Reads one file; collects its problems instead of stopping at the first."""

    def __init__(self, root: Element, notes: Notes, functions: frozenset[str]) -> None:
        self.notes = notes
        self.root = root
        self.types = ItemTypes(root, notes)
        members = frozenset(one.get("name", "") for path in _MEMBERS for one in root.iterfind(f".//{path}"))
        self.vocabulary = Vocabulary(functions, frozenset(), members, self.types.known, notes.lax)
        self.data = {one.get("id", ""): self.input_data(one) for one in children(root, "inputData")}
        self.nodes: dict[str, Element] = {}
        self.read: dict[str, Decision | KnowledgeModel | None] = {}
        self.open: list[str] = []

    def decisions(self) -> dict[str, Decision]:
        """Read all decisions."""
        self.check()
        drawn = children(self.root, "decision", "businessKnowledgeModel")
        for node in drawn:
            key = node.get("id") or (node.get("name") if self.notes.lax else None)
            if key:
                self.nodes.setdefault(key, node)
            else:
                self.notes.add(None, "no_id", node, name=node.get("name") or "")
        if not children(self.root, "decision"):
            self.notes.add(None, "no_decision")
        elif len(drawn) > MOST_DECISIONS:
            self.notes.add(None, "too_many", limit=MOST_DECISIONS)
            return {}
        found = {key: self.element(key) for key in self.nodes}
        return {key: one for key, one in found.items() if isinstance(one, Decision)}

    def check(self) -> None:
        """Note ids that come twice, and imports."""
        seen: set[str] = set()
        for node in self.root.iter("{*}decision", "{*}businessKnowledgeModel", "{*}rule", "{*}input", "{*}output"):
            key = node.get("id")
            if key and key in seen:
                self.notes.add(key, "same_id", node)
            seen.add(key or "")
        if not self.notes.lax:
            for node in children(self.root, "import"):
                self.notes.add(node.get("id"), "import", node)

    def input_data(self, node: Element) -> InputData:
        variable = child(node, "variable")
        name = node.get("name", "") if variable is None else variable.get("name") or node.get("name", "")
        return InputData(name, self.types.of(variable))

    def element(self, key: str) -> Decision | KnowledgeModel | None:
        """Read a decision or knowledge model with what it requires; None if there is a problem, which is noted."""
        if key in self.open:
            self.notes.add(key, "circle", self.nodes[key])
            return None
        if len(self.open) >= LONGEST_CHAIN:
            self.notes.add(key, "long_chain", self.nodes[key], limit=LONGEST_CHAIN)
            return None
        if key not in self.read:
            self.open.append(key)
            node = self.nodes[key]
            read = self.decision if node.tag.endswith("}decision") else self.knowledge_model
            self.read[key] = read(key, node)
            self.open.pop()
        return self.read[key]

    def required(self, key: str, node: Element, need: str, reference: str) -> list[Decision | KnowledgeModel] | None:
        """Read what an element requires of one kind; None if something is missing, which is noted."""
        found: dict[str, Decision | KnowledgeModel | None] = {}
        for one in children(node, need):
            target = child(one, reference)
            if target is None:
                continue
            name = target.get("href", "").rpartition("#")[2]
            if name in self.nodes:
                found[name] = self.element(name)
            elif not self.notes.lax:
                self.notes.add(key, "unknown_decision", one, name=name)
                found[name] = None
        complete = [one for one in found.values() if one is not None]
        return complete if len(complete) == len(found) else None

    def decision(self, key: str, node: Element) -> Decision | None:
        before = len(self.notes.problems)
        required = self.required(key, node, "informationRequirement", "requiredDecision")
        knowledge = self.required(key, node, "knowledgeRequirement", "requiredKnowledge")
        decisions = tuple(one for one in required or () if isinstance(one, Decision))
        models = tuple(one for one in knowledge or () if isinstance(one, KnowledgeModel))
        answers = {name for one in decisions for name in (*one.outputs, one.variable)}
        own = answers | {one.name for one in models}
        given = self.given(node)
        known = frozenset(own | {one.name for one in given})
        logic = LogicReader(key, self.notes, self.types).read(node, replace(self.vocabulary, names=known))
        if required is None or knowledge is None or len(self.notes.problems) > before:
            return None
        names = (logic.names - own).union(*(one.names for one in decisions))
        surely = (logic.names - logic.filter_names - own).union(*(one.names - one.filter_names for one in decisions))
        variable = child(node, "variable")
        return Decision(
            id=key,
            name=node.get("name") or key,
            variable=("" if variable is None else variable.get("name") or "") or key,
            logic=logic,
            required=decisions,
            chain=tuple(dict.fromkeys(each for one in decisions for each in (*one.chain, one))),
            names=names,
            filter_names=names - surely,
            knowledge=models,
            given=given,
            type=self.types.of(variable),
            lax=self.notes.lax,
        )

    def given(self, node: Element) -> tuple[InputData, ...]:
        """The input data that a decision requires."""
        needs = (child(one, "requiredInput") for one in children(node, "informationRequirement"))
        keys = (one.get("href", "").rpartition("#")[2] for one in needs if one is not None)
        return tuple(self.data[key] for key in keys if key in self.data)

    def knowledge_model(self, key: str, node: Element) -> KnowledgeModel | None:
        before = len(self.notes.problems)
        required = self.required(key, node, "knowledgeRequirement", "requiredKnowledge")
        models = tuple(one for one in required or () if isinstance(one, KnowledgeModel))
        known = frozenset(one.name for one in models)
        variable = child(node, "variable")
        name = (variable.get("name") if variable is not None else "") or node.get("name") or key
        logic = child(node, "encapsulatedLogic")
        if logic is None:
            self.notes.add(key, "no_logic", node)
            return None
        reader = LogicReader(key, self.notes, self.types)
        function = reader.function(logic, replace(self.vocabulary, names=known), name)
        for unknown in sorted(() if self.notes.lax else function.names - function.filter_names - known):
            self.notes.add(key, "unknown_name", node, name=unknown)
        if required is None or len(self.notes.problems) > before:
            return None
        return KnowledgeModel(key, name, function, models)
