"""
What the utility's books hold, as typed tables on the engine's metadata.

No logic: every statement stands in the module of its book.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from engine.tables import Base


class Office(Base):
    """
    A branch of the utility. Its code is the `unit` of cases, tasks and memberships.
    """

    __tablename__ = "office"

    #: as decision tables name it, e.g. baku_center
    code: Mapped[str] = mapped_column(primary_key=True)
    #: begins the numbers of its acts and letters, e.g. MRK
    series: Mapped[str] = mapped_column(unique=True)
    name_az: Mapped[str]
    name_ru: Mapped[str]
    name_en: Mapped[str]
    address: Mapped[str] = mapped_column(default="", server_default="")
    #: as people read it; short numbers such as 955 are not E.164
    telephone: Mapped[str] = mapped_column(default="", server_default="")
    hours: Mapped[str] = mapped_column(default="", server_default="")
    parent: Mapped[str | None] = mapped_column(ForeignKey("office.code"))


class District(Base):
    """
    A district where subscribers live; its Azerbaijani name is its key, as decision tables have it.
    """

    __tablename__ = "district"

    name: Mapped[str] = mapped_column(primary_key=True)
    name_ru: Mapped[str]
    name_en: Mapped[str]
    office: Mapped[str | None] = mapped_column(ForeignKey("office.code"))


class Subscriber(Base):
    """
    Somebody who has a contract for water at one address.
    """

    __tablename__ = "subscriber"
    __table_args__ = (
        CheckConstraint("kind in ('household', 'non_household')", name="kind"),
        Index("ix_subscriber_search_key", "search_key"),
    )

    #: digits, leading zeros count
    code: Mapped[str] = mapped_column(primary_key=True)
    #: household or non_household
    kind: Mapped[str]
    name: Mapped[str]
    #: None: the register does not know it, whoever logs in may apply
    fin: Mapped[str | None]
    address: Mapped[str]
    district: Mapped[str] = mapped_column(ForeignKey("district.name"))
    #: E.164
    telephone: Mapped[str | None]
    email: Mapped[str | None]
    #: folded name and address
    search_key: Mapped[str]


class SubscriberLookUp(Base):
    """
    A person asked for a subscriber code on a day; limits how many codes one can try.
    """

    __tablename__ = "subscriber_look_up"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    #: Baku's day
    day: Mapped[date] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)


class Meter(Base):
    """
    A meter that is, or was, at a subscriber's.
    """

    __tablename__ = "meter"
    __table_args__ = (
        CheckConstraint("state in ('active', 'removed')", name="state"),
        Index(
            "uq_meter_number_active",
            "number",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index("ix_meter_subscriber_code", "subscriber_code"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str]
    make: Mapped[str]
    #: mechanical, smart_card or smart
    type: Mapped[str]
    #: DN in millimetres
    diameter: Mapped[int]
    #: active or removed
    state: Mapped[str]
    subscriber_code: Mapped[str] = mapped_column(ForeignKey("subscriber.code"))
    installed_on: Mapped[date]
    removed_on: Mapped[date | None]
    #: state verification
    verified_on: Mapped[date | None]
    next_verification_on: Mapped[date | None]


class Seal(Base):
    """
    A numbered seal; broken ones are never used again, so a number occurs once for ever.
    """

    __tablename__ = "seal"

    number: Mapped[str] = mapped_column(primary_key=True)
    meter_id: Mapped[int] = mapped_column(ForeignKey("meter.id"), index=True)


class Stock(Base):
    """
    Meters of one make, type and diameter that lie in an office's store.
    """

    __tablename__ = "stock"
    __table_args__ = (CheckConstraint("quantity >= 0", name="quantity"),)

    office: Mapped[str] = mapped_column(ForeignKey("office.code"), primary_key=True)
    #: DN in millimetres
    diameter: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    make: Mapped[str] = mapped_column(primary_key=True)
    #: mechanical, smart_card or smart
    type: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]


class StockMovement(Base):
    """
    The ledger of the stores: the sum of the quantities of a row of `stock` is its quantity.
    """

    __tablename__ = "stock_movement"
    __table_args__ = (Index("ix_stock_movement_office_diameter", "office", "diameter"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    office: Mapped[str] = mapped_column(ForeignKey("office.code"))
    diameter: Mapped[int]
    make: Mapped[str]
    type: Mapped[str]
    #: negative when meters leave the store
    quantity: Mapped[int]
    #: count (inventory) or installation
    kind: Mapped[str]
    act_id: Mapped[int | None] = mapped_column(ForeignKey("act.id"), index=True)
    at: Mapped[datetime]


class Act(Base):
    """
    A signed record that a meter was installed or registered, with its facts as they were. Never changed.
    """

    __tablename__ = "act"
    __table_args__ = (CheckConstraint("kind in ('installation', 'registration')", name="kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    #: in the office's series, e.g. MRK-2026-000123
    number: Mapped[str] = mapped_column(unique=True)
    #: installation or registration
    kind: Mapped[str]
    office: Mapped[str] = mapped_column(ForeignKey("office.code"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    document_id: Mapped[str] = mapped_column(ForeignKey("document.id"), unique=True)
    subscriber_code: Mapped[str] = mapped_column(ForeignKey("subscriber.code"), index=True)
    meter_id: Mapped[int] = mapped_column(ForeignKey("meter.id"), index=True)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ActCounter(Base):
    """
    The last number given in an office's series of one year.
    """

    __tablename__ = "act_counter"

    office: Mapped[str] = mapped_column(ForeignKey("office.code"), primary_key=True)
    #: act or refusal
    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last: Mapped[int]


class CalendarDay(Base):
    """
    A day that differs from the week's rule: Monday to Friday are worked, Saturday and Sunday are not.
    """

    __tablename__ = "calendar_day"
    __table_args__ = (CheckConstraint("kind in ('holiday', 'working')", name="kind"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    #: holiday or working
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(default="", server_default="")
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    #: None: as shipped
    changed_at: Mapped[datetime | None]


class Reason(Base):
    """
    A template reason for applying.
    """

    __tablename__ = "reason"

    code: Mapped[str] = mapped_column(primary_key=True)
    text_az: Mapped[str]
    text_ru: Mapped[str]
    text_en: Mapped[str]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class RefusalGround(Base):
    """
    A fact for which dispatcher or fitter propose a refusal.
    """

    __tablename__ = "refusal_ground"

    code: Mapped[str] = mapped_column(primary_key=True)
    text_az: Mapped[str]
    text_ru: Mapped[str]
    text_en: Mapped[str]
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class LegalGround(Base):
    """
    A rule of law that a refusal rests on, with the answer's wording to start from.
    """

    __tablename__ = "legal_ground"

    code: Mapped[str] = mapped_column(primary_key=True)
    text_az: Mapped[str]
    text_ru: Mapped[str]
    text_en: Mapped[str]
    #: words of the answer; may hold {case_number}, {address}, {ground} and {note}
    answer_az: Mapped[str]
    answer_ru: Mapped[str]
    answer_en: Mapped[str]
    #: code of the refusal ground that it usually answers
    refusal_ground: Mapped[str | None] = mapped_column(ForeignKey("refusal_ground.code"))
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class MeterMake(Base):
    """
    A make of meters that the utility installs or registers.
    """

    __tablename__ = "meter_make"

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class Diameter(Base):
    """
    A diameter of meters and pipes.
    """

    __tablename__ = "diameter"

    #: DN in millimetres
    dn: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class AdditionalMeterConfirmation(Base):
    """
    A person knew of the active meter and asked for another one.
    """

    __tablename__ = "additional_meter_confirmation"

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    subscriber_code: Mapped[str]
    at: Mapped[datetime]
    #: the warning as it was shown
    text: Mapped[str]
    release_id: Mapped[str]
