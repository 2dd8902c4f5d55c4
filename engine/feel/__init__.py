"""
FEEL, the only expression language: gateways, decision tables, timers, form conditions and service parameters
are written in it.

An own interpreter of FEEL (DMN 1.3 §10.3) without function definitions, external functions and XML. It never
evaluates Python, reads no attribute of any object, asks no clock and touches nothing but the context that it
is given. Every text is bounded in size and depth when it is compiled, every evaluation in its steps.

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
