"""
Names that an expression gives itself hide the variables of the same name when types are judged.
"""

from __future__ import annotations

import pytest

from engine.feel import compile
from engine.gate.inference import Inference
from engine.shapes import NUMBER, TEXT


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ('n = "a"', ["types_differ"]),
        ('{n: "a", m: n = "a"}.m', []),
        ('{m: n = "a", n: "a"}.m', ["types_differ"]),
        ('{n: "a"}.n = t and n = "a"', ["types_differ"]),
        ('(function(n) n = "a")("b")', []),
        ('(function(m) n = "a")("b")', ["types_differ"]),
        ('some n in ["a"] satisfies n = "a"', []),
    ],
)
def test_only_the_variable_itself_has_its_type(text: str, codes: list[str]) -> None:
    inference = Inference({"n": NUMBER, "t": TEXT}, {})
    inference.of(compile(text).root)
    assert [misfit.code for misfit in inference.misfits] == codes
