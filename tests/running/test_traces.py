"""
Traces: a small receiver of OTLP over HTTP gets what a case's life draws, and nobody draws anything without an address.
"""

from __future__ import annotations

import gzip
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click
import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from engine import trail
from engine.jobs import Worker
from engine.operations import Work
from engine.settings import Settings, SettingsRefused
from engine.tables import Job
from engine.tally import TAKEN_OVER
from tests.support.installation import Install
from tests.support.post import free_port
from tests.support.site import Site, operations, site
from web import logs, watched


class Collector(ThreadingHTTPServer):
    """
    Takes spans as a collector does.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Taking)
        self.spans: list[Span] = []
        self.services: set[str] = set()
        self.paths: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


class _Taking(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        body = gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.server.services |= {one.value.string_value for one in resource.resource.attributes}
            self.server.spans += [span for scope in resource.scope_spans for span in scope.spans]
        self.server.paths.add(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[Collector]:
    with Collector() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture(autouse=True)
def log_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "begin", lambda: None)


def settings_with(folder: Path, **environ: str) -> Settings:
    return Settings.from_env(
        {"SAYGAC_DEMO": "1", "SAYGAC_FOLDER": str(folder), **{f"SAYGAC_{k}": v for k, v in environ.items()}}
    )


def lived(install: Install) -> Site:
    """Register a case whose last step asks for a job, and do that job as another process would."""
    made = operations()

    @made.job("tell")
    def tell(work: Work) -> None:
        return None

    register = made.steps["register"]

    def register_and_tell(call):
        register(call)
        call.enqueue("tell")

    made.steps["register"] = register_and_tell
    here = site(install(made))
    here.registered()
    Worker(here.installation.database, made, here.installation.cases, here.installation.ports).run_once()
    return here


def attributes(span: Span) -> dict[str, object]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_trace_leads_from_the_request_over_the_step_to_the_job(
    install_sqlite: Install, collector: Collector, tmp_path: Path
) -> None:
    with watched.watched(settings_with(tmp_path, OTLP_ENDPOINT=collector.url), "saygac-web"):
        here = lived(install_sqlite)
    assert collector.paths == {"/v1/traces"} and collector.services >= {"saygac-web"}
    (job,) = collector.named("job")
    (step,) = [span for span in collector.named("step") if span.span_id == job.parent_span_id]
    (request,) = [span for span in collector.spans if span.span_id == step.parent_span_id]
    assert request.name == "POST tasks.submit" and not request.parent_span_id
    assert job.trace_id == step.trace_id == request.trace_id
    (case,) = {row.case_id for row in here.installation.rows(Job)} | {attributes(job)["saygac.case"]}
    assert attributes(step)["saygac.case"] == attributes(job)["saygac.case"] == case
    assert attributes(step)["saygac.event"] == "submitted" and attributes(job)["saygac.kind"] == "tell"
    said = "".join(str(span) for span in collector.spans)
    assert not [mark for mark in ("Sınaq", "a@example.com", "1000000001") if mark in said]


def test_a_failure_is_a_span_with_its_kind_only(collector: Collector, tmp_path: Path) -> None:
    settings = settings_with(tmp_path, OTLP_ENDPOINT=f"{collector.url}/own/path")
    with watched.watched(settings, "saygac"), pytest.raises(ValueError), trail.span("step", case=1):
        raise ValueError("Aysel")
    (span,) = collector.spans
    assert (span.status.message, collector.paths) == ("ValueError", {"/own/path"})
    assert "Aysel" not in str(span)


def test_a_collector_that_is_away_holds_nothing_up(tmp_path: Path) -> None:
    with watched.watched(settings_with(tmp_path, OTLP_ENDPOINT="http://127.0.0.1:9"), "saygac"), trail.span("step"):
        assert trail.trace()


def test_without_an_address_nothing_is_drawn(install_sqlite: Install, collector: Collector, tmp_path: Path) -> None:
    with watched.watched(settings_with(tmp_path), "saygac"):
        here = lived(install_sqlite)
        with trail.span("step"):
            assert trail.trace() is None
    assert collector.spans == [] and {row.trace for row in here.installation.rows(Job)} <= {None}


def test_what_is_not_installed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "web.tracing", None)
    with (
        pytest.raises(click.ClickException, match="requirements-telemetry.lock"),
        watched.watched(settings_with(tmp_path, OTLP_ENDPOINT="http://127.0.0.1:9"), "saygac"),
    ):
        pass


@pytest.mark.parametrize("environ", [{"OTLP_ENDPOINT": "collector:4318"}, {"METRICS_PORT": "9100"}])
def test_settings_that_cannot_be_are_refused(tmp_path: Path, environ: dict[str, str]) -> None:
    with pytest.raises(SettingsRefused):
        settings_with(tmp_path, **environ)


def test_a_worker_tells_its_tally_to_whoever_has_the_token(tmp_path: Path) -> None:
    port, token = free_port(), "t" * 16
    TAKEN_OVER.inc(3)
    with watched.watched(settings_with(tmp_path, METRICS_TOKEN=token), "saygac-worker", tally_port=port):
        page = httpx.get(
            f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {token}"}, trust_env=False
        )
        assert page.status_code == 200 and "saygac_jobs_taken_over_total" in page.text
        assert httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).status_code == 404
