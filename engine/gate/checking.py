"""
The gate's order: which judge comes after which, and when it is no use to go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from engine.errors import ReleaseRefused
from engine.findings import Finding
from engine.gate.child import NotCompiled, compiled_elements
from engine.gate.collecting import Candidate
from engine.gate.compiling import Parts, open_bundle, ready
from engine.gate.dialect import judge_dialect
from engine.gate.events import judge_events
from engine.gate.expressions import judge_expressions
from engine.gate.lettering import judge_lettering
from engine.gate.lint import judge_drawing
from engine.gate.marks import judge_marks
from engine.gate.origins import Origins, origins_of
from engine.gate.parts import read_parts, under
from engine.gate.references import judge_references
from engine.gate.supported import judge_elements
from engine.gate.variables import judge_variables
from engine.linking import linked
from engine.operations import Operations
from engine.scenarios.running import run_file
from engine.simulation.searching import SEED, Simulated, simulate

Compile = Callable[[bytes], frozenset[str]]


@dataclass(frozen=True)
class Verdict:
    """
    What the gate says of a release.
    """

    findings: tuple[Finding, ...]
    #: the compiled files; None if the release is refused
    parts: Parts | None = None
    #: what the simulation found; None if it came to none
    simulated: Simulated | None = None

    @property
    def passed(self) -> bool:
        """
        Tell whether the release may be taken.
        """
        return self.parts is not None


def check_bundle(
    bundle: Mapping[str, bytes],
    operations: Operations,
    roles: frozenset[str],
    *,
    seed: int = SEED,
    compile: Compile = compiled_elements,
) -> Verdict:
    """
    Judge the files of a release.

    Args:
        seed: of the simulation.
        compile: tells what SpiffWorkflow would execute of a diagram; in a process of its own by default.
    """
    marked = list(judge_marks(bundle))
    if marked:
        return Verdict(tuple(marked))
    origins = origins_of(bundle)
    verdict = _judge(linked(bundle), operations, roles, origins, seed, compile)
    if origins is None or not origins.calls:
        return verdict
    return replace(verdict, findings=_in_order([origins.told(finding) for finding in verdict.findings]))


def _judge(
    bundle: Mapping[str, bytes],
    operations: Operations,
    roles: frozenset[str],
    origins: Origins | None,
    seed: int,
    compile: Compile,
) -> Verdict:
    """What there is to say of a linked release."""
    try:
        candidate = open_bundle(bundle, operations, roles)
    except ReleaseRefused as refused:
        return Verdict(refused.findings)
    if origins is not None and origins.calls:
        candidate.source = replace(candidate.source, places=origins.places)
    judge_dialect(candidate)
    judge_elements(candidate)
    judge_drawing(candidate)
    judge_events(candidate)
    read_parts(candidate, bundle)
    judge_expressions(candidate)
    judge_references(candidate)
    judge_lettering(candidate, bundle)
    judge_variables(candidate)
    # SpiffWorkflow sees only what we know it treats well, and the simulation only what can run.
    if not candidate.refused:
        _judge_executed(candidate, compile)
    if candidate.refused:
        return Verdict(_in_order(candidate.findings))
    try:
        parts = ready(candidate)
    except ReleaseRefused as refused:
        return Verdict(_in_order([*candidate.findings, *refused.findings]))
    simulated = simulate(parts, operations, file=candidate.file, seed=seed)
    candidate.findings += [_placed(candidate, finding) for finding in simulated.findings]
    _run_scenarios(candidate, parts, bundle)
    return Verdict(_in_order(candidate.findings), None if candidate.refused else parts, simulated)


def _judge_executed(candidate: Candidate, compile: Compile) -> None:
    """Everything drawn is in the engine, and everything in the engine was drawn."""
    try:
        compiled = compile(candidate.content)
    except NotCompiled as error:
        candidate.add("not_compiled", None, kind=error.reason, reason=error.reason)
        return
    for key in sorted(candidate.diagram.elements.keys() ^ compiled):
        candidate.add("not_executed", key)


def _run_scenarios(candidate: Candidate, parts: Parts, bundle: Mapping[str, bytes]) -> None:
    """What a scenario passes was reached, even if no walk of the simulation came there."""
    passed: set[str] = set()
    for path, content in under(bundle, "scenarios/", ".yaml"):
        ran = run_file(parts, candidate.operations, path, content)
        candidate.findings += ran.findings
        passed.update(ran.walk.path if ran.walk is not None else ())
    candidate.findings = [
        finding for finding in candidate.findings if finding.code != "never_reached" or finding.element not in passed
    ]


def _placed(candidate: Candidate, finding: Finding) -> Finding:
    line, column = candidate.source.place(finding.element)
    shown = candidate.source.shown(finding.element) if finding.element is not None else None
    return replace(finding, element=shown, line=line, column=column)


def _in_order(findings: list[Finding]) -> tuple[Finding, ...]:
    """Each finding once, by file and place, errors before warnings."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda one: (one.severity, one.file, one.line, one.column)))
