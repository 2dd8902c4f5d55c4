"""
What holds for every route: who may open it, proof that a form is ours, headers, sizes.
"""

from __future__ import annotations

import io

import pytest
from werkzeug.routing import IntegerConverter, Rule

from tests.support.site import Browser, Site
from web.bodies import TEXT_BYTES
from web.security import CONTENT_SECURITY_POLICY, HEADERS, PAGE_BYTES


def _routes(here: Site, method: str) -> list[tuple[str, str]]:
    adapter = here.app.url_map.bind("localhost")
    return [
        (rule.endpoint, adapter.build(rule.endpoint, {name: _value(rule, name) for name in rule.arguments}, method))
        for rule in here.app.url_map.iter_rules()
        if method in rule.methods
    ]


def _value(rule: Rule, name: str) -> object:
    """What stands in for a variable part of an address."""
    return 1 if isinstance(rule._converters[name], IntegerConverter) else "x"


def test_every_view_says_who_may_open_it(here: Site) -> None:
    silent = [name for name, view in here.app.view_functions.items() if not hasattr(view, "access")]
    assert silent == []


def test_every_post_without_proof_is_refused_for_whoever_asks(here: Site) -> None:
    browsers = [here.browser(), here.browser("citizen"), here.browser("dispatcher")]
    stranger = here.browser("stranger")
    stranger.get("/kabinet")
    posts = _routes(here, "POST")
    assert len(posts) >= 8
    for _, path in posts:
        for browser in browsers:
            for proof in ({}, {"csrf": ""}, {"csrf": "x" * 43}, {"csrf": stranger.field("csrf")}):
                assert browser.client.post(path, data=proof).status_code == 403, path


@pytest.mark.parametrize(
    "headers, status",
    [
        ({}, 303),
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Origin": "http://localhost"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_a_form_from_another_site_is_refused_even_with_proof(
    citizen: Browser, headers: dict[str, str], status: int
) -> None:
    citizen.get("/kabinet")
    page = citizen.client.post("/cixis", data={"csrf": citizen.field("csrf")}, headers=headers)
    assert page.status_code == status


def test_every_answer_has_the_headers(here: Site) -> None:
    for name in (None, "citizen", "dispatcher"):
        client = here.browser(name).client
        for _, path in [*_routes(here, "GET"), ("", "/unknown"), ("", "/cixis"), ("", "/?dil=ru")]:
            with client.get(path) as page:
                assert page.status_code < 500, path
            missing = {key for key, value in HEADERS.items() if page.headers.get(key) != value}
            assert not missing, (path, missing)
            if not path.startswith("/static/"):
                assert page.headers["Cache-Control"] == "no-store", path


def test_the_policy_allows_nothing_from_elsewhere_and_nothing_inline() -> None:
    assert CONTENT_SECURITY_POLICY.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in CONTENT_SECURITY_POLICY and "*" not in CONTENT_SECURITY_POLICY


def test_opening_pages_changes_nothing(here: Site) -> None:
    number = here.registered()
    clients = [here.browser(name).client for name in ("citizen", "dispatcher")]
    before = _state(here)
    for client in clients:
        for _, path in [*_routes(here, "GET"), ("", f"/muraciet/{number}"), ("", here.open_task("decide"))]:
            client.get(path)
    assert _state(here) == before


def _state(here: Site) -> list[tuple[str, list[object]]]:
    with here.installation.database.read() as connection:
        # Opening a page writes two things: somebody's misses, and who has read whose data.
        names = connection.exec_driver_sql(
            "select name from sqlite_master "
            "where type = 'table' and name not in ('rate_limit', 'reading') order by name"
        ).scalars()
        return [(name, connection.exec_driver_sql(f"select * from {name}").all()) for name in list(names)]


def test_too_large_a_body_is_refused_with_words(here: Site, citizen: Browser) -> None:
    for path, most in (("/giris", PAGE_BYTES), ("/cixis", PAGE_BYTES), ("/tapsiriq/x", TEXT_BYTES)):
        page = citizen.client.post(path, data={"csrf": "x", "text": "y" * (most + 1)})
        assert page.status_code == 413
        assert "7 MB" in page.text
    nobody = here.app.test_client()
    large = {"csrf": "x", "file": (io.BytesIO(b"%PDF-"), "a.pdf"), "text": "y" * (PAGE_BYTES + 1)}
    assert nobody.post("/tapsiriq/x", data=large).status_code == 413


def test_static_files_are_kept_for_a_year_under_their_hash_and_never_under_another(here: Site) -> None:
    client = here.app.test_client()
    version = here.app.extensions["saygac.static"]
    with client.get(f"/static/{version}/css/saygac.css") as page:
        kept = page.headers["Cache-Control"]
    assert "immutable" in kept and "max-age=31536000" in kept
    with client.get("/static/0123/css/saygac.css") as page:
        assert "immutable" not in page.headers["Cache-Control"]
    for wrong in ("../texts.py", "..%2ftexts.py", "css/../../texts.py", "nothing.css"):
        assert client.get(f"/static/{version}/{wrong}").status_code == 404


def test_staff_pages_are_closed_to_citizens_and_visitors(here: Site, citizen: Browser) -> None:
    staff = [
        path for endpoint, path in _routes(here, "GET") if here.app.view_functions[endpoint].access.startswith("staff")
    ]
    assert staff
    for path in staff:
        assert citizen.client.get(path).status_code == 403
        assert here.app.test_client().get(path).location.startswith("/giris?next=")
