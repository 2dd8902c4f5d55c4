"""
A site for tests of the pages.
"""

from __future__ import annotations

import pytest

from tests.support.installation import Install
from tests.support.site import Browser, Site, operations, site


@pytest.fixture
def here(install_sqlite: Install) -> Site:
    """
    Put the pages over a SQLite file, in the demonstration mode.
    """
    return site(install_sqlite(operations()))


@pytest.fixture
def citizen(here: Site) -> Browser:
    """
    Log a citizen in.
    """
    return here.browser("citizen")
