"""
What forms may import: themselves, the standard library, and two packages that know numbers and addresses.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

import forms

MODULES = sorted(Path(forms.__file__).parent.glob("*.py"))
ALLOWED = sys.stdlib_module_names | {"forms", "phonenumbers", "email_validator"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_forms_know_no_engine_and_no_pages(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").partition(".")[0])
    assert imported <= ALLOWED
