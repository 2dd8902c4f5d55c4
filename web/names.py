"""
What lists call letters, background work and roles. A code that no page knows is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l

LETTERS: Mapping[str, object] = {
    "registered": _l("Qeydiyyat barədə məktub"),
    "visit_planned": _l("Gəliş vaxtı barədə məktub"),
    "term_extended": _l("Müddətin uzadılması barədə məktub"),
    "meter_installed": _l("Quraşdırma barədə məktub və akt"),
    "meter_registered": _l("Qeydiyyata alınma barədə məktub və akt"),
    "refused": _l("Əsaslandırılmış imtina məktubu"),
    "assignment_late": _l("İcraçı təyin edilməyib: xatırlatma"),
    "overdue": _l("Müddət keçib: xəbərdarlıq"),
}

JOBS: Mapping[str, object] = {
    "timer": _l("Diaqramın taymeri"),
    "start": _l("Prosesin öz-özünə başlaması"),
    "watch": _l("Unudulmuş müraciətlərin axtarışı"),
    "render_document": _l("Sənədin hazırlanması"),
    "send_letter": _l("Məktubun göndərilməsi"),
}

ROLES: Mapping[str, object] = {
    "citizen": _l("Abonent"),
    "dispatcher": _l("Dispetçer"),
    "fitter": _l("Usta"),
    "head": _l("İdarə rəisi"),
    "analyst": _l("Analitik"),
    "operator": _l("Operator"),
}


def letter_name(code: str) -> str:
    """
    Return what a kind of letter is called.
    """
    return str(LETTERS.get(code, code))


def job_name(code: str) -> str:
    """
    Return what a kind of background work is called.
    """
    return str(JOBS.get(code, code))
