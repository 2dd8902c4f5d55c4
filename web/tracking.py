"""
Every request's own id: taken from the proxy or made here, returned with the answer, told in every line of the log and
kept with the background work that the request asks for; and how long the answer took.
"""

from __future__ import annotations

import logging
import re
import secrets
import time
from contextlib import ExitStack

from flask import Flask, Response, g, request

from engine import trail
from engine.settings import Settings
from engine.tally import REQUESTS

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"
#: what a proxy may name a request: nothing that could be taken for more than one word
_NAME = re.compile(r"[0-9A-Za-z._-]{8,64}")
_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]")
#: answered all the time, to machines: no line each
_QUIET = frozenset({"health.alive", "health.ready", "health.metrics", "statics.file"})


def _begin(behind_proxy: bool) -> None:
    """Open what the request is about; `_end` closes it."""
    g.began = time.perf_counter()
    given = request.headers.get(HEADER, "") if behind_proxy else ""
    parent = request.headers.get("traceparent", "") if behind_proxy else ""
    name = given if _NAME.fullmatch(given) else secrets.token_hex(8)
    g.trail = ExitStack()
    g.trail.enter_context(
        trail.span(
            f"{request.method} {request.endpoint}",
            parent=parent if _TRACEPARENT.fullmatch(parent) else None,
            request=name,
            method=request.method,
            endpoint=request.endpoint,
        )
    )


def _answer(response: Response) -> Response:
    # a request for a host that is not ours ends before anything begins
    spent = time.perf_counter() - g.get("began", time.perf_counter())
    status, endpoint = response.status_code, request.endpoint or "none"
    response.headers[HEADER] = trail.request_id() or ""
    REQUESTS.labels(endpoint, _method(), f"{status // 100}xx").observe(spent)
    if endpoint not in _QUIET:
        actor = g.get("actor")
        told = {"status": status, "milliseconds": round(spent * 1000, 1)}
        log.info("answered", extra={**told, "person": actor.person_id if actor else None})
    return response


def _method() -> str:
    """The method; one that nobody here serves is not worth a row of its own."""
    return request.method if request.method in {"GET", "HEAD", "POST", "OPTIONS"} else "other"


def _end(_error: BaseException | None) -> None:
    found: ExitStack | None = g.pop("trail", None)
    if found is not None:
        found.close()


def init_app(app: Flask, settings: Settings) -> None:
    """
    Follow every request from its beginning to its end. To be registered before all other parts.
    """
    app.before_request(lambda: _begin(settings.proxies > 0))
    app.after_request(_answer)
    app.teardown_request(_end)
