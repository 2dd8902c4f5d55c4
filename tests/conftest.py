"""
Fixtures of all tests: real databases and installations on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from engine.gate.checking import Verdict
from engine.operations import Operations
from engine.releases import releases
from tests.support.chromium import started
from tests.support.databases import migrated
from tests.support.installation import Install, Installation, installed


@pytest.fixture(scope="session", autouse=True)
def judged_once() -> Iterator[None]:
    """
    Let the gate judge the same files for the same operations once in a run: it takes a second, and most tests deploy.
    """
    judge, known = releases.check_bundle, dict[Any, Verdict]()

    def remembered(bundle: releases.Bundle, operations: Operations, roles: frozenset[str]) -> Verdict:
        key = releases.bundle_id(bundle), frozenset(operations.steps), frozenset(operations.sources), roles
        if key not in known:
            known[key] = judge(bundle, operations, roles)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(releases, "check_bundle", remembered)
        yield


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """
    Start the browser once for all tests that need it.
    """
    with started() as browser:
        yield browser


@pytest.fixture
def install_sqlite(tmp_path: Path) -> Iterator[Install]:
    """
    Put an installation on a SQLite file.
    """
    with ExitStack() as stack:
        url = stack.enter_context(migrated("sqlite", tmp_path))

        def install(operations: Operations) -> Installation:
            return stack.enter_context(installed(url, tmp_path, operations))

        yield install


@pytest.fixture(params=["sqlite", "postgresql"])
def install(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Install]:
    """
    Put an installation on each kind of database.
    """
    with ExitStack() as stack:
        url = stack.enter_context(migrated(request.param, tmp_path))

        def make(operations: Operations) -> Installation:
            return stack.enter_context(installed(url, tmp_path, operations))

        yield make
