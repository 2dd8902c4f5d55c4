"""
What the services of one running simulator share.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from flask import current_app

from simulator.answers import Wishes
from simulator.ocsp import Responder
from simulator.persons import Person
from simulator.phones import Phones
from simulator.pki import Pki
from simulator.tokens import Grants

KEY = "simulator"


@dataclass(frozen=True)
class Desk:
    """
    One running simulator.
    """

    persons: Sequence[Person]
    pki: Pki
    wishes: Wishes
    phones: Phones
    responder: Responder
    grants: Grants
    #: address of the simulator's pages, without a slash at the end
    base_url: str
    #: address of its services over TLS, without a slash at the end
    tls_url: str
    #: address of the host that asks for client certificates; None: nobody to open
    card_host: str | None
    #: certificates that this host's own is checked against, PEM file
    authorities: Path
    clock: Callable[[], datetime]


def desk() -> Desk:
    """
    Return the simulator that the present request is for.
    """
    return cast(Desk, current_app.extensions[KEY])
