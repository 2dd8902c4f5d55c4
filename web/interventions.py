"""
Interventions in a case, page by page: which, with what, what it will do, and only then the button that does it.

Every page works by posts alone; what was typed goes along in hidden fields. What may be done is the engine's to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, abort, g, make_response, redirect, render_template, request, url_for
from flask_babel import gettext

from engine import reading, rights
from engine.errors import AnswersRefused, CaseChangedMeanwhile, InterventionRefused
from engine.findings import say
from engine.interventions import Effect, Intervention, Interventions, Questions, Standing
from engine.reading import readings as audited
from engine.reading.lines import Dossier
from engine.releases import Release
from forms import ComponentView, FieldError, Form, FormView
from web import names, posts, readings, texts, wishes
from web.access import staff
from web.effects import told
from web.inbox import case_name
from web.services import services
from web.wishes import ANSWERED, STEP, Wish

blueprint = Blueprint("interventions", __name__)

#: name in the address -> kind
KINDS: Mapping[str, str] = {
    "dayandir": rights.SUSPEND,
    "davam": rights.RESUME,
    "duzelis": rights.CORRECT,
    "muddet": rights.DUE,
    "geri": rights.SEND_BACK,
    "otur": rights.SKIP,
    "adindan": rights.ON_BEHALF,
    "kecir": rights.MOVE,
    "xitam": rights.END,
}
_PREVIEW, _CONFIRM, _BACK = "preview", "confirm", "back"


@dataclass
class Page:
    """
    One intervention on its way through the pages.
    """

    slug: str
    kind: str
    case: Dossier
    release: Release
    standing: Standing
    wish: Wish
    #: field -> sentence
    errors: dict[str, str] = field(default_factory=dict)
    field_errors: tuple[FieldError, ...] = ()
    #: why it can't be done
    refused: str = ""
    #: True: the case changed while the preview was read
    outdated: bool = False

    def name(self, element: str) -> str:
        """
        Return the name of an element in the reader's language.
        """
        return names.element_name(self.release, element)


@blueprint.get("/is/<number>/mudaxile")
@staff()
def choose(number: str) -> Any:
    """
    Offer what this person can do to the case now.
    """
    return _choose(*_case(number))


def _choose(case: Dossier, standing: Standing) -> str:
    return render_template(
        "interventions/choose.html",
        case=case,
        name=_name(case),
        kinds=[(slug, kind) for slug, kind in _in_order() if kind in standing.kinds],
        standing=standing,
        may_mend=rights.may(g.actor, rights.INCIDENTS, case.unit),
    )


@blueprint.get("/is/<number>/mudaxile/<deed>")
@staff()
def form(number: str, deed: str) -> Any:
    """
    Ask with what it is done, and why.
    """
    page = _page(number, deed)
    page.wish = wishes.asked(page.kind, page.standing, request.args)
    return _form(page)


@blueprint.post("/is/<number>/mudaxile/<deed>")
@staff()
def act(number: str, deed: str) -> Any:
    """
    Show what it will do; or do it, once that was confirmed.
    """
    if request.form.get(STEP) == _CONFIRM and (done := _done_before(number)) is not None:
        return done
    page = _page(number, deed)
    page.wish = wishes.typed(page.kind, page.standing, request.form, posts.typed())
    step = request.form.get(STEP, "")
    if texts.choose_language():
        page = _page(number, deed, page.wish)
        step = _PREVIEW if step == _CONFIRM else _BACK
    if page.kind == rights.ON_BEHALF and posts.has_files(page.wish.answers):
        _take_files(page)
    if step == _BACK:
        return _form(page)
    made, page.errors = wishes.intervention(page.kind, page.wish)
    if page.errors and page.wish.sent and page.kind != rights.CORRECT:
        page.field_errors = page.field_errors or _mistakes(page)
    if made is None or page.errors or page.field_errors:
        return _form(page), 422
    return _do(page, made, posts.submit_key()) if step == _CONFIRM else _preview(page, made)


@dataclass(frozen=True)
class _Asking:
    """
    A form that asks for files, in its case.
    """

    form: Form
    case: Dossier


def _take_files(page: Page) -> None:
    """Keep the files of this post, and those that were kept before: the page that confirms carries their names."""
    try:
        (asked,) = _door().questions(page.case.id, g.actor, wishes.bare(page.kind, page.wish), texts.language())
    except InterventionRefused:
        return  # what was chosen is gone: whoever makes the intervention says so
    posted = posts.with_files(_Asking(asked.form, page.case), page.wish.answers)
    page.wish.answers, page.wish.uploads, page.field_errors = posted.typed, posted.uploads, posted.errors


def _mistakes(page: Page) -> tuple[FieldError, ...]:
    """What is wrong with the answers, so that it is said together with what is wrong beside them."""
    try:
        asked = _door().questions(page.case.id, g.actor, wishes.bare(page.kind, page.wish), texts.language())
    except InterventionRefused:
        return ()
    read = ((one, one.form.parse(page.wish.answers, page.wish.uploads, one.context)) for one in asked)
    return tuple(error for one, found in read for error in found.errors if one.keys is None or error.key in one.keys)


def _done_before(number: str) -> Any:
    """Lead a confirmation that came twice to what the first one did."""
    case, _ = _case(number)
    return _to_case(case) if _door().is_done(case.id, posts.submit_key()) else None


def _to_case(case: Dossier) -> Any:
    return redirect(url_for("dossier.page", number=_name(case), bildiris="mudaxile"), 303)


def _do(page: Page, made: Intervention, key: str) -> Any:
    revision = page.wish.revision
    try:
        _door().do(page.case.id, g.actor, made, reason=page.wish.reason, key=key, revision=revision)
    except CaseChangedMeanwhile:
        page.outdated = True
        return _preview(page, made)
    except (AnswersRefused, InterventionRefused) as refused:
        return _wrong(page, refused)
    return _to_case(page.case)


def _preview(page: Page, made: Intervention) -> Any:
    try:
        effect = _door().preview(page.case.id, g.actor, made, language=texts.language())
    except (AnswersRefused, InterventionRefused) as refused:
        return _wrong(page, refused)
    shown = _shown(page, effect)
    return (shown, 409) if page.outdated else shown


def _wrong(page: Page, refused: AnswersRefused | InterventionRefused) -> Any:
    if isinstance(refused, AnswersRefused):
        page.field_errors = refused.errors
        return _form(page), 422
    page.refused = say(refused.reason, texts.language())
    return _form(page), 409


def _shown(page: Page, effect: Effect) -> str:
    return render_template(
        "interventions/preview.html",
        page=page,
        case=page.case,
        name=_name(page.case),
        wish=page.wish,
        revision=effect.revision,
        key=posts.key(),
        told=told(effect, page.release, page.name),
        effect=effect,
        hidden=page.wish.hidden(),
        tokens=",".join(effect.tokens),
    )


def _form(page: Page) -> str:
    questions: Sequence[Questions] = ()
    people: list[tuple[int, str]] = []
    # the page says where hidden answers are shown: nobody has done anything wrong yet
    hidden = page.case.masked and page.kind in (rights.CORRECT, rights.ON_BEHALF)
    if page.wish.chosen and not hidden:
        try:
            questions = _door().questions(page.case.id, g.actor, wishes.bare(page.kind, page.wish), texts.language())
            if page.kind == rights.ON_BEHALF:
                people = _door().people(page.case.id, g.actor, page.wish.token)
        except InterventionRefused as refused:
            page.refused = say(refused.reason, texts.language())
            page.wish.chosen = False if page.kind not in wishes.CHOSEN_ALWAYS else page.wish.chosen
    if page.kind in (rights.CORRECT, rights.ON_BEHALF) and questions:
        readings.note(audited.CASE, page.case.id)
    views = [_view(page, one) for one in questions]
    parts = [(page.name(one.element), _rows(page.kind, one, view)) for one, view in zip(questions, views, strict=True)]
    mine = [{"text": text, "href": f"#{key}"} for key, text in page.errors.items()]
    above = sum(key in wishes.ABOVE for key in page.errors)  # the summary follows the page
    theirs = [{"text": error.text, "href": f"#{error.id}"} for view in views for error in view.errors if error.id]
    problems = mine[:above] + theirs + mine[above:]
    offered = wishes.choices(page.kind, page.standing, page.name)
    return render_template(
        "interventions/form.html",
        page=page,
        case=page.case,
        name=_name(page.case),
        wish=page.wish,
        choices=offered,
        chosen=wishes.chosen_words(page.wish.choice, offered),
        many=sum(len(options) for _, options in offered) > 1,
        people=people,
        parts=parts,
        has_files=page.kind == rights.ON_BEHALF and any(view.has_files for view in views),
        problems=problems,
        answered=ANSWERED,
    )


def _view(page: Page, one: Questions) -> FormView:
    typed = page.wish.answers if page.wish.sent else one.typed
    mine = one.form.keys if one.keys is None else one.keys
    errors = [error for error in page.field_errors if error.key in mine]
    language = texts.language()

    def translate(text: str) -> str:
        found = page.release.translate(text, language)
        return found if found != text or language == "az" else gettext(text) if text else text

    return one.form.show(one.context, typed=typed, uploads=page.wish.uploads, errors=errors, translate=translate)


def _rows(kind: str, one: Questions, view: FormView) -> list[ComponentView]:
    """What is asked; a correction keeps files as they are."""
    if one.keys is not None:
        return [row for row in _flat(view.rows) if row.key in one.keys]
    return list(view.rows) if kind == rights.ON_BEHALF else list(_without_files(view.rows))


def _without_files(rows: Sequence[ComponentView]) -> Any:
    return (row for row in rows if row.kind != "filepicker")


def _flat(rows: Sequence[ComponentView]) -> list[ComponentView]:
    found: list[ComponentView] = []
    for row in rows:
        found += _flat(row.children) if row.kind == "group" else [row]
    return found


def _page(number: str, slug: str, wish: Wish | None = None) -> Page:
    kind = KINDS.get(slug)
    if kind is None:
        abort(404)
    case, standing = _case(number)
    release = services().releases.get(case.release_id)
    page = Page(slug, kind, case, release, standing, wish or Wish())
    if kind not in standing.kinds and standing.unreadable is not None:
        abort(make_response(_choose(case, standing), 409))
    if kind not in standing.kinds:
        abort(404 if case.closed_at is None else 409)
    return page


def _case(number: str) -> tuple[Dossier, Standing]:
    here = services()
    with here.database.read() as connection:
        now = here.ports.clock.now()
        case = reading.dossier(connection, here.releases, number, g.actor, operations=here.operations, now=now)
    return case, _door().standing(case.id, g.actor)


def _door() -> Interventions:
    here = services()
    return Interventions(here.database, here.releases, here.operations, here.ports)


def _name(case: Dossier) -> str:
    return case_name(case.number, case.id)


def _in_order() -> list[tuple[str, str]]:
    slugs = {kind: slug for slug, kind in KINDS.items()}
    return [(slugs[kind], kind) for kind in rights.INTERVENTIONS]
