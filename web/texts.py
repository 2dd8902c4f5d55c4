"""
Words, dates and numbers as a person reads them, in the language that the person chose.

Azerbaijani is the source of every text. The language is chosen in the header and remembered in a cookie: by a link, or
on pages with a form to fill in by a button that sends the form along, so that nothing typed is lost.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from flask import Flask, Response, after_this_request, current_app, g, redirect, request
from flask_babel import Babel, gettext, refresh
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from markupsafe import Markup, escape

from engine import numbers, retelling
from engine.settings import Settings
from web.catalogues import Catalogues

#: code -> the language's own name for itself
LANGUAGES = {"az": "Azərbaycan", "ru": "Русский", "en": "English"}
BAKU = ZoneInfo("Asia/Baku")
COOKIE = "dil"
ARGUMENT = "dil"
#: field of a form whose page is wanted in another language
LANGUAGE_FIELD = "form.language"
_YEAR = 365 * 24 * 3600  # seconds


def language() -> str:
    """
    Return the language of this request: chosen, else the person's own, else Azerbaijani.
    """
    chosen = g.get("language") or request.cookies.get(COOKIE, "")
    if chosen in LANGUAGES:
        return chosen
    actor = g.get("actor")
    return actor.language if actor is not None and actor.language in LANGUAGES else "az"


def language_links() -> list[dict[str, str]]:
    """
    Return one link a language to this very page, or to the first one if this address only takes forms.
    """
    path = _own_path() if request.method == "GET" or _opens() else "/"
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != ARGUMENT]
    return [
        {"code": code, "name": name, "href": f"{path}?{urlencode([*kept, (ARGUMENT, code)])}"}
        for code, name in LANGUAGES.items()
    ]


def switch_language() -> Response | None:
    """
    Take the language that a header's link asks for, and lead back to the same page without the argument.
    """
    chosen = request.args.get(ARGUMENT)
    if chosen is None or request.method != "GET":
        return None
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != ARGUMENT]
    response = redirect(_own_path() + (f"?{urlencode(kept)}" if kept else ""), 303)
    if chosen in LANGUAGES:
        _remember(response, chosen)
    return response


def choose_language() -> bool:
    """
    Take the language that a form asks for in place of being sent; return whether it asks for one.
    """
    chosen = request.form.get(LANGUAGE_FIELD, "")
    if chosen not in LANGUAGES:
        return False
    g.language = chosen
    refresh()

    @after_this_request
    def remember(response: Response) -> Response:
        _remember(response, chosen)
        return response

    return True


def _remember(response: Response, chosen: str) -> None:
    g.switched_to = chosen
    secure = bool(g.get("secure_cookies"))
    response.set_cookie(COOKIE, chosen, max_age=_YEAR, secure=secure, httponly=True, samesite="Lax")


def day(value: datetime | date | str | None) -> str:
    """
    Return a date as `dd.MM.yyyy`, of a moment the date in Baku; nothing gives nothing.
    """
    if not value:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
    if isinstance(value, datetime):
        value = _in_baku(value)
    return f"{value:%d.%m.%Y}"


def moment(value: datetime | str | None) -> str:
    """
    Return a moment as `dd.MM.yyyy, HH:mm` in Baku; nothing gives nothing.
    """
    if not value:
        return ""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return f"{_in_baku(value):%d.%m.%Y, %H:%M}"


def machine_time(value: datetime) -> str:
    """
    Return a moment for the `datetime` attribute of `<time>`.
    """
    return _in_baku(value).isoformat(timespec="seconds")


def number(value: str | None) -> str:
    """
    Return a case number in groups of four, `4831-7720-9155`; nothing gives nothing.
    """
    return numbers.shown(value) if value else ""


def size(value: int) -> str:
    """
    Return a file's size in kB or MB, as the reader's language writes it.
    """
    if value < 1024 * 1024:
        return gettext("%(size)s kB", size=max(1, round(value / 1024)))
    megabytes = f"{value / (1024 * 1024):.1f}"
    return gettext("%(size)s MB", size=megabytes if language() == "en" else megabytes.replace(".", ","))


def lines(text: str | None) -> Markup:
    """
    Return a typed text escaped, with its line ends kept.
    """
    return Markup("<br>").join(escape(line) for line in (text or "").splitlines())


def has_page(endpoint: str) -> bool:
    """
    Tell whether this installation has the page, so that nothing leads nowhere.
    """
    return endpoint in current_app.view_functions


def _in_baku(value: datetime) -> datetime:
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(BAKU)


def _opens() -> bool:
    routes = current_app.create_url_adapter(request)
    return routes is not None and "GET" in routes.allowed_methods()


def retold(message: str) -> str:
    """
    Return what background work said of a failure in the reader's language; what nobody can say so is marked as English.
    """
    return retelling.retold(message, language()) or Markup('<span lang="en">{}</span>').format(message)


def _own_path() -> str:
    # A path such as //evil.example would lead to another host; a decoded path may hold any sign.
    return "/" + quote(request.path.lstrip("/\\"), safe="/:@!$&'()*+,;=~")


def init_app(app: Flask, settings: Settings) -> None:
    """
    Choose languages, load the component templates and register the filters.
    """
    app.config["BABEL_DEFAULT_LOCALE"] = "az"
    app.config["BABEL_DEFAULT_TIMEZONE"] = "Asia/Baku"
    Babel(app, locale_selector=language)
    app.extensions["babel"].instance.domain_instance = Catalogues()
    components = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([PackageLoader("web"), components])
    app.jinja_env.filters.update(
        day=day, moment=moment, machine_time=machine_time, number=number, size=size, lines=lines, retold=retold
    )
    app.jinja_env.globals.update(
        language=language,
        language_links=language_links,
        has_page=has_page,
        demo_mode=settings.demo,
        simulator_url=settings.simulator_url,
    )

    @app.before_request
    def note_tls() -> None:
        g.secure_cookies = settings.secure_cookies
