"""
What the pages of letters share: the reader's draft, and a text that is being edited with what is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, g

from engine.releases.drafts import Draft, Drafts
from engine.words.letters import LANGUAGES, TEXTS, URGENT, Letters, Mail, mail_path, split_mail, urgent_bytes
from web.services import services

blueprint = Blueprint("letters", __name__)


@dataclass(frozen=True)
class Field:
    """
    One text of a letter in one language, as it is being edited.
    """

    id: str
    language: str
    value: str
    #: what is wrong with it, in the reader's language
    problems: tuple[str, ...] = ()


def problems_of(fields: Iterable[Field]) -> list[dict[str, str]]:
    """
    Return what an error summary lists.
    """
    return [{"text": text, "href": f"#{field.id}"} for field in fields for text in field.problems]


def told(field: Field, said: Mapping[str, Sequence[str]]) -> Field:
    """
    Return a field with what is said of it.
    """
    return Field(field.id, field.language, field.value, tuple(dict.fromkeys(said.get(field.id, ()))))


def letters_of(draft: Draft) -> Letters:
    """
    Return the letters as the draft words them.
    """
    return Letters(draft.bundle, services().operations.letters)


def words_of(draft: Draft, name: str, language: str) -> Mail:
    """
    Return an e-mail as its file in the draft has it, whether it could be sent or not.
    """
    content = draft.bundle.get(mail_path(name, language), b"").decode(errors="replace")
    return split_mail(content, has_subject=name not in services().operations.letters.inside)


def draft_of(process: str) -> Draft:
    """
    Return the reader's draft of a process.

    Raises NotFound: there is no such process.
    """
    return drafts().of(g.actor, process)


def drafts() -> Drafts:
    """
    Return the drafts of this installation.
    """
    here = services()
    return Drafts(here.database, here.releases, here.operations)


def keep(draft: Draft, typed: Mapping[str, bytes]) -> None:
    """
    Keep what differs from the active release; what is as it was there is no longer part of the draft.
    """
    differing = {path: content for path, content in typed.items() if content != draft.files.get(path)}
    now = services().ports.clock.now()
    drafts().drop(g.actor, draft.process, [path for path in typed if path not in differing])
    drafts().save(g.actor, draft.process, differing, draft.active.id, now=now)


def urgency(draft: Draft, letter: str, *, urgent: bool) -> dict[str, bytes]:
    """
    Return the file that says which letters go out at night, if it must say another thing of this one.
    """
    names = letters_of(draft).urgent
    wanted = names | {letter} if urgent else names - {letter}
    return {URGENT: urgent_bytes(wanted)} if wanted != names else {}


def is_urgent(letter: str, files: Mapping[str, bytes]) -> bool:
    """
    Tell whether a letter goes out at night by these files of a release.
    """
    return letter in Letters(files, services().operations.letters).urgent


def paths_of(letter: str) -> Iterator[str]:
    """
    Return where a letter lies in a release; the words of all printed ones lie in one file.
    """
    return iter((TEXTS,)) if letter == TEXTS else (mail_path(letter, language) for language in LANGUAGES)
