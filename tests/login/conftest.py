"""
A site for tests of the log-in's own pages.
"""

from __future__ import annotations

import pytest

from tests.support.installation import Install
from tests.support.site import Site, operations, site


@pytest.fixture
def here(install_sqlite: Install) -> Site:
    """
    Put the pages over a SQLite file, in the demonstration mode.
    """
    return site(install_sqlite(operations()))
