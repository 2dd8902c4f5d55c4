"""
What a person chose and typed on the pages of an intervention, and the intervention that it makes.

Names of the page's own fields hold a dot, which keys of forms can't: both come in one post.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

from flask_babel import gettext

from engine import interventions as by_hand
from engine import rights
from engine.interventions import Intervention, Standing
from engine.reading import readings as audited
from forms import Upload, display

STEP, CHOICE, PERSON, DAY = "by.step", "by.choice", "by.person", "by.day"
EXPLANATION, REASON, REVISION, ANSWERED = "by.explanation", "by.reason", "by.revision", "by.answered"
#: fields that stand above those of a form; their errors are found first
ABOVE = (CHOICE, PERSON, DAY)
#: name in addresses of what is chosen
CHOSEN = "secim"
#: kinds that concern the case as a whole
CHOSEN_ALWAYS = frozenset({rights.SUSPEND, rights.RESUME, rights.END})
#: the term, among what can be given another date
TERM = "muddet"
#: characters of what the applicant reads
LONGEST_EXPLANATION = 1000
#: hour at which a day ends, where no date says otherwise
_END_OF_DAY = time(18, 0)
_DAY = re.compile(r"\s*([0-9]{1,2})[.\s/-]+([0-9]{1,2})[.\s/-]+([0-9]{4})\s*")

#: in place of a day that could not be read
_NEVER = datetime(9999, 12, 30, tzinfo=UTC)

Name = Callable[[str], str]


@dataclass
class Wish:
    """
    What was chosen and typed so far.
    """

    #: as `choices` names it; empty: nothing yet
    choice: str = ""
    person: str = ""
    day: str = ""
    explanation: str = ""
    reason: str = ""
    revision: int = 0
    #: texts of forms, by key
    answers: dict[str, list[str]] = field(default_factory=dict)
    #: the answers were sent, if only empty ones
    sent: bool = False
    chosen: bool = False
    #: date that the chosen thing has now
    due_at: datetime | None = None
    #: files of the form, by key
    uploads: Mapping[str, Sequence[Upload]] = field(default_factory=dict)

    @property
    def token(self) -> str:
        """
        Id of the task or timer that was chosen.
        """
        return self.choice.partition(":")[0]

    @property
    def target(self) -> str:
        """
        Element that it is to come to.
        """
        return self.choice.partition(":")[2]

    def hidden(self) -> list[tuple[str, str]]:
        """
        Return what goes along with the page that confirms.
        """
        own = [(CHOICE, self.choice), (PERSON, self.person), (DAY, self.day), (EXPLANATION, self.explanation)]
        own += [(REASON, self.reason), (ANSWERED, "1" if self.sent else "")]
        return own + [(key, text) for key, texts in self.answers.items() for text in texts]


#: (value, label) of what can be chosen
Options = list[tuple[str, str]]


def choices(kind: str, standing: Standing, name: Name) -> list[tuple[str, Options]]:
    """
    Return what an intervention can concern, by where the case waits now if that makes a difference; nothing where it
    concerns the case as a whole.
    """
    if kind in (rights.SEND_BACK, rights.MOVE):
        places = [(place, place.earlier if kind == rights.SEND_BACK else place.around) for place in standing.places]
        return [
            (name(place.element), [(f"{place.id}:{target}", name(target)) for target in targets])
            for place, targets in places
            if targets
        ]
    found = _wholly(kind, standing, name)
    return [("", found)] if found else []


def _wholly(kind: str, standing: Standing, name: Name) -> Options:
    if kind == rights.CORRECT:
        return [(element, name(element)) for element in standing.answered]
    tasks = [(place.id, name(place.element)) for place in standing.places if place.is_task]
    if kind == rights.DUE:
        term = [(TERM, gettext("Müraciətin cavab müddəti"))] if standing.due_at is not None else []
        return term + [(key, gettext("Tapşırıq: %(name)s", name=label)) for key, label in tasks]
    return tasks if kind in (rights.SKIP, rights.ON_BEHALF) else []


def chosen_words(choice: str, offered: list[tuple[str, Options]]) -> str:
    """
    Return by what a choice is called, and from where it leads if the case waits there; empty: it is not offered.
    """
    found = ((here, label) for here, options in offered for value, label in options if value == choice)
    return next((f"{here} → {label}" if here else label for here, label in found), "")


def asked(kind: str, standing: Standing, arguments: Mapping[str, str]) -> Wish:
    """
    Return what an address chooses; where there is but one choice, that.
    """
    offered = [value for _, options in choices(kind, standing, str) for value, _ in options]
    choice = arguments.get(CHOSEN, "")
    if choice not in offered:
        choice = offered[0] if len(offered) == 1 else ""
    wish = Wish(choice, chosen=bool(choice) or kind in CHOSEN_ALWAYS)
    wish.due_at = _due_of(choice, standing)
    return wish


def typed(kind: str, standing: Standing, sent: Mapping[str, str], texts: Mapping[str, Sequence[str]]) -> Wish:
    """
    Return what was posted.

    Args:
        texts: all fields, those of forms among them.
    """
    wish = asked(kind, standing, {CHOSEN: sent.get(CHOICE, "")})
    # what was chosen may be gone meanwhile: the engine says so
    wish.choice = sent.get(CHOICE, "")[:200] or wish.choice
    wish.chosen = bool(wish.choice) or kind in CHOSEN_ALWAYS
    wish.person, wish.day = sent.get(PERSON, "")[:10], sent.get(DAY, "")[:40].strip()
    wish.explanation = sent.get(EXPLANATION, "").strip()[: LONGEST_EXPLANATION + 1]
    wish.reason = " ".join(sent.get(REASON, "").split())[: audited.LONGEST_REASON + 1]
    revision = sent.get(REVISION, "")
    wish.revision = int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else 0
    wish.answers = {key: list(values) for key, values in texts.items() if not key.startswith("by.")}
    wish.sent = bool(sent.get(ANSWERED))
    return wish


def bare(kind: str, wish: Wish) -> Intervention:
    """
    Return the intervention as far as it is chosen, to ask what else it wants.
    """
    if kind == rights.CORRECT:
        return by_hand.Correct(wish.choice, wish.answers if wish.sent else {})
    if kind == rights.SKIP:
        return by_hand.Skip(wish.token, wish.answers)
    if kind == rights.ON_BEHALF:
        return by_hand.OnBehalf(wish.token, int(wish.person or 0), wish.answers, wish.uploads)
    if kind == rights.SEND_BACK:
        return by_hand.SendBack(wish.token, wish.target, wish.answers)
    if kind == rights.MOVE:
        return by_hand.Move(wish.token, wish.target, wish.answers)
    if kind == rights.DUE:
        return by_hand.ChangeDue(None if wish.choice == TERM else wish.token, _moment(wish) or _NEVER)
    if kind == rights.END:
        return by_hand.End(wish.explanation)
    return by_hand.Suspend() if kind == rights.SUSPEND else by_hand.Resume()


def intervention(kind: str, wish: Wish) -> tuple[Intervention | None, dict[str, str]]:
    """
    Return the intervention, or for every field that is wrong a sentence.
    """
    errors: dict[str, str] = {}
    if not wish.chosen:
        return None, {CHOICE: gettext("Siyahıdan birini seçin")}
    if kind == rights.ON_BEHALF and not (wish.person.isascii() and wish.person.isdigit() and len(wish.person) < 10):
        errors[PERSON] = gettext("Kimin adından icra edildiyini seçin")
    if kind == rights.DUE and _moment(wish) is None:
        errors[DAY] = gettext("Tarixi gün, ay və il ilə yazın, məsələn, 27.11.2026")
    if kind == rights.END:
        _judge_text(errors, EXPLANATION, wish.explanation, LONGEST_EXPLANATION, gettext("Abonent üçün izahatı yazın"))
    _judge_text(errors, REASON, wish.reason, audited.LONGEST_REASON, gettext("Səbəbi yazın"))
    return (None, errors) if errors else (bare(kind, wish), {})


def _judge_text(errors: dict[str, str], key: str, text: str, most: int, wanted: str) -> None:
    least = audited.SHORTEST_REASON
    if len(text) < least:
        errors[key] = gettext("%(wanted)s: ən azı %(count)s işarə", wanted=wanted, count=least)
    elif len(text) > most:
        errors[key] = gettext("Mətn %(count)s işarədən uzundur. Qısaldın", count=most)


def _due_of(choice: str, standing: Standing) -> datetime | None:
    if choice == TERM:
        return standing.due_at
    return next((place.due_at for place in standing.places if place.id == choice), None)


def _moment(wish: Wish) -> datetime | None:
    """The end of the day that was typed: at the hour at which the date ends now."""
    found = _DAY.fullmatch(wish.day)
    if found is None:
        return None
    hour = wish.due_at.astimezone(display.PLACE).time() if wish.due_at is not None else _END_OF_DAY
    day, month, year = map(int, found.groups())
    try:
        return datetime(year, month, day, hour.hour, hour.minute, hour.second, tzinfo=display.PLACE).astimezone(UTC)
    except ValueError:
        return None
