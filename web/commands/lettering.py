"""
The commands of letters: which there are, what one will look like, and a mail that came back.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

import processes
from engine.gate.lettering import judge_letters
from engine.releases.bundles import find
from engine.words.letters import FOLDER, Letters, mail_names
from processes.letters import preview
from processes.returns import note_return
from web.commands.running import read_settings
from web.services import build
from web.texts import LANGUAGES

_language = click.option("--language", type=click.Choice(list(LANGUAGES)), default="az", help="of the letter")
_place = click.option(
    "--dir", "place", type=click.Path(exists=True, path_type=Path), default=processes.FOLDER, help="folder of a release"
)
#: bytes of a mail that came back; what it encloses does not matter
MOST_RETURNED = 1024 * 1024


@click.group()
def letter() -> None:
    """
    Letters: their list, and what each will look like.
    """


@letter.command("list")
@_place
@_language
def list_letters(place: Path, language: str) -> None:
    """
    Name the letters of a folder: e-mails, and papers that are printed.
    """
    for name in preview.in_order(mail_names(_files(place))):
        click.echo(f"{name:20} {preview.mail_title(name, language)}")
    for kind in preview.PAPERS["common"]:
        click.echo(f"{kind + '.pdf':20} {preview.part_title(kind, language)}")


@letter.command("preview")
@click.argument("name")
@_place
@_language
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="file to write; .html: as HTML")
def show(name: str, place: Path, language: str, out: Path | None) -> None:
    """
    Show the letter NAME with invented people: an e-mail as text or HTML, a printed letter (NAME.pdf) as PDF.

    Ends with 1 if the letters can't be sent as they are, and says why.
    """
    rules, files = processes.installed().letters, _files(place)
    wrong = [finding for finding in judge_letters(files, rules) if finding.refuses]
    for finding in wrong:
        click.echo(f"{finding.place}: {finding.say(language)} [{finding.code}]", err=True)
    if wrong:
        sys.exit(1)
    letters = Letters(files, rules)
    kind = name.removesuffix(".pdf")
    if name not in mail_names(files) and kind in preview.PAPERS["common"]:
        if out is None:
            raise click.UsageError("A printed letter needs --out FILE.pdf.")
        out.write_bytes(preview.preview_paper(letters, kind, language))
        return
    if name not in mail_names(files) or name in rules.inside:
        raise click.UsageError(f"There is no letter {name}; `saygac letter list` names them.")
    made = preview.preview_mail(letters, name, language)
    text = made.html if out is not None and out.suffix == ".html" else f"{made.subject}\n\n{made.text}"
    if out is None:
        click.echo(text, nl=False)
    else:
        out.write_text(text, encoding="utf-8")


@click.command()
def bounce() -> None:
    """
    Read a mail that came back from standard input, as a mail server pipes it, and note at which of ours it did.

    Ends with 1 if it is none of ours.
    """
    content = sys.stdin.buffer.read(MOST_RETURNED)
    here = build(read_settings())
    try:
        with here.database.step() as connection:
            found = note_return(connection, content, now=here.ports.clock.now())
    finally:
        here.database.close()
    if found is None:
        raise click.ClickException("This mail names none that was sent from here.")
    click.echo(f"{found} came back.")


COMMANDS = (letter, bounce)


def _files(place: Path) -> dict[str, bytes]:
    found = find(place)
    if len(found) != 1:
        raise click.UsageError(f"{place} holds {len(found)} diagrams: name the one that is meant.")
    files = {path: content for path, content in found[0].read().items() if path.startswith(FOLDER)}
    return files or dict(processes.installed().letters.shipped)
