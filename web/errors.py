"""
What people read when something does not go: one table from the engine's errors and HTTP's to a status and sentences.

Sentences say what happened, whether anything is lost and what to do next; no technical word is among them.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, g, render_template
from flask_babel import lazy_gettext as _l
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, SecurityError

from engine import errors
from engine.settings import Settings

log = logging.getLogger("web.errors")


@dataclass(frozen=True)
class Page:
    """
    One error page.
    """

    status: int
    heading: object
    sentences: tuple[object, ...]


_LOOK_AGAIN = _l("Səhifəni yenidən açın və yoxlayın.")
_NOTHING_LOST = _l("Daxil etdiyiniz məlumatlar itməyib.")
_BROKEN = Page(
    500,
    _l("Nasazlıq baş verdi"),
    (
        _l("Bu əməliyyatı yerinə yetirmək mümkün olmadı. Əvvəl göndərdiyiniz məlumatlar itməyib."),
        _l(
            "Bir qədər sonra yenidən cəhd edin. "
            "Nasazlıq davam edərsə, 955 nömrəsinə zəng edin və aşağıdakı nömrəni deyin."
        ),
    ),
)
_STOPPED = Page(
    500,
    _l("Müraciət bu addımda dayandı"),
    (
        _l("Addım yerinə yetirilmədi və heç nə dəyişmədi. Əməkdaşımıza xəbər verildi."),
        _l("Bir qədər sonra yenidən cəhd edin və ya 955 nömrəsinə zəng edib aşağıdakı nömrəni deyin."),
    ),
)
_STOPPED_AT_WORK = Page(
    500,
    _STOPPED.heading,
    (
        _l("Addım yerinə yetirilmədi və heç nə dəyişmədi. Yazdıqlarınız qaralamada saxlanılıb."),
        _l(
            "Operatorlar bunu «Nasazlıqlar» siyahısında görür. Onlar düzəldəndən sonra tapşırığı yenidən açıb göndərin."
        ),
    ),
)
_UNAVAILABLE = Page(
    503,
    _l("Xidmət müvəqqəti işləmir"),
    (_l("Məlumatlarınız itməyib."), _l("Bir neçə dəqiqə sonra yenidən cəhd edin.")),
)
_NOT_FOUND = Page(
    404,
    _l("Səhifə tapılmadı"),
    (
        _l("Ünvanı əl ilə yazmısınızsa, düzgün olduğunu yoxlayın."),
        _l("Müraciət başqa şəxsə məxsusdursa, o da burada göstərilmir."),
    ),
)
_NOT_ALLOWED = Page(
    403,
    _l("Bu əməliyyata icazə yoxdur"),
    (
        _l("Səhifə sizin üçün nəzərdə tutulmayıb və ya çox əvvəl açılıb."),
        _l("Səhifəni yenidən açın. Lazım olarsa, yenidən daxil olun."),
    ),
)

ENGINE_PAGES: Mapping[type[errors.EngineError], Page] = {
    errors.EngineError: _BROKEN,
    errors.NotFound: _NOT_FOUND,
    errors.Refused: Page(409, _l("Bunu etmək mümkün olmadı"), (_NOTHING_LOST, _LOOK_AGAIN)),
    errors.NotYourTask: Page(
        403,
        _l("Bu tapşırıq sizin üçün deyil"),
        (_l("Tapşırığı başqa əməkdaş, başqa idarə və ya başqa vəzifəli şəxs icra edir."),),
    ),
    errors.TaskAlreadyDone: Page(
        409,
        _l("Bu tapşırıq artıq icra edilib"),
        (_l("Yazdıqlarınız göndərilmədi. Onlar aşağıdadır, köçürüb saxlaya bilərsiniz."),),
    ),
    errors.CaseChangedMeanwhile: Page(
        409,
        _l("Müraciət bu arada dəyişib"),
        (_l("Sizinlə eyni vaxtda başqa bir addım atılıb. Sizin addımınız yerinə yetirilmədi."), _LOOK_AGAIN),
    ),
    errors.FormOutdated: Page(
        409,
        _l("Forma yenilənib"),
        (_l("Səhifə formanın əvvəlki variantı ilə açılmışdı. Yeni formanı açın və cavablarınızı yoxlayıb göndərin."),),
    ),
    errors.CaseSuspended: Page(
        409,
        _l("Müraciət müvəqqəti dayandırılıb"),
        (
            _l("Tapşırıqlar müraciət davam etdirildikdən sonra icra edilə bilər."),
            _l("Yazdıqlarınız göndərilmədi. Onlar aşağıdadır, köçürüb saxlaya bilərsiniz."),
        ),
    ),
    errors.InterventionRefused: Page(409, _l("Bunu etmək mümkün olmadı"), (_l("Heç nə dəyişmədi."), _LOOK_AGAIN)),
    errors.AnswersRefused: Page(422, _l("Cavablarda səhv var"), (_l("Geri qayıdın və cavabları düzəldin."),)),
    errors.NoteMissing: Page(
        422, _l("Buraxılışın qeydi yoxdur"), (_l("Buraxılışın nə üçün olduğunu bir cümlə ilə yazın."),)
    ),
    errors.DraftOutdated: Page(
        409,
        _l("Buraxılış bu arada dəyişib"),
        (
            _l("Dəyişdirdiyiniz fayl sizdən sonra başqa buraxılışda da dəyişib. Qaralamanız itməyib."),
            _l("Qaralamanı açın, yeni mətnlə müqayisə edin və yenidən saxlayın."),
        ),
    ),
    errors.SecondPersonNeeded: Page(
        409,
        _l("İkinci şəxsin təsdiqi lazımdır"),
        (_l("Buraxılışı təklif edən onu özü təsdiqləyə bilməz. Başqa analitikdən və ya idarə rəisindən xahiş edin."),),
    ),
    errors.ReleaseRefused: Page(422, _l("Proses qəbul edilmədi"), (_l("Prosesin faylları yoxlamadan keçmədi."),)),
    errors.CannotGoOn: _STOPPED,
    errors.StepFailed: _STOPPED,
    errors.Stuck: _STOPPED,
    errors.StepBudgetSpent: _STOPPED,
    errors.StateUnreadable: _STOPPED,
    errors.TryAgain: _UNAVAILABLE,
    errors.LeftToOthers: _UNAVAILABLE,
    errors.StateNewer: Page(
        503,
        _l("Xidmət yenilənir"),
        (_l("Məlumatlarınız itməyib."), _l("Bir neçə dəqiqə sonra yenidən cəhd edin.")),
    ),
}

HTTP_PAGES: Mapping[int, Page] = {
    400: Page(400, _l("Sorğu anlaşılmadı"), (_l("Səhifəni yenidən açın və bir daha cəhd edin."),)),
    403: _NOT_ALLOWED,
    404: _NOT_FOUND,
    405: Page(
        405,
        _l("Bu səhifəni belə açmaq olmur"),
        (_l("Ünvan yalnız formanı göndərmək üçündür. Baş səhifədən başlayın."),),
    ),
    409: Page(409, _l("Bunu etmək mümkün olmadı"), (_NOTHING_LOST, _LOOK_AGAIN)),
    413: Page(
        413,
        _l("Göndərilən məlumat çox böyükdür"),
        (
            _l("Heç nə saxlanılmadı və heç nə göndərilmədi."),
            _l("Brauzerdə geri qayıdın və mətni qısaldın. Hər fayl ən çoxu 7 MB ola bilər."),
        ),
    ),
    422: Page(422, _l("Cavablarda səhv var"), (_l("Geri qayıdın və cavabları düzəldin."),)),
    429: Page(429, _l("Həddindən artıq cəhd edildi"), (_l("Biraz sonra yenidən cəhd edin."),)),
    500: _BROKEN,
    503: _UNAVAILABLE,
}

TOO_MANY_LOG_INS = Page(
    429,
    _l("Həddindən artıq uğursuz giriş cəhdi"),
    (_l("Hesabı qorumaq üçün giriş müvəqqəti dayandırılıb. Biraz sonra yenidən cəhd edin."),),
)


def error_page(page: Page, *, incident: str | None = None, again_at: datetime | None = None) -> tuple[str, int]:
    """
    Return the page and its status.
    """
    text = render_template("errors/page.html", page=page, incident=incident, again_at=again_at)
    return text, page.status


def page_of(error: errors.EngineError) -> Page:
    """
    Return the page of an engine's error: its own class's, else its nearest ancestor's.
    """
    return next(ENGINE_PAGES[kind] for kind in type(error).__mro__ if kind in ENGINE_PAGES)


def new_incident() -> str:
    """
    Return a number by which a log line is found again, `1234-5678`.
    """
    digits = f"{secrets.randbelow(10**8):08}"
    return f"{digits[:4]}-{digits[4:]}"


def on_engine_error(error: errors.EngineError) -> tuple[str, int]:
    """
    Answer what no view caught.
    """
    page = page_of(error)
    if page.status < 500:
        return error_page(page)
    if page is _STOPPED and (actor := g.get("actor")) is not None and actor.is_staff:
        page = _STOPPED_AT_WORK
    incident = new_incident()
    about = {"incident": incident, "code": error.code, "element": getattr(error, "element", None)}
    log.error("a request failed", extra=about, exc_info=error)
    return error_page(page, incident=incident)


def on_http_error(error: HTTPException) -> object:
    """
    Answer HTTP's own errors; redirects pass.
    """
    if error.response is not None or error.code is None or error.code < 400:
        return error
    if isinstance(error, SecurityError):
        # The request names a host that is not ours: no page of ours has an address there.
        return str(HTTP_PAGES[400].heading), 400, {"Content-Type": "text/plain; charset=utf-8"}
    if error.code == 403:
        actor = g.get("actor")
        log.info("refused", extra={"person": actor.person_id if actor else None})
    page = HTTP_PAGES.get(error.code) or HTTP_PAGES[500 if error.code >= 500 else 400]
    text, _ = error_page(page)
    headers = [(name, value) for name, value in error.get_headers() if name not in {"Content-Type", "Content-Length"}]
    return text, error.code, headers


def on_database_error(error: OperationalError) -> tuple[str, int]:
    """
    Answer while the database can't be reached.
    """
    incident = new_incident()
    log.error("the database is away", extra={"incident": incident, "code": type(error.orig).__name__})
    return error_page(_UNAVAILABLE, incident=incident)


def on_any_error(error: Exception) -> tuple[str, int]:
    """
    Answer what nobody foresaw, with a number that leads to the log line.
    """
    incident = new_incident()
    log.error("a request failed", extra={"incident": incident}, exc_info=error)
    return error_page(_BROKEN, incident=incident)


def init_app(app: Flask, _settings: Settings) -> None:
    """
    Register the handlers.
    """
    app.register_error_handler(errors.EngineError, on_engine_error)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(OperationalError, on_database_error)
    app.register_error_handler(Exception, on_any_error)
