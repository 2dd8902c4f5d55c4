"""
The pages' own words in the other languages, read from the .po files as they are: nothing is compiled.

The words of a process are in the catalogues of its release.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask_babel import Domain, get_locale

FOLDER = Path(__file__).parent / "translations"


class Catalogues(Domain):
    """
    What Flask-Babel asks for words.
    """

    def get_translations(self) -> NullTranslations:
        """
        Return the words of the request's language; outside a request, and for Azerbaijani, texts stay as they are.
        """
        locale = get_locale()
        return words_in(locale.language) if locale is not None else NullTranslations()


@cache
def words_in(language: str) -> NullTranslations:
    """
    Return the words of a language; of Azerbaijani, and of one that has none, texts stay as they are.
    """
    path = FOLDER / language / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language, abort_invalid=True))
    compiled.seek(0)
    return Translations(compiled)
