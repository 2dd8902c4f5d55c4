"""
The particular: everything that makes this the service for installing water meters.
"""

from __future__ import annotations

from pathlib import Path

from engine.operations import Operations
from processes import choices, meter_installation, notices, staff_mail

#: diagrams, decision tables and their catalogues
FOLDER = Path(__file__).parent

#: the roles that lanes may name
ROLES = frozenset({"citizen", "dispatcher", "fitter", "head", "analyst", "operator"})


def installed() -> Operations:
    """
    Return the operations of this installation.
    """
    operations = Operations()
    operations.include((meter_installation.operations, choices.operations, notices.operations, staff_mail.operations))
    return operations
