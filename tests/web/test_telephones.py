"""
The operator's page for telephones that changed hands.
"""

from __future__ import annotations

import pytest

from engine.deeds import Deed
from tests.support.site import Browser, Site
from tests.web.office import open_office
from web.login import bindings
from web.tables import TelephoneBinding
from web.telephones import FORGOTTEN

TYPED = {"telephone": "050 200 00 01", "user_id": "000001", "reason": "Nömrə yeni sahibə verilib"}


@pytest.fixture
def operator(here: Site) -> Browser:
    """
    Log the operator in, when one number is bound.
    """
    with here.installation.database.step() as connection:
        bindings.bind(connection, "+994502000001", "000001", "1111111", here.clock.now())
    browser = open_office(here).browser("operator")
    browser.get("/telefonlar")
    return browser


def test_a_number_is_forgotten_with_a_reason_that_is_kept(here: Site, operator: Browser) -> None:
    operator.post("/telefonlar", TYPED)
    assert "Bağlantı silindi" in operator.words
    assert not here.installation.rows(TelephoneBinding)
    (row,) = here.installation.rows(Deed)
    assert (row.deed, row.reason, row.detail) == (FORGOTTEN, TYPED["reason"], {})


@pytest.mark.parametrize(
    ("field", "text", "sentence"),
    [
        ("telephone", "", "Mobil nömrəni daxil edin"),
        ("telephone", "055 300 00 01", "hələ heç kim daxil olmayıb"),
        ("user_id", "12", "İstifadəçi İD 6 rəqəmdən ibarətdir"),
        ("reason", "qısa", "Səbəbi yazın"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    here: Site, operator: Browser, field: str, text: str, sentence: str
) -> None:
    operator.post("/telefonlar", {**TYPED, field: text})
    assert sentence in operator.words
    assert here.installation.rows(TelephoneBinding) and not here.installation.rows(Deed)
    kept = {**TYPED, field: text}
    assert kept["reason"] in operator.text
    assert all(f'value="{kept[name]}"' in operator.text for name in ("telephone", "user_id") if kept[name])
