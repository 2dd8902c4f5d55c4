"""
Gather everything that is wrong with one form file, and what the file reads from outside.

It reads the pieces that all components have: texts, expressions, properties. It knows no component.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forms import messages
from forms.expressions import Compile, Expression, Template, placeholders

#: characters of one text
LONGEST_TEXT = 10_000

Raw = Mapping[str, object]


@dataclass(frozen=True)
class FormProblem:
    """
    Say what is wrong with one component; `text` is the Azerbaijani sentence, made of `code` and `params`.
    """

    component_id: str
    code: str
    text: str
    params: Mapping[str, object] = field(default_factory=dict)


class FormProblems(ValueError):
    """
    Carry everything that is wrong with a form file.
    """

    def __init__(self, problems: tuple[FormProblem, ...]) -> None:
        super().__init__("; ".join(f"{problem.component_id}: {problem.text}" for problem in problems))
        self.problems = problems


def mapping(value: object) -> Raw:
    """
    Return a JSON object, or an empty one in place of anything else.
    """
    return value if isinstance(value, Mapping) else {}


def listed(value: object) -> Iterable[object]:
    """
    Return a JSON list, or an empty one in place of anything else.
    """
    return value if isinstance(value, list | tuple) else ()


def written(value: object) -> str:
    """
    Return a JSON text, or an empty one in place of anything else.
    """
    return value if isinstance(value, str) else ""


class Findings:
    """
    Collect problems, names and sources while a file is read, and know which answers stand above.
    """

    def __init__(self, compile_: Compile) -> None:
        self.compile = compile_
        self.problems: list[FormProblem] = []
        #: every key that the form declares
        self.keys: frozenset[str] = frozenset()
        #: what stands above the piece that is being read, by key
        self.above: dict[str, object] = {}
        #: what the form reads beside its own answers
        self.names: set[str] = set()
        self.sources: set[str] = set()

    def add(self, component_id: str, code: str, **params: object) -> None:
        """
        Note a problem.
        """
        sentence = messages.fill(messages.PROBLEMS[code], params)
        self.problems.append(FormProblem(component_id, code, sentence, params))


class Piece:
    """
    Stand for one component as it is written in the file; what is wrong with it goes to the findings.
    """

    def __init__(self, raw: Raw, findings: Findings) -> None:
        self.raw = raw
        self.id = written(raw.get("id"))
        self.type = written(raw.get("type"))
        self.findings = findings

    def problem(self, code: str, **params: object) -> None:
        """
        Note a problem of this component.
        """
        self.findings.add(self.id, code, **params)

    def text(self, name: str) -> str:
        """
        Return one of the component's texts; the empty text if it has none.
        """
        return written(self.raw.get(name))

    def property(self, name: str) -> str:
        """
        Return one of our own properties; the empty text if it is not set.
        """
        value = mapping(self.raw.get("properties")).get(name, "")
        return value if isinstance(value, str) else str(value)

    def flag(self, name: str, *, usual: bool = False) -> bool:
        """
        Return a property that is "true" or not.
        """
        value = self.property(name)
        return value == "true" if value else usual

    def expression(self, name: str, source: object) -> Expression | None:
        """
        Return a compiled expression, None if there is none or it can't be used.
        """
        text = written(source).strip()
        if not text:
            return None
        findings = self.findings
        try:
            expression = findings.compile(text)
        except Exception as error:  # noqa: BLE001 - the caller's language raises what it likes
            self.problem("expression", property=name, reason=str(error))
            return None
        below = (expression.names & findings.keys) - findings.above.keys()
        if below:
            self.problem("reads_below", property=name, names=", ".join(sorted(below)))
        findings.names |= expression.names - findings.keys
        return expression

    def template(self, name: str, value: object) -> Template:
        """
        Return a text with its placeholders compiled.
        """
        text = written(value)
        if len(text) > LONGEST_TEXT:
            self.problem("too_large", what=name)
            return Template()
        if text.startswith("="):
            self.problem("property_unsupported", property=name, reason="{{=…}}")
        if "{{#" in text or "{{/" in text:
            self.problem("property_unsupported", property=name, reason="{{#…}}")
            return Template()
        compiled = {source: self.expression(name, source) for source in placeholders(text)}
        return Template(text, {source: found for source, found in compiled.items() if found is not None})
