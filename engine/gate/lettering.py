"""
The letters of a release can be sent: each that the diagram names is there, in every language; every placeholder is
known, nothing is too long, and there is no template language.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterator, Mapping

from engine.diagram import WORK, Element
from engine.feel.nodes import Literal
from engine.findings import Finding, Severity
from engine.gate.collecting import Candidate
from engine.gate.expressions import parsed
from engine.words.letters import (
    FOLDER,
    LANGUAGES,
    MAILS,
    TEXTS,
    URGENT,
    LetterRules,
    Texts,
    mail_name,
    mail_names,
    mail_path,
    placeholders,
    split_texts,
    split_urgent,
)

#: of a file
MOST_BYTES, MOST_BYTES_OF_TEXTS = 16 * 1024, 256 * 1024
#: characters; a case number in its place and the prefix of a header still fit
LONGEST_SUBJECT, LONGEST_LINE = 120, 2000
_EXAMPLE = "{case_number}"
_PLACE = re.compile(r"\{(\w+)\}")


def judge_lettering(candidate: Candidate, bundle: Mapping[str, bytes]) -> None:
    """
    Find what is wrong with a release's letters, and the letters that its diagram names and that are not there.
    """
    rules = candidate.operations.letters
    candidate.findings += judge_letters(bundle, rules)
    if not rules.shipped:
        return  # an installation whose letters are nobody's files
    there = set(mail_names(bundle))
    for element in candidate.diagram.elements.values():
        for name in sorted(_named(candidate, element) - there):
            candidate.add("letter_missing", element.id, name=name, file=mail_path(name, LANGUAGES[0]))
    if any(path.startswith(FOLDER) for path in bundle) and TEXTS not in bundle and TEXTS in rules.shipped:
        candidate.add_in(TEXTS, "letter_no_texts", None)


def _named(candidate: Candidate, element: Element) -> set[str]:
    """The letters that an element asks for: those that its operation declares, by the values of its parameters."""
    signature = candidate.operations.signatures.get(element.operation.name) if element.operation else None
    if signature is None or element.kind not in WORK:
        return set()
    given: dict[str, str] = {}
    for name, text in element.operation.parameters:
        node = parsed(text, candidate.operations.function_names)
        if isinstance(node, Literal) and isinstance(node.value, str):
            given[name] = node.value
    named = (_PLACE.sub(lambda place: given.get(place[1], "{}"), letter) for letter in signature.letters)
    return {letter for letter in named if "{" not in letter}


def judge_letters(files: Mapping[str, bytes], rules: LetterRules) -> Iterator[Finding]:
    """
    Yield what is wrong with the letters among the files of a release.
    """
    for path, content in files.items():
        if path.startswith(MAILS):
            yield from judge_mail(path, content, rules)
    for name in mail_names(files):
        yield from _judge_languages(name, files, rules.may_name(name))
    if TEXTS in files:
        yield from judge_texts(files[TEXTS], rules)
    if URGENT in files:
        yield from judge_urgent(files[URGENT], frozenset(mail_names(files)) - rules.inside)


def judge_mail(path: str, content: bytes, rules: LetterRules) -> Iterator[Finding]:
    """
    Yield what is wrong with one e-mail.
    """
    named = mail_name(path)
    if named is None:
        yield Finding("letter_file", path, params={"languages": ", ".join(LANGUAGES)})
        return
    text = yield from _text(path, content, MOST_BYTES)
    if text is None:
        return
    name, lines, first = named[0], text.split("\n"), 0
    if name not in rules.inside:
        yield from _judge_subject(path, lines, rules.in_subject & rules.may_name(name))
        first = 1
    if not any(line.strip() for line in lines[first:]):
        yield Finding("letter_empty", path)
    for number, line in enumerate(lines[first:], first + 1):
        yield from _judge_line(path, number, line, rules.may_name(name), LONGEST_LINE)


def judge_texts(content: bytes, rules: LetterRules) -> Iterator[Finding]:
    """
    Yield what is wrong with the words of the printed letters.
    """
    text = yield from _text(TEXTS, content, MOST_BYTES_OF_TEXTS)
    if text is None:
        return
    try:
        parts = split_texts(content)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        yield Finding("letter_not_toml", TEXTS, params={"reason": str(error)})
        return
    lines = text.split("\n")
    for part, keys in parts.items():
        for key, texts in keys.items():
            yield from _judge_text(lines, part, key, texts, rules.parts.get(part, frozenset()))
    known = split_texts(rules.shipped[TEXTS]) if TEXTS in rules.shipped else {}
    yield from _judge_keys(lines, parts, known)


def judge_urgent(content: bytes, known: Collection[str]) -> Iterator[Finding]:
    """
    Yield what is wrong with the list of letters that the night does not keep back.

    Args:
        known: the release's e-mails.
    """
    text = yield from _text(URGENT, content, MOST_BYTES)
    for line, name in split_urgent(text or ""):
        if name not in known:
            yield Finding("letter_urgent", URGENT, line=line, column=1, params={"name": name[:80]})


def _text(path: str, content: bytes, most: int) -> Iterator[Finding]:
    """Return the file's text, None if there is none; yield why."""
    if len(content) > most:
        yield Finding("too_big", path, params={"limit": most // 1024})
        return None
    try:
        return content.decode().replace("\r\n", "\n")
    except UnicodeDecodeError:
        yield Finding("encoding", path)
        return None


def _judge_subject(path: str, lines: list[str], known: frozenset[str]) -> Iterator[Finding]:
    subject = lines[0].strip()
    if not subject or (len(lines) > 1 and lines[1].strip()):
        yield Finding("letter_subject", path, line=1, column=1)
    yield from _judge_line(path, 1, subject, known, LONGEST_SUBJECT)


def _judge_line(path: str, number: int, line: str, known: frozenset[str], longest: int) -> Iterator[Finding]:
    def note(code: str, index: int, **params: object) -> Finding:
        return Finding(code, path, line=number, column=index + 1, params=params)

    if len(line) > longest:
        yield note("letter_long", longest, limit=longest)
    control = next((i for i, sign in enumerate(line) if unicodedata.category(sign) == "Cc" and sign != "\t"), None)
    if control is not None:
        yield note("letter_control", control)
    try:
        named = placeholders(line)
    except ValueError:
        yield note("letter_brace", re.search(r"[{}]", line).start(), text=line.strip()[:80], example=_EXAMPLE)
        return
    for name in sorted(named - known):
        allowed = ", ".join(f"{{{each}}}" for each in sorted(known)) or "–"
        yield note("letter_placeholder", line.index(f"{{{name}}}"), name=f"{{{name}}}", known=allowed)


def _judge_languages(name: str, files: Mapping[str, bytes], known: frozenset[str]) -> Iterator[Finding]:
    texts: dict[str, str] = {}
    for language in LANGUAGES:
        path = mail_path(name, language)
        if path in files:
            texts[language] = files[path].decode(errors="replace")
        else:
            yield Finding("letter_language", path, params={"name": name, "language": language})
    for language, lacking in _differing(texts, known):
        yield Finding("letter_differs", mail_path(name, language), params={"name": lacking, "language": language})


def _differing(texts: Mapping[str, str], known: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Yield (language, placeholders) where some of another language lack; wrong texts were found by themselves."""
    named: dict[str, frozenset[str]] = {}
    for language, text in texts.items():
        try:
            named[language] = placeholders(text) & known
        except ValueError:
            continue
    everything = frozenset().union(*named.values())
    lacking = ((language, sorted(everything - own)) for language, own in named.items())
    return ((language, ", ".join(f"{{{name}}}" for name in names)) for language, names in lacking if names)


def _judge_text(
    lines: list[str], part: str, key: str, texts: Mapping[str, str], known: frozenset[str]
) -> Iterator[Finding]:
    place, label = _line_of(lines, f"[{part}.{key}]"), f"{part}.{key}"
    for language in LANGUAGES:
        text = texts.get(language, "")
        if not text.strip():
            yield Finding("letter_text", TEXTS, label, line=place, column=1, params={"language": language})
            continue
        line = _line_of(lines, f"{language} ", place) or _line_of(lines, f"{language}=", place) or place
        for found in _judge_line(TEXTS, line, text, known, LONGEST_LINE):
            yield Finding(found.code, TEXTS, label, line=line, column=1, params=found.params)
    for language, lacking in _differing({key: text for key, text in texts.items() if text.strip()}, known):
        params = {"name": lacking, "language": language}
        yield Finding("letter_differs", TEXTS, label, line=place, column=1, params=params)


def _judge_keys(lines: list[str], parts: Texts, known: Texts) -> Iterator[Finding]:
    """What the layouts print must be there; what they do not print is worth a word."""
    own = {f"{part}.{key}" for part, keys in parts.items() for key in keys}
    printed = {f"{part}.{key}" for part, keys in known.items() for key in keys}
    for label in sorted(printed - own):
        yield Finding("letter_text_missing", TEXTS, label, params={"name": label})
    for label in sorted(own - printed if printed else ()):
        place = _line_of(lines, f"[{label}]")
        yield Finding("letter_text_unknown", TEXTS, label, Severity.WARNING, place, 1, {"name": label})


def _line_of(lines: list[str], beginning: str, after: int = 0) -> int:
    """The number of the first line behind `after` that begins so, 0 if none does."""
    return next((n for n, line in enumerate(lines[after:], after + 1) if line.lstrip().startswith(beginning)), 0)
