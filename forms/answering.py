"""
Read what was posted to one form, in document order, so that a condition may read the answers above it.

It decides nothing about the case: it returns values, errors and what was typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal

from forms import components, display, kinds
from forms.expressions import Expression, Scope, evaluate, holds
from forms.kinds import Refused, Value

#: characters that a field takes by default, and at most
TEXTFIELD, TEXTAREA, LONGEST = 200, 4_000, 20_000


@dataclass(frozen=True)
class Upload:
    """
    Hold one file that the caller has stored and looked into: `type` is what the content says, not the name.
    """

    name: str
    #: bytes
    size: int
    #: media type
    type: str
    #: the caller's id of the stored file
    reference: str


@dataclass(frozen=True)
class FieldError:
    """
    Say what is wrong at one field; `messages.sentence` has the words.
    """

    key: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Answers:
    """
    Hold what a form made of a post: `values` only of declared, visible fields; `errors` in document order.
    """

    values: dict[str, Value]
    errors: tuple[FieldError, ...]
    #: texts as typed, by key, to be shown once more
    typed: dict[str, list[str]]


def own_scope(context: Scope, keys: Iterable[str]) -> Scope:
    """
    Return the context in which a form's own fields, not asked yet, are null and not defined.

    Earlier answers under the same keys must not decide what this form asks.
    """
    own = frozenset(keys)
    return Scope({name: value for name, value in context.items() if name not in own}, context.functions)


def plain(value: object) -> Value:
    """
    Return an expression's value as JSON: dates and times become ISO texts.
    """
    match value:
        case None | bool() | int() | Decimal() | str():
            return value
        case datetime() | date() | time():
            return value.isoformat()
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case _:
            return str(value)


def is_readonly(own: components.Field, scope: Scope) -> bool:
    """
    Tell whether a field is shown, not asked.
    """
    return own.readonly if isinstance(own.readonly, bool) else holds(own.readonly, scope)


def limits_of(own: components.Field, scope: Scope) -> kinds.Limits:
    """
    Return the limits of a field as they are now; one whose expression gives nothing useful does not limit.
    """
    dated = own.kind in ("date", "datetime")

    def bound(given: components.Bound | None, *, day: bool) -> Decimal | date | None:
        value = given if given is None or isinstance(given, Decimal | date) else evaluate(given, scope)
        return display.date_of(value) if day else components.as_number(value)

    usual = TEXTAREA if own.control == "textarea" else TEXTFIELD
    most = bound(own.max_length, day=False)
    fewest = bound(own.min_length, day=False)
    return kinds.Limits(
        min_length=int(fewest) if isinstance(fewest, Decimal) else 0,
        max_length=min(LONGEST, int(most)) if isinstance(most, Decimal) else usual,
        pattern=own.pattern,
        least=bound(own.least, day=dated),
        most=bound(own.most, day=dated),
        places=own.places,
    )


def is_required(own: components.Field, scope: Scope) -> bool:
    """
    Tell whether an answer must be given.
    """
    return own.required or holds(own.required_when, scope)


def stored(own: components.Field, context: Scope, scope: Scope) -> object:
    """
    Return what stands in a field before anything is typed: the earlier answer, else the prefill, else the default.

    Args:
        context: as the form was given it.
        scope: with the answers above, one of which may choose among several prefills.
    """
    if not own.fresh and context.get(own.key) is not None:
        return context[own.key]
    prefill = offered_text(own, context, scope) if own.prefill_by else context.get(own.prefill_from)
    return own.default if prefill is None else plain(prefill)


def offered_text(own: components.Field, context: Scope, scope: Scope) -> str | None:
    """
    Return the text that the answer above chooses; before it is given, and for an unknown one, the text under "".
    """
    texts = _offered_texts(own, context)
    return texts.get(str(scope.get(own.prefill_by) or ""), texts.get(""))


def is_unedited(own: components.Field, typed: str, context: Scope) -> bool:
    """
    Tell whether `typed` is one of the texts that the field offers, but for blanks.
    """
    return bool(own.prefill_by) and any(_alike(typed, text) for text in _offered_texts(own, context).values())


def _alike(one: str, other: str) -> bool:
    return one.split() == other.split()


def _offered_texts(own: components.Field, context: Scope) -> Mapping[str, str]:
    found = context.get(own.prefill_from)
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, Mapping) else {}


_MISSING = {
    "radio": "required_choice",
    "select": "required_choice",
    "checklist": "required_choices",
    "checkbox": "required_checkbox",
    "filepicker": "required_file",
    "date": "required_date",
}

#: controls of which browsers send nothing if nothing is ticked
UNTICKED = ("checkbox", "checklist")
#: texts of a checkbox that mean "not checked"
OFF = ("", "false", "off", "0")


def is_ticked(texts: Iterable[str]) -> bool:
    """
    Tell whether what was sent for a checkbox means that it is ticked.
    """
    return any(text.strip() not in OFF for text in texts)


class Reading:
    """
    Walk once through a form with what was posted.
    """

    def __init__(
        self,
        posted: Mapping[str, Sequence[str]],
        uploads: Mapping[str, Sequence[Upload]],
        context: Scope,
        keys: Iterable[str],
    ) -> None:
        self._posted = posted
        self._uploads = uploads
        self._context = context
        self.scope = own_scope(context, keys)
        self.values: dict[str, Value] = {}
        self.errors: list[FieldError] = []
        self.typed: dict[str, list[str]] = {}

    def walk(self, parts: Iterable[components.Component]) -> None:
        """
        Read every visible component, groups included.
        """
        for component in parts:
            if holds(component.hide, self.scope):
                continue
            match component:
                case components.Group():
                    self.walk(component.children)
                case components.Field():
                    self._field(component)
                case components.Computed():
                    self._keep(component.key, self._compute(component.expression))
                case components.Button() if component.key:
                    self._button(component)

    def _compute(self, expression: Expression | None) -> Value:
        return None if expression is None else plain(evaluate(expression, self.scope))

    def _keep(self, key: str, value: Value) -> None:
        self.values[key] = value
        self.scope[key] = value

    def _button(self, button: components.Button) -> None:
        pressed = button.value in self._posted.get(button.key, ())
        if pressed or button.key not in self.values:
            self._keep(button.key, button.value if pressed else None)

    def _field(self, own: components.Field) -> None:
        if is_readonly(own, self.scope):
            known = self._context.get(own.key)
            self.scope[own.key] = known
            if own.readonly is not True and known is not None:
                # a field that is asked at other times keeps its answer
                self.values[own.key] = plain(known)
            return
        posted = [kinds.displayable(text) for text in self._posted.get(own.key, ())]
        if own.key in self._posted or own.control in UNTICKED:
            self.typed[own.key] = posted
        try:
            value = self._read(own)
            # 0 is an answer: compared by identity, since Python takes it for equal to False
            if (value is None or value is False or value == []) and is_required(own, self.scope):
                raise self._missing(own)
        except Refused as refused:
            self._refuse(own, refused)
            self.scope[own.key] = None  # asked, without an answer that counts
            return
        self._keep(own.key, value)

    def _refuse(self, own: components.Field, refused: Refused) -> None:
        params = refused.params
        if refused.code == "pattern" and own.pattern_text:
            params = {**params, "text": own.pattern_text}
        self.errors.append(FieldError(own.key, refused.code, params))

    def _missing(self, own: components.Field) -> Refused:
        shown = own.control not in (*UNTICKED, "filepicker") and stored(own, self._context, self.scope) is not None
        if shown and own.key not in self._posted:
            # the page did not have it yet: it comes again with something in it, which then wants a look
            return Refused("appeared")
        text = {"text": own.required_text} if own.required_text else {}
        return Refused(_MISSING.get(own.control, "required"), **text)

    def _read(self, own: components.Field) -> Value:
        if own.is_choice:
            return self._choice(own)
        if own.control == "checkbox":
            return is_ticked(self._posted.get(own.key, ()))
        if own.control == "filepicker":
            return self._files(own)
        return self._text(own, next(iter(self._posted.get(own.key, ())), ""))

    def _text(self, own: components.Field, typed: str) -> Value:
        value = read_text(own, typed, self.scope)
        wanted = offered_text(own, self._context, self.scope) if is_unedited(own, typed, self._context) else None
        if wanted is not None and not _alike(typed, wanted):
            # the text belongs to another choice: the page comes again with the right one, which then wants a look
            raise Refused("follows_choice")
        return value

    def _choice(self, own: components.Field) -> Value:
        chosen = [text.strip() for text in self._posted.get(own.key, ()) if text.strip()]
        offered = {str(value): value for value, _ in map(components.option_of, self._options(own))}
        if not set(chosen) <= offered.keys():
            raise Refused("choice")
        if own.control == "checklist":
            return [plain(value) for text, value in offered.items() if text in chosen]
        if len(set(chosen)) > 1:
            raise Refused("choice")
        return plain(offered[chosen[0]]) if chosen else None

    def _options(self, own: components.Field) -> list[object]:
        # a source is asked by name in the context as it was given: a field of the same name must not hide it
        scope = self.scope if own.choices.expression else self._context
        return components.options_of(own.choices, scope)

    def _files(self, own: components.Field) -> Value:
        given = self._uploads.get(own.key, ())
        if len(given) > own.files.most:
            raise Refused("files_too_many", limit=own.files.most)
        for upload in given:
            check_file(upload, own.files)
        return [
            {"id": upload.reference, "name": upload.name, "type": upload.type, "size": upload.size} for upload in given
        ]


def read_text(own: components.Field, text: str, scope: Scope) -> Value:
    """
    Return the value of a field with one text, None if nothing was typed. Raises: Refused.
    """
    cleaned = kinds.clean(text, multiline=own.control == "textarea")
    if not cleaned:
        return None
    return kinds.KINDS[own.kind]().parse(cleaned, limits_of(own, scope))


def check_file(upload: Upload, rule: components.FileRule) -> None:
    """
    Refuse an empty, too large or unwanted file. Raises: Refused.
    """
    if upload.size <= 0:
        raise Refused("file_empty", name=upload.name)
    if upload.size > rule.megabytes * 1024 * 1024:
        raise Refused("file_too_big", name=upload.name, limit=rule.megabytes)
    wanted = (upload.type, upload.type.partition("/")[0] + "/*")
    if rule.types and not set(wanted) & set(rule.types):
        types = ", ".join(type_.rpartition("/")[2].upper() for type_ in rule.types if not type_.endswith("/*"))
        raise Refused("file_type", name=upload.name, types=types or "JPG, PNG")
