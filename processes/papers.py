"""
Papers: facts of acts, refusals and receipts as JSON that is frozen in the step, and printed from it later.

Decides nothing about the case. The address in a paper's QR code is added when it is printed: only the
installation knows under which name people reach it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from engine.words.letters import Letters
from processes import addresses
from processes.letters import pdf
from processes.letters.facts import ActFacts, Organisation, ReceiptFacts, RefusalFacts

Facts = ActFacts | RefusalFacts | ReceiptFacts

#: kind of document -> what is frozen for it
_FACTS: Mapping[str, type] = {
    "act": ActFacts,
    "registration": ActFacts,
    "refusal": RefusalFacts,
    "receipt": ReceiptFacts,
}


@cache
def organisation(language: str) -> Organisation:
    """
    Return who writes the letters, from `organisation.toml`, in a language.
    """
    read = tomllib.loads(Path(__file__).with_name("organisation.toml").read_text(encoding="utf-8"))
    return Organisation(**{key: said[language] if isinstance(said, dict) else said for key, said in read.items()})


def freeze(value: Any) -> Any:
    """
    Return facts as JSON: decimals, days and moments as text, moments to the second.
    """
    if is_dataclass(value):
        return {field.name: freeze(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple | list):
        return [freeze(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value


def thaw(kind: str, frozen: Mapping[str, Any]) -> Facts:
    """
    Return the facts that `freeze` made JSON of.

    Args:
        kind: the document's: act, registration, refusal or receipt.
    """
    return _thaw(_FACTS[kind], frozen)


def print_paper(
    document_id: str,
    kind: str,
    language: str,
    frozen: Mapping[str, Any],
    base_url: str,
    *,
    read_file: Callable[[str], bytes],
    letters: Letters | None = None,
) -> bytes:
    """
    Return the document as PDF/A.

    Args:
        letters: of the case's release; those that came with the installation if absent.
        read_file: gives the bytes of a stored file by its id, for the photographs.
    """
    facts = thaw(kind, frozen)
    if isinstance(facts, ReceiptFacts):
        followed = replace(facts, status_url=addresses.status(base_url, facts.case_number))
        return pdf.receipt_pdf(followed, language, letters)
    genuine = addresses.genuine(base_url, document_id)
    if isinstance(facts, RefusalFacts):
        return pdf.refusal_pdf(replace(facts, verification_url=genuine), language, letters)
    pictures = tuple(read_file(each.file_id) for each in facts.photographs if each.file_id)
    return pdf.act_pdf(replace(facts, verification_url=genuine), language, pictures, letters)


def _thaw(wanted: Any, value: Any) -> Any:
    origin = get_origin(wanted)
    if origin in (Union, UnionType):
        return None if value is None else _thaw(_present(wanted), value)
    if origin is tuple:
        return tuple(_thaw(get_args(wanted)[0], item) for item in value)
    if origin is Literal or wanted in (str, int):
        return value
    if wanted is Decimal:
        return Decimal(value)
    if wanted in (date, datetime):
        return wanted.fromisoformat(value)
    hints = get_type_hints(wanted)
    return wanted(**{name: _thaw(hints[name], item) for name, item in value.items()})


def _present(optional: Any) -> Any:
    return next(each for each in get_args(optional) if each is not NoneType)
