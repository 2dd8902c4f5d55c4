"""
The trail: under which request, case and job something happens, for the lines of the log and for traces.

Ids only, never what a person typed or is called. Who draws spans is handed in; without that none are drawn.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from types import MappingProxyType
from typing import Protocol

Ids = Mapping[str, object]

_KNOWN: ContextVar[Ids] = ContextVar("known", default=MappingProxyType({}))
#: what came out since the outermost block began
_FOUND: ContextVar[dict[str, object] | None] = ContextVar("found", default=None)


class Tracer(Protocol):
    """
    Draws spans and sends them where somebody looks at them.
    """

    def span(self, name: str, ids: Ids, parent: str | None) -> AbstractContextManager[object]:
        """
        Draw a span under the one that is open, or under `parent` (W3C's traceparent).
        """
        ...

    def tell(self, ids: Ids) -> None:
        """
        Say more of the open span.
        """
        ...

    def here(self) -> str | None:
        """
        Return the open span as W3C's traceparent; None: none is open.
        """
        ...


_tracers: list[Tracer] = []


def draw_with(tracer: Tracer | None) -> None:
    """
    Draw spans with this tracer from now on, in the whole process; None: draw none.
    """
    _tracers[:] = [] if tracer is None else [tracer]


@contextmanager
def about(**ids: object) -> Iterator[None]:
    """
    Say what the block is about; None says nothing.
    """
    token = _KNOWN.set({**_KNOWN.get(), **{name: value for name, value in ids.items() if value is not None}})
    outermost = _FOUND.set({}) if _FOUND.get() is None else None
    try:
        yield
    finally:
        _KNOWN.reset(token)
        if outermost is not None:
            _FOUND.reset(outermost)


def found(**ids: object) -> None:
    """
    Say what came out to be the case, and the like, for all that is told until the outermost block ends.
    """
    so_far = _FOUND.get()
    if so_far is None:
        return
    told = {name: value for name, value in ids.items() if value is not None}
    so_far.update(told)
    for tracer in _tracers:
        tracer.tell(told)


@contextmanager
def span(name: str, *, parent: str | None = None, **ids: object) -> Iterator[None]:
    """
    Say what the block is about, and draw it as a span of this name.
    """
    with about(**ids), _tracers[0].span(name, known(), parent) if _tracers else nullcontext():
        yield


def known() -> Ids:
    """
    Return what this moment is about.
    """
    return {**(_FOUND.get() or {}), **_KNOWN.get()}


def request_id() -> str | None:
    """
    Return the id of the request that this moment belongs to.
    """
    found = _KNOWN.get().get("request")
    return None if found is None else str(found)


def trace() -> str | None:
    """
    Return the open span as W3C's traceparent.
    """
    return _tracers[0].here() if _tracers else None
