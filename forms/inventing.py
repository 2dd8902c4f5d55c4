"""
Fill in a form as somebody might: texts for every question that it asks, each of its kind and inside its limits.

For trying a process without people. Which of several texts is typed, whoever calls decides. What is made up here is
posted and read like anything typed: this module promises nothing about it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

from forms import components, display, kinds
from forms.answering import Upload, is_readonly, limits_of, own_scope, plain, read_text
from forms.expressions import Scope, as_scope, evaluate, holds
from forms.form import Form

#: choose one of several: (name of the choice, what there is) -> which; of a checklist a list of those that are ticked
Pick = Callable[[str, Sequence[object]], object]
#: field -> values that matter, such as those that a condition asks for
Words = Mapping[str, Sequence[object]]

_TEXTS: Mapping[str, Sequence[str]] = {
    "text": ("Sınaq", "12345678", "A1", "AB123456", "0501234567", "s", "Sınaq mətni bir qədər uzun yazılıb"),
    "email": ("sinaq@example.az",),
    "telephone": ("+994501234567",),
    "person_name": ("Sınaq Adamov",),
    "subscriber_code": ("1000000001", "12345678", "1234"),
    "meter_number": ("S1234567", "12345678"),
    "seal_numbers": ("P100",),
    "uppercase_code": ("AB12", "1234567"),
    "time": ("10:00",),
}
_FILE_TYPES = ("image/jpeg", "application/pdf")


class Invented:
    """
    What was typed and sent along.
    """

    def __init__(self) -> None:
        self.posted: dict[str, list[str]] = {}
        self.uploads: dict[str, list[Upload]] = {}


def invent(form: Form, context: Mapping[str, object], pick: Pick, words: Words) -> Invented:
    """
    Fill in a form.

    Args:
        context: what the form reads, as for `Form.parse`.
        pick: chooses; it is asked in document order.
    """
    filling = _Filling(form, as_scope(context), pick, words)
    filling.walk(form.components)
    return filling.invented


class _Filling:
    def __init__(self, form: Form, context: Scope, pick: Pick, words: Words) -> None:
        self._form = form
        self._context = context
        self._scope = own_scope(context, form.keys)
        self._pick = pick
        self._words = words
        self.invented = Invented()

    def walk(self, parts: Iterable[components.Component]) -> None:
        for component in parts:
            if holds(component.hide, self._scope):
                continue
            match component:
                case components.Group():
                    self.walk(component.children)
                case components.Field():
                    self._fill(component)
                case components.Computed() if component.expression is not None:
                    self._scope[component.key] = plain(evaluate(component.expression, self._scope))
                case components.Button() if component.key:
                    self._press(component)

    def _press(self, button: components.Button) -> None:
        value = self._choose(button.key, (None, button.value))
        if value is not None:
            self.invented.posted[button.key] = [str(value)]
            self._scope[button.key] = value

    def _fill(self, own: components.Field) -> None:
        if is_readonly(own, self._scope):
            self._scope[own.key] = self._context.get(own.key)
            return
        needed = own.required or holds(own.required_when, self._scope)
        if own.control == "filepicker":
            if needed or self._choose(own.key, (False, True)):
                self.invented.uploads[own.key] = [_upload(own)]
        elif own.control == "checkbox":
            ticked = needed or bool(self._choose(own.key, (True, False)))
            self.invented.posted[own.key] = ["true"] if ticked else []
            self._scope[own.key] = ticked
        elif own.is_choice:
            self._decide(own, needed)
        else:
            self._type(own, needed)

    def _decide(self, own: components.Field, needed: bool) -> None:
        scope = self._scope if own.choices.expression else self._context
        values = [components.option_of(option)[0] for option in components.options_of(own.choices, scope)]
        value = self._choose(own.key, values if needed or not values else [*values, None])
        if value is not None:
            chosen = value if isinstance(value, list) else [value]
            self.invented.posted[own.key] = [str(one) for one in chosen]
            self._scope[own.key] = [plain(one) for one in chosen] if own.control == "checklist" else plain(value)

    def _type(self, own: components.Field, needed: bool) -> None:
        limits = limits_of(own, self._scope)
        texts = [text for text in self._texts(own, limits) if _reads(own, text, self._scope)]
        text = self._choose(own.key, texts if needed or not texts else [*texts, None])
        if text is not None:
            self.invented.posted[own.key] = [str(text)]
            self._scope[own.key] = read_text(own, str(text), self._scope)

    def _texts(self, own: components.Field, limits: kinds.Limits) -> list[str]:
        words = list(self._words.get(own.key, ()))
        if own.kind in ("number", "decimal"):
            return [display.say_number(number) for number in _numbers(limits, words)]
        if own.kind in ("date", "datetime"):
            ending = " 10:00" if own.kind == "datetime" else ""
            return [display.say_date(day) + ending for day in _days(limits, self._scope)]
        usual = _TEXTS.get(own.kind, _TEXTS["text"])
        fitting = [
            next((text for text in usual if _reads(own, text, self._scope)), usual[0].ljust(limits.min_length, "s"))
        ]
        return [*(word for word in words if isinstance(word, str) and word), *fitting]

    def _choose(self, key: str, choices: Sequence[object]) -> object:
        return self._pick(f"{self._form.id}.{key}", choices) if choices else None


def _reads(own: components.Field, text: str, scope: Scope) -> bool:
    try:
        return read_text(own, text, scope) is not None
    except kinds.Refused:
        return False


def _numbers(limits: kinds.Limits, words: Sequence[object]) -> list[Decimal]:
    step = Decimal(1)
    found = [number for word in words if (number := components.as_number(word)) is not None]
    found += [near for number in tuple(found) for near in (number - step, number + step)]
    found += [limit for limit in (limits.least, limits.most) if isinstance(limit, Decimal)]
    return list(dict.fromkeys(found)) or [Decimal(1), Decimal(100)]


def _days(limits: kinds.Limits, scope: Scope) -> list[date]:
    now = scope.functions.get("today")
    today = display.date_of(now()) if now is not None else None
    found = [limit for limit in (limits.least, limits.most) if isinstance(limit, date)]
    if today is not None:
        found += [today + timedelta(days=days) for days in (1, 0, -1)]
    inside = [day for day in dict.fromkeys(found) if day.year in kinds.YEARS]
    return inside or [date(2026, 1, 15)]


def _upload(own: components.Field) -> Upload:
    types = [type_ for type_ in own.files.types if "*" not in type_] or list(_FILE_TYPES[:1])
    return Upload("sinaq.pdf" if types[0] == "application/pdf" else "sinaq.jpg", 1_000, types[0], "sinaq")
