"""
Case numbers: 11 random digits and a Damm check digit, shown in groups of four.

Digits only, because they are typed on an Azerbaijani keyboard and read out on the telephone. That none is given twice
is the database's to see to.
"""

from __future__ import annotations

import re
import secrets

from stdnum import damm
from stdnum.exceptions import ValidationError


def new_number() -> str:
    """
    Return a random case number of 12 digits; the first is never 0.
    """
    body = str(secrets.randbelow(9) + 1) + "".join(str(secrets.randbelow(10)) for _ in range(10))
    return body + damm.calc_check_digit(body)


def shown(number: str) -> str:
    """
    Return the number as people read it: `4831-7720-9155`.
    """
    return "-".join(number[at : at + 4] for at in range(0, len(number), 4))


def read(text: str) -> str | None:
    """
    Return the 12 digits of a typed number, or None if it can't be one.

    Spaces and hyphens are ignored. Every single wrong digit and every swap of neighbours is found.
    """
    digits = re.sub(r"[\s\-\u2010-\u2014]", "", text)
    if not re.fullmatch(r"[1-9][0-9]{11}", digits):
        return None
    try:
        damm.validate(digits)
    except ValidationError:
        return None
    return digits
