"""
The analyst's pages of letters: which there are, their words, what they will look like, and how a change is proposed.

What may stand in a letter is the gate's to say. Nothing here is about anybody: previews show invented people.
"""

from __future__ import annotations

from web.letters import listing, mails, printed
from web.letters.drafting import blueprint

__all__ = ["blueprint", "listing", "mails", "printed"]
