"""
Say what was answered, as rows for people: check-your-answers, case pages and letters.

Only questions that were asked have a row: hidden ones left no value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from forms import components, display, kinds
from forms.expressions import Scope, Translate


@dataclass(frozen=True)
class SummaryRow:
    """
    Hold one question and its answer in words.
    """

    label: str
    key: str
    value_text: str
    #: of the answer, as in `forms.kinds`; empty where there is none
    kind: str = ""


def rows(
    parts: Iterable[components.Component],
    values: Mapping[str, object],
    options: Mapping[str, Sequence[object]],
    translate: Translate,
) -> list[SummaryRow]:
    """
    Return a row for every field that has a place in `values`, in document order.

    Args:
        options: what the sources offer, by name, for the labels of choices; they are in the reader's
        language.
    """
    scope = Scope({**values, **options})
    return [
        SummaryRow(
            field.label.render(scope, translate),
            field.key,
            _say(field, scope, translate),
            field.kind if values[field.key] else "",
        )
        for field in components.walk(parts)
        if isinstance(field, components.Field) and field.key in values
    ]


def _say(field: components.Field, scope: Scope, translate: Translate) -> str:
    value = scope[field.key]
    if field.control == "checkbox":
        return display.say(value is True, translate)
    if value is None or value in ("", []):
        return translate(display.NOT_GIVEN)
    if field.is_choice:
        return _say_choice(field, value, scope, translate)
    if not field.kind:
        return display.say(value, translate)
    said = kinds.KINDS[field.kind]().say(value)
    around = (field.prefix.render(scope, translate), said, field.suffix.render(scope, translate))
    return " ".join(filter(None, around))


def _say_choice(field: components.Field, value: object, scope: Scope, translate: Translate) -> str:
    offers = components.options_of(field.choices, scope)
    offered = {str(item): label for item, label in map(components.option_of, offers)}
    labels = []
    for item in value if isinstance(value, list | tuple) else [value]:
        label = offered.get(str(item), str(item))
        labels.append(translate(label) if field.choices.fixed else label)
    return ", ".join(labels)
