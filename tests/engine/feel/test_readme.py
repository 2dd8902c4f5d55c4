"""
What the README says of FEEL holds.
"""

import re
from pathlib import Path

from engine.feel import limits
from engine.feel.builtins import NAMES

README = (Path(__file__).parents[3] / "README.md").read_text()


def _section() -> str:
    return README.partition("### FEEL and decision tables\n")[2].partition("\n## ")[0]


def test_the_readme_names_every_function_and_no_other() -> None:
    named = re.search(r"^Functions: (.*); and of this installation", _section(), re.MULTILINE)
    assert named is not None
    assert set(re.findall("`([^`]+)`", named[1])) == NAMES


def test_the_readme_tells_the_limits() -> None:
    assert f"after {limits.STEPS:,} steps" in _section()
    assert f"at most {limits.TEXT_LENGTH:,} characters and {limits.DEPTH} levels" in _section()
