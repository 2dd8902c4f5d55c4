"""
The version of the program before this one, kept as it was in `tests/fixtures/previous`.

With a new version it is made anew: git archive COMMIT engine forms processes web simulator tests/__init__.py
tests/support ':!processes/letters/fonts' ':!processes/scenarios' ':!web/static' ':!web/assets' ':!*.md' | xz -9e.
Fonts, styles and pictures are lent to it, and what tells it what to do.
"""

from __future__ import annotations

import tarfile
from pathlib import Path

from tests.support.programs import TOP

PREVIOUS = TOP / "tests" / "fixtures" / "previous" / "program.tar.xz"
_LENT = ("processes/letters/fonts", "web/static", "tests/running")


def unpacked(folder: Path) -> Path:
    """
    Lay the version before into a folder and return it.
    """
    with tarfile.open(PREVIOUS) as archive:
        archive.extractall(folder, filter="data")
    for name in _LENT:
        (folder / name).symlink_to(TOP / name, target_is_directory=True)
    return folder
