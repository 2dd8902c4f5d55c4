"""
The command that checks the configuration of the log-in.
"""

from __future__ import annotations

import sys

import click

from engine.clock import SystemClock
from engine.settings import Settings, SettingsRefused, read_means
from web.login import check

MARKS = {
    "set": "set      ",
    "default": "default  ",
    "assumed": "ASSUMED  ",
    "missing": "MISSING  ",
}


@click.command("check-config")
def check_config() -> None:
    """
    Say for each means of logging in what is set, what is an unverified default, and whether its services answer.

    ASSUMED is a default that no public source confirms: compare it with the contract.
    """
    groups, given = read_means()
    for means in groups:
        click.echo(check.TITLES[type(means)])
        for line in check.lines(means, given):
            click.echo(f"  {MARKS[line.state]} {line.variable}={line.shown}  # {line.said}")
    try:
        settings = Settings.from_env()
    except SettingsRefused as refused:
        click.echo(f"\nThis installation does not start:\n{refused}", err=True)
        sys.exit(1)
    failed = False
    click.echo("\nTried:")
    for title, found in check.findings(settings, SystemClock()):
        failed = failed or not found.good
        click.echo(f"  {'good' if found.good else 'BAD '}  {title}: {found.sentence}")
    sys.exit(1 if failed else 0)
