"""
Letters of a release: words with fixed placeholders, in files that an analyst edits. Here they are read; they are judged
in `engine.lettering`, and laid out by the process that sends them.

    letters/mail/NAME.LANGUAGE.txt   an e-mail: the subject, an empty line, paragraphs
    letters/texts.toml               words of the printed letters: [part.key] with one text a language
    letters/urgent.txt               e-mails that the night does not keep back: one NAME a line

There is no other markup and no template language: a name in braces is replaced once, anything else in braces refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

#: the source first
LANGUAGES = ("az", "ru", "en")
FOLDER = "letters/"
MAILS = "letters/mail/"
TEXTS = "letters/texts.toml"
URGENT = "letters/urgent.txt"

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_MAIL_PATH = re.compile(rf"{MAILS}([a-z][a-z0-9_]{{0,63}})\.({'|'.join(LANGUAGES)})\.txt")
_EMPTY_LINES = re.compile(r"\n[ \t]*\n+")

#: part -> key -> language -> text
Texts = Mapping[str, Mapping[str, Mapping[str, str]]]


@dataclass(frozen=True)
class LetterRules:
    """
    What an installation says of its letters: their fixed placeholders, and the words that it came with.
    """

    #: e-mail -> what it may name in braces
    mails: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: what an e-mail may name that is not among them
    others: frozenset[str] = frozenset()
    #: what a subject may name: it goes into a header, where nothing that a person wrote may stand
    in_subject: frozenset[str] = frozenset()
    #: e-mails without a subject, which stand inside others
    inside: frozenset[str] = frozenset()
    #: part of the printed letters' words -> what it may name
    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    #: path inside a release -> content; for releases that lack a letter, as those made before letters belonged to them
    shipped: Mapping[str, bytes] = field(default_factory=dict)

    def may_name(self, letter: str) -> frozenset[str]:
        """
        Return the placeholders of an e-mail.
        """
        return self.mails.get(letter, self.others)


@dataclass(frozen=True)
class Mail:
    """
    The words of an e-mail, with its placeholders.
    """

    subject: str
    #: each a tuple of lines
    paragraphs: tuple[tuple[str, ...], ...]

    @property
    def placeholders(self) -> frozenset[str]:
        """
        Return every name in braces.

        Raises ValueError for a brace that belongs to no placeholder.
        """
        lines = (self.subject, *(line for paragraph in self.paragraphs for line in paragraph))
        return frozenset().union(*map(placeholders, lines))


class Letters:
    """
    The letters of one release; what it lacks, or nobody can read any more, is that of the installation.
    """

    def __init__(self, files: Mapping[str, bytes], rules: LetterRules) -> None:
        """
        Args:
            files: of a release; those that are no letters are passed by.
        """
        self._files = {path: content for path, content in files.items() if path.startswith(FOLDER)}
        self._rules = rules

    def mail(self, name: str, language: str) -> Mail:
        """
        Return an e-mail's words.

        Raises KeyError for an unknown letter, ValueError for an unknown language.
        """
        _known(language)
        found = self._mails.get((name, language)) or self._shipped_mails.get((name, language))
        if found is None:
            raise KeyError(name)
        return found

    def words(self, part: str, language: str) -> dict[str, str]:
        """
        Return the words of a part of the printed letters, key -> text with its placeholders.

        Raises KeyError for an unknown part, ValueError for an unknown language.
        """
        _known(language)
        own, shipped = self._texts.get(part, {}), self._shipped_texts.get(part, {})
        if not own and not shipped:
            raise KeyError(part)
        return {key: (own.get(key) or shipped[key])[language] for key in {**shipped, **own}}

    @cached_property
    def urgent(self) -> frozenset[str]:
        """
        Return the e-mails that are sent at night, too.
        """
        content = self._files.get(URGENT, self._rules.shipped.get(URGENT, b""))
        return frozenset(name for _, name in split_urgent(content.decode(errors="replace")))

    @cached_property
    def _mails(self) -> Mapping[tuple[str, str], Mail]:
        return _read_mails(self._files, self._rules)

    @cached_property
    def _texts(self) -> Texts:
        return _read_texts(self._files, self._rules)

    @cached_property
    def _shipped_mails(self) -> Mapping[tuple[str, str], Mail]:
        return _read_mails(self._rules.shipped, self._rules)

    @cached_property
    def _shipped_texts(self) -> Texts:
        return _read_texts(self._rules.shipped, self._rules)


def placeholders(text: str) -> frozenset[str]:
    """
    Return the names in braces.

    Raises ValueError for a brace that belongs to no placeholder.
    """
    if re.search(r"[{}]", _PLACEHOLDER.sub("", text)):
        raise ValueError("a brace that belongs to no placeholder")
    return frozenset(_PLACEHOLDER.findall(text))


def filled(text: str, values: Mapping[str, str]) -> str:
    """
    Return `text` with every placeholder replaced, once: braces inside a value stay braces.

    Raises KeyError for a placeholder without a value.
    """
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)


def mail_path(name: str, language: str) -> str:
    """
    Return where an e-mail lies in a release.
    """
    return f"{MAILS}{name}.{language}.txt"


def mail_name(path: str) -> tuple[str, str] | None:
    """
    Return (name, language) of the e-mail at a path inside a release, None if there can't be one.
    """
    found = _MAIL_PATH.fullmatch(path)
    return (found[1], found[2]) if found else None


def mail_names(files: Mapping[str, bytes]) -> list[str]:
    """
    Return the names of the e-mails among the files of a release.
    """
    return sorted({found[0] for path in files if (found := mail_name(path)) is not None})


def split_mail(text: str, *, has_subject: bool = True) -> Mail:
    """
    Return an e-mail as its file has it; nothing of it is judged.
    """
    blocks = [block.split("\n") for block in _EMPTY_LINES.split(text.replace("\r\n", "\n").strip())]
    subject = "\n".join(blocks.pop(0)) if has_subject else ""
    paragraphs = (tuple(line.rstrip() for line in block) for block in blocks)
    return Mail(subject, tuple(block for block in paragraphs if any(block)))


def mail_bytes(subject: str, body: str) -> bytes:
    """
    Return the file of an e-mail; without a subject, of one that stands inside others.
    """
    lines = [line.rstrip() for line in body.replace("\r\n", "\n").replace("\r", "\n").strip().split("\n")]
    return "\n".join(([subject.strip(), ""] if subject else []) + lines + [""]).encode()


def split_urgent(text: str) -> list[tuple[int, str]]:
    """
    Return (line, name) of the e-mails that a file calls urgent; nothing of it is judged.
    """
    return [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]


def urgent_bytes(names: Iterable[str]) -> bytes:
    """
    Return the file that calls these e-mails urgent.
    """
    return "".join(f"{name}\n" for name in sorted(names)).encode()


def split_texts(content: bytes) -> Texts:
    """
    Return the words of the printed letters as their file has them; values that are no texts are left out.

    Raises ValueError if it is not TOML in UTF-8.
    """
    parts = tomllib.loads(content.decode())
    return {part: _keys(keys) for part, keys in parts.items() if isinstance(keys, dict)}


def _keys(keys: Mapping[str, object]) -> dict[str, dict[str, str]]:
    return {
        key: {language: text for language, text in texts.items() if isinstance(text, str)}
        for key, texts in keys.items()
        if isinstance(texts, dict)
    }


def _known(language: str) -> None:
    if language not in LANGUAGES:
        raise ValueError(f"letters are written in {', '.join(LANGUAGES)}; not in {language!r}")


def _read_mails(files: Mapping[str, bytes], rules: LetterRules) -> dict[tuple[str, str], Mail]:
    found = {}
    for path, content in files.items():
        named = mail_name(path)
        if named is not None:
            mail = _readable(lambda content=content, name=named[0]: _mail(content, rules, name))
            if mail is not None:
                found[named] = mail
    return found


def _mail(content: bytes, rules: LetterRules, name: str) -> Mail:
    mail = split_mail(content.decode(), has_subject=name not in rules.inside)
    if mail.placeholders - rules.may_name(name):
        raise ValueError("a placeholder that is not known any more")
    return mail


def _read_texts(files: Mapping[str, bytes], rules: LetterRules) -> Texts:
    parts = _readable(lambda: split_texts(files.get(TEXTS, b"")))
    return {
        part: {key: texts for key, texts in keys.items() if _printable(texts, rules.parts.get(part, frozenset()))}
        for part, keys in (parts or {}).items()
    }


def _printable(texts: Mapping[str, str], known: frozenset[str]) -> bool:
    named = _readable(lambda: frozenset().union(*map(placeholders, texts.values())))
    return set(texts) >= set(LANGUAGES) and named is not None and named <= known


def _readable(read: Callable[[], object]) -> object:
    """What a release of another version holds and this one can't read any more does not stop its cases."""
    try:
        return read()
    except ValueError:
        return None
