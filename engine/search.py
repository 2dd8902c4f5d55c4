"""
Folding: the form in which words are compared when people search: «eliyev» finds «Əliyev», «ismayil» finds «İSMAYIL».

It does not sort; folded words are for finding only.

Source: reference cases of the three alphabets, Azerbaijani Latin, Azerbaijani Cyrillic and Russian.
"""

from __future__ import annotations

import re
import unicodedata

_LATIN = str.maketrans("İIıƏəǝƎәӘĞğŞşÇçÖöÜü", "iiieeeeeeggssccoouu")
_CYRILLIC = str.maketrans(
    dict(
        zip(
            "абвгғдеёжзиыјкҝлмноөпрстуүфхһчҹшəәэйцщъьюя",
            [
                "a",
                "b",
                "v",
                "q",
                "g",
                "d",
                "e",
                "e",
                "j",
                "z",
                "i",
                "i",
                "y",
                "k",
                "g",
                "l",
                "m",
                "n",
                "o",
                "o",
                "p",
                "r",
                "s",
                "t",
                "u",
                "u",
                "f",
                "x",
                "h",
                "c",
                "c",
                "s",
                "e",
                "e",
                "e",
                "y",
                "s",
                "s",
                "_",
                "_",
                "u",
                "a",
            ],
            strict=True,
        )
    )
)
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """
    Return `text` in lower case, without diacritics, in Latin letters, blanks single.
    """
    text = unicodedata.normalize("NFC", text).translate(_LATIN).lower().replace("\u0307", "")
    text = text.translate(_CYRILLIC).replace("_", "")
    text = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return " ".join(text.split())


def words(text: str) -> tuple[str, ...]:
    """
    Return the folded words of `text`, each once, in order; digits that hyphens or blanks separate stay apart.
    """
    return tuple(dict.fromkeys(_WORD.findall(fold(text))))
