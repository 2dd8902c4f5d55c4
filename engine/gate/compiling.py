"""
A release that passed the gate before, made ready to run. It judges nothing again: a case must go on on the release
that it began on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.decisions import Decision
from engine.diagram import Diagram, diagram_of
from engine.diagram.rounds import Given, Standing
from engine.errors import ReleaseRefused
from engine.findings import Finding
from engine.gate.collecting import Candidate
from engine.gate.parts import read_parts
from engine.linking import linked
from engine.operations import Operations
from engine.safe_xml import Unsafe, read_xml
from engine.spiff import Program
from engine.words.catalogue import Catalogues
from engine.words.letters import Letters
from forms import Form


@dataclass(frozen=True)
class Parts:
    """
    A release's files, compiled.
    """

    diagram: Diagram
    program: Program
    forms: Mapping[str, Form]
    decisions: Mapping[str, Decision]
    catalogues: Catalogues
    letters: Letters
    bpmn: bytes

    def translate(self, text: str, language: str) -> str:
        """
        Return a text of the diagram or a form in `language`.
        """
        return self.catalogues.translate(text, language)

    def standing(self, given: Given) -> Standing:
        """
        Return, of the latest answers of each user task, those that count now, by name.
        """
        return self.diagram.rounds.standing(given, self.forms)


def open_bundle(bundle: Mapping[str, bytes], operations: Operations, roles: frozenset[str]) -> Candidate:
    """
    Find the diagram of a release and read it.

    Raises:
        ReleaseRefused: there is not exactly one, or it can't be looked at.
    """
    drawn = [path for path in bundle if path.endswith(".bpmn")]
    if len(drawn) != 1:
        raise ReleaseRefused((Finding("one_diagram", drawn[0] if drawn else "", params={"count": len(drawn)}),))
    file = drawn[0]
    try:
        source = read_xml(file, bundle[file])
    except Unsafe as unsafe:
        raise ReleaseRefused((unsafe.finding,)) from None
    return Candidate(file, bundle[file], source, diagram_of(source), operations, roles)


def compile_bundle(bundle: Mapping[str, bytes], operations: Operations, roles: frozenset[str]) -> Parts:
    """
    Compile the files of a release.

    Raises:
        ReleaseRefused: a file can't be read any more.
    """
    whole = linked(bundle)
    candidate = open_bundle(whole, operations, roles)
    read_parts(candidate, whole)
    if candidate.refused:
        raise ReleaseRefused(tuple(candidate.findings))
    return replace(ready(candidate), bpmn=bundle[candidate.file])


def ready(candidate: Candidate) -> Parts:
    """
    Return the compiled files of a candidate.

    Raises:
        ReleaseRefused: SpiffWorkflow can't compile the diagram.
    """
    try:
        program = Program(candidate.diagram, candidate.content)
    except ValueError as error:
        reason = {"reason": str(error)}
        raise ReleaseRefused((Finding("not_compiled", candidate.file, params=reason),)) from error
    return Parts(
        candidate.diagram,
        program,
        candidate.forms,
        candidate.decisions,
        candidate.catalogues,
        candidate.letters,
        candidate.content,
    )
