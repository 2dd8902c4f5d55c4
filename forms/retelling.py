"""
Say what would be posted to a form for given answers: the texts as somebody would have typed them.

Files are not told: they are kept by whoever stored them.
"""

from __future__ import annotations

from collections.abc import Mapping

from forms import components, kinds
from forms.form import Form


def retell(form: Form, values: Mapping[str, object]) -> dict[str, list[str]]:
    """
    Return the texts by key; read again by the form, they give the same answers.
    """
    told = {own.key: _texts(own, values[own.key]) for own in form.fields if values.get(own.key) is not None}
    told |= {button.key: [button.value] for button in form.buttons if button.key and values.get(button.key)}
    return {key: texts for key, texts in told.items() if texts}


def _texts(own: components.Field, value: object) -> list[str]:
    if own.control == "filepicker":
        return []
    if own.control == "checkbox":
        return ["true"] if value is True else []
    if isinstance(value, list | tuple):
        return [str(item) for item in value]
    if own.is_choice:
        return [str(value)]
    return [kinds.KINDS[own.kind]().show(value)]
