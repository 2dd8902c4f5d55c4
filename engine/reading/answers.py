"""
The answers to the forms of a case, in words; masked for those who may not read them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, literal_column, select

from engine.operations import Actor, CaseFacts, Look, Operations
from engine.reading import masking
from engine.reading.history import is_by_applicant, known_name
from engine.reading.lines import (
    Answer,
    AnsweredForm,
)
from engine.reading.words import Words
from engine.storage import data
from engine.tables import Person, Submission
from forms import Form, SummaryRow


class Sources:
    """
    What the sources offer for choices, each asked once.
    """

    def __init__(
        self,
        connection: Connection,
        operations: Operations | None,
        now: datetime | None,
        case: Row[Any],
        actor: Actor,
    ) -> None:
        self._connection = connection
        self._sources = operations.sources if operations is not None and now is not None else {}
        self._now = now or case.opened_at
        self._case = case
        self._actor = actor
        self._found: dict[str, Sequence[object]] = {}

    def of(self, form: Form, answers: Mapping[str, Any]) -> Mapping[str, Sequence[object]]:
        """
        Return what the form's answered choices were chosen from, by source.
        """
        wanted = {field.choices.source for field in form.fields if field.is_choice and answers.get(field.key)}
        for name in sorted(wanted & self._sources.keys() - self._found.keys()):
            self._found[name] = self._sources[name](self._look(answers))
        return self._found

    def _look(self, answers: Mapping[str, Any]) -> Look:
        case = self._case
        facts = CaseFacts(
            case.id,
            case.number,
            case.process,
            case.unit,
            case.applicant_id,
            case.language,
            case.opened_at,
            case.due_at,
            case.facets,
        )
        return Look(self._connection, self._now, facts, self._actor, answers, answers, language=self._actor.language)


def answers_of(connection: Connection, case: Row[Any], words: Words, sources: Sources) -> tuple[AnsweredForm, ...]:
    rows = connection.execute(
        select(
            Submission.element,
            Submission.answers,
            Submission.given_at,
            Submission.given_by,
            Person.given_name,
            Person.surname,
        )
        .outerjoin(Person, Person.id == Submission.given_by)
        .where(Submission.case_id == case.id, literal_column("submission.superseded = false"))
        .order_by(Submission.given_at, Submission.task_id)
    ).all()
    forms = words.release.forms
    return tuple(_answered(row, forms[row.element], case, words, sources) for row in rows if row.element in forms)


def _answered(row: Row[Any], form: Form, case: Row[Any], words: Words, sources: Sources) -> AnsweredForm:
    by_applicant = is_by_applicant(row.given_by, "submitted", row.element, case, words)
    return AnsweredForm(
        element=row.element,
        title=words.name(row.element),
        given_at=row.given_at,
        given_by=known_name(row, case, by_applicant=by_applicant),
        by_applicant=by_applicant,
        rows=_rows(form, data.load(row.answers), words, sources, masked=not case.readable),
    )


def _rows(
    form: Form, answers: Mapping[str, Any], words: Words, sources: Sources, *, masked: bool
) -> tuple[Answer, ...]:
    said = form.summary(answers, sources.of(form, answers), words)
    if masked:
        kinds = {field.key: field.kind for field in form.fields}
        return tuple(_masked_row(row, answers[row.key], kinds.get(row.key) or "") for row in said)
    uploads = {field.key for field in form.fields if field.control == "filepicker"}
    return tuple(_row(row, answers[row.key], row.key in uploads) for row in said)


def _masked_row(said: SummaryRow, value: Any, kind: str) -> Answer:
    mask = masking.KINDS.get(kind)
    if mask is None or not isinstance(value, str) or not value:
        return Answer(said.key, said.label, "", hidden=True)
    return Answer(said.key, said.label, mask(value))


def _row(said: SummaryRow, value: Any, is_upload: bool) -> Answer:
    return Answer(said.key, said.label, said.value_text, tuple(value or ()) if is_upload else ())
