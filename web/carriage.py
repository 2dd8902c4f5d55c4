"""
Background work over a broker: who sends ids, and who works for them.

Each lane is a process of its own, so that its hands are its own and its death is its own.
"""

from __future__ import annotations

import multiprocessing
import signal
import threading
import time
from collections.abc import Sequence
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from engine.jobs import Hands, Ledger, known
from engine.jobs.courier import Courier
from engine.jobs.pulse import Pulse
from engine.jobs.standing import Standing
from engine.lanes import Lane
from engine.settings import Settings
from web.services import Services, build
from web.watched import watched

if TYPE_CHECKING:
    from engine.jobs.celery_carriage import CeleryCarriage

#: seconds after which a lane's process that died is started again
_REST = 1.0
#: seconds in which a lane's process finishes what it has in hand
_LAST_WORK = 30.0


def courier_of(settings: Settings, here: Services) -> Courier:
    """
    Return what tells the broker of new work; for processes that do no work themselves.
    """
    ledger = Ledger(here.database, here.ports, known(here.operations), lease=settings.lease)
    return Courier(here.database, ledger, here.ports, _carriage(settings))


def work_in_one(settings: Settings, here: Services, lane: Lane) -> None:
    """
    Work for one lane until SIGTERM, and send again what the broker lost.
    """
    ledger = Ledger(here.database, here.ports, known(here.operations), lease=settings.lease)
    standing = Standing(here.database, here.operations, here.cases, here.ports)
    hands = Hands(ledger, here.operations, here.cases, standing.kinds)
    carriage = _carriage(settings)
    pulse = Pulse(here.database, ledger, here.ports, [lane])
    courier = Courier(here.database, ledger, here.ports, carriage, hands=hands, chore=standing.ensure, pulse=pulse)

    def do(job_id: int) -> None:
        job = ledger.claim_one(job_id)
        if job is not None:
            hands.do(job)

    courier.start()
    carriage.work(lane.name, lane.hands, do)
    courier.stop()


def work_in_many(settings: Settings, lanes: Sequence[Lane], stopped: threading.Event) -> None:
    """
    Keep a process alive for each lane until `stopped` is set; then let each finish what it has in hand.

    Call it from a process that has no other thread: it forks.
    """
    running: dict[str, BaseProcess] = {}
    while not stopped.is_set():
        for number, lane in enumerate(lanes):
            found = running.get(lane.name)
            if found is None or not found.is_alive():
                running[lane.name] = _start(settings, lane, number)
        stopped.wait(_REST)
    for process in running.values():
        process.terminate()
    until = time.monotonic() + _LAST_WORK
    for process in running.values():
        process.join(max(0.1, until - time.monotonic()))
        process.kill()


def _start(settings: Settings, lane: Lane, number: int) -> BaseProcess:
    process = multiprocessing.get_context("fork").Process(target=_work, args=(settings, lane, number), name=lane.name)
    process.start()
    return process


def _work(settings: Settings, lane: Lane, number: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    here = build(settings)
    # every lane is a process with a tally of its own: on the ports that follow one another
    port = settings.metrics_port + number if settings.metrics_port else None
    with watched(settings, "saygac-worker", tally_port=port):
        work_in_one(settings, here, lane)
    here.database.close()


def _carriage(settings: Settings) -> CeleryCarriage:
    # Celery is wanted only where a broker is: an installation without one need not have it
    from engine.jobs.celery_carriage import CeleryCarriage

    return CeleryCarriage(settings.broker_url or "")
