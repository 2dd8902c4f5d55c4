"""
How a process is watched while it runs: its log, its traces where an address for them is set, and for processes that
serve no pages a port on which their tally is told.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from wsgiref.simple_server import WSGIRequestHandler, make_server

import click
from flask import Flask

from engine import trail
from engine.settings import Settings
from web import health, logs


@contextmanager
def watched(settings: Settings, service: str, *, tally_port: int | None = None) -> Iterator[None]:
    """
    Watch this process until the block ends. In a process that forks, open it in each of the forks.

    Args:
        service: how traces call this kind of process, e.g. saygac-web.
        tally_port: where the tally is told; None: the pages tell it, or nobody.
    """
    logs.begin()
    with ExitStack() as stack:
        if settings.otlp_endpoint:
            stack.enter_context(_traced(settings.otlp_endpoint, service))
        if tally_port is not None:
            stack.enter_context(_told(settings, tally_port))
        yield


@contextmanager
def _traced(endpoint: str, service: str) -> Iterator[None]:
    try:
        # an installation that sends no traces need not have it
        from web.tracing import OpenTelemetry
    except ImportError:
        raise click.ClickException(
            "SAYGAC_OTLP_ENDPOINT wants what is not installed: "
            "pip install --require-hashes -r requirements-telemetry.lock"
        ) from None
    tracer = OpenTelemetry(endpoint, service)
    trail.draw_with(tracer)
    try:
        yield
    finally:
        trail.draw_with(None)
        tracer.stop()


@contextmanager
def _told(settings: Settings, port: int) -> Iterator[None]:
    """Tell this process's tally, to whoever has the token."""
    app = Flask("saygac.tally", static_folder=None)
    app.add_url_rule("/metrics", view_func=lambda: health.tally(settings.metrics_token))
    try:
        server = make_server(settings.host, port, app, handler_class=_Silent)
    except OSError as taken:
        raise click.ClickException(f"Port {port} can't be used ({taken.strerror}): SAYGAC_METRICS_PORT.") from None
    thread = threading.Thread(target=server.serve_forever, name="tally", daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Silent(WSGIRequestHandler):
    """Machines ask all the time: no line each."""

    def log_message(self, *_: object) -> None:
        pass
