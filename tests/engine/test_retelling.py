"""
What background work says of its failures is kept in one language and read in three.
"""

from __future__ import annotations

import re

import pytest

from engine.findings import sentences
from engine.retelling import retold, told

CODES = sorted(code.removeprefix("told.") for code in sentences() if code.startswith("told."))


@pytest.mark.parametrize("code", CODES)
def test_every_message_is_said_again_in_every_language_with_its_values(code: str) -> None:
    kept = sentences()[f"told.{code}"]
    values = {name: f"550 5.1.{at}" for at, name in enumerate(sorted(set(re.findall(r"\{(\w+)\}", kept["en"]))))}
    message = told(code, **values)
    for language in ("az", "ru", "en"):
        said = retold(message, language)
        assert said == re.sub(r"\{(\w+)\}", lambda found: values[found[1]], kept[language])
    assert len({retold(message, language) for language in ("az", "ru", "en")}) == 3


@pytest.mark.parametrize("message", ["", "Something else.", "The mail server did not accept the recipient"])
def test_what_nobody_knows_is_left_as_it_was_kept(message: str) -> None:
    assert retold(message, "az") is None
