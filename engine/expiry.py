"""
Certificates that the installation rests on: which of their files end soon, so that a person acts before they do.

Trust files of the log-in, certificates of the mail server's authorities, the own certificate of the host that asks for
cards. People's certificates are not among them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from sqlalchemy import Connection, select

from engine import incidents
from engine.settings import PREFIX, Settings
from engine.tables import Incident

#: so long before its end a certificate becomes an incident
SOON = timedelta(days=14)
ENDS, UNREADABLE = "certificate_ends", "certificate_unreadable"
_MESSAGES = {ENDS: "A certificate ends within 14 days.", UNREADABLE: "A file of certificates can't be read."}
_MARK = b"-----BEGIN CERTIFICATE-----"

#: name of the setting and its file
Paper = tuple[str, Path]


@dataclass(frozen=True)
class Ending:
    """
    What a person must see to.
    """

    code: str
    #: name of the setting
    file: str
    #: subject of the certificate
    name: str = ""
    #: yyyy-mm-dd
    date: str = ""

    @property
    def params(self) -> dict[str, str]:
        """
        The values of the sentence.
        """
        return {"file": self.file, "name": self.name, "date": self.date}


def papers_of(settings: Settings) -> tuple[Paper, ...]:
    """
    Return the files of certificates that the settings name.
    """
    found = [(f"{PREFIX}MAIL_CA_FILE", settings.mail_ca_file)] if settings.mail_ca_file is not None else []
    for means in (settings.asan, settings.card, settings.portal):
        for one in fields(means):
            value = getattr(means, one.name)
            if isinstance(value, Path):
                found.append((means.variable(one), value))
    return tuple(found)


def endings(papers: Sequence[Paper], now: datetime) -> tuple[Ending, ...]:
    """
    Return what ends soon or can't be read. A file without any certificate, such as a key, is passed over.
    """
    return tuple(ending for name, path in papers for ending in _in_file(name, path, now))


def report(connection: Connection, found: Sequence[Ending], now: datetime) -> None:
    """
    Open an incident for what has none yet, and settle those of what was renewed. One statement, and one a change.
    """
    known = select(Incident.id, Incident.code, Incident.params).where(
        Incident.code.in_((ENDS, UNREADABLE)), Incident.resolved_at.is_(None)
    )
    open_now = {(row.code, *_said(row.params)): row.id for row in connection.execute(known)}
    wanted = {(ending.code, *_said(ending.params)): ending for ending in found}
    for key, ending in wanted.items():
        if key not in open_now:
            message = _MESSAGES[ending.code]
            incidents.open_for(connection, incidents.CERTIFICATE, ending.code, message, now, params=ending.params)
    incidents.settle_gone(connection, [key_id for key, key_id in open_now.items() if key not in wanted], now)


def still_ends(papers: Sequence[Paper], params: Mapping[str, Any], now: datetime) -> bool:
    """
    Tell whether what an incident is about still holds.
    """
    return _said(params) in {_said(ending.params) for ending in endings(papers, now)}


def _said(params: Mapping[str, Any] | None) -> tuple[str, ...]:
    return tuple(str((params or {}).get(name, "")) for name in ("file", "name", "date"))


def _in_file(name: str, path: Path, now: datetime) -> Iterator[Ending]:
    try:
        content = path.read_bytes()
        if _MARK not in content:
            return
        certificates = x509.load_pem_x509_certificates(content)
    except (OSError, ValueError):
        yield Ending(UNREADABLE, name)
        return
    for certificate in certificates:
        until = certificate.not_valid_after_utc
        if until <= now + SOON:
            yield Ending(ENDS, name, _subject(certificate), f"{until:%Y-%m-%d}")


def _subject(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value) if names else certificate.subject.rfc4514_string()
