"""
Short ways to write a form in a test, with the real expression language and a clock that stands still.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import forms as package
from engine import feel
from forms import Form, FormProblem, FormProblems, Scope, load_form

TODAY = date(2026, 11, 23)
FILES = sorted(Path(package.__file__).parent.glob("*/*.form"))


def compile_feel(text: str) -> feel.Expression:
    return feel.compile(text, functions=("today", "now"))


def scope(**values: object) -> Scope:
    return Scope(values, {"today": lambda: TODAY})


def component(type_: str, key: str = "it", **more: object) -> dict[str, object]:
    named = {"dateLabel": "Sual"} if type_ == "datetime" else {"label": "Sual"}
    return {"type": type_, "id": f"field_{key}", "key": key, **named, **more}


def schema(*components: Mapping[str, object]) -> dict[str, object]:
    return {"type": "default", "id": "tried", "schemaVersion": 19, "components": list(components)}


def form(*components: Mapping[str, object]) -> Form:
    return load_form(schema(*components), compile=compile_feel)


def problems(*components: Mapping[str, object]) -> tuple[FormProblem, ...]:
    try:
        form(*components)
    except FormProblems as refused:
        return refused.problems
    return ()


def codes(*components: Mapping[str, object]) -> list[str]:
    return [problem.code for problem in problems(*components)]
