"""
The card in a real browser: it shows its certificate to our own TLS host, with JavaScript and without.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.served import served
from tests.support.ways import free_port, simulated, town

pytestmark = pytest.mark.browser


@dataclass(frozen=True)
class Place:
    """
    Where the browser goes, and the certificates that it may have.
    """

    main: str
    card_host: str
    certificates: Path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    pki, port, card_port = tmp_path_factory.mktemp("simulator"), free_port(), free_port()
    card_host = f"https://localhost:{card_port}"
    with (
        simulated(pki, card_port) as desk,
        town(
            desk,
            pki,
            tmp_path_factory.mktemp("here"),
            "one",
            BASE_URL=f"http://127.0.0.1:{port}",
            CARD_URL=card_host,
        ) as made,
        served(made.site.app, port) as main,
    ):
        yield Place(main, card_host, pki)


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize(
    ("card", "heading"),
    [
        ("citizen-card-good.pem", ""),
        ("citizen-card-revoked.pem", "Sertifikatınız ləğv edilib"),
        ("citizen-card-expired.pem", "Sertifikatınızın müddəti bitib"),
        ("citizen-card-stranger.pem", "Kimliyinizi təsdiq edən mərkəz tanınmır"),
        ("", "Sertifikat seçilmədi"),
    ],
)
def test_the_browser_shows_its_certificate_and_comes_back(
    place: Place, chromium: Browser, card: str, heading: str, javascript: bool
) -> None:
    shown = {"origin": place.card_host, "certPath": place.certificates / card, "keyPath": place.certificates / card}
    context = chromium.new_context(
        base_url=place.main,
        java_script_enabled=javascript,
        ignore_https_errors=True,
        client_certificates=[shown] if card else [],  # type: ignore[list-item]
    )
    page = context.new_page()
    page.goto("/giris/e-imza")
    page.get_by_role("button", name="Davam et").click()
    page.wait_for_url(f"{place.main}/**")
    if card == "citizen-card-good.pem":
        expect(page).to_have_url(f"{place.main}/kabinet")
    else:
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert "code=" not in page.url
    context.close()
