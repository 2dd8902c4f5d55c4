"""
Offer one form as a whole: load it, show it, read what was posted, and say what was answered.

The work is done by `schema`, `showing`, `answering` and `summary`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forms import components, display, findings, messages, schema, showing, summary, view
from forms.answering import Answers, FieldError, Reading, Upload
from forms.expressions import Compile, Translate, as_scope, identity

_NO_UPLOADS: Mapping[str, Sequence[Upload]] = {}


@dataclass(frozen=True)
class Form:
    """
    Hold one form of a release. Frozen, shared between requests.
    """

    id: str
    components: tuple[components.Component, ...]
    #: every key whose value the form may give: fields that are not always read-only, computed values, buttons
    keys: frozenset[str]
    #: keys whose values must never enter the process data
    personal: frozenset[str]
    #: names of data that the form wants beside the case's own
    sources: frozenset[str]
    #: other names that its expressions and texts read
    names: frozenset[str] = frozenset()
    fields: tuple[components.Field, ...] = field(default=(), repr=False)
    buttons: tuple[components.Button, ...] = field(default=(), repr=False)

    def parse(
        self,
        posted: Mapping[str, Sequence[str]],
        uploads: Mapping[str, Sequence[Upload]] = _NO_UPLOADS,
        context: Mapping[str, object] | None = None,
    ) -> Answers:
        """
        Read a post. What the form does not declare, hides or only shows is neither read nor kept.

        Args:
            posted: every text by field key, as the browser sent them.
            uploads: every stored file by field key, newly sent and kept from before.
            context: the case's data, earlier answers and the sources, by name; a `Scope`, if expressions call the
                host's functions (such as today).
        """
        reading = Reading(posted, uploads, as_scope({} if context is None else context), self.keys)
        reading.walk(self.components)
        return Answers(reading.values, tuple(reading.errors), reading.typed)

    def show(
        self,
        context: Mapping[str, object],
        *,
        typed: Mapping[str, Sequence[str]] | None = None,
        uploads: Mapping[str, Sequence[Upload]] = _NO_UPLOADS,
        errors: Sequence[FieldError] = (),
        translate: Translate = identity,
        unfold: bool = False,
    ) -> view.FormView:
        """
        Return the view of the form for a page.

        In a field stands what was typed, else the case's earlier answer (unless the field is fresh), else its
        prefill, else its default.

        Args:
            unfold: show also what one choice above would reveal, marked `hidden`, so that a page can open it
            at once.
        """
        walk = showing.Showing(
            as_scope(context),
            self.keys,
            typed=typed,
            uploads=uploads,
            errors=errors,
            translate=translate,
            unfold=unfold,
        )
        rows = walk.walk(self.components)
        walk.add_other_errors()
        buttons = tuple(walk.buttons) or (view.ButtonView(translate(showing.CONTINUE), primary=True),)
        has_files = any(own.control == "filepicker" for own in self.fields)
        return view.FormView(rows, tuple(walk.errors), buttons, has_files)

    def summary(
        self,
        values: Mapping[str, object],
        options: Mapping[str, Sequence[object]] | None = None,
        translate: Translate = identity,
    ) -> list[summary.SummaryRow]:
        """
        Return what was answered as readable rows; an optional question without an answer says so.

        Args:
            options: what the sources offer, by name (`Form.sources`).
        """
        return summary.rows(self.components, values, options or {}, translate)

    def texts(self) -> Iterator[str]:
        """
        Yield every text of the form that a person reads, once, in document order, for the catalogues.
        """
        seen: set[str] = set()
        for component in components.walk(self.components):
            for text in _texts(component):
                if text and text not in seen:
                    seen.add(text)
                    yield text


def _texts(component: components.Component) -> Iterator[str]:
    match component:
        case components.Field():
            yield component.label.text
            yield component.hint.text
            yield component.prefix.text
            yield component.suffix.text
            yield from (label for _, label in component.choices.fixed)
            yield from (component.required_text, component.pattern_text, component.error_text)
        case components.TextBlock():
            yield component.content.text
        case components.Answers() | components.Group():
            yield component.label.text
        case components.Table():
            yield component.label.text
            yield from (label for label, _ in component.columns)
        case components.Image():
            yield component.alt
        case components.Button():
            yield component.label


def words() -> Iterator[str]:
    """
    Yield the texts that pages show for every form, for the catalogues.
    """
    yield from (showing.PLACEHOLDER, showing.OPTIONAL, showing.ANEW, showing.CONTINUE)
    yield from (display.YES, display.NO, display.NOT_GIVEN)
    yield from messages.texts()


def load_form(raw: Mapping[str, object], *, compile: Compile) -> Form:
    """
    Read a form-js schema.

    Args:
        compile: turns the text of one expression into an `Expression`; raises on a text that is none.

    Raises: FormProblems, with everything that is wrong with the file.
    """
    found = findings.Findings(compile)
    parts = schema.read_components(raw, found)
    if found.problems:
        raise findings.FormProblems(tuple(found.problems))
    flat = tuple(components.walk(parts))
    fields = tuple(item for item in flat if isinstance(item, components.Field))
    buttons = tuple(item for item in flat if isinstance(item, components.Button))
    asked = {own.key for own in fields if own.readonly is not True}
    computed = {item.key for item in flat if isinstance(item, components.Computed)}
    return Form(
        id=str(raw["id"]),
        components=parts,
        keys=frozenset(asked | computed | {button.key for button in buttons if button.key}),
        personal=frozenset(own.key for own in fields if own.personal),
        sources=frozenset(found.sources),
        names=frozenset(found.names - found.sources),
        fields=fields,
        buttons=buttons,
    )
