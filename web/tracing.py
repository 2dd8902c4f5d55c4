"""
Traces over OpenTelemetry, off unless an address for them is set: request → step, and the job that either asked for.

Spans carry ids only. The only module that imports OpenTelemetry, and only where it is wanted (the extra `telemetry`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from engine.trail import Ids

#: seconds between two sendings, and for which a collector that does not answer may hold up the last one
_EVERY, _PATIENCE = 2.0, 5.0
_KINDS = {"job": SpanKind.CONSUMER, "step": SpanKind.INTERNAL}
_W3C = TraceContextTextMapPropagator()


class OpenTelemetry:
    """
    Draws spans and sends them to a collector in the background; one that is away holds up nothing.
    """

    def __init__(self, endpoint: str, service: str) -> None:
        """
        Args:
            endpoint: of the collector's OTLP over HTTP, e.g. http://127.0.0.1:4318.
            service: how the collector calls this kind of process, e.g. saygac-worker.
        """
        url = endpoint if urlsplit(endpoint).path.strip("/") else f"{endpoint.rstrip('/')}/v1/traces"
        exporter = OTLPSpanExporter(endpoint=url, timeout=_PATIENCE)
        self._provider = TracerProvider(resource=Resource({SERVICE_NAME: service}), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=int(_EVERY * 1000)))
        self._tracer = self._provider.get_tracer("saygac")

    @contextmanager
    def span(self, name: str, ids: Ids, parent: str | None) -> Iterator[None]:
        """
        Draw a span under the one that is open, or under `parent`; an error is told by its kind only.
        """
        above = _W3C.extract({"traceparent": parent}) if parent else None
        drawing = self._tracer.start_as_current_span(
            name,
            context=above,
            kind=_KINDS.get(name, SpanKind.SERVER),
            attributes=_attributes(ids),
            record_exception=False,
            set_status_on_exception=False,
        )
        with drawing as drawn:
            try:
                yield
            except BaseException as error:
                drawn.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def tell(self, ids: Ids) -> None:
        """
        Say more of the open span.
        """
        trace.get_current_span().set_attributes(_attributes(ids))

    def here(self) -> str | None:
        """
        Return the open span as W3C's traceparent.
        """
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier.get("traceparent")

    def stop(self) -> None:
        """
        Send what was drawn last, and draw no more.
        """
        self._provider.shutdown()


def _attributes(ids: Ids) -> dict[str, str | int | float]:
    return {f"saygac.{name}": one if isinstance(one, int | float | str) else str(one) for name, one in ids.items()}
