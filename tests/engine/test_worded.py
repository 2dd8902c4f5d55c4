"""
A diagram whose names are said in another language.
"""

from __future__ import annotations

import re
from pathlib import Path

import processes
from engine.diagram.worded import worded

DRAWN = Path(processes.FOLDER, "meter_installation.bpmn").read_bytes()
NAME = re.compile(r'(<bpmn:[A-Za-z]+ [^>]*?\bname=")([^"]*)"')


def test_every_name_is_said_and_nothing_else_changes() -> None:
    said = worded(DRAWN, lambda text: f"»{text}")
    names = [name for _, name in NAME.findall(said)]
    assert len(names) > 50 and all(name.startswith("»") for name in names)
    assert worded(DRAWN, lambda text: text) == said.replace('="»', '="')
    assert 'name="publicStatus"' in said
