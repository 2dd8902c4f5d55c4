"""
The program's log: one JSON object a line on standard error, in one form for pages, workers and commands.

A line names ids (request, case, job, person), never what somebody typed or is called: of what hangs on a record only
the fields that are listed here are told, and of an error whose message is not ours only its kind and place.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback
from collections.abc import Iterator
from types import TracebackType

from engine import trail
from engine.errors import EngineError

#: packages whose ordinary happenings are told; of others only warnings
OWN = ("web", "engine", "processes")
#: what a line may tell beside its message, in this order
FIELDS = (
    "request",
    "case",
    "number",
    "job",
    "lane",
    "kind",
    "attempt",
    "batch",
    "event",
    "element",
    "revision",
    "method",
    "endpoint",
    "status",
    "outcome",
    "milliseconds",
    "person",
    "means",
    "code",
    "detail",
    "incident",
    "owner",
)
#: frames of an error that are told, the innermost last
_FRAMES = 12


class Lines(logging.Formatter):
    """
    Makes a line of a record.
    """

    converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """
        Return the record as one JSON object.
        """
        line: dict[str, object] = {
            "time": f"{self.formatTime(record, '%Y-%m-%dT%H:%M:%S')}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        known = trail.known()
        for name in FIELDS:
            value = getattr(record, name, known.get(name))
            if value is not None:
                line[name] = value
        if record.exc_info and record.exc_info[1] is not None:
            line |= dict(_error(record.exc_info[1], record.exc_info[2]))
        return json.dumps(line, ensure_ascii=False, default=str)


def begin() -> None:
    """
    Tell on standard error what happens from now on, whoever tells it.
    """
    told = logging.StreamHandler()
    told.setFormatter(Lines())
    logging.basicConfig(level=logging.WARNING, handlers=[told], force=True)
    for name in OWN:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = _last_words


def _last_words(kind: type[BaseException], error: BaseException, where: TracebackType | None) -> None:
    logging.getLogger("web").critical("the program ends", exc_info=(kind, error, where))


def _error(error: BaseException, where: TracebackType | None) -> Iterator[tuple[str, object]]:
    """What may be told of an error: the messages of others may quote what somebody typed."""
    yield "error", type(error).__name__
    if isinstance(error, EngineError):
        yield "error_message", str(error)
    frames = traceback.extract_tb(where)[-_FRAMES:]
    yield "at", [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
