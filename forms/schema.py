"""
Read a form-js schema into frozen components, and refuse what the pages cannot keep their word on.

All problems are found at once, each with the id of its component. Nothing is evaluated here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from forms import display, kinds, messages, patterns, text
from forms.expressions import Compile, Expression, Scope, Template, evaluate, placeholders

#: newest form-js schema version that was read for this module
SCHEMA_VERSION = 19
#: components of one form, depth of groups, characters of one text
COMPONENTS, DEPTH, TEXT = 200, 5, 10_000
#: characters that fields take by default, and at most
TEXTFIELD, TEXTAREA, LONGEST = 200, 4_000, 20_000
#: megabytes of a file, and files of one field, by default
MEGABYTES, FILES = 7, 5

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_ELEMENT = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_APPEARANCES = ("plain", "warning", "inset", "panel")
_FILE_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".pdf": "application/pdf",
}
_FIELD_TYPES = (
    *("textfield", "textarea", "number", "datetime", "checkbox"),
    *("radio", "select", "checklist", "taglist", "filepicker"),
)
#: what we read from form-js `properties`, on whatever component
_PROPERTIES = frozenset(
    [
        *("kind", "personal", "autocomplete", "inputmode", "rows", "prefillFrom", "fresh"),
        *("requiredText", "requiredWhen", "optionalMark", "errorWhen", "errorText", "min", "max"),
        *("maxFiles", "maxMegabytes", "appearance", "summaryOf", "key", "value"),
    ]
)


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
    Hold a submit button.
    """

    label: str = ""
    key: str = ""
    value: str = ""


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
    prefill_from: str = ""
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


_TEXT_KINDS = (
    "telephone",
    "person_name",
    "subscriber_code",
    "meter_number",
    "seal_numbers",
    "uppercase_code",
)
#: component type -> kinds that the property `kind` may name, the usual one first
_ALLOWED_KINDS: dict[str, tuple[str, ...]] = {
    "textfield": ("text", *_TEXT_KINDS, "decimal"),
    "textarea": ("text", "seal_numbers"),
    "number": ("number", "decimal"),
}
_INPUT_MODES = {
    "number": "decimal",
    "decimal": "decimal",
    "date": "numeric",
    "time": "numeric",
    "datetime": "numeric",
    "telephone": "tel",
    "email": "email",
    "subscriber_code": "numeric",
}
_AUTOCOMPLETE = {"telephone": "tel", "email": "email", "person_name": "name"}


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _listed(value: object) -> Iterable[object]:
    return value if isinstance(value, list | tuple) else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def walk(components: Iterable[Component]) -> Iterator[Component]:
    """
    Yield components and what groups hold, in document order.
    """
    for component in components:
        yield component
        if isinstance(component, Group):
            yield from walk(component.children)


class Reader:
    """
    Read one schema; problems gather in `problems`, what the form reads from outside in `names` and `sources`.
    """

    def __init__(self, compile_: Compile) -> None:
        self._compile = compile_
        self.problems: list[FormProblem] = []
        self.names: set[str] = set()
        self.sources: set[str] = set()
        self._ids: set[str] = set()
        self._keys: set[str] = set()
        self._above: dict[str, Field] = {}
        self._computed_above: set[str] = set()
        self._count = 0

    # what may be wrong

    def _problem(self, component_id: str, code: str, **params: object) -> None:
        sentence = messages.fill(messages.PROBLEMS[code], params)
        self.problems.append(FormProblem(component_id, code, sentence, params))

    # the whole

    def read(self, schema: object) -> tuple[Component, ...]:
        """
        Return the components of a schema.
        """
        root = _mapping(schema)
        if root.get("type") != "default" or not isinstance(root.get("components"), list):
            self._problem("", "schema", reason="type, components")
            return ()
        if not _ELEMENT.fullmatch(_text(root.get("id"))):
            self._problem("", "schema", reason="id")
        version = root.get("schemaVersion", SCHEMA_VERSION)
        if not isinstance(version, int) or version > SCHEMA_VERSION:
            self._problem("", "schema_version", version=version, highest=SCHEMA_VERSION)
        self._keys = set(self._declared(root["components"]))
        return self._children(root["components"], depth=0)

    def _declared(self, components: object) -> Iterator[str]:
        for raw in map(_mapping, _listed(components)):
            if raw.get("type") not in ("button", "group"):
                yield _text(raw.get("key"))
            yield from self._declared(raw.get("components"))

    def _children(self, raw_components: object, depth: int) -> tuple[Component, ...]:
        read = (self._component(_mapping(raw), depth) for raw in _listed(raw_components))
        return tuple(component for component in read if component is not None)

    def _component(self, raw: Mapping[str, object], depth: int) -> Component | None:
        id_ = _text(raw.get("id"))
        if not id_ or id_ in self._ids:
            self._problem(id_, "component_id")
        self._ids.add(id_)
        self._count += 1
        if self._count > COMPONENTS or depth > DEPTH:
            if self._count == COMPONENTS + 1 or depth == DEPTH + 1:
                self._problem(id_, "too_large", what=f"{COMPONENTS} × {DEPTH}")
            return None
        type_ = _text(raw.get("type"))
        make = self._makers().get(type_)
        if make is None:
            self._problem(id_, "component_unknown", type=type_)
            return None
        for name in _mapping(raw.get("properties")):
            if name not in _PROPERTIES:
                self._problem(id_, "property_unknown", property=name)
        return make(id_, raw, depth)

    def _makers(self) -> Mapping[str, Callable[[str, Mapping[str, object], int], Component | None]]:
        fields = dict.fromkeys(_FIELD_TYPES, self._field)
        return fields | {
            "text": self._text_block,
            "table": self._table,
            "image": self._image,
            "separator": self._rule,
            "spacer": self._rule,
            "group": self._group,
            "button": self._button,
            "expression": self._computed,
        }

    # pieces that several components have

    def _expression(self, id_: str, name: str, source: object) -> Expression | None:
        written = _text(source).strip()
        if not written:
            return None
        try:
            expression = self._compile(written)
        except Exception as error:  # noqa: BLE001 - the caller's language raises what it likes
            self._problem(id_, "expression", property=name, reason=str(error))
            return None
        known = self._above.keys() | self._computed_above
        below = (expression.names & self._keys) - known
        if below:
            self._problem(id_, "reads_below", property=name, names=", ".join(sorted(below)))
        self.names |= expression.names - self._keys
        return expression

    def _template(self, id_: str, name: str, value: object) -> Template:
        written = _text(value)
        if len(written) > TEXT:
            self._problem(id_, "too_large", what=name)
            return Template()
        if written.startswith("="):
            self._problem(id_, "property_unsupported", property=name, reason="{{=…}}")
        if "{{#" in written or "{{/" in written:
            self._problem(id_, "property_unsupported", property=name, reason="{{#…}}")
            return Template()
        compiled = {source: self._expression(id_, name, source) for source in placeholders(written)}
        kept = {source: expression for source, expression in compiled.items() if expression is not None}
        return Template(written, kept)

    def _hide(self, id_: str, raw: Mapping[str, object]) -> dict[str, object]:
        hide = self._expression(id_, "hide", _mapping(raw.get("conditional")).get("hide"))
        return {"id": id_, "hide": hide, "decided_by": self._decided_by(hide)}

    def _decided_by(self, hide: Expression | None) -> tuple[str, tuple[object, ...]] | None:
        if hide is None or len(hide.names) != 1:
            return None
        chosen = self._above.get(next(iter(hide.names)))
        if chosen is None:
            return None
        if chosen.control == "checkbox":
            return chosen.key, (True,)
        if chosen.control not in ("radio", "select") or not chosen.choices.fixed:
            return None
        return chosen.key, tuple(value for value, _ in chosen.choices.fixed)

    def _property(self, raw: Mapping[str, object], name: str) -> str:
        value = _mapping(raw.get("properties")).get(name, "")
        return value if isinstance(value, str) else str(value)

    def _flag(self, raw: Mapping[str, object], name: str, usual: bool = False) -> bool:
        written = self._property(raw, name)
        return written == "true" if written else usual

    # components without an answer

    def _text_block(self, id_: str, raw: Mapping[str, object], _: int) -> Component:
        if self._property(raw, "summaryOf"):
            return self._answers(id_, raw)
        written = _text(raw.get("text"))
        piece = text.unsupported(written)
        if piece:
            self._problem(id_, "text_unsupported", piece=piece)
        appearance = self._property(raw, "appearance") or "plain"
        if appearance not in _APPEARANCES:
            self._problem(id_, "property_unsupported", property="appearance", reason=appearance)
        content = self._template(id_, "text", written)
        return TextBlock(**self._hide(id_, raw), content=content, appearance=appearance)

    def _answers(self, id_: str, raw: Mapping[str, object]) -> Component:
        elements = tuple(name.strip() for name in self._property(raw, "summaryOf").split(",") if name.strip())
        self.sources.update(f"answers_of:{element}" for element in elements)
        label = self._template(id_, "label", raw.get("label"))
        return Answers(**self._hide(id_, raw), label=label, elements=elements)

    def _table(self, id_: str, raw: Mapping[str, object], _: int) -> Component:
        if self._property(raw, "summaryOf"):
            return self._answers(id_, raw)
        source = self._expression(id_, "dataSource", raw.get("dataSource"))
        if source is None:
            self._problem(id_, "data_source")
        else:
            self.sources |= source.names - self._keys
        columns = tuple(
            (_text(column.get("label")), _text(column.get("key")))
            for column in map(_mapping, _listed(raw.get("columns")))
        )
        if not columns or not all(key for _, key in columns):
            self._problem(id_, "columns")
        label = self._template(id_, "label", raw.get("label"))
        return Table(**self._hide(id_, raw), label=label, source=source, columns=columns)

    def _image(self, id_: str, raw: Mapping[str, object], _: int) -> Component:
        source, alt = _text(raw.get("source")), _text(raw.get("alt"))
        if not re.fullmatch(r"/(?!/)[^\s\\]*", source) or not alt:
            self._problem(id_, "image")
        return Image(**self._hide(id_, raw), source=source, alt=alt)

    def _rule(self, id_: str, raw: Mapping[str, object], _: int) -> Component:
        return Rule(**self._hide(id_, raw), kind=_text(raw.get("type")))

    def _group(self, id_: str, raw: Mapping[str, object], depth: int) -> Component:
        if raw.get("path"):
            self._problem(id_, "property_unsupported", property="path", reason=_text(raw.get("path")))
        head = self._hide(id_, raw)
        label = self._template(id_, "label", raw.get("label"))
        return Group(**head, label=label, children=self._children(raw.get("components"), depth + 1))

    def _button(self, id_: str, raw: Mapping[str, object], _: int) -> Component:
        action = raw.get("action", "submit")
        if action != "submit":
            self._problem(id_, "property_unsupported", property="action", reason=str(action))
        key, value, label = self._property(raw, "key"), self._property(raw, "value"), _text(raw.get("label"))
        if not label:
            self._problem(id_, "label_missing")
        if key and not _KEY.fullmatch(key):
            self._problem(id_, "key_missing", key=key)
        if key and key in self._keys:
            self._problem(id_, "key_repeated", key=key)
        return Button(**self._hide(id_, raw), label=label, key=key, value=value)

    def _computed(self, id_: str, raw: Mapping[str, object], _: int) -> Component:
        expression = self._expression(id_, "expression", raw.get("expression"))
        key = self._key(id_, raw)
        self._computed_above.add(key)
        return Computed(**self._hide(id_, raw), key=key, expression=expression)

    def _key(self, id_: str, raw: Mapping[str, object]) -> str:
        key = _text(raw.get("key"))
        if not _KEY.fullmatch(key):
            self._problem(id_, "key_missing", key=key)
        elif key in self._above or key in self._computed_above:
            self._problem(id_, "key_repeated", key=key)
        return key

    # fields

    def _field(self, id_: str, raw: Mapping[str, object], _: int) -> Component:
        head = self._hide(id_, raw)
        validate = _mapping(raw.get("validate"))
        control, kind = self._control(id_, raw)
        label = self._template(id_, "label", raw.get("dateLabel") or raw.get("timeLabel") or raw.get("label"))
        if not label:
            self._problem(id_, "label_missing")
        appearance = _mapping(raw.get("appearance"))
        prefill = self._property(raw, "prefillFrom")
        if prefill:
            self.sources.add(prefill)
        own = Field(
            **head,
            key=self._key(id_, raw),
            control=control,
            kind=kind,
            label=label,
            hint=self._template(id_, "description", raw.get("description")),
            required=validate.get("required") is True,
            required_when=self._expression(id_, "requiredWhen", self._property(raw, "requiredWhen")),
            required_text=self._property(raw, "requiredText"),
            readonly=self._readonly(id_, raw),
            pattern=self._pattern(id_, validate),
            pattern_text=_text(validate.get("patternErrorMessage")),
            places=self._places(id_, raw, kind),
            choices=self._choices(id_, raw, control),
            files=self._files(id_, raw, control),
            default=raw.get("defaultValue"),
            prefill_from=prefill,
            fresh=self._flag(raw, "fresh"),
            personal=self._flag(raw, "personal"),
            error_when=self._error_when(id_, raw),
            error_text=self._property(raw, "errorText"),
            optional_mark=self._flag(raw, "optionalMark", usual=True),
            attributes=self._attributes(raw, control, kind),
            prefix=self._template(id_, "prefixAdorner", appearance.get("prefixAdorner")),
            suffix=self._template(id_, "suffixAdorner", appearance.get("suffixAdorner")),
            **self._bounds(id_, raw, validate, kind),
        )
        self._check_default(own)
        self._above[own.key] = own
        return own

    def _control(self, id_: str, raw: Mapping[str, object]) -> tuple[str, str]:
        type_, wanted = _text(raw.get("type")), self._property(raw, "kind")
        if type_ == "datetime":
            control = _text(raw.get("subtype")) or "date"
            if control not in ("date", "time", "datetime"):
                self._problem(id_, "property_unsupported", property="subtype", reason=control)
                control = "date"
            allowed: tuple[str, ...] = (control,)
        else:
            control = "checklist" if type_ == "taglist" else type_
            allowed = _ALLOWED_KINDS.get(type_, ("",))
        kind = wanted or self._validation_kind(id_, raw) or allowed[0]
        if kind not in allowed and kind != "email":
            self._problem(id_, "kind_unknown", kind=kind, type=type_)
            kind = allowed[0]
        return control, kind

    def _validation_kind(self, id_: str, raw: Mapping[str, object]) -> str:
        wanted = _mapping(raw.get("validate")).get("validationType") or ""
        if raw.get("type") != "textfield" or wanted in ("", "custom"):
            return ""
        known = {"email": "email", "phone": "telephone"}
        if wanted not in known:
            self._problem(id_, "property_unsupported", property="validationType", reason=str(wanted))
        return known.get(str(wanted), "")

    def _readonly(self, id_: str, raw: Mapping[str, object]) -> bool | Expression:
        if raw.get("disabled") is True or raw.get("readonly") is True:
            return True
        written = raw.get("disabled") or raw.get("readonly")
        return self._expression(id_, "readonly", written) or False

    def _pattern(self, id_: str, validate: Mapping[str, object]) -> re.Pattern[str] | None:
        written = _text(validate.get("pattern"))
        if not written:
            return None
        try:
            return patterns.compile_pattern(written)
        except patterns.UnsafePattern as error:
            self._problem(id_, "pattern", reason=str(error))
            return None

    def _places(self, id_: str, raw: Mapping[str, object], kind: str) -> int | None:
        places = raw.get("decimalDigits")
        if places is None:
            return kinds.Reading.PLACES if kind == "decimal" else None
        if not isinstance(places, int) or not 0 <= places <= kinds.Number.PLACES:
            self._problem(id_, "bound", property="decimalDigits", value=places)
            return None
        return places

    def _error_when(self, id_: str, raw: Mapping[str, object]) -> Expression | None:
        written = self._property(raw, "errorWhen")
        if written and not self._property(raw, "errorText"):
            self._problem(id_, "property_unsupported", property="errorWhen", reason="errorText")
        return self._expression(id_, "errorWhen", written)

    def _attributes(self, raw: Mapping[str, object], control: str, kind: str) -> dict[str, str]:
        found = {
            "autocomplete": self._property(raw, "autocomplete") or _AUTOCOMPLETE.get(kind, ""),
            "inputmode": self._property(raw, "inputmode") or _INPUT_MODES.get(kind, ""),
            "spellcheck": "false" if kind and kind != "text" else "",
            "rows": self._property(raw, "rows") or ("5" if control == "textarea" else ""),
        }
        return {name: value for name, value in found.items() if value}

    def _bounds(
        self, id_: str, raw: Mapping[str, object], validate: Mapping[str, object], kind: str
    ) -> dict[str, Bound | None]:
        dated = kind in ("date", "datetime")
        least: object = self._property(raw, "min") if dated else validate.get("min")
        if dated and not least and raw.get("disallowPassedDates") is True:
            least = "=today()"
        most: object = self._property(raw, "max") if dated else validate.get("max")
        return {
            "least": self._bound(id_, "min", least, dated),
            "most": self._bound(id_, "max", most, dated),
            "min_length": self._bound(id_, "minLength", validate.get("minLength")),
            "max_length": self._bound(id_, "maxLength", validate.get("maxLength")),
        }

    def _bound(self, id_: str, name: str, value: object, dated: bool = False) -> Bound | None:
        if value is None or value == "":
            return None
        if isinstance(value, str) and value.startswith("="):
            return self._expression(id_, name, value)
        bound = display.date_of(value) if dated else as_number(value)
        if bound is None:
            self._problem(id_, "bound", property=name, value=value)
        return bound

    def _choices(self, id_: str, raw: Mapping[str, object], control: str) -> Choices:
        if control not in ("radio", "select", "checklist"):
            return Choices()
        given = [name for name in ("values", "valuesKey", "valuesExpression") if raw.get(name)]
        if len(given) != 1:
            self._problem(id_, "choices")
            return Choices()
        if given == ["valuesKey"]:
            self.sources.add(_text(raw.get("valuesKey")))
            return Choices(source=_text(raw.get("valuesKey")))
        if given == ["valuesExpression"]:
            return Choices(expression=self._expression(id_, "valuesExpression", raw.get("valuesExpression")))
        return Choices(fixed=self._fixed(id_, raw["values"]))

    def _fixed(self, id_: str, values: object) -> tuple[tuple[object, str], ...]:
        fixed: dict[str, tuple[object, str]] = {}
        for value, label in map(option_of, _listed(values)):
            if value in ("", None) or not label:
                self._problem(id_, "choice_empty")
            if str(value) in fixed:
                self._problem(id_, "choice_repeated", value=value)
            fixed[str(value)] = (value, label)
        return tuple(fixed.values())

    def _files(self, id_: str, raw: Mapping[str, object], control: str) -> FileRule:
        if control != "filepicker":
            return FileRule()
        multiple = raw.get("multiple")
        if not isinstance(multiple, bool | None):
            self._problem(id_, "property_unsupported", property="multiple", reason=str(multiple))
        accept = _text(raw.get("accept"))
        types = []
        for part in filter(None, (part.strip() for part in accept.split(","))):
            type_ = _FILE_TYPES.get(part, part)
            if "/" not in type_:
                self._problem(id_, "file_types", accept=part)
            types.append(type_)
        return FileRule(
            most=self._whole(id_, raw, "maxFiles", FILES) if multiple else 1,
            megabytes=self._whole(id_, raw, "maxMegabytes", MEGABYTES),
            types=tuple(dict.fromkeys(types)),
            accept=accept,
        )

    def _whole(self, id_: str, raw: Mapping[str, object], name: str, usual: int) -> int:
        written = self._property(raw, name)
        if not written:
            return usual
        if not re.fullmatch(r"[1-9][0-9]{0,2}", written):
            self._problem(id_, "bound", property=name, value=written)
            return usual
        return int(written)

    def _check_default(self, own: Field) -> None:
        fixed = {str(value) for value, _ in own.choices.fixed}
        if own.default in (None, "", [], False):
            return
        wanted = own.default if isinstance(own.default, list) else [own.default]
        if own.control == "filepicker" or (fixed and not {str(value) for value in wanted} <= fixed):
            self._problem(own.id, "default", value=own.default)


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
    return list(_listed(found))
