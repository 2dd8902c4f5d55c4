"""
Say what a form needs of the expression language, and fill texts with values.

It does not know FEEL: whoever loads a form gives the function that compiles one expression.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from forms import display

Functions = Mapping[str, Callable[..., object]]
Translate = Callable[[str], str]

_NO_FUNCTIONS: Functions = {}


class Expression(Protocol):
    """
    Stand for one compiled expression.
    """

    #: free variables that the expression reads
    names: frozenset[str]

    def __call__(self, context: Mapping[str, object], functions: Functions | None = None) -> object:
        """
        Return the value of the expression in `context`, with the host's functions of this moment (such as today).
        """


Compile = Callable[[str], Expression]

PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)


class Scope(dict[str, object]):
    """
    Hold what expressions may read: values by name, and the host's functions beside them.
    """

    def __init__(self, values: Mapping[str, object], functions: Functions = _NO_FUNCTIONS) -> None:
        super().__init__(values)
        self.functions = functions

    def copy(self) -> Scope:
        """
        Return a scope of its own with the same values and functions.
        """
        return Scope(self, self.functions)


def as_scope(context: Mapping[str, object]) -> Scope:
    """
    Return a context as a scope; one that is none has no functions.
    """
    return context if isinstance(context, Scope) else Scope(context)


def identity(text: str) -> str:
    """
    Return the text as it is: the translation into the source language.
    """
    return text


def evaluate(expression: Expression, scope: Scope) -> object:
    """
    Return the value of an expression; a name that the scope lacks is null, and not defined.
    """
    return expression({name: scope[name] for name in expression.names if name in scope}, scope.functions)


def holds(expression: Expression | None, scope: Scope) -> bool:
    """
    Tell whether a condition is there and is true; null and anything else that is not true counts as false.
    """
    return expression is not None and evaluate(expression, scope) is True


def inner(placeholder: str) -> str:
    """
    Return the expression inside `{{name}}` or `{{=expression}}`, without braces, blanks and the leading `=`.
    """
    return placeholder.strip().removeprefix("=").strip()


@dataclass(frozen=True)
class Template:
    """
    Hold a text with its placeholders `{{name}}` and `{{=expression}}`.

    The whole text, placeholders included, is what gets translated; a placeholder that a translator made up is
    shown as nothing.
    """

    text: str = ""
    expressions: Mapping[str, Expression] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.text)

    def fill(self, text: str, scope: Scope, translate: Translate = identity) -> str:
        """
        Return `text`, the translation of this template or a part of it, with values for its placeholders.
        """

        def value(match: re.Match[str]) -> str:
            expression = self.expressions.get(inner(match[1]))
            return "" if expression is None else display.say(evaluate(expression, scope), translate)

        return PLACEHOLDER.sub(value, text)

    def render(self, scope: Scope, translate: Translate = identity) -> str:
        """
        Return the translated text with its values.
        """
        return self.fill(translate(self.text), scope, translate) if self.text else ""


def placeholders(text: str) -> Iterator[str]:
    """
    Yield the expressions of a text's placeholders, in order.
    """
    for match in PLACEHOLDER.finditer(text):
        yield inner(match[1])
