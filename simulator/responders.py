"""
The OCSP responder's address. Source: RFC 6960, appendix A.
"""

from __future__ import annotations

import base64
import binascii
from urllib.parse import unquote

from flask import Blueprint, Response, abort, request

from simulator.desk import desk
from simulator.ocsp import ResponderDown

blueprint = Blueprint("responders", __name__, url_prefix="/ocsp")


@blueprint.post("")
def posted() -> Response:
    """
    Answer a request in the body.
    """
    if request.mimetype != "application/ocsp-request":
        abort(415)
    return _answered(request.get_data())


@blueprint.get("/<path:text>")
def named(text: str) -> Response:
    """
    Answer a request in the address, Base64.
    """
    try:
        return _answered(base64.b64decode(unquote(text), validate=True))
    except binascii.Error:
        abort(400)


def _answered(asked: bytes) -> Response:
    try:
        answer = desk().responder.answer(asked)
    except ResponderDown:
        abort(503)
    return Response(answer, mimetype="application/ocsp-response")
