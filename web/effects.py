"""
What an intervention would do, in sentences: the lines of its preview.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask_babel import gettext, ngettext

from engine.interventions import Effect, Shown
from engine.releases import Release
from web import names, texts

Name = Callable[[str], str]


@dataclass(frozen=True)
class Part:
    """
    One thing that becomes different.
    """

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Told:
    """
    An effect in words.
    """

    parts: tuple[Part, ...]
    #: what the applicant sees now and then; equal if nothing changes for them
    before: tuple[str, str]
    after: tuple[str, str]
    what_next: str
    #: sentences about the case
    notes: tuple[str, ...]


def told(effect: Effect, release: Release, name: Name) -> Told:
    """
    Put an effect into the reader's words.

    Args:
        name: of an element.
    """
    parts = (
        Part(
            gettext("Bağlanacaq tapşırıqlar"), tuple(_held(name(spot.element), spot.holder) for spot in effect.closes)
        ),
        Part(gettext("Açılacaq tapşırıqlar"), tuple(_due(name(spot.element), spot.due_at) for spot in effect.opens)),
        Part(
            gettext("Müddəti dəyişən tapşırıqlar"),
            tuple(f"{name(was.element)}: {_day(was.due_at)} → {_day(now.due_at)}" for was, now in effect.moved_dates),
        ),
        Part(gettext("Ləğv ediləcək taymerlər"), tuple(name(spot.element) for spot in effect.timers_go)),
        Part(
            gettext("Başlayacaq taymerlər"),
            tuple(f"{name(spot.element)}: {texts.moment(spot.due_at)}" for spot in effect.timers_come),
        ),
        Part(
            gettext("Yeni müddətlə birlikdə köçən taymerlər"),
            tuple(
                f"{name(was.element)}: {texts.moment(was.due_at)} → {texts.moment(now.due_at)}"
                for was, now in effect.timers_follow
            ),
        ),
        Part(
            gettext("Müddətlə birlikdə köçməyən taymerlər: öz vaxtında işləyəcək"),
            tuple(f"{name(spot.element)}: {texts.moment(spot.due_at)}" for spot in effect.timers_stay),
        ),
        Part(
            gettext("Göndəriləcək məktublar və fon işləri"),
            tuple(names.letter_name(work.letter) if work.letter else names.job_name(work.kind) for work in effect.work),
        ),
        Part(
            gettext("Əvvəlki cavabla artıq qərar verilmiş addımlar: onlar dəyişmir"),
            tuple(name(element) for element in effect.decided),
        ),
    )
    assert effect.before is not None and effect.after is not None
    return Told(
        tuple(part for part in parts if part.lines),
        _status(effect.before, release),
        _status(effect.after, release),
        _sentence(effect.after, release) if effect.after != effect.before else "",
        tuple(_notes(effect)),
    )


def _notes(effect: Effect) -> list[str]:
    assert effect.before is not None and effect.after is not None
    found = []
    if effect.unreadable:
        found.append(
            gettext(
                "Saxlanılan vəziyyət oxunmur, ona görə müraciət onsuz yekunlaşır: "
                "açıq tapşırıqlar, taymerlər və gözlənilən mesajlar bağlanır."
            )
        )
    if effect.doubtful:
        found.append(
            gettext(
                "Abonentin oxuduğu status bu addıma uyğun olmaya bilər: buraya müxtəlif yollarla gəlinir. "
                "Aşağıda yoxlayın; uyğun deyilsə, öz statusu olan əvvəlki addımı seçin."
            )
        )
    if effect.after.suspended and not effect.before.suspended:
        found.append(
            gettext(
                "Tapşırıqlar açıq qalacaq, amma icra edilə bilməyəcək. Taymerlər gözləyəcək. "
                "Artıq tapşırılmış məktublar göndəriləcək. Cavab müddəti dayanmır."
            )
        )
    if effect.before.suspended and not effect.after.suspended and not effect.after.closed:
        found.append(
            gettext("Tapşırıqlar yenidən icra edilə biləcək. Bu arada vaxtı çatmış taymerlər bir dəfə işləyəcək.")
        )
    if effect.after.closed:
        found.append(gettext("Müraciət yekunlaşacaq. Bunu geri qaytarmaq olmaz."))
    if effect.after.due_at != effect.before.due_at:
        before, after = _day(effect.before.due_at), _day(effect.after.due_at)
        found.append(gettext("Cavab müddəti: %(before)s → %(after)s", before=before, after=after))
    if effect.settled:
        found.append(
            ngettext(
                "Həll olunmuş sayılacaq: %(num)d nasazlıq", "Həll olunmuş sayılacaq: %(num)d nasazlıq", effect.settled
            )
        )
    return found


def _status(shown: Shown, release: Release) -> tuple[str, str]:
    return release.translate(shown.status, texts.language()) if shown.status else "", shown.tone


def _sentence(shown: Shown, release: Release) -> str:
    if shown.suspended:
        return gettext("Müraciətə baxılması müvəqqəti dayandırılıb.")
    text = release.translate(shown.what_next, texts.language()) if shown.what_next else ""
    return text.replace("{term}", _day(shown.due_at))


def _held(name: str, holder: str) -> str:
    return gettext("%(name)s (icra edir: %(holder)s)", name=name, holder=holder) if holder else name


def _due(name: str, due_at: object) -> str:
    return gettext("%(name)s (müddət: %(day)s)", name=name, day=texts.day(due_at)) if due_at else name  # type: ignore[arg-type]


def _day(due_at: object) -> str:
    return texts.day(due_at) if due_at else "–"  # type: ignore[arg-type]
