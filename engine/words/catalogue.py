"""
Translations of a release: what Azerbaijani texts of its diagram and forms are called in other languages.

The catalogues are gettext .po files. The pages' own words have catalogues of their own, in `web/translations`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

from babel.messages.pofile import PoFileError, read_po

SOURCE_LANGUAGE = "az"


def read_catalogue(content: bytes) -> dict[str, str]:
    """
    Return message -> translation; untranslated and fuzzy entries are left out.

    Raises:
        ValueError: if the file is no .po file.
    """
    try:
        catalogue = read_po(io.BytesIO(content), abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, LookupError) as error:  # LookupError: of an unknown encoding
        raise ValueError(str(error)) from error
    return {
        message.id: message.string
        for message in catalogue
        if isinstance(message.id, str) and message.id and message.string and not message.fuzzy
    }


class Catalogues:
    """
    The catalogues of one release.
    """

    def __init__(self, by_language: Mapping[str, Mapping[str, str]]) -> None:
        self._by_language = by_language

    def translate(self, text: str, language: str) -> str:
        """
        Return `text` in `language`; a text without translation stays Azerbaijani.
        """
        if language == SOURCE_LANGUAGE or not text:
            return text
        return self._by_language.get(language, {}).get(text, text)
