"""
What may leave the house: letters and files for those who may read them, and proof that a letter is genuine.

The bytes lie elsewhere (`engine.storage.files`); here is only who may have them.
"""

from __future__ import annotations

from sqlalchemy import Connection, or_, select

from engine.errors import NotFound
from engine.operations import Actor
from engine.reading.lines import GenuineLetter, Letter, StoredFile
from engine.rights import casework_units
from engine.sight import may_read
from engine.tables import Case, Document, File


def document(connection: Connection, document_id: str, actor: Actor) -> Letter:
    """
    Return a letter that this person may read. One statement.

    Raises:
        NotFound: there is none, or it is not for this person.
    """
    row = connection.execute(
        select(
            Document.id,
            Document.kind,
            Document.number,
            Document.language,
            Document.created_at,
            Case.id.label("case_id"),
            Case.number.label("case_number"),
            (Case.applicant_id == actor.applicant_id).label("own"),
            File.id.label("file_id"),
            File.name,
            File.type,
            File.size,
        )
        .join(Case, Case.id == Document.case_id)
        .outerjoin(File, File.id == Document.file_id)
        .where(Document.id == document_id, may_read(actor))
    ).first()
    if row is None:
        raise NotFound
    stored = StoredFile(row.file_id, row.name, row.type, row.size) if row.file_id else None
    told = (row.id, row.kind, row.number, row.language, row.created_at, row.case_id, row.case_number)
    return Letter(*told, file=stored, own=row.own)


def stored_file(connection: Connection, file_id: str, actor: Actor) -> StoredFile:
    """
    Return an uploaded file: the person's own, or one of a case that they work on. One statement.

    Raises:
        NotFound: there is none, or it is not for this person.
    """
    units = casework_units(actor)
    works_on = Case.unit.is_not(None) if "*" in units else Case.unit.in_(sorted(units))
    own = or_(File.owner_id == actor.person_id, Case.applicant_id == actor.applicant_id)
    row = connection.execute(
        select(File.id, File.name, File.type, File.size, File.case_id, own.label("own"))
        .outerjoin(Case, Case.id == File.case_id)
        .where(File.id == file_id, or_(File.owner_id == actor.person_id, works_on))
    ).first()
    if row is None:
        raise NotFound
    return StoredFile(row.id, row.name, row.type, row.size, row.case_id, bool(row.own))


def genuine(connection: Connection, document_id: str) -> GenuineLetter | None:
    """
    Return what anybody who holds a letter may have confirmed, None if there is no such letter. One statement.
    """
    row = connection.execute(
        select(Document.id, Document.kind, Document.number, Document.created_at, Document.facts, Case.unit)
        .join(Case, Case.id == Document.case_id)
        .where(Document.id == document_id)
    ).first()
    if row is None:
        return None
    return GenuineLetter(row.id, row.kind, row.number, row.created_at, row.unit, row.facts)
