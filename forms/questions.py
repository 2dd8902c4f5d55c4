"""
Read the questions of a form file: what kind of answer each wants, its rules, its options and its look.

Whatever a page could not keep its word on is noted as a problem; nothing is evaluated here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from forms import display, kinds, patterns
from forms.components import (
    MEGABYTES,
    Bound,
    Choices,
    Field,
    FileRule,
    as_number,
    option_of,
)
from forms.expressions import Expression
from forms.findings import Piece, listed, mapping, written

#: component types that ask for an answer
TYPES = (
    *("textfield", "textarea", "number", "datetime", "checkbox"),
    *("radio", "select", "checklist", "taglist", "filepicker"),
)
#: files of one field, by default
FILES = 5

_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_FILE_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".heic": "image/heic",
    ".pdf": "application/pdf",
}
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
    "textfield": ("text", "email", *_TEXT_KINDS, "decimal"),
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


def is_key(key: str) -> bool:
    """
    Tell whether a text can be the name of an answer.
    """
    return _KEY.fullmatch(key) is not None


def key_of(piece: Piece) -> str:
    """
    Return the key of a component that gives an answer.
    """
    key = piece.text("key")
    if not is_key(key):
        piece.problem("key_missing", key=key)
    elif key in piece.findings.above:
        piece.problem("key_repeated", key=key)
    return key


def read_field(piece: Piece, head: Mapping[str, object]) -> Field:
    """
    Return one question; `head` has what every component has.
    """
    validate = mapping(piece.raw.get("validate"))
    control, kind = _control(piece)
    label = piece.template("label", piece.raw.get("dateLabel") or piece.raw.get("timeLabel") or piece.raw.get("label"))
    if not label:
        piece.problem("label_missing")
    appearance = mapping(piece.raw.get("appearance"))
    prefill, chosen_by = _prefill(piece, control)
    own = Field(
        **head,
        key=key_of(piece),
        control=control,
        kind=kind,
        label=label,
        hint=piece.template("description", piece.raw.get("description")),
        required=validate.get("required") is True,
        required_when=piece.expression("requiredWhen", piece.property("requiredWhen")),
        required_text=piece.property("requiredText"),
        readonly=_readonly(piece),
        pattern=_pattern(piece, validate),
        pattern_text=written(validate.get("patternErrorMessage")),
        places=_places(piece, kind),
        choices=_choices(piece, control),
        files=_files(piece, control),
        default=piece.raw.get("defaultValue"),
        prefill_from=prefill,
        prefill_by=chosen_by,
        fresh=piece.flag("fresh"),
        personal=piece.flag("personal"),
        error_when=_error_when(piece),
        error_text=piece.property("errorText"),
        optional_mark=piece.flag("optionalMark", usual=True),
        attributes=_attributes(piece, control, kind),
        prefix=piece.template("prefixAdorner", appearance.get("prefixAdorner")),
        suffix=piece.template("suffixAdorner", appearance.get("suffixAdorner")),
        **_bounds(piece, validate, kind),
    )
    _check_default(piece, own)
    piece.findings.above[own.key] = own
    return own


def _prefill(piece: Piece, control: str) -> tuple[str, str]:
    source, chosen_by = piece.property("prefillFrom"), piece.property("prefillBy")
    if source:
        piece.findings.sources.add(source)
    if chosen_by and not (source and control == "textarea" and chosen_by in piece.findings.above):
        piece.problem("property_unsupported", property="prefillBy", reason=chosen_by)
        return source, ""
    return source, chosen_by


def _control(piece: Piece) -> tuple[str, str]:
    wanted = piece.property("kind")
    if piece.type == "datetime":
        control = piece.text("subtype") or "date"
        if control not in ("date", "time", "datetime"):
            piece.problem("property_unsupported", property="subtype", reason=control)
            control = "date"
        allowed: tuple[str, ...] = (control,)
    else:
        control = "checklist" if piece.type == "taglist" else piece.type
        allowed = _ALLOWED_KINDS.get(piece.type, ("",))
    kind = wanted or _validation_kind(piece) or allowed[0]
    if kind not in allowed:
        piece.problem("kind_unknown", kind=kind, type=piece.type)
        kind = allowed[0]
    return control, kind


def _validation_kind(piece: Piece) -> str:
    wanted = mapping(piece.raw.get("validate")).get("validationType") or ""
    if piece.type != "textfield" or wanted in ("", "custom"):
        return ""
    known = {"email": "email", "phone": "telephone"}
    if wanted not in known:
        piece.problem("property_unsupported", property="validationType", reason=str(wanted))
    return known.get(str(wanted), "")


def _readonly(piece: Piece) -> bool | Expression:
    if piece.raw.get("disabled") is True or piece.raw.get("readonly") is True:
        return True
    source = piece.raw.get("disabled") or piece.raw.get("readonly")
    return piece.expression("readonly", source) or False


def _pattern(piece: Piece, validate: Mapping[str, object]) -> re.Pattern[str] | None:
    pattern = written(validate.get("pattern"))
    if not pattern:
        return None
    try:
        return patterns.compile_pattern(pattern)
    except patterns.UnsafePattern as error:
        piece.problem("pattern", reason=str(error))
        return None


def _places(piece: Piece, kind: str) -> int | None:
    places = piece.raw.get("decimalDigits")
    if places is None:
        return kinds.Reading.PLACES if kind == "decimal" else None
    if not isinstance(places, int) or not 0 <= places <= kinds.Number.PLACES:
        piece.problem("bound", property="decimalDigits", value=places)
        return None
    return places


def _error_when(piece: Piece) -> Expression | None:
    source = piece.property("errorWhen")
    if source and not piece.property("errorText"):
        piece.problem("property_unsupported", property="errorWhen", reason="errorText")
    return piece.expression("errorWhen", source)


def _attributes(piece: Piece, control: str, kind: str) -> dict[str, str]:
    found = {
        "autocomplete": piece.property("autocomplete") or _AUTOCOMPLETE.get(kind, ""),
        "inputmode": piece.property("inputmode") or _INPUT_MODES.get(kind, ""),
        "spellcheck": "false" if kind and kind != "text" else "",
        "rows": piece.property("rows") or ("5" if control == "textarea" else ""),
    }
    return {name: value for name, value in found.items() if value}


def _bounds(piece: Piece, validate: Mapping[str, object], kind: str) -> dict[str, Bound | None]:
    dated = kind in ("date", "datetime")
    least: object = piece.property("min") if dated else validate.get("min")
    if dated and not least and piece.raw.get("disallowPassedDates") is True:
        least = "=today()"
    most: object = piece.property("max") if dated else validate.get("max")
    return {
        "least": _bound(piece, "min", least, dated),
        "most": _bound(piece, "max", most, dated),
        "min_length": _bound(piece, "minLength", validate.get("minLength")),
        "max_length": _bound(piece, "maxLength", validate.get("maxLength")),
    }


def _bound(piece: Piece, name: str, value: object, dated: bool = False) -> Bound | None:
    if value is None or value == "":
        return None
    if isinstance(value, str) and value.startswith("="):
        return piece.expression(name, value)
    bound = display.date_of(value) if dated else as_number(value)
    if bound is None:
        piece.problem("bound", property=name, value=value)
    return bound


def _choices(piece: Piece, control: str) -> Choices:
    if control not in ("radio", "select", "checklist"):
        return Choices()
    given = [name for name in ("values", "valuesKey", "valuesExpression") if piece.raw.get(name)]
    if len(given) != 1:
        piece.problem("choices")
        return Choices()
    if given == ["valuesKey"]:
        piece.findings.sources.add(piece.text("valuesKey"))
        return Choices(source=piece.text("valuesKey"))
    if given == ["valuesExpression"]:
        return Choices(expression=piece.expression("valuesExpression", piece.raw.get("valuesExpression")))
    return Choices(fixed=_fixed(piece, piece.raw["values"]))


def _fixed(piece: Piece, values: object) -> tuple[tuple[object, str], ...]:
    fixed: dict[str, tuple[object, str]] = {}
    for value, label in map(option_of, listed(values)):
        if value in ("", None) or not label:
            piece.problem("choice_empty")
        if str(value) in fixed:
            piece.problem("choice_repeated", value=value)
        fixed[str(value)] = (value, label)
    return tuple(fixed.values())


def _files(piece: Piece, control: str) -> FileRule:
    if control != "filepicker":
        return FileRule()
    multiple = piece.raw.get("multiple")
    if not isinstance(multiple, bool | None):
        piece.problem("property_unsupported", property="multiple", reason=str(multiple))
    accept = piece.text("accept")
    types = []
    for part in filter(None, (part.strip() for part in accept.split(","))):
        type_ = _FILE_TYPES.get(part, part)
        if "/" not in type_:
            piece.problem("file_types", accept=part)
        types.append(type_)
    return FileRule(
        most=_whole(piece, "maxFiles", FILES) if multiple else 1,
        megabytes=_whole(piece, "maxMegabytes", MEGABYTES),
        types=tuple(dict.fromkeys(types)),
        accept=accept,
    )


def _whole(piece: Piece, name: str, usual: int) -> int:
    number = piece.property(name)
    if not number:
        return usual
    if not re.fullmatch(r"[1-9][0-9]{0,2}", number):
        piece.problem("bound", property=name, value=number)
        return usual
    return int(number)


def _check_default(piece: Piece, own: Field) -> None:
    fixed = {str(value) for value, _ in own.choices.fixed}
    if own.default in (None, "", [], False):
        return
    wanted = own.default if isinstance(own.default, list) else [own.default]
    if own.control == "filepicker" or (fixed and not {str(value) for value in wanted} <= fixed):
        piece.problem("default", value=own.default)
