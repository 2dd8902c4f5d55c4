"""
Runs and answers in memory as they were stored last, so that a process need not read back what it wrote itself.

They are kept under the hash of the case's newest audit row: a step that was never committed, or that another process
made, has another hash. A run is taken out while a step changes it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

from engine.spiff import Run

#: cases whose runs are kept
KEPT = 256
#: element -> its latest answers
Given = dict[str, dict[str, Any]]


class Runs:
    """
    The runs that this process keeps.
    """

    def __init__(self) -> None:
        self._kept: OrderedDict[int, tuple[str, Run, Given]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, case_id: int, audit_hash: str) -> tuple[Run, Given] | None:
        """
        Return run and answers of a case as of its newest audit row, and keep them no longer.
        """
        with self._lock:
            found = self._kept.pop(case_id, None)
        return found[1:] if found is not None and found[0] == audit_hash else None

    def keep(self, case_id: int, audit_hash: str, run: Run, given: Given) -> None:
        """
        Keep what a step has written.
        """
        with self._lock:
            self._kept[case_id] = (audit_hash, run, given)
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
