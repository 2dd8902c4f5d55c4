"""
Processes that die by SIGKILL at a chosen statement: what a test can set up before a transaction begins.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import event

from engine.operations import Operations
from engine.storage.database import Database
from tests.support.installation import Installation, installed


def arm(database: Database, point: int) -> None:
    """
    Let this process die at its `point`-th statement or commit from now on.
    """
    seen = 0

    def step(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == point:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database._writing, "after_cursor_execute", step)
    event.listen(database._writing, "commit", step)


def killed_at(url: str, folder: Path, operations: Operations, act: Callable[[Installation], None], point: int) -> bool:
    """
    Run `act` in a process of its own that is killed at its `point`-th statement or commit; tell whether it was killed.
    """
    child = os.fork()
    if child == 0:
        with installed(url, folder, operations) as site:
            arm(site.database, point)
            act(site)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)
