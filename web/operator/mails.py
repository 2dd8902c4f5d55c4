"""
The demonstration's mailbox: what would have been sent. No other installation has it.
"""

from __future__ import annotations

import io
from typing import Any

from flask import abort, render_template, send_file

from web import mailbox
from web.access import public
from web.operator.sifting import blueprint
from web.services import services


@blueprint.get("/numayis/poct")
@public
def mails() -> Any:
    """
    Show the demonstration's mailbox.
    """
    return render_template("operator/mails.html", mails=mailbox.messages(_mail_folder()))


@blueprint.get("/numayis/poct/<name>/<int:at>")
@public
def enclosure(name: str, at: int) -> Any:
    """
    Hand out a file that came with a message of the demonstration's mailbox.
    """
    found = mailbox.message(_mail_folder(), name)
    if found is None or at >= len(found.enclosures):
        abort(404)
    part = found.enclosures[at]
    return send_file(io.BytesIO(part.content), part.type, as_attachment=True, download_name=part.name or "file")


def _mail_folder() -> Any:
    settings = services().settings
    if not settings.demo or settings.smtp_url is not None:
        abort(404)
    return settings.mail
