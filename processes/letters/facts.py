"""
What stands in the letters: frozen values, filled by the registry and printed as they are.

No look-ups and no wording here. Names of offices, reasons and grounds arrive in the language of the letter;
codes such as `smart_card` are put into words by `texts.toml`. Moments are aware; printed in Baku time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

ActKind = Literal["installation", "registration"]
MeterType = Literal["mechanical", "smart_card", "smart"]
SignedBy = Literal["subscriber", "representative", "refused"]
Handover = Literal["in_person", "email", "post"]


@dataclass(frozen=True)
class Organisation:
    """
    Who writes; comes from the settings, because such names change.
    """

    #: as it stands in the letterhead
    name: str
    #: one line
    address: str
    #: as people dial it; `955` is no E.164 number
    telephone: str
    email: str
    #: shown without `https://`
    website: str


@dataclass(frozen=True)
class Signatory:
    """
    A person of the utility who signs.
    """

    name: str
    position: str


@dataclass(frozen=True)
class Meter:
    """
    The meter that the act is about.
    """

    #: marka, for instance `Alfasu`
    make: str
    type: MeterType
    number: str
    #: nominal diameter DN, millimetres
    diameter: int
    #: at least one
    seal_numbers: tuple[str, ...]
    #: cubic metres, at most three places
    initial_reading: Decimal
    #: state verification
    verified_on: date
    next_verification_on: date

    def __post_init__(self) -> None:
        if not self.seal_numbers:
            raise ValueError("a meter under an act is sealed: at least one seal number")
        if not self.initial_reading.is_finite() or self.initial_reading < 0:
            raise ValueError("an initial reading is a number of cubic metres, 0 or more")


@dataclass(frozen=True)
class RemovedMeter:
    """
    The meter that was taken out.
    """

    number: str
    #: cubic metres
    last_reading: Decimal
    reason: str


@dataclass(frozen=True)
class Signing:
    """
    Who signed for the subscriber, or that nobody would.
    """

    by: SignedBy
    #: the representative; the subscriber's own name stands in the act
    representative: str = ""
    #: what the representative acts upon, for instance a power of attorney with its number
    basis: str = ""
    #: signs when the subscriber refuses; never one of the executors
    second_specialist: Signatory | None = None

    def __post_init__(self) -> None:
        if self.by == "representative" and not (self.representative and self.basis):
            raise ValueError("a representative signs with a name and a basis")
        if self.by == "refused" and self.second_specialist is None:
            raise ValueError("a refusal to sign is confirmed by a second specialist")


@dataclass(frozen=True)
class Photograph:
    """
    A photograph that belongs to the act: listed in it, and printed small as an annex.
    """

    #: the name under which it was sent
    name: str
    #: SHA-256 of the stored file, hexadecimal; its beginning ties the list to the files
    fingerprint: str = ""
    #: id of the stored file; empty: listed only
    file_id: str = ""


@dataclass(frozen=True)
class ActFacts:
    """
    The act of an installation, or of the registration of a meter that was there already.
    """

    kind: ActKind
    organisation: Organisation
    #: the office that did the work
    office: str
    #: in the office's own series
    number: str
    drawn_up_at: datetime
    #: 12 digits; grouped when printed
    case_number: str
    case_registered_at: datetime
    subscriber_code: str
    subscriber: str
    address: str
    #: where the line joins; empty when it is the same address
    connection_address: str
    meter: Meter
    #: for instance the kitchen, the well in the yard
    installation_place: str
    #: millimetres; None when it was not measured
    pipe_diameter: int | None
    #: at least one
    executors: tuple[Signatory, ...]
    signing: Signing
    #: page that says whether the act is genuine
    verification_url: str
    removed_meter: RemovedMeter | None = None
    photographs: tuple[Photograph, ...] = ()
    #: when the subscriber got a copy; None while it is on its way
    copy_given_on: date | None = None
    copy_given_how: Handover | None = None

    def __post_init__(self) -> None:
        if not self.executors:
            raise ValueError("an act has at least one executor")
        if self.signing.second_specialist in self.executors:
            raise ValueError("the second specialist is not one of the executors")
        if (self.copy_given_on is None) != (self.copy_given_how is None):
            raise ValueError("the day and the way of handing over the copy belong together")


@dataclass(frozen=True)
class RefusalFacts:
    """
    The reasoned refusal of an application.
    """

    organisation: Organisation
    office: str
    #: of the letter
    number: str
    decided_at: datetime
    #: 12 digits; grouped when printed
    case_number: str
    case_registered_at: datetime
    recipient: str
    subscriber_code: str
    address: str
    #: why the citizen applied
    reason: str
    #: why the utility refuses
    ground: str
    #: the rule that it rests on
    legal_ground: str
    #: as the head of office worded it; an empty line makes a new paragraph
    answer: str
    #: the head of office
    decided_by: Signatory
    #: page that says whether the letter is genuine
    verification_url: str


@dataclass(frozen=True)
class ReceiptFacts:
    """
    The receipt that the citizen keeps after applying.
    """

    organisation: Organisation
    #: empty before an office is chosen
    office: str
    #: 12 digits; grouped when printed
    case_number: str
    registered_at: datetime
    applicant: str
    subscriber_code: str
    address: str
    #: why the citizen applied
    reason: str
    #: the answer is given by then; None before the term is known
    due_at: datetime | None
    #: working days; None before the term is known
    term_days: int | None
    #: page with the state of the application
    status_url: str
    #: what happens next, a sentence each; the catalogue's own sentences when empty
    what_next: tuple[str, ...] = ()
