"""
The program's log: one line a happening on standard error, with its moment in UTC. Numbers of persons, never names.
"""

from __future__ import annotations

import logging
import time

#: packages whose ordinary happenings are told; of others only warnings
OWN = ("web", "engine", "processes")


def begin() -> None:
    """
    Tell on standard error what happens from now on.
    """
    form = logging.Formatter("%(asctime)sZ %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    told = logging.StreamHandler()
    told.setFormatter(form)
    logging.basicConfig(level=logging.WARNING, handlers=[told])
    for name in OWN:
        logging.getLogger(name).setLevel(logging.INFO)
