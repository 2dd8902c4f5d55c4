"""
What is typed for Asan İmza: the mobile number in any format, and the user ID or the FIN.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import phonenumbers
from flask_babel import gettext

from forms import kinds
from web.login.port import Question

#: telephones of other countries have no Asan İmza, and are not rung
COUNTRY = "AZ"
_USER_ID = re.compile(r"[0-9]{6}")
_FIN = re.compile(r"[0-9A-HJ-NP-Z]{7}")
_SEPARATORS = re.compile(r"[\s\-]")


@dataclass(frozen=True)
class Asked:
    """
    Whose telephone is to ring.
    """

    #: E.164
    number: str
    #: user ID or FIN, as configured
    identifier: str


class Fields:
    """
    The two fields.

    Args:
        by_fin: True: people type their FIN, else the six digits that the operator gave them.
    """

    def __init__(self, *, by_fin: bool) -> None:
        self._by_fin = by_fin

    def questions(self, typed: Mapping[str, str] | None) -> tuple[Question, ...]:
        """
        Return the fields, with what was typed and what is wrong with it.
        """
        given = typed or {}
        number, owner = given.get("telephone", ""), given.get("user_id", "")
        return (
            Question(
                "telephone",
                gettext("Mobil nömrə"),
                hint=gettext("Məsələn: 050 123 45 67"),
                value=number,
                error="" if typed is None else _number_wrong(number),
                autocomplete="tel",
                inputmode="tel",
            ),
            self._owner_question(owner, "" if typed is None else self._owner_wrong(owner)),
        )

    def asked(self, typed: Mapping[str, str]) -> Asked:
        """
        Read fields in which nothing is wrong.

        Raises:
            ValueError: something is.
        """
        return Asked(_number(typed["telephone"]), self._owner(typed["user_id"]))

    def _owner(self, text: str) -> str:
        plain = _SEPARATORS.sub("", text)
        # Before `upper`: it would make Latin letters of others.
        if not plain.isascii() or not (_FIN if self._by_fin else _USER_ID).fullmatch(plain.upper()):
            raise ValueError("shape of the user ID")
        return plain.upper()

    def _owner_wrong(self, text: str) -> str:
        if not text.strip():
            return gettext("FİN kodu daxil edin") if self._by_fin else gettext("İstifadəçi İD-ni daxil edin")
        try:
            self._owner(text)
        except ValueError:
            if self._by_fin:
                return gettext("FİN kod 7 simvoldan ibarətdir. «O» hərfi işlənmir, 0 rəqəmini yazın")
            return gettext("İstifadəçi İD 6 rəqəmdən ibarətdir")
        return ""

    def _owner_question(self, value: str, error: str) -> Question:
        if self._by_fin:
            hint = gettext("Şəxsiyyət vəsiqəsindəki 7 simvol")
            return Question("user_id", gettext("FİN kod"), hint=hint, value=value, error=error, width=10)
        return Question(
            "user_id",
            gettext("Asan İmza istifadəçi İD-si"),
            hint=gettext("6 rəqəm, sıfırla da başlaya bilər"),
            value=value,
            error=error,
            inputmode="numeric",
            width=10,
        )


def _number(text: str) -> str:
    try:
        found = kinds.Telephone().parse(kinds.clean(text), kinds.Limits())
    except kinds.Refused as refused:
        raise ValueError(refused.code) from None
    number = phonenumbers.parse(found, None)
    if phonenumbers.region_code_for_number(number) != COUNTRY:
        raise ValueError("country")
    if phonenumbers.number_type(number) != phonenumbers.PhoneNumberType.MOBILE:
        raise ValueError("not a mobile number")
    return found


def _number_wrong(text: str) -> str:
    if not text.strip():
        return gettext("Mobil nömrəni daxil edin")
    try:
        _number(text)
    except ValueError:
        return gettext("Azərbaycanın mobil nömrəsini daxil edin, məsələn 050 123 45 67")
    return ""
