"""
The health of the installation at a glance, each number with the list behind it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import render_template

from engine import rights
from engine.operating import health as engine_health
from engine.operating.health import LATE, Health
from web import names
from web.access import may
from web.operator.sifting import blueprint
from web.services import services


@dataclass(frozen=True)
class Hour:
    """
    One bar of the throughput.
    """

    at: Any
    count: int
    #: of the highest bar, 0 to 100
    percent: int


@blueprint.get("/nezaret")
@may(rights.INCIDENTS)
def health() -> Any:
    """
    Show how the installation is.
    """
    here = services()
    now = here.ports.clock.now()
    with here.database.read() as connection:
        found = engine_health.health(connection, now)
    incidents = found.vitals.incidents
    return render_template(
        "operator/health.html",
        health=found,
        lanes=[(name, names.lane_name(name), lane, names.span(lane.oldest)) for name, lane in found.lanes.items()],
        unserved=[names.lane_name(name) for name in found.unserved],
        lane_name=names.lane_name,
        job_name=names.job_name,
        late_seconds=LATE.total_seconds(),
        hours=_hours(found),
        finished=sum(sum(counts.values()) for _, counts in found.finished),
        kinds=[(kind, names.failing_name(kind), count) for kind, count in sorted(found.kinds.items())],
        codes=[
            (code, names.code_name(code), count)
            for code, count in sorted(incidents.items(), key=lambda item: (-item[1], item[0]))
        ],
        open_incidents=sum(incidents.values()),
        now=now,
    )


def _hours(found: Health) -> list[Hour]:
    counts = [(at, sum(lanes.values())) for at, lanes in found.finished]
    most = max((count for _, count in counts), default=0) or 1
    return [Hour(at, count, -(-count * 100 // most)) for at, count in counts]
