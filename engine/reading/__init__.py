"""
What the pages read: cases, letters, lists and incidents, for those who may see them, and who has read what.

Every statement carries the rule of `engine.sight`. Nothing here writes but what was read, and nothing knows a process:
words come from the case's release.
"""

from engine.naming import UNNUMBERED, called
from engine.reading.applicant import applications, status
from engine.reading.dossier import dossier
from engine.tables import APPLICANT

__all__ = ["APPLICANT", "UNNUMBERED", "applications", "called", "dossier", "status"]
