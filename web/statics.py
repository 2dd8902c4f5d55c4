"""
Style sheets, scripts, fonts and pictures: under an address that changes with their contents, kept for a year.

The one hash over the whole folder is part of the path, so that files may name each other by relative addresses.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, send_from_directory, url_for

from engine.settings import Settings
from web.access import public

FOLDER = Path(__file__).parent / "static"
_YEAR = 365 * 24 * 3600  # seconds

blueprint = Blueprint("statics", __name__)


def content_hash(folder: Path) -> str:
    """
    Return 16 hexadecimal digits over the names and contents of all files in `folder`.
    """
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def static_url(name: str) -> str:
    """
    Return the address of `name`, a path inside the folder of static files.
    """
    return url_for("statics.file", version=current_app.extensions["saygac.static"], name=name)


@blueprint.get("/static/<version>/<path:name>")
@public
def file(version: str, name: str) -> Response:
    """
    Send one file. A page made before an update asks with the old hash: it gets the new file, uncached.
    """
    current = version == current_app.extensions["saygac.static"]
    response = send_from_directory(FOLDER, name, max_age=_YEAR if current else 0)
    if current:
        response.cache_control.public = True
        response.cache_control.immutable = True
        response.cache_control.no_cache = None
    return response


def init_app(app: Flask, _settings: Settings) -> None:
    """
    Serve the files and give templates `static_url`.
    """
    app.extensions["saygac.static"] = content_hash(FOLDER)
    app.register_blueprint(blueprint)
    app.jinja_env.globals["static_url"] = static_url
