"""
Facts of invented people, from which an analyst sees what a letter will look like. Nobody's data is among them.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

from processes.letters.facts import (
    ActFacts,
    Meter,
    Organisation,
    Photograph,
    ReceiptFacts,
    RefusalFacts,
    RemovedMeter,
    Signatory,
    Signing,
)

_NUMBER = "483177209155"
_OFFICE = "Nəsimi rayon Sukanal idarəsi"
_PERSON = "Əliyeva Günel İlqar qızı"
_ADDRESS = "Bakı şəhəri, Nəsimi rayonu, Şıxəli Qurbanov küçəsi 14, mənzil 27"
_REGISTERED = datetime(2026, 10, 20, 6, 31, tzinfo=UTC)
_GENUINE = "https://saygac.example/sened/5f3c"


def act(organisation: Organisation) -> ActFacts:
    """
    Return the act of an installation in which every part of the paper is printed.
    """
    return ActFacts(
        kind="installation",
        organisation=organisation,
        office=_OFFICE,
        number="NSM-2026-000417",
        drawn_up_at=datetime(2026, 11, 2, 10, 5, tzinfo=UTC),
        case_number=_NUMBER,
        case_registered_at=_REGISTERED,
        subscriber_code="1000000001",
        subscriber=_PERSON,
        address=_ADDRESS,
        connection_address="Bakı şəhəri, 66 saylı quyu",
        meter=Meter(
            make="Baylan",
            type="smart_card",
            number="BY 20264471",
            diameter=15,
            seal_numbers=("P-0048121", "P-0048122"),
            initial_reading=Decimal("12.5"),
            verified_on=date(2026, 8, 12),
            next_verification_on=date(2030, 8, 12),
        ),
        installation_place="Mətbəx, giriş kranından sonra",
        pipe_diameter=20,
        executors=(Signatory("Məmmədov Rəşad Əli oğlu", "Usta"), Signatory("İsmayılov Çingiz Vaqif oğlu", "Usta")),
        signing=Signing("representative", "Əliyev İlqar Həsən oğlu", "etibarnamə № 12"),
        verification_url=_GENUINE,
        removed_meter=RemovedMeter("TK-99812", Decimal("1234.567"), "Müddəti bitib"),
        photographs=(Photograph("sayğac.jpg", "a3f1" * 16), Photograph("plomb.jpg", "b7c2" * 16)),
        copy_given_on=date(2026, 11, 4),
        copy_given_how="in_person",
    )


def refusal(organisation: Organisation) -> RefusalFacts:
    """
    Return a reasoned refusal.
    """
    return RefusalFacts(
        organisation=organisation,
        office=_OFFICE,
        number="NSM-R-2026-000031",
        decided_at=datetime(2026, 11, 3, 10, 5, tzinfo=UTC),
        case_number=_NUMBER,
        case_registered_at=_REGISTERED,
        recipient=_PERSON,
        subscriber_code="1000000001",
        address=_ADDRESS,
        reason="Sayğacım yoxdur",
        ground="Su xətti yararlı deyil",
        legal_ground="«Sudan istifadə Qaydaları», 6.5-ci bənd",
        answer="Boru korroziyaya uğrayıb.\n\nBorunu dəyişdirin, sonra yenidən müraciət edin.",
        decided_by=Signatory("Quliyev Əhəd Məhərrəm oğlu", "İdarə rəisi"),
        verification_url=_GENUINE,
    )


def receipt(organisation: Organisation) -> ReceiptFacts:
    """
    Return a receipt.
    """
    return ReceiptFacts(
        organisation=organisation,
        office=_OFFICE,
        case_number=_NUMBER,
        registered_at=_REGISTERED,
        applicant=_PERSON,
        subscriber_code="1000000001",
        address=_ADDRESS,
        reason="Sayğacım yoxdur",
        due_at=datetime(2026, 11, 11, 14, 0, tzinfo=UTC),
        term_days=15,
        status_url=f"https://saygac.example/muraciet/{_NUMBER}",
    )
