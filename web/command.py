"""
The command line: serve, migrate, check, import. Each command does one thing and says what came of it.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import click
from waitress.server import create_server

import processes
from engine.gate import check_bundle
from engine.jobs import Worker
from engine.releases import bundle_of
from engine.schema import upgrade
from engine.settings import Settings, SettingsRefused
from processes import demonstration
from processes.demonstration import people
from processes.registry import shipped
from processes.registry.commands import import_group
from simulator.command import simulate
from web import create_app
from web.services import FORMS, Services, build, deploy_shipped, process_names

#: requests at the same time; SQLite's writers queue behind one another anyway
THREADS = 8
SUBSCRIBER_CODES = {
    "1000000001": "household without a meter; its office has meters",
    "1000000002": "household with an active meter",
    "1000000003": "household without a meter; its office has none in stock",
    "1000000004": "not a household",
}


def _settings() -> Settings:
    try:
        return Settings.from_env()
    except SettingsRefused as refused:
        raise click.ClickException(str(refused)) from None


@click.group()
def main() -> None:
    """
    Applications for water meters, from the first form to the signed act.
    """


main.add_command(import_group)
main.add_command(simulate)


@main.command()
def migrate() -> None:
    """
    Bring the database to the newest schema.
    """
    upgrade(_settings().database_url)
    click.echo("The database is up to date.")


@main.command()
@click.argument("diagrams", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(diagrams: Sequence[Path]) -> None:
    """
    Check processes as a release would be checked: those given, else all of this installation.

    The forms of processes/NAME.bpmn are looked for in forms/NAME/ beside the folder of the diagram.
    """
    found = diagrams or [processes.FOLDER / f"{name}.bpmn" for name in process_names()]
    failed = False
    for diagram in found:
        forms = FORMS / diagram.stem if not diagrams else diagram.parent.parent / "forms" / diagram.stem
        verdict = check_bundle(bundle_of(diagram, forms), processes.installed(), processes.ROLES)
        for finding in verdict.findings:
            click.echo(str(finding), err=True)
        failed |= not verdict.passed
        if not verdict.findings:
            click.echo(f"{diagram.name}: no problems.")
    sys.exit(1 if failed else 0)


@main.command()
def serve() -> None:
    """
    Serve the pages and do the background work, in one process.
    """
    settings = _settings()
    here = prepare(settings)
    worker = Worker(here.database, here.operations, here.cases, here.ports)
    app = create_app(settings, here)
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

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, stop)
    worker.start()
    _greet(settings)
    try:
        server.run()
    finally:
        server.close()
        worker.stop()
        here.database.close()


def prepare(settings: Settings) -> Services:
    """
    Make an installation ready: schema, shipped books, releases, and in the demonstration its data.
    """
    upgrade(settings.database_url)
    here = build(settings)
    with here.database.step() as connection:
        shipped.fill_empty(connection)
    deploy_shipped(here)
    if settings.demo:
        demonstration.load(here, _tell_progress)
    return here


def _tell_progress(done: int, of: int) -> None:
    if done % 100 == 0 or done == of:
        click.echo(f"\rWalking the demonstration's cases: {done} of {of}", nl=done == of)


def _greet(settings: Settings) -> None:
    click.echo(f"Saygac is ready: {settings.base_url}")
    if settings.demo:
        click.echo("\nThis is the demonstration; all people are invented. The password of every account is: demo")
        click.echo(f"  {', '.join([*people.CITIZEN_ACCOUNTS, *people.STAFF_ACCOUNTS, *people.WATCHERS])}")
        click.echo("\nSubscriber codes to apply with:")
        for code, what in SUBSCRIBER_CODES.items():
            click.echo(f"  {code}  {what}")
        click.echo(f"\nMails that would be sent: {settings.base_url}/numune/poct")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
