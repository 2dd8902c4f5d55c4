"""
Celery as the carriage of job ids, over Redis or RabbitMQ: the only module that imports it, and only where a broker is
configured.

Nothing of Celery's own promises is used: no results, no late acknowledgement, no retries, no times, no beat. A message
is an id; who gets it takes the job from the ledger like everybody else.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from celery import Celery
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

TASK = "saygac.job"
#: seconds for which a broker that does not answer may hold up the courier
_ANSWER_WITHIN = 5


def _queue(lane: str) -> str:
    return f"saygac.{lane}"


class CeleryCarriage:
    """
    A connection to the broker: sends ids, or works for one lane.
    """

    def __init__(self, broker_url: str) -> None:
        self._app = Celery("saygac", broker=broker_url)
        self._app.conf.update(
            task_ignore_result=True,
            task_store_errors_even_if_ignored=False,
            task_publish_retry=False,
            worker_prefetch_multiplier=1,
            worker_enable_remote_control=False,
            worker_send_task_events=False,
            worker_hijack_root_logger=False,
            worker_redirect_stdouts=False,
            broker_connection_retry_on_startup=True,
            broker_connection_max_retries=None,
            broker_connection_timeout=_ANSWER_WITHIN,
            broker_transport_options={"socket_timeout": _ANSWER_WITHIN, "socket_connect_timeout": _ANSWER_WITHIN}
            if broker_url.startswith(("redis", "rediss"))
            else {"write_timeout": _ANSWER_WITHIN},
        )

    def send(self, jobs: Sequence[tuple[int, str]]) -> bool:
        """
        Send (id, lane) of jobs; return False if the broker can't be reached.
        """
        try:
            with self._app.producer_pool.acquire(block=True) as producer:
                for job_id, lane in jobs:
                    self._app.send_task(TASK, args=(job_id,), queue=_queue(lane), producer=producer)
        except (OperationalError, OSError) as error:
            logger.error("the broker is away", extra={"code": type(error).__name__})
            return False
        return True

    def work(self, lane: str, hands: int, do: Callable[[int], None]) -> None:
        """
        Take ids of one lane and `do` them in `hands` threads, until SIGTERM; what is in hand is finished first.
        """
        self._app.task(name=TASK)(do)
        worker = self._app.Worker(
            pool="threads",
            concurrency=hands,
            queues=[_queue(lane)],
            hostname=f"{lane}@%h",
            loglevel="WARNING",
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            quiet=True,
        )
        worker.start()
