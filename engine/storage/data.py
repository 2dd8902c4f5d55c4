"""
JSON as the engine stores it: numbers with a point come back as Decimal, exactly as they were written.

Process data and answers are str, int, bool, None, Decimal, list and dict only; anything else is refused here, before
it could be stored and not be read again.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

#: digits that a stored decimal may have: what a JSON number carries without loss
MOST_DIGITS = 15


def dump(value: Any) -> bytes:
    """
    Return compact JSON.

    Raises:
        TypeError: for a value that is not JSON.
        ValueError: for NaN, infinities and decimals of more than 15 digits.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_decimal)
    return text.encode()


def load(content: bytes | str) -> Any:
    """
    Read what `dump` wrote.
    """
    return json.loads(content, parse_float=Decimal)


def _decimal(value: object) -> float:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} can't be stored")
    if not value.is_finite() or len(value.as_tuple().digits) > MOST_DIGITS:
        raise ValueError("a stored decimal has at most 15 digits")
    return float(value)
