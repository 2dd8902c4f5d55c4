"""
The audit: what happened to a case, one row a step, each sealed with the hash of the one before.

It never holds personal data, but for what somebody wrote as their reason; the answers themselves are in `submission`
and `correction`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from engine.tables import Audit

_SEALED = (
    "key",
    "case_id",
    "revision",
    "at",
    "actor_id",
    "event",
    "element",
    "detail",
    "public_status",
    "previous_hash",
)


def sealed(row: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return the row with its hash.

    Args:
        row: all columns of `audit` but the hash.
    """
    return {**row, "hash": _hash(row)}


def broken(rows: Iterable[Audit]) -> list[str]:
    """
    Return the keys of rows whose chain does not hold.

    Args:
        rows: all rows of one case, oldest first.
    """
    previous = ""
    found = []
    for row in rows:
        facts = {name: getattr(row, name) for name in _SEALED}
        if row.previous_hash != previous or row.hash != _hash(facts):
            found.append(row.key)
        previous = row.hash
    return found


def _hash(row: Mapping[str, Any]) -> str:
    facts = [_plain(row[name]) for name in _SEALED]
    return hashlib.sha256(json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
