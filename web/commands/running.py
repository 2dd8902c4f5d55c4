"""
The commands that run: everything in one process, or pages and workers apart, on as many machines as wanted.

All of them do the same with the same code; which of them run is a matter of load. Who prepares the database does it
alone, so that any number may start at once.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from types import FrameType, MappingProxyType

import click
from flask import Flask
from waitress.server import create_server

from engine.jobs import Worker
from engine.jobs.courier import Courier
from engine.lanes import LANES, Lane
from engine.settings import Settings, SettingsRefused
from engine.storage.schema import alone, upgrade
from processes import demonstration
from processes.demonstration import people
from processes.registry import shipped
from web import create_app, logs, simulation
from web.carriage import courier_of, work_in_many, work_in_one
from web.login import offered
from web.login.card_server import CardServer
from web.services import Services, build, deploy_shipped
from web.simulation import Simulator
from web.watched import watched

#: requests at the same time; SQLite's writers queue behind one another anyway
THREADS = 8
SUBSCRIBER_CODES = {
    "1000000001": "household without a meter; its office has meters",
    "1000000002": "household with an active meter",
    "1000000003": "household without a meter; its office has none in stock",
    "1000000004": "not a household",
}


def read_settings(defaults: Mapping[str, str] = MappingProxyType({})) -> Settings:
    """
    Return the settings of the environment.

    Args:
        defaults: stand for variables that are not there.

    Raises:
        ClickException: with everything that is wrong with them.
    """
    try:
        return Settings.from_env(defaults=defaults)
    except SettingsRefused as refused:
        raise click.ClickException(str(refused)) from None


@click.command()
def serve() -> None:
    """
    Serve the pages and do the background work, in one process.
    """
    settings = read_settings()
    try:
        with simulation.beside(settings) if simulation.wanted(settings) else nullcontext() as simulator:
            if simulator is not None:
                settings = read_settings(simulator.environ)
            here = prepare(settings)
            with watched(settings, "saygac"):
                _serve(settings, here, worker_of(settings, here, LANES.values(), with_pages=True), simulator)
    except simulation.SimulatorFailed:
        raise click.ClickException("The simulator did not start. SAYGAC_SIMULATOR=0 serves without it.") from None


@click.command()
def web() -> None:
    """
    Serve the pages only; workers run apart.
    """
    settings = read_settings()
    here = prepare(settings, beside_others=True)
    with watched(settings, "saygac-web"):
        _serve(settings, here, courier_of(settings, here) if settings.broker_url else None)


@click.command()
@click.option("--lane", "wanted", multiple=True, metavar="NAME[=HANDS]", help="Work in these lanes only.")
def worker(wanted: Sequence[str]) -> None:
    """
    Do the background work only; pages are served apart. As many workers may run as wanted.
    """
    settings = read_settings()
    lanes = [_lane(text) for text in wanted] or list(LANES.values())
    stopped = threading.Event()
    logs.begin()
    here = prepare(settings, with_people=False, beside_others=True)
    click.echo(f"Saygac works: {', '.join(f'{lane.name} × {lane.hands}' for lane in lanes)}")
    sys.stdout.flush()
    if settings.broker_url and len(lanes) == 1:
        with watched(settings, "saygac-worker", tally_port=settings.metrics_port):
            work_in_one(settings, here, lanes[0])
        return
    _on_stop(stopped.set)
    if settings.broker_url:
        here.database.close()
        work_in_many(settings, lanes, stopped)
        return
    working = worker_of(settings, here, lanes)
    with watched(settings, "saygac-worker", tally_port=settings.metrics_port):
        working.start()
        stopped.wait()
        working.stop()
    here.database.close()


def worker_of(settings: Settings, here: Services, lanes: Iterable[Lane], *, with_pages: bool = False) -> Worker:
    """
    Return a worker for an installation.
    """
    parts = (here.database, here.operations, here.cases, here.ports)
    return Worker(*parts, lanes=lanes, lease=settings.lease, with_pages=with_pages)


def prepare(settings: Settings, *, with_people: bool = True, beside_others: bool = False) -> Services:
    """
    Make an installation ready: schema, shipped books, releases, and in the demonstration its data.

    Args:
        with_people: load the demonstration, if this is one.
        beside_others: processes of an older version may run, which can't read what a newer diagram wants: what is
            shipped now becomes active by `saygac upgrade --processes`, not by starting.
    """
    with alone(settings.database_url):
        upgrade(settings.database_url)
        here = build(settings)
        with here.database.step() as connection:
            shipped.fill_empty(connection)
        deploy_shipped(here, new_only=beside_others)
        for change in here.releases.shipped_changes():
            click.echo(
                f"{change.process}: what came with this version waits; cases start on the analyst's own release."
            )
            click.echo("`saygac releases` says how to compare and release it.")
        if settings.demo and with_people:
            demonstration.load(here, _tell_progress)
    return here


def _serve(
    settings: Settings, here: Services, working: Worker | Courier | None, simulator: Simulator | None = None
) -> None:
    app, card_host = _made(settings, here)
    try:
        server = create_server(
            app,
            host=settings.host,
            port=settings.port,
            threads=THREADS,
            ident=None,
            clear_untrusted_proxy_headers=settings.proxies == 0,
        )
    except OSError as taken:
        here.database.close()
        raise click.ClickException(
            f"Port {settings.port} can't be used ({taken.strerror}): choose another by PORT."
        ) from None
    _on_stop(_leave)
    if working is not None:
        working.start()
    if card_host is not None:
        card_host.start()
    _greet(settings, simulator)
    try:
        server.run()
    finally:
        server.close()
        if card_host is not None:
            card_host.stop()
        if working is not None:
            working.stop()
        here.database.close()


def _made(settings: Settings, here: Services) -> tuple[Flask, CardServer | None]:
    """Make the pages and the host that asks for cards; what the log-in can't use ends the start with its sentence."""
    try:
        app = create_app(settings, here)
        return app, offered.card_host(app)
    except offered.UNUSABLE as wrong:
        here.database.close()
        raise click.ClickException(str(wrong)) from None
    except OSError as wrong:
        here.database.close()
        raise click.ClickException(f"The host that asks for cards can't start: {wrong}") from None


def _on_stop(act: Callable[[], None]) -> None:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        act()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)


def _leave() -> None:
    raise SystemExit(0)


def _lane(text: str) -> Lane:
    name, _, hands = text.partition("=")
    if name not in LANES:
        raise click.ClickException(f"There is no lane {name}; known are {', '.join(LANES)}.")
    if not hands:
        return LANES[name]
    if not hands.isascii() or not hands.isdigit() or not 1 <= int(hands) <= 64:
        raise click.ClickException(f"{name} must have 1 to 64 hands.")
    return replace(LANES[name], hands=int(hands))


def _tell_progress(done: int, of: int) -> None:
    if done % 100 == 0 or done == of:
        click.echo(f"\rWalking the demonstration's cases: {done} of {of}", nl=done == of)


def _greet(settings: Settings, simulator: Simulator | None) -> None:
    click.echo(f"Saygac is ready: {settings.base_url}")
    if settings.demo:
        click.echo("\nThis is the demonstration; all people are invented. The password of every account is: demo")
        click.echo(f"  {', '.join(people.IDENTITIES)}")
        click.echo("\nSubscriber codes to apply with:")
        for code, what in SUBSCRIBER_CODES.items():
            click.echo(f"  {code}  {what}")
        click.echo(f"\nMails that would be sent: {settings.base_url}/numayis/poct")
        if simulator is not None:
            click.echo("\n" + "\n".join(simulator.said))
    sys.stdout.flush()
