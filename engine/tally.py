"""
The tally: what this process has done so far, counted and timed, for machines that watch it.

Every process has its own; whoever reads them adds them up. Ids and names of people are never labels.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Histogram

TALLY = CollectorRegistry()

_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


def _timed(name: str, meaning: str, *labels: str) -> Histogram:
    return Histogram(name, meaning, labels, registry=TALLY, buckets=_BUCKETS)


def _counted(name: str, meaning: str, *labels: str) -> Counter:
    return Counter(name, meaning, labels, registry=TALLY)


#: pages: endpoint, method, status (2xx, 3xx, 4xx, 5xx)
REQUESTS = _timed("saygac_request_seconds", "Requests answered, and how long it took", "endpoint", "method", "status")
#: event as in the audit
STEPS = _timed("saygac_step_seconds", "Steps of cases, and how long they took", "event")
STEPS_REFUSED = _counted("saygac_steps_refused", "Steps that were not taken, by the code of the refusal", "code")
#: outcome: done, again (it will be tried again), given_up (an incident), lost (its lease was over)
JOBS = _timed("saygac_job_seconds", "Background work, and how long it took", "lane", "kind", "outcome")
#: jobs of workers that were not heard of again
TAKEN_OVER = _counted("saygac_jobs_taken_over", "Background work freed because its lease was over")
#: how long due work waited for a hand
WAITED = _timed("saygac_job_wait_seconds", "How long due work waited until it was taken", "lane")
