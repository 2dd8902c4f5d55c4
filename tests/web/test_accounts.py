"""
The operator's commands for accounts: sessions ended at once, a lost second factor forgotten.
"""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from tests.support.site import Site
from web import second_factor
from web.command import main
from web.login import bindings
from web.tables import SecondFactor, TelephoneBinding


def _run(here: Site, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str]:
    monkeypatch.setenv("SAYGAC_DEMO", "1")
    monkeypatch.setenv("SAYGAC_FOLDER", str(here.installation.folder))
    monkeypatch.setenv("SAYGAC_DATABASE_URL", here.installation.database.url.render_as_string(hide_password=False))
    done = CliRunner().invoke(main, arguments)
    return done.exit_code, done.output


def test_logging_out_an_account_ends_its_sessions_and_nobody_elses(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browsers = [here.browser(name) for name in ("citizen", "citizen", "dispatcher")]
    assert _run(here, monkeypatch, "log-out", "citizen") == (0, "Sessions ended: 2.\n")
    assert [browser.client.get("/kabinet").status_code for browser in browsers] == [303, 303, 200]


def test_a_forgotten_factor_is_asked_for_no_more(here: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = here.browser("dispatcher")
    person = here.people["dispatcher"].person_id
    with here.installation.database.step() as connection:
        second_factor.add(connection, person, "code", "", b"x", here.clock.now())
        second_factor.new_recovery_codes(connection, person)
    assert _run(here, monkeypatch, "forget-second-factor", "dispatcher")[0] == 0
    assert not here.installation.rows(SecondFactor)
    assert browser.client.get("/kabinet").status_code == 303
    assert here.browser("dispatcher").url == "/novbe"


@pytest.mark.parametrize("command", ["log-out", "forget-second-factor"])
def test_an_account_that_is_none_is_named(here: Site, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    code, said = _run(here, monkeypatch, command, "nobody")
    assert code == 1 and "There is no account nobody." in said


def test_a_telephone_that_changed_hands_is_forgotten_however_it_is_written(
    here: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with here.installation.database.step() as connection:
        assert bindings.bind(connection, "+994502000001", "000001", "1111111", here.clock.now())
    code, said = _run(here, monkeypatch, "forget-telephone", "050 200 00 01", "000002")
    assert code == 1 and "Nobody has logged in" in said
    assert _run(here, monkeypatch, "forget-telephone", "050 200 00 01", "000 001")[0] == 0
    assert not here.installation.rows(TelephoneBinding)
    for wrong in (("12", "000001"), ("050 200 00 01", "1")):
        assert _run(here, monkeypatch, "forget-telephone", *wrong)[0] == 2
