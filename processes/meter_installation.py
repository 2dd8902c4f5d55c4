"""
What the service tasks of `meter_installation.bpmn` do, one function each, in the step's own transaction.

Nothing is sent and nothing is printed here: letters are asked for, and `notices` makes them after the commit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import insert, select

from engine.errors import AnswersRefused
from engine.operations import Call, Fact, Look, Operations
from engine.shapes import BOOLEAN, DAY, MOMENT, NUMBER, TEXT, Shape, one_of, optional, record
from engine.tables import Case, File, Person
from forms import FieldError
from processes import papers
from processes.choices import METER_TYPES
from processes.letters import facts
from processes.registry import acts, calendar, lists, meters, offices, stock, subscribers
from processes.registry.stock import Lot
from processes.registry.subscribers import Subscriber
from processes.registry.tables import AdditionalMeterConfirmation

operations = Operations()

#: different subscriber codes that one person may try in a day
CODES_A_DAY = 10
#: working days from registration within which an application is answered at the latest
#: (Law on citizens' applications, 30 September 2015)
LONGEST_TERM = 30

ADDITIONAL_METER_WARNING = (
    "Bu abonent kodu üzrə aktiv sayğac mövcuddur. Əlavə sayğac quraşdırılmasını istəyirsinizsə, "
    "«Davam et» düyməsini sıxın."
)

operations.fact("district", Fact({"az": "Rayon", "ru": "Район", "en": "District"}))
operations.fact(
    "reason",
    Fact(
        {"az": "Müraciət səbəbi", "ru": "Причина обращения", "en": "Reason for applying"},
        words=lambda connection: [entry.texts for entry in lists.entries(connection, "reasons")],
    ),
)
# Whoever merely knows a code does not learn who lives where.
operations.fact("address", Fact({"az": "Ünvan", "ru": "Адрес", "en": "Address"}, to_applicant=False))
operations.fact(
    "subscriber",
    Fact({"az": "Abonent", "ru": "Абонент", "en": "Subscriber"}, names_applicant=True, to_applicant=False),
)


@operations.function("add working days", gives=Shape("date and time"))
def add_working_days(look: Look, moment: datetime, days: int | Decimal) -> datetime:
    """
    Return the end of the `days`-th working day after `moment`.
    """
    return calendar.after(look.connection, moment, int(days))


@operations.prolonging
def prolong(look: Look, due_at: datetime, stopped_at: datetime, now: datetime) -> datetime:
    """
    Prolong a term by the working days for which it stood still.
    """
    return calendar.prolonged(look.connection, due_at, stopped_at, now)


@operations.step(
    "look_up_subscriber",
    result=record(known=BOOLEAN, active_meter=BOOLEAN, household=optional(BOOLEAN), district=optional(TEXT)),
)
def look_up_subscriber(call: Call, *, subscriber_code: str) -> dict[str, Any]:
    """
    Ask the register for a code; unknown codes and somebody else's are alike.

    Returns:
        known, active_meter (True or False), household (True, False or None), district (None if unknown).
    """
    person = call.case.applicant_id
    day = calendar.local_day(call.now)
    if not subscribers.note_look_up(call.connection, person, day, subscriber_code, limit=CODES_A_DAY):
        raise AnswersRefused(
            {
                "subscriber_code": "Bu gün çox sayda fərqli abonent kodu yoxlamısınız. "
                "Sabah yenidən cəhd edin və ya 955 nömrəsinə zəng edin"
            }
        )
    subscriber = subscribers.find_for(call.connection, subscriber_code, person)
    if subscriber is None:
        return {"known": False, "active_meter": False, "household": None, "district": None}
    return {
        "known": True,
        "active_meter": subscriber.has_active_meter,
        "household": subscriber.kind == "household",
        "district": subscriber.district,
    }


@operations.step("note_additional_meter")
def note_additional_meter(call: Call) -> None:
    """
    Keep that the applicant knew of the active meter: who, when, and under which words.
    """
    release = select(Case.release_id).where(Case.id == call.case.id).scalar_subquery()
    call.connection.execute(
        insert(AdditionalMeterConfirmation).values(
            case_id=call.case.id,
            person_id=call.actor.person_id if call.actor else call.case.applicant_id,
            subscriber_code=call.answers["subscriber_code"],
            at=call.now,
            text=ADDITIONAL_METER_WARNING,
            release_id=release,
        )
    )


@operations.step("register_case")
def register_case(call: Call) -> None:
    """
    Give the case its number, and make it known to lists and search.
    """
    _make_known(call, call.give_number())


@operations.correction("meter_installation")
def make_known_anew(call: Call) -> None:
    """
    Let lists and search know what was put right; before the registration they know nothing.
    """
    if call.case.number is not None:
        _make_known(call, call.case.number)


@operations.ending("meter_installation")
def tell_of_the_end(call: Call) -> None:
    """
    Ask for a letter to whoever applied; who has not applied yet has no number to write about.
    """
    if call.case.number is not None:
        call.enqueue("send_letter", {"letter": "ended", "message": f"ended.{call.case.id}"}, key="ended")


def _make_known(call: Call, number: str) -> None:
    subscriber = _subscriber(call)
    telephone = str(call.answers.get("telephone") or "")
    call.describe(
        district=subscriber.district,
        reason=lists.words(call.connection, "reasons", str(call.answers.get("reason"))),
        address=subscriber.address,
        subscriber=subscriber.name,
    )
    call.find_by(
        number,
        subscriber.code,
        subscriber.name,
        subscriber.address,
        _applicant(call),
        telephone,
        # as it is dialled inside the country
        telephone.replace("+994", "0", 1),
    )


@operations.step("forward_to_office", result=record(end=MOMENT, days=NUMBER))
def forward_to_office(call: Call, *, office: str, term_days: int | Decimal) -> dict[str, Any]:
    """
    Hand the case to an office and set its term.

    Returns:
        end: ISO moment at which the term ends; days: working days.
    """
    if offices.office(call.connection, office) is None:
        raise ValueError(f"the decision names an office that is not in the register: {office}")
    end = calendar.after(call.connection, call.now, int(term_days))
    call.route(office)
    call.set_term(end)
    return {"end": end.isoformat(), "days": int(term_days)}


@operations.step("notify", letter=one_of("registered", "visit_planned", "term_extended"), letters=("{letter}",))
def notify(call: Call, *, letter: str) -> None:
    """
    Ask for a letter to the applicant; `registered` goes with the receipt.
    """
    if letter == "registered":
        _ask_for_paper(call, "receipt", None, _receipt(call), letter)
    else:
        call.enqueue("send_letter", {"letter": letter, "message": f"{letter}.{call.task_id}"}, key=letter)


@operations.step("remind", letter=one_of("assignment_late", "overdue"), letters=("{letter}",))
def remind(call: Call, *, letter: str, roles: str) -> None:
    """
    Ask for a letter to everybody of the case's office who holds one of `roles`, a comma list.
    """
    wanted = tuple(role.strip() for role in roles.split(","))
    for person in offices.workers(call.connection, _unit(call), wanted):
        if person.email:
            call.enqueue(
                "send_letter",
                {
                    "letter": letter,
                    "message": f"{letter}.{call.task_id}.{person.id}",
                    "person_id": person.id,
                },
                key=f"{letter}:{person.id}",
            )


@operations.step("extend_term", expected_date=DAY, result=record(end=MOMENT))
def extend_term(call: Call, *, expected_date: str) -> dict[str, Any]:
    """
    Extend the term to the longest that the law allows, counted from registration; it never becomes shorter.

    Returns:
        end: ISO moment at which the term ends.
    """
    longest = calendar.after(call.connection, _registered_at(call), LONGEST_TERM)
    end = max(longest, call.case.due_at or longest)
    last = calendar.local_day(end)
    _refuse(
        _Rule(
            "expected_date",
            date.fromisoformat(str(expected_date)) > last,
            "Müraciət ən geci {last} tarixinədək cavablandırılmalıdır. Daha erkən tarix yazın və ya imtina təklif edin",
            {"last": f"{last:%d.%m.%Y}"},
        )
    )
    call.set_term(end)
    return {"end": end.astimezone(calendar.BAKU).isoformat()}


@operations.step("check_term", result=record(late=BOOLEAN, until=MOMENT))
def check_term(call: Call) -> dict[str, Any]:
    """
    Tell whether the term, as it is now, has ended.

    Returns:
        late; until: ISO moment at which the term ends.
    """
    due, stopped = call.case.due_at, call.case.term_stopped_at
    if due is None:
        raise ValueError("the case has no term")
    if stopped is not None:  # it ends later than this at the earliest; then it is looked at again
        due = calendar.prolonged(call.connection, due, stopped, call.now)
        due = max(due, calendar.after(call.connection, call.now, 1))
    return {"late": call.now >= due, "until": due.astimezone(calendar.BAKU).isoformat()}


@operations.step("book_installation", letters=("meter_installed",))
def book_installation(call: Call) -> None:
    """
    Book an installation: the meter leaves the store and is active at the subscriber's; the act gets its number.

    Raises:
        AnswersRefused: the number or a seal is taken, a day or signer is impossible, the store has no such meter.
    """
    answers, subscriber, unit = call.answers, _subscriber(call), _unit(call)
    lot = Lot(int(answers["diameter"]), answers["meter_make"], answers["meter_type"])
    _refuse(*_meter_rules(call, subscriber), *_stock_rules(call, lot))
    old = answers.get("old_meter_number") if answers.get("old_meter_removed") else None
    if old:
        meters.remove(call.connection, old, subscriber.code, calendar.local_day(call.now))
    act_id = _book(call, "installation", subscriber)
    if not stock.take(call.connection, unit, lot, act_id=act_id, now=call.now):
        _refuse(*_stock_rules(call, lot))
        raise ValueError("the stock changed inside the step")


@operations.step("book_registration", letters=("meter_registered",))
def book_registration(call: Call) -> None:
    """
    Book a meter that was there already: it is active at the subscriber's, and the act gets its number.

    Raises:
        AnswersRefused: the number or a seal is taken, or a day or signer is impossible.
    """
    subscriber = _subscriber(call)
    _refuse(*_meter_rules(call, subscriber))
    _book(call, "registration", subscriber)


@operations.step("issue_refusal", letters=("refused",))
def issue_refusal(call: Call) -> None:
    """
    Give the refusal its number and freeze what it states, as the head of office decided it.
    """
    subscriber, unit, answers = _subscriber(call), _unit(call), call.answers
    number = acts.next_number(call.connection, unit, "refusal", calendar.local_day(call.now).year)
    refusal = facts.RefusalFacts(
        organisation=papers.organisation(call.case.language),
        office=_office_name(call),
        number=number,
        decided_at=call.now,
        case_number=call.case.number or "",
        case_registered_at=_registered_at(call),
        recipient=_applicant(call),
        subscriber_code=subscriber.code,
        address=subscriber.told_address,
        reason=_words(call, "reasons", "reason"),
        ground=_words(call, "refusal_grounds", "refusal_ground"),
        legal_ground=_words(call, "legal_grounds", "legal_ground"),
        answer=str(answers["answer_text"]),
        decided_by=_signatory(call, call.actor.person_id if call.actor else 0),
        verification_url="",
    )
    _ask_for_paper(call, "refusal", number, refusal, "refused")


@dataclass(frozen=True)
class _Rule:
    """
    A field, whether its answer can't be taken, and the sentence that says so.
    """

    key: str
    broken: bool
    #: in the source language; values stand at its places {name}
    sentence: str
    values: Mapping[str, str] = field(default_factory=dict)


def _refuse(*rules: _Rule) -> None:
    """
    Raise AnswersRefused if a rule is broken, with the first sentence of each field.
    """
    broken = {rule.key: rule for rule in reversed(rules) if rule.broken}
    if broken:
        raise AnswersRefused(
            {},
            [
                FieldError(rule.key, "refused", {**rule.values, "text": rule.sentence})
                for rule in reversed(broken.values())
            ],
        )


def _meter_rules(call: Call, subscriber: Subscriber) -> tuple[_Rule, ...]:
    """
    Return what the books demand of the meter and the signatures.
    """
    answers = call.answers
    return (
        *_number_rules(call, subscriber),
        *_day_rules(answers, calendar.local_day(call.now), calendar.local_day(_registered_at(call))),
        _Rule(
            "second_specialist",
            answers.get("signed_by") == "refused" and answers.get("second_specialist") in _executors(call),
            "İkinci mütəxəssis icraçılardan biri ola bilməz. Başqa əməkdaşı seçin",
        ),
    )


def _number_rules(call: Call, subscriber: Subscriber) -> tuple[_Rule, ...]:
    answers = call.answers
    number = answers["meter_number"]
    old = answers.get("old_meter_number") if answers.get("old_meter_removed") else None
    holder = meters.holder(call.connection, number)
    old_holder = meters.holder(call.connection, old) if old else None
    taken = meters.used_seals(call.connection, answers["seal_numbers"])
    return (
        _Rule(
            "meter_number",
            holder == subscriber.code,
            "Bu nömrəli sayğac bu abonentdə artıq aktivdir. Nömrəni yoxlayın",
        ),
        _Rule(
            "meter_number",
            holder is not None,
            "Bu nömrəli sayğac başqa abonentdə aktivdir. Nömrəni yoxlayın",
        ),
        _Rule(
            "old_meter_number",
            old_holder not in (None, subscriber.code),
            "Bu nömrəli sayğac başqa abonentdə aktivdir. Çıxarılan sayğacın nömrəsini yoxlayın",
        ),
        _Rule(
            "seal_numbers",
            bool(taken),
            "Bu plomb artıq istifadə olunub: {seals}. Plombun nömrəsini yoxlayın",
            {"seals": ", ".join(taken)},
        ),
    )


def _day_rules(answers: Mapping[str, Any], today: date, registered: date) -> tuple[_Rule, ...]:
    verified, again = _day(answers, "verified_on"), _day(answers, "next_verification_on")
    given = _day(answers, "copy_given_on")
    return (
        _Rule(
            "verified_on",
            verified is not None and verified > today,
            "Dövlət yoxlamasının tarixi bu gündən gec ola bilməz",
        ),
        _Rule(
            "next_verification_on",
            again is not None and again <= max(verified or today, today),
            "Sayğacın yoxlama müddəti bitib. Növbəti yoxlamanın tarixi bu gündən gec olmalıdır",
        ),
        _Rule(
            "copy_given_on",
            given is not None and not registered <= given <= today,
            "Aktın nüsxəsi {first} – {last} tarixləri arasında verilmiş olmalıdır",
            {"first": f"{registered:%d.%m.%Y}", "last": f"{today:%d.%m.%Y}"},
        ),
    )


def _stock_rules(call: Call, lot: Lot) -> tuple[_Rule, ...]:
    lines = stock.lines(call.connection, _unit(call))
    language = call.actor.language if call.actor else "az"

    def said(of: Lot) -> str:
        return f"{of.make}, {METER_TYPES[of.type][language]}, DN {of.diameter}"

    return (
        _Rule("diameter", not lines, "İdarənin anbarında heç bir sayğac yoxdur"),
        _Rule(
            "diameter",
            all(line.lot != lot for line in lines),
            "İdarənin anbarında belə sayğac yoxdur: {wanted}. Anbarda olan: {there}",
            {"wanted": said(lot), "there": "; ".join(f"{said(line.lot)} ({line.quantity})" for line in lines)},
        ),
    )


def _book(call: Call, kind: facts.ActKind, subscriber: Subscriber) -> int:
    answers, unit = call.answers, _unit(call)
    today = calendar.local_day(call.now)
    meter_id = meters.activate(
        call.connection,
        meters.NewMeter(
            number=answers["meter_number"],
            make=answers["meter_make"],
            type=answers["meter_type"],
            diameter=int(answers["diameter"]),
            subscriber_code=subscriber.code,
            installed_on=today,
            verified_on=_day(answers, "verified_on"),
            next_verification_on=_day(answers, "next_verification_on"),
            seals=tuple(answers["seal_numbers"]),
        ),
    )
    number = acts.next_number(call.connection, unit, "act", today.year)
    act = _act(call, kind, number, subscriber)
    paper = "act" if kind == "installation" else "registration"
    letter = "meter_installed" if kind == "installation" else "meter_registered"
    document_id = _ask_for_paper(call, paper, number, act, letter)
    return acts.book(
        call.connection,
        acts.NewAct(
            number=number,
            kind=kind,
            office=unit,
            case_id=call.case.id,
            document_id=document_id,
            subscriber_code=subscriber.code,
            meter_id=meter_id,
            facts=papers.freeze(act),
            made_at=call.now,
            made_by=call.actor.person_id if call.actor else None,
        ),
    )


def _act(call: Call, kind: facts.ActKind, number: str, subscriber: Subscriber) -> facts.ActFacts:
    answers = call.answers
    people = offices.person_names(call.connection, _executors(call))
    pipe = answers.get("pipe_diameter")
    return facts.ActFacts(
        kind=kind,
        organisation=papers.organisation(call.case.language),
        office=_office_name(call),
        number=number,
        drawn_up_at=call.now,
        case_number=call.case.number or "",
        case_registered_at=_registered_at(call),
        subscriber_code=subscriber.code,
        subscriber=subscriber.name,
        address=subscriber.address,
        connection_address="",
        meter=facts.Meter(
            make=answers["meter_make"],
            type=answers["meter_type"],
            number=answers["meter_number"],
            diameter=int(answers["diameter"]),
            seal_numbers=tuple(answers["seal_numbers"]),
            initial_reading=Decimal(answers["initial_reading"]),
            verified_on=date.fromisoformat(answers["verified_on"]),
            next_verification_on=date.fromisoformat(answers["next_verification_on"]),
        ),
        installation_place=str(answers.get("installation_place") or ""),
        pipe_diameter=int(pipe) if pipe else None,
        executors=tuple(facts.Signatory(*person) for person in people.values()),
        signing=_signing(call),
        verification_url="",
        removed_meter=_removed_meter(answers) if kind == "installation" else None,
        photographs=_photographs(call),
        copy_given_on=_day(answers, "copy_given_on"),
        copy_given_how=answers.get("copy_given_how") if answers.get("copy_given_on") else None,
    )


def _signing(call: Call) -> facts.Signing:
    answers = call.answers
    by = answers["signed_by"]
    if by == "representative":
        return facts.Signing(by, representative=answers["representative_name"], basis=answers["representative_basis"])
    if by == "refused":
        return facts.Signing(by, second_specialist=_signatory(call, int(answers["second_specialist"])))
    return facts.Signing(by)


def _removed_meter(answers: Mapping[str, Any]) -> facts.RemovedMeter | None:
    if not answers.get("old_meter_removed") or not answers.get("old_meter_number"):
        return None
    return facts.RemovedMeter(
        number=answers["old_meter_number"],
        last_reading=Decimal(answers.get("old_meter_reading") or 0),
        reason=str(answers.get("old_meter_reason") or ""),
    )


def _photographs(call: Call) -> tuple[facts.Photograph, ...]:
    photos = call.answers.get("photos") or ()
    ids = [photo["id"] for photo in photos]
    prints = dict(call.connection.execute(select(File.id, File.sha256).where(File.id.in_(ids))).all()) if ids else {}
    return tuple(
        facts.Photograph(photo["name"], prints.get(photo["id"], ""), photo["id"] if photo["id"] in prints else "")
        for photo in photos
    )


def _receipt(call: Call) -> facts.ReceiptFacts:
    subscriber = _subscriber(call)
    return facts.ReceiptFacts(
        organisation=papers.organisation(call.case.language),
        office=_office_name(call),
        case_number=call.case.number or "",
        registered_at=_registered_at(call),
        applicant=_applicant(call),
        subscriber_code=subscriber.code,
        address=subscriber.told_address,
        reason=_words(call, "reasons", "reason"),
        due_at=call.case.due_at,
        term_days=int(call.data["term_days"]) if call.data.get("term_days") else None,
        status_url="",
    )


def _ask_for_paper(call: Call, kind: str, number: str | None, paper: papers.Facts, letter: str) -> str:
    """
    Enter a document, and ask that it be printed and then sent with `letter`; return its id.
    """
    document_id = acts.new_document(
        call.connection,
        case_id=call.case.id,
        kind=kind,
        number=number,
        language=call.case.language,
        facts=papers.freeze(paper),
        now=call.now,
    )
    call.enqueue("render_document", {"document_id": document_id, "letter": letter}, lane="document", key=document_id)
    return document_id


def _subscriber(call: Call) -> Subscriber:
    code = str(call.answers["subscriber_code"])
    subscriber = subscribers.find(call.connection, code)
    if subscriber is None:
        raise ValueError("the case's subscriber is no longer in the register")
    return subscriber


def _unit(call: Call) -> str:
    unit = call.unit or call.case.unit
    if unit is None:
        raise ValueError("the case has no office yet: forward_to_office comes first")
    return unit


def _office_name(call: Call) -> str:
    found = offices.office(call.connection, _unit(call), call.case.language)
    return found.name if found else _unit(call)


def _registered_at(call: Call) -> datetime:
    """
    Return when the case got its number; in the step that gives it, that is now.
    """
    query = select(Case.registered_at).where(Case.id == call.case.id)
    return call.connection.execute(query).scalar_one_or_none() or call.now


def _applicant(call: Call) -> str:
    query = select(Person.given_name, Person.surname, Person.patronymic).where(Person.id == call.case.applicant_id)
    given, surname, patronymic = call.connection.execute(query).one()
    return " ".join(name for name in (surname, given, patronymic) if name)


def _words(call: Call, name: str, key: str) -> str:
    """
    Return the words of an answer that names an entry of a list, in the applicant's language.
    """
    code = call.answers.get(key)
    return lists.words(call.connection, name, str(code), call.case.language) if code else ""


def _executors(call: Call) -> tuple[int, ...]:
    """
    Return who did the work: the people assigned; or who reports, if the task was given to them in place of those.
    """
    assigned = tuple(int(person) for person in call.answers.get("executors") or ())
    if call.actor is None or call.actor.person_id in assigned:
        return assigned
    return (call.actor.person_id,)


def _signatory(call: Call, person_id: int) -> facts.Signatory:
    people = offices.person_names(call.connection, (person_id,))
    return facts.Signatory(*people[person_id])


def _day(answers: Mapping[str, Any], key: str) -> date | None:
    return date.fromisoformat(answers[key]) if answers.get(key) else None
