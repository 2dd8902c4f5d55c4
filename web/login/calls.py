"""
Calls of services outside: bounded in time and size, no redirects, no proxy from the environment.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

# They write down every address, and addresses name sessions.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.WARNING)

#: longest wait for a connection, in seconds
CONNECT = 5.0
#: longest answer that is read, in bytes
LONGEST = 64 * 1024


class ServiceUnreachable(Exception):
    """
    A service did not answer, or answered something that can't be used; the text is for the log.
    """


@dataclass(frozen=True)
class Answer:
    """
    What a service answered.
    """

    status: int
    content: bytes

    def object(self) -> dict[str, Any]:
        """
        Read the content as a JSON object.

        Raises:
            ServiceUnreachable: it is none.
        """
        try:
            found = json.loads(self.content)
        except (ValueError, RecursionError):
            raise ServiceUnreachable("the answer is not JSON") from None
        if not isinstance(found, dict):
            raise ServiceUnreachable("the answer is not a JSON object")
        return found


class Caller:
    """
    Calls one service; its connections are kept open and shared by threads.

    Args:
        ca_file: certificates, PEM; the service's own chain ends at one of them or it is not called. One file with the
            service's certificate alone pins it. None: the system's authorities.
    """

    def __init__(self, ca_file: Path | None = None) -> None:
        context = ssl.create_default_context(cafile=ca_file)
        if ca_file is not None:
            context.verify_flags |= ssl.VerifyFlags.VERIFY_X509_PARTIAL_CHAIN
        self._client = httpx.Client(verify=context, trust_env=False, follow_redirects=False)

    def send(
        self,
        url: str,
        content: bytes | None,
        *,
        patience: float,
        content_type: str = "application/json",
        headers: Mapping[str, str] | None = None,
        longest: int = LONGEST,
    ) -> Answer:
        """
        Post `content`, or get without it.

        Args:
            patience: longest wait for the answer, in seconds; one that drips may take twice that.

        Raises:
            ServiceUnreachable: no answer, or a longer one than `longest` bytes.
        """
        method = "GET" if content is None else "POST"
        # Nothing compressed: a small answer must not become a large one.
        told = {"Accept-Encoding": "identity", **(headers or {})}
        if content is not None:
            told["Content-Type"] = content_type
        timeout = httpx.Timeout(patience, connect=min(CONNECT, patience))
        try:
            with self._client.stream(method, url, content=content, headers=told, timeout=timeout) as response:
                return Answer(response.status_code, _read(response, longest, time.monotonic() + patience))
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as failed:
            # The texts of httpx quote addresses, which may hold identifiers.
            raise ServiceUnreachable(type(failed).__name__) from None

    def post(self, url: str, body: Mapping[str, Any], *, patience: float) -> Answer:
        """
        Post a JSON object.

        Raises:
            ServiceUnreachable: see `send`.
        """
        return self.send(url, json.dumps(body).encode(), patience=patience, headers={"Accept": "application/json"})

    def get(self, url: str, *, patience: float) -> Answer:
        """
        Get JSON.

        Raises:
            ServiceUnreachable: see `send`.
        """
        return self.send(url, None, patience=patience, headers={"Accept": "application/json"})

    def close(self) -> None:
        """
        Close the connections.
        """
        self._client.close()


def _read(response: httpx.Response, longest: int, until: float) -> bytes:
    found = bytearray()
    for part in response.iter_raw():
        found += part
        if len(found) > longest or time.monotonic() > until:
            raise ServiceUnreachable("the answer is too long")
    return bytes(found)
