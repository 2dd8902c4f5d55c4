"""
Shows any process: one request, one engine call, one template.
"""

from __future__ import annotations

from flask import Flask

from engine.settings import Settings
from web import bodies, errors, facets, navigation, readings, security, sessions, simulation, statics, texts, tracking
from web.blueprints import BLUEPRINTS
from web.compiled import TEMPLATES
from web.services import Services, build


def create_app(settings: Settings, services: Services | None = None) -> Flask:
    """
    Put the pages together.

    Args:
        settings: of this installation.
        services: what the pages call; built from `settings` when not given.
    """
    app = Flask(__name__, static_folder=None)
    app.request_class = bodies.Request
    app.extensions["saygac"] = services or build(settings)
    app.jinja_options = {"autoescape": True, "bytecode_cache": TEMPLATES}
    for part in (tracking, simulation, statics, texts, facets, sessions, security, readings, navigation, errors):
        part.init_app(app, settings)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
