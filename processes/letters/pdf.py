"""
Prints the letters: facts in, PDF/A out.

The words are those of a release, the design is in `typst/`. Values travel to Typst as JSON and are set as text, so
that nothing a person wrote can become code. The same facts give the same bytes. Nothing is stored or sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import segno
import typst

from engine.words.letters import Letters, filled
from processes.letters import words
from processes.letters.facts import ActFacts, Organisation, ReceiptFacts, RefusalFacts, Signing
from processes.letters.glyphs import FONTS, printable
from processes.letters.pictures import Picture, picture
from processes.letters.texts import shipped

TEMPLATES = Path(__file__).parent / "typst"

#: kept for decades with text that can be copied (PDF/A-2a), and read aloud by screen readers (PDF/UA-1)
STANDARDS = ["a-2a", "ua-1"]

#: signs of a photograph's SHA-256 that the act prints
FINGERPRINT_SIGNS = 16


def act_pdf(act: ActFacts, language: str, photographs: Sequence[bytes] = (), letters: Letters | None = None) -> bytes:
    """
    Print the act of an installation, or of the registration of an existing meter.

    Args:
        photographs: content of those photographs of the act that have a file, in their order.
        letters: of the case's release; those that came with the installation if absent.

    Source: domain B3 (what an act records), the manual («Aktın bir nüsxəsi abonentə təqdim edilir»).
    """
    given_on = words.day(act.copy_given_on) if act.copy_given_on else ""
    values = {"url": act.verification_url, "basis": act.signing.basis, "given_on": given_on}
    texts = _texts(letters, "act", language, values)
    case_number = words.case_number(act.case_number)
    meter, removed = act.meter, act.removed_meter
    facts: dict[str, Any] = {
        "number": act.number,
        "drawn_up_at": words.local_moment(act.drawn_up_at),
        "case_number": case_number,
        "registered_on": words.local_day(act.case_registered_at),
        "statement": texts[f"statement_{act.kind}"],
        "subscriber": act.subscriber,
        "subscriber_code": act.subscriber_code,
        "address": act.address,
        "connection_address": act.connection_address,
        "make": meter.make,
        "type": texts[f"type_{meter.type}"],
        "meter_number": meter.number,
        "diameter": words.millimetres(meter.diameter, language),
        "pipe_diameter": words.millimetres(act.pipe_diameter, language) if act.pipe_diameter else "–",
        "seal_numbers": ", ".join(meter.seal_numbers),
        "initial_reading": words.reading(meter.initial_reading, language),
        "verified_on": words.day(meter.verified_on),
        "next_verification_on": words.day(meter.next_verification_on),
        "installation_place": act.installation_place,
        "removed_meter": removed
        and {
            "number": removed.number,
            "last_reading": words.reading(removed.last_reading, language),
            "reason": removed.reason,
        },
        "photographs": [
            {"name": photograph.name, "fingerprint": photograph.fingerprint[:FINGERPRINT_SIGNS]}
            for photograph in act.photographs
        ],
        "captions": _captions(act),
        "executors": [{"name": each.name, "position": each.position} for each in act.executors],
        "signing": _signing(act.signing, act.subscriber, texts),
        "copy": texts[f"copy_{act.copy_given_how}"] if act.copy_given_how else "",
    }
    title = texts[f"title_{act.kind}"]
    return _print(
        "act",
        language,
        title=title,
        reference=f"{texts['number']}: {act.number} · {texts['case_number']}: {case_number}",
        organisation=act.organisation,
        office=act.office,
        moment=act.drawn_up_at,
        url=act.verification_url,
        texts=texts,
        facts=facts,
        pictures=tuple(picture(content) for content in photographs),
    )


def refusal_pdf(refusal: RefusalFacts, language: str, letters: Letters | None = None) -> bytes:
    """
    Print the reasoned refusal of an application.
    """
    case_number = words.case_number(refusal.case_number)
    values = {
        "url": refusal.verification_url,
        "recipient": refusal.recipient,
        "registered_on": words.local_day(refusal.case_registered_at),
        "case_number": case_number,
        "telephone": refusal.organisation.telephone,
    }
    texts = _texts(letters, "refusal", language, values)
    facts = {
        "number": refusal.number,
        "decided_on": words.local_day(refusal.decided_at),
        "case_number": case_number,
        "registered_on": words.local_day(refusal.case_registered_at),
        "subscriber_code": refusal.subscriber_code,
        "address": refusal.address,
        "reason": refusal.reason,
        "ground": refusal.ground,
        "legal_ground": refusal.legal_ground,
        "answer": _paragraphs(refusal.answer),
        "decided_by": {"name": refusal.decided_by.name, "position": refusal.decided_by.position},
    }
    return _print(
        "refusal",
        language,
        title=texts["title"],
        reference=f"{texts['number']}: {refusal.number} · {texts['case_number']}: {case_number}",
        organisation=refusal.organisation,
        office=refusal.office,
        moment=refusal.decided_at,
        url=refusal.verification_url,
        texts=texts,
        facts=facts,
    )


def receipt_pdf(receipt: ReceiptFacts, language: str, letters: Letters | None = None) -> bytes:
    """
    Print the receipt of registration.
    """
    values = {
        "url": receipt.status_url,
        "due_on": words.local_day(receipt.due_at) if receipt.due_at else "",
        "term_days": str(receipt.term_days or ""),
    }
    texts = _texts(letters, "receipt", language, values)
    case_number = words.case_number(receipt.case_number)
    facts = {
        "case_number": case_number,
        "registered_at": words.local_moment(receipt.registered_at),
        "due": texts["due_within" if receipt.term_days else "due_on"] if receipt.due_at else "",
        "applicant": receipt.applicant,
        "subscriber_code": receipt.subscriber_code,
        "address": receipt.address,
        "reason": receipt.reason,
        "office": receipt.office,
        "what_next": list(receipt.what_next) or [texts["next_1"], texts["next_2"], texts["next_3"]],
    }
    return _print(
        "receipt",
        language,
        title=texts["title"],
        reference=f"{texts['case_number']}: {case_number}",
        organisation=receipt.organisation,
        office="",
        moment=receipt.registered_at,
        url=receipt.status_url,
        texts=texts,
        facts=facts,
    )


def _texts(letters: Letters | None, letter: str, language: str, values: Mapping[str, str]) -> dict[str, str]:
    words_of = (letters or shipped()).words
    found = {**words_of("common", language), **words_of(letter, language)}
    return {key: filled(text, values) for key, text in found.items()}


def _captions(act: ActFacts) -> list[str]:
    """
    Return what stands under the photographs of the annex: each has the number that it has in the act's list.
    """
    return [f"{number}. {each.name}" for number, each in enumerate(act.photographs, 1) if each.file_id]


def _signing(signing: Signing, subscriber: str, texts: Mapping[str, str]) -> dict[str, str | None]:
    """
    Return who signs beside the executors, and the sentence that explains it.
    """
    if signing.second_specialist is not None and signing.by == "refused":
        second = signing.second_specialist
        role, name, position, sentence = (
            texts["second_specialist"],
            second.name,
            second.position,
            texts["refused"],
        )
    elif signing.by == "representative":
        role, name, position = texts["signed_representative"], signing.representative, texts["basis"]
        sentence = ""
    else:
        role, name, position, sentence = texts["signed_subscriber"], subscriber, None, ""
    return {"role": role, "name": name, "position": position, "sentence": sentence}


def _paragraphs(text: str) -> list[str]:
    """
    Return the paragraphs, which empty lines separate; a single line break stays inside its paragraph.
    """
    plain = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return re.split(r"\n[ \t]*\n\s*", plain)


def _print(
    template: str,
    language: str,
    *,
    title: str,
    reference: str,
    organisation: Organisation,
    office: str,
    moment: datetime,
    url: str,
    texts: Mapping[str, str],
    facts: Mapping[str, Any],
    pictures: Sequence[Picture] = (),
) -> bytes:
    # without a zone Typst writes what it is given as UTC into the metadata
    made = moment.astimezone(UTC)
    letter = {
        "language": language,
        "title": title,
        "reference": reference,
        "organisation": vars(organisation),
        "office": office,
        "date": {
            "year": made.year,
            "month": made.month,
            "day": made.day,
            "hour": made.hour,
            "minute": made.minute,
            "second": made.second,
        },
        "url": url,
        "texts": texts,
        "facts": facts,
    }
    drawn = [{"svg": each.svg, "steep": each.steepness > 1} for each in pictures]
    content = _all_printable(letter) | {"qr": _qr(url), "pictures": drawn}
    compiler = typst.Compiler(
        TEMPLATES / f"{template}.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        sys_inputs={"letter": json.dumps(content)},
    )
    pdf = compiler.compile(format="pdf", pdf_standards=STANDARDS, timestamp=made)
    if not isinstance(pdf, bytes):
        raise TypeError("a letter is one file")
    return pdf


@cache
def _fonts() -> typst.Fonts:
    """
    Return the shipped fonts; those of the machine would make letters differ from one machine to the next.
    """
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _all_printable(value: Any) -> Any:
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, Mapping):
        return {key: _all_printable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_all_printable(each) for each in value]
    return value


def _qr(url: str) -> str:
    """
    Return the code as SVG: level M still reads with 15 % of it damaged.
    """
    svg = BytesIO()
    segno.make(url, error="m", micro=False).save(svg, kind="svg", border=0, dark="#16232b", xmldecl=False)
    return svg.getvalue().decode()
