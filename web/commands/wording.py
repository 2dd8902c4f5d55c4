"""
What the commands say, in the language that `--language` asks for. The texts stand in the code in Azerbaijani and are
translated with those of the pages. What click itself says, and the help, is English.
"""

from __future__ import annotations

from collections.abc import Callable

import click

from web.catalogues import words_in
from web.texts import LANGUAGES

in_language = click.option("--language", type=click.Choice(list(LANGUAGES)), default="az", help="of the sentences")

#: (text, values of its placeholders) -> the text in one language
Told = Callable[..., str]


def told(language: str) -> Told:
    """
    Return what says a text in a language; call it `_`, so that its texts are collected.
    """
    words = words_in(language)

    def tell(text: str, **values: object) -> str:
        said = str(words.gettext(text))
        return said % values if values else said

    return tell
