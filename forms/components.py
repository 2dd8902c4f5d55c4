"""
Hold what a form is made of, as frozen values: texts, tables, groups, buttons, and the questions with all their rules.

Nothing is read or checked here: `schema` makes these values, the other modules use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from forms import display
from forms.expressions import Expression, Scope, Template, evaluate

#: megabytes of a file, by default
MEGABYTES = 7


@dataclass(frozen=True)
class Component:
    """
    Hold what every component has.
    """

    id: str
    hide: Expression | None = None
    #: key and option values of the one choice above on which alone `hide` depends
    decided_by: tuple[str, tuple[object, ...]] | None = None


@dataclass(frozen=True)
class TextBlock(Component):
    """
    Hold a text to read.
    """

    content: Template = Template()
    appearance: str = "plain"


@dataclass(frozen=True)
class Answers(Component):
    """
    Hold the place where answers of earlier forms are shown.
    """

    label: Template = Template()
    elements: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table(Component):
    """
    Hold a table: what its rows are, and its columns as (label, key).
    """

    label: Template = Template()
    source: Expression | None = None
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Image(Component):
    """
    Hold a picture from this site.
    """

    source: str = ""
    alt: str = ""


@dataclass(frozen=True)
class Rule(Component):
    """
    Hold a line or a gap: `kind` is separator or spacer.
    """

    kind: str = "separator"


@dataclass(frozen=True)
class Group(Component):
    """
    Hold components under one label.
    """

    label: Template = Template()
    children: tuple[Component, ...] = ()


@dataclass(frozen=True)
class Button(Component):
    """
    Hold a submit button; `changes` is the user task to which pressing it leads back, to answer anew.
    """

    label: str = ""
    key: str = ""
    value: str = ""
    changes: str = ""


@dataclass(frozen=True)
class Computed(Component):
    """
    Hold a value that an expression gives when the form is sent.
    """

    key: str = ""
    expression: Expression | None = None


@dataclass(frozen=True)
class Choices:
    """
    Hold where a field's options come from: the form itself, a source by name, or an expression.
    """

    #: (value, label)
    fixed: tuple[tuple[object, str], ...] = ()
    source: str = ""
    expression: Expression | None = None


@dataclass(frozen=True)
class FileRule:
    """
    Hold what files a field takes.
    """

    most: int = 1
    megabytes: int = MEGABYTES
    #: media types, `image/*` among them; empty: any
    types: tuple[str, ...] = ()
    accept: str = ""


Bound = Decimal | date | Expression


@dataclass(frozen=True)
class Field(Component):
    """
    Hold one question.
    """

    key: str = ""
    #: what is drawn: as `view.ComponentView.kind`
    control: str = "textfield"
    #: how text becomes a value: a name in `kinds.KINDS`; empty for choices, checkboxes and files
    kind: str = ""
    label: Template = Template()
    hint: Template = Template()
    required: bool = False
    required_when: Expression | None = None
    required_text: str = ""
    #: shown, not asked
    readonly: bool | Expression = False
    least: Bound | None = None
    most: Bound | None = None
    min_length: Bound | None = None
    max_length: Bound | None = None
    pattern: re.Pattern[str] | None = None
    pattern_text: str = ""
    places: int | None = None
    choices: Choices = Choices()
    files: FileRule = FileRule()
    default: object = None
    #: source of what stands in the field at first
    prefill_from: str = ""
    #: key of the answer above that chooses among the texts of that source
    prefill_by: str = ""
    fresh: bool = False
    personal: bool = False
    error_when: Expression | None = None
    error_text: str = ""
    optional_mark: bool = True
    attributes: Mapping[str, str] = field(default_factory=dict)
    prefix: Template = Template()
    suffix: Template = Template()

    @property
    def is_choice(self) -> bool:
        """
        Tell whether the answer is one or several of given options.
        """
        return self.control in ("radio", "select", "checklist")


def walk(components: Iterable[Component]) -> Iterator[Component]:
    """
    Yield components and what groups hold, in document order.
    """
    for component in components:
        yield component
        if isinstance(component, Group):
            yield from walk(component.children)


def as_number(value: object) -> Decimal | None:
    """
    Return a whole or decimal number, or its text, as Decimal; None for anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def option_of(option: object) -> tuple[object, str]:
    """
    Return value and label of one option: a mapping with both, or a bare value that is its own label.
    """
    if isinstance(option, Mapping):
        value = option.get("value")
        return value, str(option.get("label", "" if value is None else value))
    return option, display.say(option)


def options_of(choices: Choices, scope: Scope) -> list[object]:
    """
    Return the raw options that a choice offers in `scope`; a source that is not there offers none.
    """
    if choices.fixed:
        return [{"value": value, "label": label} for value, label in choices.fixed]
    found = evaluate(choices.expression, scope) if choices.expression else scope.get(choices.source)
    return list(found if isinstance(found, list | tuple) else ())
