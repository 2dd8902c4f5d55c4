"""
Decision files for tests, built of their parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.decisions import Decision, load_decisions

VERSIONS = [
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
]


def file_xml(*decisions: str, namespace: str = VERSIONS[2]) -> bytes:
    """
    Return a DMN file of decisions.
    """
    return f'<definitions xmlns="{namespace}" id="file">{"".join(decisions)}</definitions>'.encode()


def decision_xml(key: str, logic: str, *, requires: Sequence[str] = (), more: str = "") -> str:
    """
    Return a decision with its logic.
    """
    needs = "".join(
        f'<informationRequirement><requiredDecision href="#{one}"/></informationRequirement>' for one in requires
    )
    return f'<decision id="{key}" name="{key}">{more}{needs}{logic}</decision>'


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def table_xml(
    inputs: Sequence[str],
    outputs: Sequence[str],
    *rows: tuple[Sequence[str], Sequence[str]],
    attributes: str = 'hitPolicy="UNIQUE"',
    output_parts: str = "",
) -> str:
    """
    Return a decision table. Rules are called r1, r2 …; their cells i1_1 …, o1_1 ….
    """
    parts = [
        f'<input id="in{number}"><inputExpression><text>{_escaped(text)}</text></inputExpression></input>'
        for number, text in enumerate(inputs, start=1)
    ]
    parts += [
        f'<output id="out{number}" name="{name}">{output_parts}</output>'
        for number, name in enumerate(outputs, start=1)
    ]
    for row, (tests, cells) in enumerate(rows, start=1):
        entries = "".join(
            f'<inputEntry id="i{row}_{number}"><text>{_escaped(text)}</text></inputEntry>'
            for number, text in enumerate(tests, start=1)
        ) + "".join(
            f'<outputEntry id="o{row}_{number}"><text>{_escaped(text)}</text></outputEntry>'
            for number, text in enumerate(cells, start=1)
        )
        parts.append(f'<rule id="r{row}">{entries}</rule>')
    return f"<decisionTable {attributes}>{''.join(parts)}</decisionTable>"


def literal_xml(text: str) -> str:
    """
    Return a literal expression.
    """
    return f"<literalExpression><text>{_escaped(text)}</text></literalExpression>"


def knows_xml(*models: str) -> str:
    """
    Return the requirements of knowledge models.
    """
    return "".join(
        f'<knowledgeRequirement><requiredKnowledge href="#{model}"/></knowledgeRequirement>' for model in models
    )


def model_xml(key: str, parameters: Mapping[str, str], logic: str, *, knows: Sequence[str] = ()) -> str:
    """
    Return a knowledge model; `parameters` are name -> type.
    """
    formal = "".join(f'<formalParameter name="{name}" typeRef="{type_}"/>' for name, type_ in parameters.items())
    return (
        f'<businessKnowledgeModel id="{key}" name="{key}">{knows_xml(*knows)}'
        f"<encapsulatedLogic>{formal}{logic}</encapsulatedLogic></businessKnowledgeModel>"
    )


def load(*decisions: str) -> dict[str, Decision]:
    """
    Load the decisions of a file.
    """
    return load_decisions(file_xml(*decisions))


def load_one(logic: str) -> Decision:
    """
    Load a decision "d" with this logic.
    """
    return load(decision_xml("d", logic))["d"]
