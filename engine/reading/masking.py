"""
Personal data with just enough left to recognise it: FIN, telephones, e-mail addresses.
"""

from __future__ import annotations


def fin(text: str) -> str:
    """
    Return a FIN with its middle hidden, `5AB***1`. Source: DIGIT's masking of identity numbers.
    """
    return f"{text[:3]}***{text[-1:]}" if len(text) > 5 else "***"


def telephone(text: str) -> str:
    """
    Return a telephone with its last two digits only, `*** ** 67`.
    """
    digits = "".join(letter for letter in text if letter in "0123456789")
    return f"*** ** {digits[-2:]}" if len(digits) > 6 else "***"


def email(text: str) -> str:
    """
    Return an e-mail address with its first letter and its domain, `a***@example.az`.
    """
    local, at, domain = text.rpartition("@")
    return f"{local[:1]}***{at}{domain}" if at else "***"


#: kind of a form's field -> what is left of its answer; answers of other kinds are hidden
KINDS = {"telephone": telephone, "email": email}
