"""
Hold what a page shows of a form: frozen values that a template draws without asking anything further.

Every text is in the reader's language and is plain: escaping is the template's work.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from forms.text import Block


@dataclass(frozen=True)
class OptionView:
    """
    Hold one option of a choice.
    """

    id: str
    value: str
    label: str
    hint: str = ""
    checked: bool = False


@dataclass(frozen=True)
class FileView:
    """
    Hold one file that was already given.
    """

    reference: str
    name: str
    type: str
    #: bytes
    size: int


@dataclass(frozen=True)
class Reveal:
    """
    Say which options of a choice above make a component appear.
    """

    key: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class AnswerRow:
    """
    Hold one row of "check your answers"; `key` names the field that a "change" link leads to.
    """

    label: str
    value: str
    key: str
    kind: str = ""


@dataclass(frozen=True)
class AnswerSection:
    """
    Hold the rows of one earlier form, which the element id names.
    """

    element: str
    rows: tuple[AnswerRow, ...]


@dataclass(frozen=True)
class ComponentView:
    """
    Hold one component of a page.

    `kind` is text, textfield, textarea, number, date, time, datetime, checkbox, radio, select, checklist,
    filepicker, table, answers, group, separator, spacer or image. Fields that a kind does not use are empty.
    """

    kind: str
    #: id of the HTML element that an error links to: the input, or the first option
    id: str
    key: str = ""
    #: with the mark of an optional field
    label: str = ""
    hint: str = ""
    #: the text in the field, or the value of the chosen option
    value: str = ""
    options: tuple[OptionView, ...] = ()
    #: the sentence, or nothing
    error: str = ""
    required: bool = False
    readonly: bool = False
    checked: bool = False
    #: autocomplete, inputmode, spellcheck, maxlength, rows, accept …
    attributes: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""
    suffix: str = ""
    #: label of the button that puts the text of the choice above into the field
    anew: str = ""
    #: text of the empty option of a select
    placeholder: str = ""
    #: of a filepicker
    multiple: bool = False
    files: tuple[FileView, ...] = ()
    #: of a group
    children: tuple[ComponentView, ...] = ()
    #: of a table
    columns: tuple[str, ...] = ()
    cells: tuple[tuple[str, ...], ...] = ()
    #: of `answers`
    sections: tuple[AnswerSection, ...] = ()
    #: of a text
    blocks: tuple[Block, ...] = ()
    #: of a text: plain, warning, inset or panel
    appearance: str = "plain"
    #: of an image
    source: str = ""
    alt: str = ""
    #: which choice above makes this appear, where that can be told beforehand
    revealed_by: Reveal | None = None
    #: not asked for as things stand (only in a page that was shown with `unfold`)
    hidden: bool = False


@dataclass(frozen=True)
class ErrorView:
    """
    Hold one line of the error summary.
    """

    key: str
    #: id of the HTML element to link to
    id: str
    text: str


@dataclass(frozen=True)
class ButtonView:
    """
    Hold a submit button; `name` and `value` are empty unless pressing this one says something.
    """

    label: str
    name: str = ""
    value: str = ""
    primary: bool = False
    #: user task to which this one leads back
    changes: str = ""


@dataclass(frozen=True)
class FormView:
    """
    Hold a whole page's form.
    """

    rows: tuple[ComponentView, ...]
    errors: tuple[ErrorView, ...]
    buttons: tuple[ButtonView, ...]
    #: whether the page must be posted as multipart/form-data
    has_files: bool = False
