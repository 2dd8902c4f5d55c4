"""
The service navigation: which links the header offers to whom.

Links to pages that an installation does not have are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, current_app, g, request, url_for
from flask_babel import lazy_gettext as _l

from engine import rights
from engine.settings import Settings
from web.services import home_url


@dataclass(frozen=True)
class Link:
    """
    One link of the header.
    """

    endpoint: str
    text: object
    #: who sees it: "citizen", "cases" (staff for whom there are any), a role, or who may do a work of `engine.rights`
    who: tuple[str, ...]
    #: endpoints on which the link is marked, besides its own and those of its blueprint
    marks: tuple[str, ...] = ()


LINKS = (
    Link("citizen.home", _l("Şəxsi kabinet"), ("citizen",)),
    Link("citizen.applications", _l("Müraciətlərim"), ("citizen",), ("citizen.status", "citizen.confirmation")),
    Link("inbox.page", _l("Tapşırıqlar"), ("cases",), ("tasks.show", "tasks.submit")),
    Link("letters.page", _l("Məktublar"), (rights.LETTERS,)),
    Link("lists.page", _l("Siyahılar"), (rights.LISTS,)),
    Link("operator.health", _l("Nəzarət"), (rights.INCIDENTS,), ("telephones.page", "telephones.forget")),
)


def links() -> list[dict[str, object]]:
    """
    Return the header's links for whoever asks, as the service navigation's items.
    """
    return [
        {"href": url_for(link.endpoint), "text": link.text, "active": _is_here(link)}
        for link in LINKS
        if link.endpoint in current_app.view_functions and _sees(link)
    ]


def _sees(link: Link) -> bool:
    if g.actor is None:
        return False
    if "citizen" in link.who:
        return not g.actor.is_staff
    if "cases" in link.who:
        return g.actor.is_staff and not rights.sees_figures_only(g.actor)
    return g.actor.is_staff and any(g.actor.holds(who) or rights.may(g.actor, who) for who in link.who)


def _is_here(link: Link) -> bool:
    here = request.endpoint or ""
    own = link.endpoint if link.endpoint.startswith("citizen.") else link.endpoint.split(".")[0] + "."
    return here == own or here in link.marks or (own.endswith(".") and here.startswith(own))


def init_app(app: Flask, _settings: Settings) -> None:
    """
    Give templates `navigation_links` and `home_url`.
    """
    app.jinja_env.globals.update(navigation_links=links, home_url=home_url)
