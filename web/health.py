"""
What machines ask: whether this process lives, whether it can serve, and the vital signs of the installation.

Without personal data. The vital signs are for whoever has the token of the settings; without one they do not exist.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError

from engine.storage.schema import is_current
from engine.tally import TALLY
from engine.vitals import Vitals, vitals
from web.access import public
from web.services import services

blueprint = Blueprint("health", __name__)

_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
_TEXT = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}


@blueprint.get("/healthz")
@public
def alive() -> Any:
    """
    Say that the process answers.
    """
    return "alive\n", 200, _TEXT


@blueprint.get("/readyz")
@public
def ready() -> Any:
    """
    Say whether pages can be served: the database answers, and its schema is this version's or newer.
    """
    try:
        with services().database.read() as connection:
            current = is_current(connection)
    except SQLAlchemyError:
        return "the database does not answer\n", 503, _TEXT
    return ("ready\n", 200, _TEXT) if current else ("the database's schema is older than this version\n", 503, _TEXT)


@blueprint.get("/metrics")
@public
def metrics() -> Any:
    """
    Tell the vital signs of the installation, and the tally of this process, in the format of Prometheus.
    """
    here = services()
    _check(here.settings.metrics_token)
    with here.database.read() as connection:
        found = vitals(connection, here.ports.clock.now())
    registry = CollectorRegistry()
    registry.register(_Gauges(found))
    return Response(generate_latest(registry) + generate_latest(TALLY), mimetype=_PROMETHEUS)


def tally(token: str) -> Response:
    """
    Tell the tally of a process that serves no pages, to whoever has the token.
    """
    _check(token)
    return Response(generate_latest(TALLY), mimetype=_PROMETHEUS)


def _check(token: str) -> None:
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not secrets.compare_digest(given.encode(), token.encode()):
        abort(404)


class _Gauges(Collector):
    def __init__(self, found: Vitals) -> None:
        self._found = found

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """
        Yield every number with its meaning.
        """
        found = self._found
        plain = {
            "saygac_cases_open": ("Cases under way", found.open_cases),
            "saygac_tasks_open": ("Tasks that wait for people", found.open_tasks),
            "saygac_tasks_overdue": ("Tasks past their due date", found.overdue_tasks),
            "saygac_workers": ("Processes that do background work", found.workers),
            "saygac_workers_silent": ("Such processes that died or froze, within a day", found.silent_workers),
        }
        for name, (meaning, value) in plain.items():
            yield GaugeMetricFamily(name, meaning, value=value)
        lanes = {
            "saygac_jobs_due": ("Background work whose time has come", "due"),
            "saygac_jobs_oldest_due_seconds": ("How long the oldest of it has waited", "oldest"),
            "saygac_jobs_running": ("Background work being done", "running"),
            "saygac_jobs_dead": ("Background work that waits for a person", "dead"),
        }
        for name, (meaning, attribute) in lanes.items():
            family = GaugeMetricFamily(name, meaning, labels=["lane"])
            for lane, one in sorted(found.lanes.items()):
                family.add_metric([lane], getattr(one, attribute))
            yield family
        incidents = GaugeMetricFamily("saygac_incidents_open", "Incidents that wait for a person", labels=["code"])
        for code, count in sorted(found.incidents.items()):
            incidents.add_metric([code], count)
        yield incidents
