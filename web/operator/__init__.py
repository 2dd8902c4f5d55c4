"""
The operator's pages: the health of the installation, lists of cases, work and incidents, bulk work, and what was done.

Nothing here shows personal data but the demonstration's mailbox, nor decides anything: pages ask the engine.
"""

from __future__ import annotations

from web.operator import batches, cases, deeds, health, incidents, jobs, mails
from web.operator.sifting import blueprint as blueprint

PAGES = (health, incidents, jobs, cases, batches, deeds, mails)
