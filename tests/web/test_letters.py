"""
The analyst's pages of letters: words in three languages, what is refused, what it looks like, and how it is proposed.
"""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import html5lib
import pytest
from pypdf import PdfReader
from sqlalchemy import insert, select, update

from engine.settings import Settings
from engine.tables import Person, Release, ReleaseDraft, ReleaseFile
from engine.words.letters import TEXTS, URGENT
from tests.support.installation import Install
from tests.support.meters import Utility, open_utility
from tests.support.site import HASH, Browser
from web import create_app
from web.services import Services

VISIT = "/mektublar/meter_installation/visit_planned"
ACT = "/mektublar/meter_installation/cap/refusal"
LANGUAGES = ("az", "ru", "en")


class Desk:
    """
    The utility's pages with two analysts.
    """

    def __init__(self, utility: Utility) -> None:
        self.utility = utility
        self.site = utility.site
        settings = Settings.from_env({"SAYGAC_FOLDER": str(self.site.folder), "SAYGAC_DEMO": "1"})
        parts = (self.site.database, self.site.releases, self.site.cases, self.site.operations, self.site.ports)
        self.app = create_app(settings, Services(settings, *parts))
        self.analysts = [self.site.person(name, ("analyst", "*")) for name in ("analyst", "analyst2")]
        with self.site.database.step() as connection:
            connection.execute(update(Person).values(password_hash=HASH))

    def browser(self, name: str = "analyst") -> Browser:
        """
        Log an analyst in.
        """
        browser = Browser(self.app.test_client())
        browser.log_in(name)
        return browser

    def drafts(self) -> dict[str, str]:
        """
        Return path -> text of what is kept.
        """
        return {row.path: row.content.decode() for row in self.site.rows(ReleaseDraft)}

    def proposed(self) -> list[str]:
        """
        Return the ids of releases that wait for a second person.
        """
        return [row.id for row in self.site.rows(Release) if row.active_since is None]


@pytest.fixture
def desk(install_sqlite: Install) -> Desk:
    """
    Open the utility.
    """
    return Desk(open_utility(install_sqlite))


@pytest.fixture
def analyst(desk: Desk) -> Browser:
    """
    Log an analyst in.
    """
    return desk.browser()


def typed(browser: Browser, url: str = VISIT) -> dict[str, str]:
    """
    Open a page and return what its form would post.
    """
    browser.get(url)
    return typed_here(browser)


def typed_here(browser: Browser) -> dict[str, str]:
    """
    Return what the form of the page that the browser shows would post.
    """
    page = html5lib.parse(browser.text, namespaceHTMLElements=False)
    (form,) = [form for form in page.iter("form") if form.get("id") in {"letter-form", "words-form"}]
    texts = {field.get("name"): "".join(field.itertext()).removeprefix("\n") for field in form.iter("textarea")}
    lines = {field.get("name"): field.get("value") or "" for field in form.iter("input") if field.get("type") == "text"}
    return texts | lines


def test_an_analyst_begins_with_the_letters_and_is_offered_no_tasks(analyst: Browser) -> None:
    assert analyst.url == "/mektublar"
    assert "Tapşırıqlar" not in analyst.words


def test_the_list_names_every_letter_with_its_subject(analyst: Browser) -> None:
    analyst.get("/mektublar")
    for words in ("Ustanın gəliş vaxtı", "Hər məktubun altındakı yazı", "Əsaslandırılmış imtina", "Akt"):
        assert words in analyst.words
    assert "Ustanın gəlmə vaxtı təyin edildi: {case_number}" in analyst.words


def test_a_letter_is_shown_with_its_placeholders_and_a_preview_of_invented_people(desk: Desk, analyst: Browser) -> None:
    for language in LANGUAGES:
        analyst.get(f"{VISIT}?dil={language}")
        assert "{visit_window}" in analyst.text
        assert "09:00–12:00" in analyst.words
        assert "4831-7720-9155" in analyst.words
        framed = analyst.client.get(f"{VISIT}/{language}.html")
        assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
        assert "script-src" not in framed.headers["Content-Security-Policy"]
        assert "28.10.2026" in framed.text
    assert "frame-src 'self'" in analyst.page.headers["Content-Security-Policy"]
    assert desk.drafts() == {}


def test_a_changed_letter_is_a_draft_of_its_analyst_alone(desk: Desk, analyst: Browser) -> None:
    analyst.post(VISIT, typed(analyst))
    assert "Mətn qaralamada saxlanıldı" in analyst.words
    assert desk.drafts() == {}  # nothing differs
    analyst.post(VISIT, typed(analyst) | {"subject_az": "Usta gəlir: {case_number}"})
    assert list(desk.drafts()) == ["letters/mail/visit_planned.az.txt"]
    assert "Usta gəlir: 4831-7720-9155" in analyst.words
    analyst.get("/mektublar")
    assert "«visit_planned» məktubunun mövzusu dəyişdi (az)" in analyst.words
    assert "Usta gəlir" not in desk.browser("analyst2").get(VISIT).text
    analyst.get(VISIT)
    analyst.post("/mektublar/meter_installation/qaralama/at", {"letter": "visit_planned"})
    assert "buraxılışdakı mətndir" in analyst.words
    assert desk.drafts() == {}


REFUSED = [
    ("body_ru", "Текст {vizit_date}", "{vizit_date} adlı yertutan burada yoxdur"),
    ("body_az", "{% for x in y %}{{ x }}", "yalnız sabit yertutan ola bilər"),
    ("subject_en", "{name}", "{name} adlı yertutan burada yoxdur"),
    ("subject_en", "", "Birinci sətir mövzudur"),
    ("body_en", " ", "Mövzunun altında mətn yoxdur"),
    ("body_en", "Come.", "Başqa dildə olan yertutan burada yoxdur (en)"),
    ("subject_az", "x" * 121, "Sətir 120 işarədən uzundur"),
]


def test_whether_a_letter_waits_for_the_morning_is_seen_and_changed(desk: Desk, analyst: Browser) -> None:
    def words() -> dict[str, str]:
        page = html5lib.parse(analyst.text, namespaceHTMLElements=False)
        boxes = {one.get("name"): one.get("value", "") for one in page.iter("input") if one.get("type") == "text"}
        return boxes | {one.get("name"): one.text or "" for one in page.iter("textarea")}

    analyst.get(VISIT)
    assert "Gecə də göndər" in analyst.words and 'value="1" checked' not in analyst.text
    analyst.post(VISIT, {**words(), "urgent": "1"})
    assert 'value="1" checked' in analyst.text
    assert desk.drafts() == {URGENT: "meter_installed\nmeter_registered\nregistered\nvisit_planned\n"}
    analyst.get("/mektublar")
    assert "«visit_planned» məktubu indi gecə də göndərilir" in analyst.words
    analyst.get(VISIT)
    analyst.post(VISIT, words())
    assert desk.drafts() == {}
    analyst.post(VISIT, {**words(), "urgent": "1"})
    analyst.post("/mektublar/meter_installation/qaralama/at", {"letter": "visit_planned"})
    assert desk.drafts() == {}
    analyst.get("/mektublar/meter_installation/footer")
    assert "Gecə də göndər" not in analyst.words


def test_what_could_not_be_sent_is_refused_at_its_field_and_nothing_is_lost(desk: Desk, analyst: Browser) -> None:
    for field, text, sentence in REFUSED:
        sent = typed(analyst) | {"subject_ru": "Новая тема", field: text}
        assert analyst.post(VISIT, sent).status_code == 422
        assert sentence in analyst.words
        assert f'href="#{field}"' in analyst.text
        assert typed_here(analyst) == sent
        analyst.post(VISIT, sent | {"form.language": "ru"})
        assert typed_here(analyst) == sent
        analyst.get(f"{VISIT}?dil=az")
    assert desk.drafts() == {}


def test_markup_in_a_letter_is_text(analyst: Browser) -> None:
    body = typed(analyst)["body_az"] + "\n\n<script>alert(1)</script> <b>x</b>"
    analyst.post(VISIT, typed(analyst) | {"body_az": body})
    assert "<script>alert" not in analyst.text
    framed = analyst.client.get(f"{VISIT}/az.html").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in framed


def test_words_of_a_printed_letter_are_changed_in_their_place_and_printed(desk: Desk, analyst: Browser) -> None:
    analyst.post(ACT, typed(analyst, ACT) | {"title.az": "Müraciətinizə «rədd» cavabı"})
    assert "Mətn qaralamada saxlanıldı" in analyst.words
    kept = desk.drafts()[TEXTS]
    with desk.site.database.read() as connection:
        was = connection.scalar(select(ReleaseFile.content).where(ReleaseFile.path == TEXTS)).decode()
    differing = [pair for pair in zip(was.split("\n"), kept.split("\n"), strict=True) if pair[0] != pair[1]]
    assert differing == [('az = "Müraciətiniz üzrə əsaslandırılmış imtina"', 'az = "Müraciətinizə «rədd» cavabı"')]
    pdf = analyst.client.get("/mektublar/meter_installation/cap/refusal/az.pdf")
    assert pdf.mimetype == "application/pdf"
    assert "Müraciətinizə «rədd» cavabı" in PdfReader(BytesIO(pdf.data)).pages[0].extract_text()


def test_words_that_could_not_be_printed_are_refused_at_their_field(desk: Desk, analyst: Browser) -> None:
    sent = typed(analyst, ACT) | {"greeting.ru": "Здравствуйте, {recipeint}!", "ask.en": "", "title.az": "Yeni"}
    assert analyst.post(ACT, sent).status_code == 422
    assert 'href="#greeting.ru"' in analyst.text
    assert 'href="#ask.en"' in analyst.text
    assert "Yeni" in analyst.text
    assert typed_here(analyst) == sent
    assert desk.drafts() == {}


def test_a_draft_becomes_a_release_that_a_second_person_approves(desk: Desk, analyst: Browser) -> None:
    analyst.post(VISIT, typed(analyst) | {"subject_az": "Usta gəlir: {case_number}"})
    propose = "/mektublar/meter_installation/qaralama/teklif"
    analyst.get("/mektublar")
    assert analyst.post(propose, {"note": " "}).status_code == 422
    assert "Buraxılışın nə üçün olduğunu yazın" in analyst.words
    assert desk.proposed() == []
    analyst.post(propose, {"note": "Qısa mövzu"})
    (proposed,) = desk.proposed()
    assert f"Buraxılış {proposed[:12]} təklif edildi" in analyst.words
    assert "Qısa mövzu" in analyst.words
    assert desk.drafts() == {}
    before = desk.site.releases.active("meter_installation")
    assert before.letters.mail("visit_planned", "az").subject.startswith("Ustanın gəlmə")
    desk.site.clock.advance(timedelta(hours=1))
    desk.site.releases.approve(proposed, desk.analysts[1], now=desk.site.clock.now())
    active = desk.site.releases.active("meter_installation")
    assert active.letters.mail("visit_planned", "az").subject.startswith("Usta gəlir")
    assert before.id != active.id

    shipped = {
        path: content.replace(b"Usta", b"usta") for path, content in desk.site.releases.bundle(before.id).items()
    }
    desk.site.clock.advance(timedelta(hours=1))
    newer = desk.site.releases.deploy(shipped, now=desk.site.clock.now(), note="shipped")
    analyst.get("/mektublar")
    assert f"{newer.id[:12]} Proqramın yeni versiyası ilə gəlib" in analyst.words


def test_a_draft_on_words_that_have_changed_since_waits_for_its_analyst(desk: Desk, analyst: Browser) -> None:
    analyst.post(VISIT, typed(analyst) | {"subject_az": "Birinci: {case_number}"})
    other = desk.browser("analyst2")
    other.post(VISIT, typed(other) | {"subject_az": "İkinci: {case_number}"})
    other.get("/mektublar")
    other.post("/mektublar/meter_installation/qaralama/teklif", {"note": "İkinci"})
    desk.site.clock.advance(timedelta(hours=1))
    desk.site.releases.approve(desk.proposed()[0], desk.analysts[0], now=desk.site.clock.now())

    analyst.get("/mektublar")
    assert "bu arada dəyişib" in analyst.words
    answer = analyst.post("/mektublar/meter_installation/qaralama/teklif", {"note": "Birinci"})
    assert answer.status_code == 409
    assert "Qaralamanız itməyib" in analyst.words
    analyst.get(VISIT)
    assert "İkinci: {case_number}" in analyst.text
    analyst.post(VISIT, typed_here(analyst))
    analyst.get("/mektublar")
    analyst.post("/mektublar/meter_installation/qaralama/teklif", {"note": "Birinci"})
    assert len(desk.proposed()) == 1


def test_what_the_gate_refuses_stays_a_draft_and_is_told(desk: Desk, analyst: Browser) -> None:
    with desk.site.database.step() as connection:
        base = connection.scalar(select(Release.id))
        row = {"person_id": desk.analysts[0].person_id, "process": "meter_installation", "base": base}
        row |= {"path": "letters/mail/other.az.txt", "content": b"x\n\n{y}", "saved_at": desk.site.clock.now()}
        connection.execute(insert(ReleaseDraft).values(**row))
    analyst.get("/mektublar")
    answer = analyst.post("/mektublar/meter_installation/qaralama/teklif", {"note": "Yeni məktub"})
    assert answer.status_code == 422
    assert "{y} adlı yertutan burada yoxdur" in analyst.words
    assert "letters/mail/other.az.txt:3:1" in analyst.words
    assert "Yeni məktub" in analyst.text
    assert desk.proposed() == []
    assert len(desk.drafts()) == 1


NOTHING = [
    "/mektublar/nothing/registered",
    "/mektublar/meter_installation/nothing",
    "/mektublar/meter_installation/registered/de.html",
    "/mektublar/meter_installation/footer/az.html",
    "/mektublar/meter_installation/cap/nothing",
    "/mektublar/meter_installation/cap/passport/az.pdf",
]


def test_what_is_not_there_is_not_found(analyst: Browser) -> None:
    assert {url: analyst.client.get(url).status_code for url in NOTHING} == dict.fromkeys(NOTHING, 404)
