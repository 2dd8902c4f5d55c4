"""
The release that is being judged, and what was found so far. It judges nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from engine.decisions import Decision
from engine.diagram import Diagram
from engine.feel import Expression, compile
from engine.findings import Finding, Severity
from engine.operations import Operations
from engine.safe_xml import Place, Source
from engine.words.catalogue import Catalogues
from engine.words.letters import LetterRules, Letters
from forms import Form

NOWHERE: Place = (0, 0)
#: findings after which nothing more is said of an element
_AS_A_WHOLE = frozenset({"unsupported", "call_unknown", "call_itself", "call_too_deep", "call_same_letter"})


@dataclass
class Candidate:
    """
    The files of a release on their way through the gate.
    """

    #: path of the diagram inside the release
    file: str
    content: bytes
    source: Source
    diagram: Diagram
    operations: Operations
    roles: frozenset[str]
    forms: dict[str, Form] = field(default_factory=dict)
    decisions: dict[str, Decision] = field(default_factory=dict)
    catalogues: Catalogues = field(default_factory=lambda: Catalogues({}))
    letters: Letters = field(default_factory=lambda: Letters({}, LetterRules()))
    #: form, decision -> the file that it came from
    files: dict[str, str] = field(default_factory=dict)
    #: file -> where an element stands in it
    where: dict[str, Callable[[str], Place]] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    #: tables that were read: content -> the file that it came from
    read: dict[bytes, str] = field(default_factory=dict)

    def add(self, code: str, element: str | None = None, part: str = "", **params: object) -> None:
        """
        Note what refuses the release, at an element of the diagram.

        Args:
            part: which of the element's texts or extensions is meant, as `safe_xml` names them.
        """
        self._note(Severity.ERROR, code, element, part, params)

    def warn(self, code: str, element: str | None = None, part: str = "", **params: object) -> None:
        """
        Note what an analyst should know.
        """
        self._note(Severity.WARNING, code, element, part, params)

    def add_in(self, file: str, code: str, element: str | None, place: Place = NOWHERE, **params: object) -> None:
        """
        Note what refuses the release, in another file than the diagram.
        """
        self.findings.append(Finding(code, file, element, Severity.ERROR, *place, params))

    def place_in(self, file: str, element: str) -> Place:
        """
        Return where an element stands in another file than the diagram.
        """
        find = self.where.get(file)
        return find(element) if find is not None else NOWHERE

    def _note(
        self, severity: Severity, code: str, element: str | None, part: str, params: Mapping[str, object]
    ) -> None:
        shown = self.source.shown(element) if element is not None else None
        self.findings.append(Finding(code, self.file, shown, severity, *self.source.place(element, part), params))

    def compiled(self, text: str) -> Expression:
        """
        Return a compiled expression.

        Raises:
            FeelError: it can't be read.
        """
        return compile(text, functions=self.operations.function_names)

    @property
    def unsupported(self) -> frozenset[str]:
        """
        The elements that were refused as a whole: what leads to them needs no finding of its own.
        """
        return frozenset(one.element for one in self.findings if one.code in _AS_A_WHOLE and one.element)

    @property
    def refused(self) -> bool:
        """
        Tell whether anything refuses the release.
        """
        return any(finding.refuses for finding in self.findings)
