"""
Changes words in the file of the printed letters, and leaves everything else of it as its author had it.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping

from engine.words.letters import LANGUAGES, Texts, split_texts

_HEADER = re.compile(r"\s*\[\s*([a-z0-9_-]+)\s*\.\s*([a-z0-9_-]+)\s*\]\s*(?:#.*)?")
_TEXT = re.compile(rf"(\s*({'|'.join(LANGUAGES)})\s*=\s*)\S.*")

#: (part, key, language) -> new text
Changes = Mapping[tuple[str, str, str], str]


def reworded(content: bytes, changes: Changes) -> bytes:
    """
    Return the file with some texts replaced; comments and order stay wherever each text has a line of its own.

    Raises ValueError if the file is not TOML in UTF-8.
    """
    wanted = _changed(split_texts(content), changes)
    made = _in_place(content.decode(), changes).encode()
    try:
        if split_texts(made) == wanted:
            return made
    except tomllib.TOMLDecodeError:  # a text of several lines
        pass
    return _written(wanted)


def _changed(texts: Texts, changes: Changes) -> dict[str, dict[str, dict[str, str]]]:
    made = {part: {key: dict(said) for key, said in keys.items()} for part, keys in texts.items()}
    for (part, key, language), text in changes.items():
        made.setdefault(part, {}).setdefault(key, {})[language] = text
    return made


def _in_place(text: str, changes: Changes) -> str:
    lines, section = text.split("\n"), ("", "")
    for number, line in enumerate(lines):
        header = _HEADER.fullmatch(line.rstrip("\r"))
        if header:
            section = (header[1], header[2])
        elif line.lstrip().startswith("["):
            section = ("", "")
        said = _TEXT.fullmatch(line.rstrip("\r"))
        if said and (*section, said[2]) in changes:
            lines[number] = said[1] + _quoted(changes[(*section, said[2])]) + ("\r" if line.endswith("\r") else "")
    return "\n".join(lines)


def _written(texts: Texts) -> bytes:
    blocks = [
        "\n".join([f"[{part}.{key}]", *(f"{language} = {_quoted(text)}" for language, text in said.items())])
        for part, keys in texts.items()
        for key, said in keys.items()
    ]
    return ("\n\n".join(blocks) + "\n").encode()


def _quoted(text: str) -> str:
    # JSON's escapes are TOML's, too; TOML wants one sign more escaped
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
