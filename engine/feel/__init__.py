"""
FEEL, the only expression language: gateways, decision tables, timers, form conditions and service parameters
are written in it.

An own interpreter of FEEL (DMN 1.5 §10.3) without external functions. It never evaluates Python, reads no attribute of
any object, asks no clock and touches nothing but the context that it is given. Every text is bounded in size and depth
when it is compiled, every evaluation in its steps and in the depth of its calls.

A text goes through the lexer (`lexer`), the parser (`cursor` → `type_grammar` → `operators` → `statements` → `parser`,
which makes `nodes`) and the translator (`scoping` → `calling` → `testing` → `evaluate`, which makes closures). The
built-in functions stand in the modules `*_functions`.

    >>> expression = compile("if term_days > 10 then \\"long\\" else \\"short\\"")
    >>> expression({"term_days": 15})
    'long'
    >>> compile_unary("[1..5], > 10")(12, {})
    True
"""

from engine.feel.errors import FeelError
from engine.feel.expressions import Expression, UnaryTests, compile, compile_unary
from engine.feel.texts import to_json

__all__ = ["Expression", "FeelError", "UnaryTests", "compile", "compile_unary", "to_json"]
