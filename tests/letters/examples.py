"""
Facts of invented people, with every letter of three alphabets that makes trouble.
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

ORGANISATION = Organisation(
    name="«Azərsu» Açıq Səhmdar Cəmiyyəti",
    address="AZ1012, Bakı şəhəri, Moskva prospekti 67",
    telephone="955",
    email="info@azersu.example",
    website="azersu.example",
)

FITTER = Signatory("Məmmədov Rəşad Əli oğlu", "Usta")
HEAD = Signatory("Quliyev Əhəd Məhərrəm oğlu", "Xidmət sahəsinin rəisi")

METER = Meter(
    make="Alfasu",
    type="smart_card",
    number="AF 20264471",
    diameter=15,
    seal_numbers=("P-0048121", "P-0048122"),
    initial_reading=Decimal("12.5"),
    verified_on=date(2026, 8, 12),
    next_verification_on=date(2030, 8, 12),
)

#: an hour before midnight in UTC is the next day in Baku
ACT = ActFacts(
    kind="installation",
    organisation=ORGANISATION,
    office="Nəsimi rayon Sukanal idarəsi",
    number="NSM-2026-000417",
    drawn_up_at=datetime(2026, 11, 2, 23, 5, tzinfo=UTC),
    case_number="483177209155",
    case_registered_at=datetime(2026, 10, 20, 6, 31, tzinfo=UTC),
    subscriber_code="0010000001",
    subscriber="Əliyeva Günel İlqar qızı",
    address="Bakı şəhəri, Nəsimi rayonu, Şıxəli Qurbanov küçəsi 14, mənzil 27",
    connection_address="Bakı şəhəri, 66 saylı quyu",
    meter=METER,
    installation_place="Mətbəx, giriş kranından sonra",
    pipe_diameter=20,
    executors=(FITTER, Signatory("İsmayılov Çingiz Vaqif oğlu", "Böyük usta")),
    signing=Signing("subscriber"),
    verification_url="https://saygac.example/verify/NSM-2026-000417",
    removed_meter=RemovedMeter("TK-99812", Decimal("1234.567"), "Müddəti bitib"),
    photographs=(Photograph("sayğac_ümumi.jpg", "a3f1" * 16), Photograph("plomb.jpg")),
    copy_given_on=date(2026, 11, 4),
    copy_given_how="in_person",
)

REFUSAL = RefusalFacts(
    organisation=ORGANISATION,
    office="Nəsimi rayon Sukanal idarəsi",
    number="NSM-R-2026-000031",
    decided_at=datetime(2026, 11, 3, 10, 5, tzinfo=UTC),
    case_number="483177209155",
    case_registered_at=datetime(2026, 10, 20, 6, 31, tzinfo=UTC),
    recipient="Əliyeva Günel İlqar qızı",
    subscriber_code="0010000001",
    address="Bakı şəhəri, Şıxəli Qurbanov küçəsi 14",
    reason="Sayğacım yoxdur",
    ground="Su xətti yararlı deyil",
    legal_ground="«Sudan istifadə Qaydaları», 6.5-ci bənd",
    answer="Boru korroziyaya uğrayıb.\n\nBorunu dəyişdirin.\nDN 20 olsun.",
    decided_by=HEAD,
    verification_url="https://saygac.example/verify/NSM-R-2026-000031",
)

RECEIPT = ReceiptFacts(
    organisation=ORGANISATION,
    office="Nəsimi rayon Sukanal idarəsi",
    case_number="483177209155",
    registered_at=datetime(2026, 10, 20, 6, 31, tzinfo=UTC),
    applicant="Əliyeva Günel İlqar qızı",
    subscriber_code="0010000001",
    address="Bakı şəhəri, Şıxəli Qurbanov küçəsi 14",
    reason="Sayğacım yoxdur",
    due_at=datetime(2026, 11, 11, 14, 0, tzinfo=UTC),
    term_days=15,
    status_url="https://saygac.example/cases/483177209155",
)
