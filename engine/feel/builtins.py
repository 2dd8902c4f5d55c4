"""
The table of FEEL's built-in functions, and how a call's arguments are fitted to one.

A function is registered with its parameters and their types; here, once for all of them, named arguments find
their places, a list of one stands for its element and an element for a list of one, and an argument of
another type makes the result null. The functions themselves stand in the modules `*_functions`, imported here
at the end of the table.

Source: DMN 1.3 §10.3.2.9.4 (type conversions), §10.3.4 (functions).
"""

from __future__ import annotations

from engine.feel import (
    aggregate_functions,
    context_functions,
    list_functions,
    number_functions,
    range_functions,
    range_text,
    string_functions,
    temporal_functions,
)
from engine.feel.functions import Builtin, arranged

__all__ = ["BUILTINS", "NAMES", "PATTERN_PARAMETERS", "Builtin", "arranged"]

#: name -> function; `is defined` is the evaluator's own, because it looks at names and not at values.
BUILTINS: dict[str, Builtin] = {
    builtin.name: builtin
    for module in (
        string_functions,
        number_functions,
        list_functions,
        aggregate_functions,
        context_functions,
        temporal_functions,
        range_functions,
        range_text,
    )
    for builtin in module.FUNCTIONS
}

#: Every name that a text may call without the host's help.
NAMES: frozenset[str] = frozenset(BUILTINS) | {"is defined"}

#: function -> its second parameter, which is a regular expression
PATTERN_PARAMETERS = {"matches": "pattern", "replace": "pattern", "split": "delimiter", "extract": "pattern"}
