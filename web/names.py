"""
What lists call letters, background work, what stops in it, and roles. A code that no page knows is shown as it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext
from flask_babel import lazy_gettext as _l

from engine.releases import Release
from web import texts

LETTERS: Mapping[str, object] = {
    "registered": _l("Qeydiyyat barədə məktub"),
    "visit_planned": _l("Gəliş vaxtı barədə məktub"),
    "term_extended": _l("Müddətin uzadılması barədə məktub"),
    "meter_installed": _l("Quraşdırma barədə məktub və akt"),
    "meter_registered": _l("Qeydiyyata alınma barədə məktub və akt"),
    "refused": _l("Əsaslandırılmış imtina məktubu"),
    "ended": _l("Müraciətə xitam verilməsi barədə məktub"),
    "assignment_late": _l("İcraçı təyin edilməyib: xatırlatma"),
    "overdue": _l("Müddət keçib: xəbərdarlıq"),
    "task_assigned": _l("Tapşırıq verildi: xəbər"),
    "task_due": _l("Tapşırığın müddəti bitir: xatırlatma"),
    "digest": _l("Günün işləri"),
}

JOBS: Mapping[str, object] = {
    "timer": _l("Diaqramın taymeri"),
    "message": _l("Mesajın alıcısının tapılması"),
    "signal": _l("Siqnalın yayılması"),
    "receive": _l("Mesajın və ya siqnalın çatdırılması"),
    "begin": _l("Mesajla və ya siqnalla başlayan proses"),
    "unclaimed": _l("Heç kimin gözləmədiyi mesaj"),
    "start": _l("Prosesin öz-özünə başlaması"),
    "watch": _l("Unudulmuş müraciətlərin axtarışı"),
    "certificates": _l("Sertifikatların yoxlanması"),
    "bulk": _l("Toplu işin bir hissəsi"),
    "purge": _l("Göndərilməmiş faylların silinməsi"),
    "render_document": _l("Sənədin hazırlanması"),
    "send_letter": _l("Məktubun göndərilməsi"),
    "tell_assigned": _l("Tapşırıq barədə xəbərin göndərilməsi"),
    "tell_due": _l("Müddət barədə xatırlatmanın göndərilməsi"),
    "send_digest": _l("Günün işlərinin göndərilməsi"),
    "morning_mail": _l("Səhər məktublarının hazırlanması"),
}

#: kinds of work that no process asks for
STANDING_JOBS = ("timer", "start", "watch", "certificates", "purge", "bulk")

LANES: Mapping[str, object] = {
    "timer": _l("Taymerlər və mesajlar"),
    "mail": _l("Məktublar"),
    "document": _l("Sənədlər"),
    "bulk": _l("Toplu işlər"),
}

JOB_STATES: Mapping[str, object] = {
    "ready": _l("Gözləyir"),
    "running": _l("İşləyir"),
    "dead": _l("Dayanıb"),
    "suspended": _l("Saxlanılıb"),
    "held": _l("Müraciətlə birlikdə saxlanılıb"),
    "finished": _l("Bitib"),
}

#: what failed
FAILING: Mapping[str, object] = {
    "step": _l("Addım"),
    "state": _l("Müraciətin vəziyyəti"),
    "case": _l("Unudulmuş müraciət"),
    "timer": _l("Taymer"),
    "mail": _l("Məktub"),
    "document": _l("Sənəd"),
    "job": _l("Fon işi"),
    "bulk": _l("Toplu iş"),
    "certificate": _l("Sertifikat"),
}

#: code of a failure -> its short name; the sentence that says what to do is the engine's
CODES: Mapping[str, object] = {
    "step_failed": _l("Addım yerinə yetirilmədi"),
    "step_budget_spent": _l("Diaqram dövrə düşüb"),
    "state_unreadable": _l("Vəziyyət oxunmur"),
    "cannot_go_on": _l("Davam etmək mümkün deyil"),
    "mail_refused": _l("Məktub rədd edildi"),
    "mail_deferred": _l("Poçt serveri məktubu götürmür"),
    "mail_uncertain": _l("Məktubun çatdığı məlum deyil"),
    "restored": _l("Bərpadan sonra yoxlanmalıdır"),
    "nobody_to_write_to": _l("Elektron poçt ünvanı yoxdur"),
    "try_again": _l("Xarici xidmət cavab vermir"),
    "job_failed": _l("Proqramda səhv"),
    "workers_lost": _l("İş prosesləri söndürür"),
    "worker_lost": _l("İşi götürən proses sındı"),
    "unknown_work": _l("Bu versiya belə işi tanımır"),
    "nobody_waits": _l("Mesajı heç kim gözləmir"),
    "waits_for_nothing": _l("Müraciət heç nə gözləmir"),
    "certificate_ends": _l("Sertifikatın müddəti bitir"),
    "certificate_unreadable": _l("Sertifikat oxunmur"),
}

#: what operators do
DEEDS: Mapping[str, object] = {
    "retried": _l("Yenidən başladıldı"),
    "retried_all": _l("Eyni səhvli hamısı yenidən başladıldı"),
    "delivered": _l("Çatdırılmış sayıldı"),
    "noted": _l("Qeyd yazıldı"),
    "job_suspended": _l("İş saxlanıldı"),
    "job_resumed": _l("İş davam etdirildi"),
    "job_cancelled": _l("İş ləğv edildi"),
    "suspended": _l("Müraciət dayandırıldı"),
    "resumed": _l("Müraciət davam etdirildi"),
    "ended": _l("Müraciətə xitam verildi"),
    "corrected": _l("Cavablar düzəldildi"),
    "skipped": _l("Tapşırıq ötürüldü"),
    "on_behalf": _l("Başqasının adından icra edildi"),
    "sent_back": _l("Geri qaytarıldı"),
    "token_moved": _l("Başqa addıma keçirildi"),
    "due_changed": _l("Müddət dəyişdirildi"),
    "batch_paused": _l("Toplu iş saxlanıldı"),
    "batch_resumed": _l("Toplu iş davam etdirildi"),
    "telephone_forgotten": _l("Telefonun bağlantısı silindi"),
    "move_paused": _l("Köçürmə saxlanıldı"),
    "move_resumed": _l("Köçürmə davam etdirildi"),
}

BATCHES: Mapping[str, object] = {
    "retry_incidents": _l("Eyni səhvli nasazlıqların yenidən başladılması"),
    "move_cases": _l("Köçürmənin davamı"),
}

ROLES: Mapping[str, object] = {
    "citizen": _l("Abonent"),
    "dispatcher": _l("Dispetçer"),
    "fitter": _l("Usta"),
    "head": _l("İdarə rəisi"),
    "analyst": _l("Analitik"),
    "operator": _l("Operator"),
}


def element_name(release: Release, element: str) -> str:
    """
    Return what a release's diagram calls an element, in the reader's language; its id where there is no name.
    """
    found = release.diagram.elements.get(element)
    return release.translate(found.name, texts.language()) if found is not None and found.name else element


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


def lane_name(code: str) -> str:
    """
    Return what a lane of background work is called.
    """
    return str(LANES.get(code, code))


def failing_name(code: str) -> str:
    """
    Return what a kind of incident is called.
    """
    return str(FAILING.get(code, code))


def code_name(code: str) -> str:
    """
    Return the short name of a failure.
    """
    return str(CODES.get(code, code))


def deed_name(code: str) -> str:
    """
    Return what an operator's deed is called.
    """
    return str(DEEDS.get(code, code))


def batch_name(code: str) -> str:
    """
    Return what a kind of bulk work is called.
    """
    return str(BATCHES.get(code, code))


def span(seconds: float) -> str:
    """
    Return how long something takes or took, in the largest unit that fits.
    """
    whole = max(0, int(seconds))
    if whole < 60:
        return gettext("%(count)s san", count=whole)
    if whole < 3600:
        return gettext("%(count)s dəq", count=whole // 60)
    if whole < 48 * 3600:
        return gettext("%(count)s saat", count=whole // 3600)
    return gettext("%(count)s gün", count=whole // 86400)
