"""
Regular expressions whose time grows with the text only in a straight line, whatever the pattern: see `Pattern`.
"""

from __future__ import annotations

from engine.feel.values import Spend


class Pattern:
    """
    A compiled regular expression.
    """

    def is_found_in(self, text: str, spend: Spend) -> bool:
        """
        Tell whether there is a match.
        """
        return False


def compiled_or_none(pattern: str, flags: str) -> Pattern | None:
    """
    Return the compiled pattern.
    """
    return None
