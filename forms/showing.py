"""
Make the view of one form: what stands in each field, what can be chosen, what is wrong, what is hidden.

It reads nothing that was not given and never fails because of what somebody typed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from forms import answering, components, display, kinds, messages, text, view
from forms.answering import FieldError, Upload
from forms.expressions import Scope, Translate, evaluate, holds

#: text of the option of a select that stands for no choice
PLACEHOLDER = "Siyahıdan seçin"
#: mark of a field that may be left empty
OPTIONAL = "məcburi deyil"
#: button that puts the text of the chosen option into a field
ANEW = "Mətni seçimə görə yenilə"
#: label of the button where a form has none
CONTINUE = "Davam et"


def html_id(key: str) -> str:
    """
    Return the id of a field's first HTML element.
    """
    return f"field-{key}"


class Showing:
    """
    Walk once through a form and collect the views of its components.
    """

    def __init__(
        self,
        context: Scope,
        keys: Iterable[str],
        *,
        typed: Mapping[str, Sequence[str]] | None,
        uploads: Mapping[str, Sequence[Upload]],
        errors: Sequence[FieldError],
        translate: Translate,
        unfold: bool,
    ) -> None:
        self._context = context
        self._typed = typed
        self._uploads = uploads
        self._errors: dict[str, FieldError] = {}
        for error in errors:
            self._errors.setdefault(error.key, error)
        self._ask_error_conditions = typed is None and not errors
        self._translate = translate
        self._unfold = unfold
        self.scope = answering.own_scope(context, keys)
        self.errors: list[view.ErrorView] = []
        self.buttons: list[view.ButtonView] = []

    def walk(self, parts: Iterable[components.Component]) -> tuple[view.ComponentView, ...]:
        """
        Return the views of components, hidden ones only if the page unfolds them.
        """
        shown: list[view.ComponentView] = []
        for component in parts:
            hidden = holds(component.hide, self.scope)
            if hidden and not (self._unfold and component.decided_by):
                continue
            drawn = self._component(component, hidden)
            if drawn is not None:
                shown.append(replace(drawn, revealed_by=self._reveal(component), hidden=hidden))
        return tuple(shown)

    def _reveal(self, component: components.Component) -> view.Reveal | None:
        if component.decided_by is None:
            return None
        key, values = component.decided_by
        functions = self.scope.functions
        shown = [value for value in values if not holds(component.hide, Scope({key: value}, functions))]
        return view.Reveal(key, tuple("true" if value is True else str(value) for value in shown))

    def _component(self, component: components.Component, hidden: bool) -> view.ComponentView | None:
        match component:
            case components.Field():
                before = self.scope.copy()
                drawn = self._field(component)
                if hidden:
                    self.scope = before
                return drawn
            case components.Group():
                before = self.scope.copy()
                label = component.label.render(self.scope, self._translate)
                children = self.walk(component.children)
                if hidden:
                    self.scope = before
                return view.ComponentView("group", component.id, label=label, children=children)
            case components.Button():
                self.buttons.append(self._button(component))
            case components.Computed() if component.expression is not None:
                self.scope[component.key] = answering.plain(evaluate(component.expression, self.scope))
            case _:
                return self._plain(component)
        return None

    def _button(self, button: components.Button) -> view.ButtonView:
        primary = not any(earlier.primary for earlier in self.buttons)
        return view.ButtonView(self._translate(button.label), button.key, button.value, primary, button.changes)

    # what is only read

    def _plain(self, component: components.Component) -> view.ComponentView | None:
        match component:
            case components.TextBlock():
                return self._text(component)
            case components.Table():
                return self._table(component)
            case components.Answers():
                return self._answers(component)
            case components.Image():
                alt = self._translate(component.alt)
                return view.ComponentView("image", component.id, source=component.source, alt=alt)
            case components.Rule():
                return view.ComponentView(component.kind, component.id)
        return None

    def _text(self, block: components.TextBlock) -> view.ComponentView:
        translated = self._translate(block.content.text)
        blocks = text.read(translated, lambda piece: block.content.fill(piece, self.scope, self._translate))
        return view.ComponentView("text", block.id, blocks=blocks, appearance=block.appearance)

    def _table(self, table: components.Table) -> view.ComponentView:
        found = evaluate(table.source, self._context) if table.source else None
        rows = [row for row in (found if isinstance(found, list | tuple) else ()) if isinstance(row, Mapping)]
        return view.ComponentView(
            "table",
            table.id,
            label=table.label.render(self.scope, self._translate),
            columns=tuple(self._translate(label) for label, _ in table.columns),
            cells=tuple(tuple(display.say(row.get(key), self._translate) for _, key in table.columns) for row in rows),
        )

    def _answers(self, answers: components.Answers) -> view.ComponentView:
        sections = []
        for element in answers.elements:
            found = self._context.get(f"answers_of:{element}")
            rows = [row for row in (found if isinstance(found, list | tuple) else ()) if isinstance(row, Mapping)]
            sections.append(
                view.AnswerSection(
                    element,
                    tuple(
                        view.AnswerRow(*(display.say(row.get(name)) for name in ("label", "value", "key", "kind")))
                        for row in rows
                    ),
                )
            )
        label = answers.label.render(self.scope, self._translate)
        return view.ComponentView("answers", answers.id, label=label, sections=tuple(sections))

    # fields

    def _field(self, own: components.Field) -> view.ComponentView:
        readonly = answering.is_readonly(own, self.scope)
        typed = None if self._typed is None or readonly else self._typed_in(own, self._typed)
        stored = answering.stored(own, self._context, self.scope)
        required = answering.is_required(own, self.scope)
        label = own.label.render(self.scope, self._translate)
        drawn = view.ComponentView(
            own.control,
            html_id(own.key),
            key=own.key,
            label=label,
            hint=own.hint.render(self.scope, self._translate),
            error=self._error(own, label),
            required=required,
            readonly=readonly,
            attributes=self._attributes(own),
            prefix=own.prefix.render(self.scope, self._translate),
            suffix=own.suffix.render(self.scope, self._translate),
        )
        if own.prefill_by and not readonly:
            drawn = replace(drawn, anew=self._translate(ANEW))
        if self._is_optional(own, drawn):
            drawn = replace(drawn, label=f"{label} ({self._translate(OPTIONAL)})")
        return self._filled(own, drawn, typed, stored)

    def _is_optional(self, own: components.Field, drawn: view.ComponentView) -> bool:
        asked = own.optional_mark and not drawn.readonly and own.control != "checkbox"
        return asked and not drawn.required and own.required_when is None

    def _typed_in(self, own: components.Field, typed: Mapping[str, Sequence[str]]) -> Sequence[str] | None:
        return typed.get(own.key, () if own.control in answering.UNTICKED else None)

    def _filled(
        self, own: components.Field, drawn: view.ComponentView, typed: Sequence[str] | None, stored: object
    ) -> view.ComponentView:
        if own.is_choice:
            return self._choice(own, drawn, typed, stored)
        if own.control == "checkbox":
            checked = stored is True if typed is None else answering.is_ticked(typed)
            self.scope[own.key] = checked
            return replace(drawn, checked=checked)
        if own.control == "filepicker":
            self.scope[own.key] = stored
            return replace(drawn, multiple=own.files.most > 1, files=self._files(own, stored))
        return replace(drawn, value=self._text_value(own, typed, stored))

    def _text_value(self, own: components.Field, typed: Sequence[str] | None, stored: object) -> str:
        if typed is None:
            self.scope[own.key] = stored
            return "" if stored is None else kinds.KINDS[own.kind]().show(stored)
        written = kinds.displayable(next(iter(typed), ""))
        if answering.is_unedited(own, written, self._context):
            written = answering.offered_text(own, self._context, self.scope) or written
        try:
            self.scope[own.key] = answering.read_text(own, written, self.scope)
        except kinds.Refused:
            self.scope[own.key] = None
        return written

    def _choice(
        self, own: components.Field, drawn: view.ComponentView, typed: Sequence[str] | None, stored: object
    ) -> view.ComponentView:
        scope = self.scope if own.choices.expression else self._context
        raw = components.options_of(own.choices, scope)
        offered = [components.option_of(option) for option in raw]
        wanted = {str(item) for item in (stored if isinstance(stored, list | tuple) else [stored])}
        if typed is not None:
            wanted = {item.strip() for item in typed}
        chosen = [value for value, _ in offered if str(value) in wanted]
        if own.control != "checklist":
            chosen = chosen[:1]
        self.scope[own.key] = chosen if own.control == "checklist" else next(iter(chosen), None)
        options = tuple(
            view.OptionView(
                id=drawn.id if number == 1 else f"{drawn.id}-{number}",
                value=str(value),
                label=self._translate(label) if own.choices.fixed else label,
                hint=display.say(option.get("hint")) if isinstance(option, Mapping) else "",
                checked=value in chosen,
            )
            for number, (option, (value, label)) in enumerate(zip(raw, offered, strict=True), start=1)
        )
        placeholder = self._translate(PLACEHOLDER) if own.control == "select" else ""
        value = str(chosen[0]) if chosen and own.control != "checklist" else ""
        return replace(drawn, options=options, placeholder=placeholder, value=value)

    def _files(self, own: components.Field, stored: object) -> tuple[view.FileView, ...]:
        uploads = self._uploads.get(own.key)
        if uploads is not None:
            return tuple(view.FileView(item.reference, item.name, item.type, item.size) for item in uploads)
        files = [item for item in (stored if isinstance(stored, list | tuple) else ()) if isinstance(item, Mapping)]
        return tuple(
            view.FileView(
                str(item.get("id", "")),
                str(item.get("name", "")),
                str(item.get("type", "")),
                int(item.get("size", 0)),
            )
            for item in files
        )

    def _attributes(self, own: components.Field) -> dict[str, str]:
        attributes = dict(own.attributes)
        if own.control == "filepicker" and own.files.accept:
            attributes["accept"] = own.files.accept
        if own.control == "textarea":
            attributes["maxlength"] = str(answering.limits_of(own, self.scope).max_length)
        return attributes

    def _error(self, own: components.Field, label: str) -> str:
        error = self._errors.pop(own.key, None)
        if error is None and self._ask_error_conditions and holds(own.error_when, self._context):
            error = FieldError(own.key, "refused", {"text": own.error_text})
        return "" if error is None else self._add_error(error, html_id(own.key), label)

    def _add_error(self, error: FieldError, id_: str, label: str) -> str:
        message, params = messages.sentence(error, label)
        sentence = messages.fill(self._translate(message), params)
        self.errors.append(view.ErrorView(error.key, id_, sentence))
        return sentence

    def add_other_errors(self) -> None:
        """
        Put errors at fields that the page does not show into the summary, without a link.
        """
        for error in self._errors.values():
            self._add_error(error, "", error.key)
        self._errors = {}
