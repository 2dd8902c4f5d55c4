"""
A simulator on real sockets, and what reaches it from outside.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from simulator.desk import Desk
from simulator.program import Plan, serving

Wish = Callable[..., None]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    Keep one public key infrastructure for all tests.
    """
    return tmp_path_factory.mktemp("simulator")


@pytest.fixture(scope="module")
def desk(folder: Path) -> Iterator[Desk]:
    """
    Serve a simulator.
    """
    with serving(Plan(folder)) as running:
        yield running


@pytest.fixture
def client(desk: Desk) -> Iterator[httpx.Client]:
    """
    Call the simulator's pages; every service succeeds at first, and at once.
    """
    with httpx.Client(base_url=desk.base_url, trust_env=False) as opened:
        opened.delete("/control")
        opened.put("/control/mobile", json={"answer": "succeed", "seconds": 0})
        yield opened


@pytest.fixture
def covered(desk: Desk) -> Iterator[httpx.Client]:
    """
    Call the simulator's services over TLS, trusting its root only.
    """
    context = ssl.create_default_context(cafile=str(desk.authorities))
    with httpx.Client(base_url=desk.tls_url, verify=context, trust_env=False) as opened:
        yield opened


@pytest.fixture
def wish(client: httpx.Client) -> Wish:
    """
    Set what a service answers; at once, unless told otherwise.
    """

    def set_(service: str, answer: str, **more: Any) -> None:
        client.put(f"/control/{service}", json={"seconds": 0, "answer": answer, **more}).raise_for_status()

    return set_
