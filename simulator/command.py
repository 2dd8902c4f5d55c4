"""
The command `saygac simulate`.
"""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path
from types import FrameType

import click

from simulator.desk import Desk
from simulator.persons import PASSWORD
from simulator.program import Plan, serving


@click.command()
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("var/simulator"),
    help="keeps certificates and the client's secret",
)
@click.option("--port", type=click.IntRange(0, 65535), default=8001, help="of the pages, HTTP; 0: any free one")
@click.option("--tls-port", type=click.IntRange(0, 65535), default=8002, help="of the same over TLS; 0: any free one")
@click.option("--card-host", metavar="URL", help="https address of the host that asks for client certificates")
@click.option("--callback", "callbacks", metavar="URL", multiple=True, help="where the portal may send people back")
@click.option("--with-parent", is_flag=True, hidden=True, help="end when the standard input is closed")
def simulate(
    folder: Path, port: int, tls_port: int, card_host: str | None, callbacks: tuple[str, ...], with_parent: bool
) -> None:
    """
    Simulate the other side of the three means of logging in, on this machine only.

    Mobile-ID service, OCSP responder, electronic government's portal, card with its reader, and a page that sets what
    they answer next.
    """
    plan = Plan(folder.absolute(), port, tls_port, card_host and card_host.rstrip("/"), callbacks)
    ended = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        ended.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        with serving(plan) as desk:
            _tell_people(desk)
            click.echo(f"  Mobile-ID             {desk.tls_url}/mid-api")
            click.echo(f"  older words           {desk.tls_url}/asan")
            click.echo(f"  portal                {desk.base_url}/portal/grant-permission")
            click.echo(f"  client of the portal  {desk.grants.client.id}, secret in {folder / 'client-secret'}")
            click.echo(f"  OCSP                  {desk.base_url}/ocsp")
            click.echo(f"  card reader           {desk.base_url}/card-reader")
            click.echo(f"  Web eID extension     {folder / 'extension'}")
            click.echo(f"  authorities           {folder / 'root.pem'}, {folder / 'issuing.pem'}")
            sys.stdout.flush()
            if with_parent:
                threading.Thread(target=_wait_for_parent, args=(ended,), daemon=True).start()
            ended.wait()
    except OSError as refused:
        raise click.ClickException(
            f"The simulator can't start: {refused}. Choose other ports or another folder."
        ) from None


def _tell_people(desk: Desk) -> None:
    """Say where the control page is and who can log in, up to an empty line."""
    click.echo(f"The simulator of the three means of logging in is ready: {desk.base_url}")
    click.echo(f"  {'telephone':<15}{'user ID':<9}{'FIN':<9}account at the portal, password {PASSWORD}")
    for person in desk.persons:
        click.echo(f"  {person.telephone:<15}{person.user_id:<9}{person.fin:<9}{person.username}")
    click.echo()


def _wait_for_parent(ended: threading.Event) -> None:
    """Wait until the other end of the standard input is gone, however the parent ended."""
    sys.stdin.buffer.read()
    ended.set()
