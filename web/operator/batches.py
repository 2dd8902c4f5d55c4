"""
Bulk work and moves to other releases: how far each is, letting one rest and go on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from flask import abort, g, render_template, request, url_for
from flask_babel import gettext

from engine import rights
from engine.errors import NotFound
from engine.operating import batches
from web import names
from web.access import may
from web.exporting import Cell, export
from web.operator import sifting
from web.operator.acting import Guide, Subject, guided
from web.operator.sifting import blueprint
from web.services import services

#: of each of the two lists on one page
SHOWN = 20
#: argument of the address with the place in the list of moves
MOVES = "kocurme"
#: word in the address: True lets the batch rest
DEEDS = {"saxla": True, "davam": False}


@blueprint.get("/toplu-isler")
@may(rights.INCIDENTS)
def batches_page() -> Any:
    """
    List bulk work with how far it is.
    """
    with services().database.read() as connection:
        bulk = batches.batches(connection, request.args.get(sifting.CURSOR), limit=SHOWN)
        moves = batches.moves(connection, request.args.get(MOVES), limit=SHOWN)
    return render_template(
        "operator/batches.html",
        batches=[(row, names.batch_name(row.kind)) for row in bulk.rows],
        moves=[(row, sifting.process_name(row.to_release)) for row in moves.rows],
        following={name: _older(name, page.next_cursor) for name, page in ((sifting.CURSOR, bulk), (MOVES, moves))},
        first=url_for("operator.batches_page") if {sifting.CURSOR, MOVES} & set(request.args) else "",
        may_steer=rights.may(g.actor, rights.INCIDENTS, "*"),
        outcome=request.args.get("netice"),
    )


def _older(name: str, cursor: str | None) -> str:
    """The address at which one of the two lists goes on and the other stays where it is."""
    places = {key: request.args[key] for key in (sifting.CURSOR, MOVES) if key in request.args}
    return url_for("operator.batches_page", **{**places, name: cursor}) if cursor else ""


@blueprint.get("/toplu-isler/siyahi.<ending>")
@may(rights.INCIDENTS)
def batches_file(ending: str) -> Any:
    """
    Hand both lists out as one file.
    """

    def rows() -> Iterator[list[Cell]]:
        for row in sifting.whole(lambda connection, cursor, limit: batches.batches(connection, cursor, limit=limit)):
            about = names.code_name(row.payload["code"]) if "code" in row.payload else ""
            counts = (row.total, row.done, row.failed)
            yield [names.batch_name(row.kind), about, *counts, row.created_at, row.person, row.finished_at]
        for row in sifting.whole(lambda connection, cursor, limit: batches.moves(connection, cursor, limit=limit)):
            about = f"{sifting.process_name(row.to_release)}: {row.note}" if row.note else ""
            counts = (row.total, row.moved, row.refused)
            yield [gettext("Başqa buraxılışa köçürmə"), about, *counts, row.created_at, row.person, None]

    heads = (
        gettext("Toplu iş"),
        gettext("Nə barədə"),
        gettext("Cəmi"),
        gettext("Edilib"),
        gettext("Alınmayıb"),
        gettext("Başlanıb"),
        gettext("Kim"),
        gettext("Bitib"),
    )
    return export(ending, "toplu-isler", heads, rows())


@blueprint.route("/toplu-isler/<int:batch_id>/<word>", methods=["GET", "POST"])
@may(rights.INCIDENTS)
def steer_batch(batch_id: int, word: str) -> Any:
    """
    Let a batch rest, or go on, for a reason.
    """
    if word not in DEEDS:
        abort(404)
    here, rest = services(), DEEDS[word]
    with here.database.read() as connection:
        row = batches.batch(connection, batch_id)
    if row is None:
        raise NotFound
    said = (
        gettext("İndiki hissə bitir, növbətisi başlamır. Görülənlər qalır, qalanlar siz davam etdirənədək gözləyir.")
        if rest
        else gettext("Qalan müraciətlər dayandığı yerdən davam edir.")
    )
    title = gettext("Toplu işi saxla") if rest else gettext("Toplu işi davam etdir")
    subject = Subject(names.batch_name(row.kind), f"{row.done + row.failed} / {row.total}")
    return _steered(word, title, said, subject, partial(batches.steer, here.database, batch_id))


@blueprint.route("/toplu-isler/kocurme/<int:move_id>/<word>", methods=["GET", "POST"])
@may(rights.INCIDENTS)
def steer_move(move_id: int, word: str) -> Any:
    """
    Let a move of cases rest, or go on in the background, for a reason.
    """
    if word not in DEEDS:
        abort(404)
    here, rest = services(), DEEDS[word]
    with here.database.read() as connection:
        row = batches.move(connection, move_id)
    if row is None:
        raise NotFound
    said = (
        gettext("Köçürülənlər köçürülmüş qalır, qalanlar siz davam etdirənədək gözləyir.")
        if rest
        else gettext("Qalan müraciətlər arxa planda köçürülür, gedişi burada görünür.")
    )
    title = gettext("Köçürməni saxla") if rest else gettext("Köçürməni davam etdir")
    subject = Subject(row.note or gettext("Başqa buraxılışa köçürmə"), f"{row.total - row.waiting} / {row.total}")
    return _steered(word, title, said, subject, partial(batches.steer_move, here.database, move_id))


def _steered(word: str, title: str, said: str, subject: Subject, steer: Callable[..., object]) -> Any:
    rest = DEEDS[word]
    guide = Guide(
        title=title,
        button=gettext("Saxla") if rest else gettext("Davam etdir"),
        effects=(said,),
        subjects=[subject],
        count=1,
        back=url_for("operator.batches_page"),
    )

    def do(reason: str) -> str:
        steer(g.actor, rest=rest, reason=reason, now=services().ports.clock.now())
        return url_for("operator.batches_page", netice=word)

    return guided(guide, do)
