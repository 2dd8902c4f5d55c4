"""
What a person may see: conditions on cases and tasks, the same in every statement that reads them.

A case belongs to its applicant and to the office in charge. Operators see that cases exist, and no personal
data; analysts see no case at all.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, and_, exists, false, or_, true

from engine.operations import Actor
from engine.tables import APPLICANT, Case, Task, TaskCandidate

#: sees every case, and no personal data
OPERATOR = "operator"
#: sees figures, never a case
ANALYST = "analyst"
#: no row has a greater id: PostgreSQL's integer ends here
LAST_ID = 2**31 - 1

#: leads of an office, who may do what was meant for certain colleagues of their role
LEADS = ("dispatcher", "head")
#: facets that name or find a person; only who may read the case sees them, and no list is narrowed by them
PERSONAL_FACETS = frozenset({"address", "subscriber"})


def casework_units(actor: Actor) -> frozenset[str]:
    """
    Return the units whose cases the person works on; "*" is every unit.
    """
    return frozenset(unit for role, unit in actor.roles if role not in {OPERATOR, ANALYST, APPLICANT})


def may_read(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Case` under which the person may read the case with its personal data.

    Those are their own cases, and the cases of the offices that they work in.
    """
    own = Case.applicant_id == actor.applicant_id
    units = casework_units(actor)
    if "*" in units:
        return or_(own, Case.unit.is_not(None))
    return or_(own, Case.unit.in_(sorted(units))) if units else own


def may_see(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Case` under which the person may see that the case exists.

    Operators see those of all the units that they look after, with personal data masked.
    """
    watched = _units_of(actor, (OPERATOR,))
    if "*" in watched:
        return true()
    return or_(may_read(actor), Case.unit.in_(sorted(watched))) if watched else may_read(actor)


def may_do(actor: Actor) -> ColumnElement[bool]:
    """
    Return the condition on `Task` under which the person may do it, unless a colleague holds it.

    They have the role in its unit, and are a candidate if it has any, or lead the office. Tasks of the applicant
    are not meant.
    """
    candidate = exists().where(TaskCandidate.task_id == Task.id)
    mine = candidate.where(TaskCandidate.person_id == actor.person_id)
    leading = _units_of(actor, LEADS)
    leads = true() if "*" in leading else Task.unit.in_(sorted(leading))
    return and_(_in_role(actor), or_(mine, ~candidate, leads) if leading else or_(mine, ~candidate))


def seen_facets(facets: Mapping[str, str], *, masked: bool) -> Mapping[str, str]:
    """
    Return what lists show of a case; `masked`: without what names or finds a person.
    """
    return {name: text for name, text in facets.items() if not masked or name not in PERSONAL_FACETS}


def _units_of(actor: Actor, roles: Collection[str]) -> frozenset[str]:
    return frozenset(unit for role, unit in actor.roles if role in roles)


def _in_role(actor: Actor) -> ColumnElement[bool]:
    everywhere = sorted(role for role, unit in actor.roles if unit == "*")
    pairs = [and_(Task.role == role, Task.unit == unit) for role, unit in sorted(actor.roles) if unit != "*"]
    if everywhere:
        pairs.append(Task.role.in_(everywhere))
    return or_(*pairs) if pairs else false()


def full_name(given_name: str | None, surname: str | None, patronymic: str = "") -> str:
    """
    Return a person's name as lists show it, surname first; nobody gives the empty text.
    """
    return " ".join(part for part in (surname, given_name, patronymic) if part)
