"""
What the pages call: the engine's doors, built once and kept with the app.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app

from engine.cases import Cases
from engine.database import Database
from engine.operations import Operations, Ports
from engine.releases import Releases
from engine.settings import Settings


@dataclass(frozen=True)
class Services:
    """
    One installation's doors.
    """

    settings: Settings
    database: Database
    releases: Releases
    cases: Cases
    operations: Operations
    ports: Ports


def services() -> Services:
    """
    Return the running app's services.
    """
    found: Services = current_app.extensions["saygac"]
    return found
