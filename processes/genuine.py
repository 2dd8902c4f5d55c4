"""
What the page behind an act's QR code may confirm: enough to compare with the paper, no personal data.

The frozen facts hold everything that the paper says; here is chosen what a stranger may read of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: last characters of a meter's number that are told
TOLD = 4


def told(facts: Mapping[str, Any]) -> dict[str, str]:
    """
    Return what may be told of a document, by name: `office`, `meter_number` (its end) and `drawn_up_at` (ISO).

    Names without a fact are left out.
    """
    found = {"office": facts.get("office"), "drawn_up_at": facts.get("drawn_up_at")}
    meter = facts.get("meter")
    number = str(meter.get("number") or "") if isinstance(meter, Mapping) else ""
    if len(number) > TOLD:
        found["meter_number"] = "…" + number[-TOLD:]
    return {name: str(text) for name, text in found.items() if text}
