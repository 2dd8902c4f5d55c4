"""
Background work: the ledger of jobs, the hands that do them, and the workers that wake the hands.

A job's effect and its end are one transaction. A worker that dies loses its lease; one that comes back late is
refused. What fails is tried again after a while; what can't succeed becomes an incident. Nothing outside the database
is ever done inside a transaction.

`ledger` has every statement, `kinds` what may be taken, `in_hand` a job that was taken, `doing` what becomes of it,
`waking` how new work is noticed, `worker` the threads.
"""

from engine.jobs.doing import MOST_LOST, Hands
from engine.jobs.in_hand import Claimed
from engine.jobs.kinds import TIMER, known
from engine.jobs.ledger import LEASE, LeaseLost, Ledger
from engine.jobs.worker import Worker

__all__ = ["LEASE", "MOST_LOST", "TIMER", "Claimed", "Hands", "LeaseLost", "Ledger", "Worker", "known"]
