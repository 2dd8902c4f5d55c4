"""
What holds for every request and answer: sizes, hosts, proofs that a form is ours, and headers.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request
from markupsafe import Markup
from werkzeug.middleware.proxy_fix import ProxyFix

from engine.settings import Settings
from web import sessions

PAGE_BYTES = 64 * 1024
#: views that take long texts and files
TASK_ENDPOINTS = frozenset({"tasks.submit", "tasks.part", "interventions.act", "letters.save", "letters.save_words"})
#: names of the form's own fields
FIELD = "csrf"
VISITOR_COOKIE = "ziyaret"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With no-referrer browsers would send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def csrf_token() -> str:
    """
    Return the token of this session, or of this visitor who has not logged in.
    """
    if g.session is not None:
        token: str = g.session.csrf
        return token
    return _visitor_token(_visitor() or _new_visitor())


def csrf() -> Markup:
    """
    Return the hidden field that every form with `method="post"` needs.
    """
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, csrf_token())


def check_request() -> None:
    """
    Refuse bodies that are too large and forms that are not ours.
    """
    if request.endpoint in TASK_ENDPOINTS and (g.session or g.late_session) is not None:
        request.take_task()
    if request.method in {"GET", "HEAD", "OPTIONS"} or request.endpoint is None:
        return
    if not _same_origin() or not _token_fits():
        abort(403)


def _same_origin() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None and site not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    return origin is None or urlsplit(origin).netloc == request.host


def _token_fits() -> bool:
    posted = request.form.get(FIELD, "")
    session = g.session or g.late_session
    if session is not None and hmac.compare_digest(posted.encode(), session.csrf.encode()):
        return True
    visitor = _visitor()
    return visitor is not None and hmac.compare_digest(posted.encode(), _visitor_token(visitor).encode())


def _visitor() -> str | None:
    return request.cookies.get(sessions.cookie_name(VISITOR_COOKIE)) or g.get("new_visitor")


def _new_visitor() -> str:
    g.new_visitor = secrets.token_urlsafe(32)
    return g.new_visitor


def _visitor_token(visitor: str) -> str:
    return hashlib.sha256(b"csrf:" + visitor.encode()).hexdigest()


def finish(response: Response) -> Response:
    """
    Set the headers that every answer has; pages of a person are never stored.
    """
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if g.get("secure_cookies"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "statics.file":
        response.headers.setdefault("Cache-Control", "no-store")
        response.vary.add("Cookie")
    if visitor := g.get("new_visitor"):
        sessions.set_cookie(response, VISITOR_COOKIE, visitor)
    return response


def init_app(app: Flask, settings: Settings) -> None:
    """
    Guard every request and dress every answer.
    """
    app.config["MAX_CONTENT_LENGTH"] = PAGE_BYTES
    app.config["TRUSTED_HOSTS"] = list(settings.trusted_hosts) or None
    app.before_request(check_request)
    app.after_request(finish)
    app.jinja_env.globals.update(csrf=csrf)
    if settings.proxies:
        count = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]
