"""
The page of any task: nothing typed is lost, a step is taken once, and everybody learns what happened.
"""

from __future__ import annotations

import io
import re
from datetime import timedelta

import html5lib
import pytest
from PIL import Image

from engine.tables import Audit, Case, Draft, File, Submission
from tests.support.installation import counted
from tests.support.site import ELSEWHERE, WARNING, Browser, Site, check_page
from web.tables import PendingPost
from web.uploads import FILE_BYTES, MOST_FILES


def _picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    into = io.BytesIO()
    Image.new("RGB", size, "teal").save(into, kind, **options)
    return into.getvalue()


def _file(content: bytes, name: str) -> tuple[io.BytesIO, str]:
    return io.BytesIO(content), name


@pytest.fixture
def staff(here: Site) -> Browser:
    """
    Stand a dispatcher before the task `decide` of a registered case.
    """
    here.registered()
    browser = here.browser("dispatcher")
    browser.get(here.open_task("decide"))
    return browser


def test_every_kind_of_page_holds_to_the_rules_and_names_the_step(here: Site, citizen: Browser) -> None:
    citizen.begin()
    assert 'inputmode="numeric"' in citizen.text
    citizen.send(code="1000 000 001")
    assert WARNING in citizen.words
    citizen.send()
    citizen.send(reason="old", email="a@example.com", notes="İkinci mərtəbə")
    for shown in ("1000000001", "Köhnə sayğac", "a@example.com", "İkinci mərtəbə"):
        assert shown in citizen.words


def test_refused_answers_come_back_with_a_summary_and_everything_typed(citizen: Browser) -> None:
    citizen.begin()
    citizen.send(code="1000000001")
    citizen.send()
    page = citizen.send(reason="none of these", email="ad.soyad", notes="<b>&\"'" + "ə" * 300)
    assert page.status_code == 422
    assert "<title>Səhv: apply" in citizen.text
    main = citizen.text.split("<main", 1)[1]
    assert main.index("Problem var") < main.index("<h1")
    for key in ("reason", "email", "notes"):
        assert f'href="#field-{key}"' in main and f'id="field-{key}"' in main
    assert 'value="ad.soyad"' in main
    assert "&lt;b&gt;&amp;&#34;&#39;" + "ə" * 300 in main


def test_an_error_at_a_field_of_another_page_is_told_without_a_link(staff: Browser) -> None:
    assert staff.send(decision="refuse", ground=ELSEWHERE).status_code == 422
    assert "<li>Kod artıq keçərli deyil</li>" in re.sub(r"\s*\n\s*", "", staff.text)
    assert 'href="#"' not in staff.text and ELSEWHERE in staff.words


def test_answers_are_changed_from_the_check_page(citizen: Browser) -> None:
    citizen.begin()
    citizen.send(code="1000000001")
    citizen.send()
    citizen.send(reason="old", email="a@example.com", notes="")
    change = re.search(r'<button[^>]*name="confirmed" value="no" formaction="([^"]+)#field-email"', citizen.text)
    assert change and change[1] == citizen.url
    assert "#field-code" not in citizen.text  # the diagram does not lead back there
    citizen.send(confirmed="no")
    assert 'value="a@example.com"' in citizen.text and "selected" in citizen.text


def test_a_field_that_a_choice_asks_for_appears_without_a_script(staff: Browser) -> None:
    assert "Əsaslandırma" not in staff.words
    assert staff.send(decision="refuse").status_code == 422
    assert "Əsaslandırma" in staff.words and 'id="field-ground"' in staff.text
    assert re.search(r'value="refuse"[^>]* checked', staff.text)
    assert staff.send(decision="refuse", ground="Su xətti yararsızdır").status_code == 200


def test_the_scripts_preview_shows_the_same_fields_and_keeps_nothing(here: Site, staff: Browser) -> None:
    before = here.installation.rows(Submission)
    data = {"csrf": staff.field("csrf"), **staff.form(decision="refuse", ground="yarımçıq")}
    page = staff.client.post(staff.url + "/hisse", data=data)
    assert page.status_code == 200
    assert 'id="field-ground"' in page.text and "yarımçıq" in page.text and "error" not in page.text
    assert here.installation.rows(Submission) == before and not here.installation.rows(Draft)


def test_a_double_click_is_one_step_and_leads_to_the_same_page(here: Site, citizen: Browser) -> None:
    citizen.begin()
    path, data = citizen.url, {"csrf": citizen.field("csrf"), **citizen.form(code="1000000001")}
    answers = {citizen.client.post(path, data=data).location for _ in range(3)}
    assert len(answers) == 1
    assert [row.event for row in here.installation.rows(Audit)].count("submitted") == 1


def test_a_registration_sent_twice_shows_one_number(here: Site, citizen: Browser) -> None:
    citizen.begin()
    citizen.send(code="1000000001")
    citizen.send()
    citizen.send(reason="old", email="a@example.com", notes="")
    path, data = citizen.url, {"csrf": citizen.field("csrf"), **citizen.form()}
    first, second = (citizen.client.post(path, data=data).location for _ in range(2))
    assert first == second and first.endswith("/qebul")
    assert len(here.installation.rows(Case)) == 1


def test_the_slower_of_two_learns_who_and_when_and_keeps_the_text(here: Site, staff: Browser) -> None:
    slower = here.browser("colleague")
    slower.get(staff.url)
    staff.send(decision="wait")
    page = slower.send(decision="refuse", ground="Uzun əsaslandırma\nikinci sətir")
    assert page.status_code == 409
    assert "dispatcher Sınaqlı" in slower.words and "23.11.2026, 10:00" in slower.words
    assert "Uzun əsaslandırma ikinci sətir" in slower.words and "Əsaslandırma" in slower.words
    assert slower.get(slower.url).status_code == 409


def test_going_back_to_a_done_task_says_that_it_is_done(citizen: Browser) -> None:
    citizen.begin()
    path = citizen.url
    citizen.send(code="1000000001")
    assert citizen.get(path).status_code == 409
    assert "siz icra etmisiniz" in citizen.words


def test_a_colleague_cant_send_what_somebody_holds(here: Site, staff: Browser) -> None:
    other = here.browser("colleague")
    other.get(staff.url)
    staff.post(staff.url + "/gotur")
    assert "Tapşırıq sizdədir" in staff.words
    page = other.send(decision="refuse", ground="itməsin")
    assert page.status_code == 403
    assert "itməsin" in other.words
    other.get(staff.url)
    assert "Tapşırığı icra edir: dispatcher Sınaqlı" in other.words
    assert 'name="form.save"' not in other.text
    staff.post(staff.url + "/qaytar")
    assert other.get(here.open_task("decide")).status_code == 200
    assert "Tapşırıq növbədədir" in other.words


@pytest.mark.parametrize("name", ["citizen", "stranger"])
@pytest.mark.parametrize("suffix", ["", "/hisse", "/gotur", "/qaytar"])
def test_others_tasks_are_not_found(here: Site, staff: Browser, name: str, suffix: str) -> None:
    browser = here.browser(name)
    browser.get("/kabinet")
    if not suffix:
        assert browser.get(staff.url).status_code == 404
    browser.get("/kabinet")
    assert browser.post(staff.url + suffix, {"decision": "wait"}).status_code == 404


def test_an_older_form_is_not_taken(staff: Browser) -> None:
    page = staff.send(**{"form.release": "0" * 64, "decision": "refuse", "ground": "itməsin"})
    assert page.status_code == 409
    assert "Forma yenilənib" in staff.words and "itməsin" in staff.words


def test_what_is_saved_for_later_is_there_later(here: Site, citizen: Browser) -> None:
    citizen.begin()
    citizen.send(code="1000000001")
    citizen.send()
    path = citizen.url
    citizen.send(**{"form.save": "1", "reason": "old", "email": "yarımçıq", "notes": "qeyd"})
    assert citizen.url == "/kabinet" and "Yazdıqlarınız saxlanıldı" in citizen.words
    later = here.browser("citizen")
    later.get("/kabinet")
    assert path in later.text
    later.get(path)
    assert 'value="yarımçıq"' in later.text and ">qeyd<" in later.text


def test_what_was_typed_when_the_session_ended_is_there_after_the_log_in(here: Site, citizen: Browser) -> None:
    citizen.begin()
    citizen.send(code="1000000001")
    citizen.send()
    path = citizen.url
    here.clock.advance(timedelta(minutes=31))
    citizen.send(reason="old", email="a@example.com", notes="uzun mətn")
    assert citizen.url == "/giris"
    assert "Sessiyanın vaxtı bitdi. Yazdıqlarınız yadda saxlanılıb." in citizen.words
    data = {"username": "citizen", "password": "uzun parol 1", "next": citizen.field("next")}
    citizen.post("/giris", data)
    assert citizen.url == path
    assert "Sessiyanın vaxtı bitdi. Yazdıqlarınız yadda saxlanılıb." in citizen.words
    assert "<p" not in citizen.words
    assert ">uzun mətn<" in citizen.text and 'value="a@example.com"' in citizen.text
    assert not here.installation.rows(PendingPost)
    assert "Sessiyanın" not in citizen.send(reason="old", email="a@example.com", notes="uzun mətn").text


def test_files_of_an_ended_session_are_kept_and_those_that_are_not_are_named(here: Site, staff: Browser) -> None:
    path = staff.url
    here.clock.advance(timedelta(hours=9))
    good, bad = _file(_picture(), "su xətti.jpg"), _file(b"MZ", "qeyd.doc")
    staff.send(decision="refuse", ground="itməsin", photos=[good, bad])
    assert staff.url == "/giris"
    staff.post("/giris", {"username": "dispatcher", "password": "uzun parol 1", "next": staff.field("next")})
    assert staff.url == path
    assert "itməsin" in staff.words and "su xətti.jpg" in staff.words
    assert "Bu fayllar əlavə edilmədi" in staff.words and "qeyd.doc" in staff.words
    kept = staff.field("form.kept.photos")
    assert staff.send(decision="wait", **{"form.kept.photos": kept}).status_code == 200
    (stored,) = here.installation.rows(File)
    assert stored.case_id is not None


def test_a_large_post_of_an_ended_session_is_kept_too(here: Site, citizen: Browser) -> None:
    citizen.begin()
    citizen.send(code="1000000001")
    citizen.send()
    here.clock.advance(timedelta(minutes=31))
    citizen.send(reason="old", email="a@example.com", notes="ə" * 15_000)
    citizen.post("/giris", {"username": "citizen", "password": "uzun parol 1", "next": citizen.field("next")})
    assert "ə" * 15_000 in citizen.text


def test_another_person_in_the_same_browser_never_sees_it(here: Site, citizen: Browser) -> None:
    citizen.begin()
    path = citizen.url
    here.clock.advance(timedelta(minutes=31))
    citizen.send(code="1000000001")
    citizen.log_in("stranger")
    assert citizen.get(path).status_code == 404
    assert not here.installation.rows(Draft)


def test_a_visitor_without_a_session_leaves_nothing(here: Site, staff: Browser) -> None:
    visitor = here.browser()
    visitor.get("/giris")
    visitor.post(staff.url, {"decision": "wait"})
    assert visitor.url == "/giris"
    assert not here.installation.rows(PendingPost)


@pytest.mark.parametrize(
    "content, name, words",
    [
        (b"", "boş.jpg", "«boş.jpg» faylı boşdur"),
        (b"MZ\x90", "virus.jpg", "«virus.jpg» faylı bu formatlardan birində olmalıdır"),
        (b"<html>", "a.pdf", "«a.pdf» faylı bu formatlardan birində olmalıdır"),
        (b"\xff\xd8\xff" + b"x" * 50, "yarım.jpg", "«yarım.jpg» faylı yüklənmədi"),
        (b"\xff\xd8\xff" + b"x" * FILE_BYTES, "böyük.jpg", "«böyük.jpg» faylı 7 MB-dan böyükdür"),
    ],
)
def test_a_file_that_cant_be_taken_is_named_and_nothing_else_is_lost(
    here: Site, staff: Browser, content: bytes, name: str, words: str
) -> None:
    good = _file(_picture(), "Əqd İş.jpg")
    page = staff.send(decision="refuse", ground="itməsin", photos=[good, _file(content, name)])
    assert page.status_code == 422
    assert words in staff.words and "itməsin" in staff.text
    (stored,) = here.installation.rows(File)
    assert stored.name == "Əqd İş.jpg" and stored.case_id is None
    kept = staff.field("form.kept.photos")
    staff.send(decision="wait", **{"form.kept.photos": kept})
    (stored,) = here.installation.rows(File)
    assert stored.case_id is not None


def test_each_wrong_file_has_its_own_words(staff: Browser) -> None:
    staff.send(decision="wait", photos=[_file(b"", "a.jpg"), _file(b"MZ", "b.jpg")])
    assert "«a.jpg» faylı boşdur" in staff.words and "«b.jpg» faylı bu formatlardan" in staff.words


def test_files_far_too_large_together_lose_nothing_that_was_typed(here: Site, staff: Browser) -> None:
    large = b"\xff\xd8\xff" + b"x" * (3 * FILE_BYTES)
    files = [_file(large, f"{n}.jpg") for n in range(3)]
    page = staff.send(decision="refuse", ground="itməsin", photos=[_file(_picture(), "kiçik.jpg"), *files])
    assert page.status_code == 422
    assert "itməsin" in staff.text and "kiçik.jpg" in staff.words
    for n in range(3):
        assert f"«{n}.jpg» faylı 7 MB-dan böyükdür" in staff.words


def test_a_text_far_too_long_is_told_and_comes_back(citizen: Browser) -> None:
    citizen.begin()
    citizen.send(code="1000000001")
    citizen.send()
    page = citizen.send(reason="old", email="a@example.com", notes="ə" * 30_000)
    assert page.status_code == 422
    assert "Qeydlər" in citizen.words and "ən çoxu 200 simvol" in citizen.words and "ə" * 30_000 in citizen.text


def test_no_file_too_many_goes_without_a_word(staff: Browser) -> None:
    files = [_file(_picture(), f"{n}.jpg") for n in range(MOST_FILES + 1)]
    assert staff.send(decision="wait", photos=files).status_code == 422
    assert "fayl əlavə edin" in staff.words


def test_saving_for_later_names_the_files_that_could_not_be_kept(staff: Browser) -> None:
    path = staff.url
    files = [_file(_picture(), "a.jpg"), _file(b"MZ", "b.doc")]
    staff.send(**{"form.save": "1", "decision": "refuse", "ground": "yarımçıq", "photos": files})
    staff.get(path)
    assert "yarımçıq" in staff.words and "a.jpg" in staff.words
    assert "Bu fayllar əlavə edilmədi" in staff.words and "b.doc" in staff.words


@pytest.mark.parametrize("language", ["ru", "en"])
def test_another_language_keeps_what_was_typed_and_what_is_wrong(here: Site, staff: Browser, language: str) -> None:
    path = staff.url
    staff.send(decision="refuse", ground="", photos=[_file(_picture(), "a.jpg")])
    kept = {"form.kept.photos": staff.field("form.kept.photos"), "form.checked": staff.field("form.checked")}
    staff.send(**kept, **{"form.language": language, "decision": "refuse", "ground": "", "notes": "x"})
    assert staff.url == path and f'<html lang="{language}"' in staff.text
    assert 'href="#field-ground"' in staff.text and "a.jpg" in staff.words
    assert re.search(r'value="refuse"[^>]* checked', staff.text)
    staff.get("/novbe")
    assert f'<html lang="{language}"' in staff.text
    assert [row.event for row in here.installation.rows(Audit)].count("submitted") == 4


def test_another_language_shows_no_errors_before_the_form_was_sent(staff: Browser) -> None:
    staff.send(**{"form.language": "en", "decision": "refuse", "ground": "half"})
    assert '<html lang="en"' in staff.text and "half" in staff.words
    assert "govuk-error-summary" not in staff.text


def test_a_text_is_made_anew_for_the_choice_and_the_rest_is_kept(here: Site, staff: Browser) -> None:
    assert 'name="form.anew" value="letter"' in staff.text
    edited = {"decision": "refuse", "ground": "itməsin", "letter": "Öz sözlərim"}
    staff.send(**edited, **{"form.anew": "letter"})
    assert staff.page is not None and staff.page.status_code == 200
    assert "Müraciətiniz icra edilmədi." in staff.words and "Öz sözlərim" not in staff.words
    assert "itməsin" in staff.words
    page = staff.send(decision="refuse", ground="itməsin", letter="Bir qədər gözləyin.")
    assert page.status_code == 422 and "mətn seçiminizə görə yeniləndi" in staff.words
    assert "Müraciətiniz icra edilmədi." in staff.words
    assert staff.send(decision="refuse", ground="itməsin", letter="Öz sözlərim").status_code == 200


def test_who_was_too_late_reads_the_own_text_in_another_language(here: Site, staff: Browser) -> None:
    slower = here.browser("colleague")
    slower.get(staff.url)
    staff.send(decision="wait")
    slower.send(decision="refuse", ground="Uzun əsaslandırma")
    again = {name: slower.field(name) for name in ("decision", "ground")}
    page = slower.post(slower.url, {**again, "form.language": "ru"})
    assert page.status_code == 409 and '<html lang="ru"' in slower.text
    assert "Uzun əsaslandırma" in slower.words


def test_enter_presses_the_forms_first_button_and_not_a_language(citizen: Browser) -> None:
    citizen.begin()
    page = html5lib.parse(citizen.text, namespaceHTMLElements=False)
    buttons = [one for one in page.iter("button") if one.get("form") == "task-form"]
    assert [one.get("name") for one in buttons] == [None, "form.language", "form.language", "form.language"]


def test_a_page_that_only_takes_forms_offers_languages_that_can_be_opened(here: Site, citizen: Browser) -> None:
    citizen.get("/kabinet")
    page = citizen.client.post("/tapsiriq/x/gotur", data={"csrf": citizen.field("csrf")})
    assert page.status_code == 404 and 'href="/?dil=ru"' in page.text


def test_a_kept_file_can_be_taken_away_again(here: Site, staff: Browser) -> None:
    staff.send(decision="", photos=[_file(_picture(), "a.jpg")])
    kept = staff.field("form.kept.photos")
    staff.send(decision="wait", **{"form.kept.photos": kept, "form.removed": kept})
    assert here.installation.rows(File)[0].case_id is None


def test_a_strangers_file_is_not_taken_along(here: Site, staff: Browser) -> None:
    staff.send(decision="", photos=[_file(_picture(), "a.jpg")])
    kept = staff.field("form.kept.photos")
    other = here.browser("colleague")
    other.get(here.open_task("decide"))
    page = other.post(
        other.url, other.form(decision="wait", **{"form.kept.photos": kept}), content_type="multipart/form-data"
    )
    assert page.status_code == 200
    assert here.installation.rows(File)[0].case_id is None


def test_pages_and_steps_keep_to_their_statements(here: Site, staff: Browser) -> None:
    with counted(here.installation.database) as sent:
        staff.client.get(staff.url)
    assert len(sent) <= 1 + 3  # the session, and the task
    data = {"csrf": staff.field("csrf"), **staff.form(decision="wait")}
    with counted(here.installation.database) as sent:
        staff.client.post(staff.url, data=data)
    assert len(sent) <= 1 + 10


@pytest.mark.parametrize("language", ["az", "ru", "en"])
def test_the_form_reads_in_the_language_that_was_chosen(citizen: Browser, language: str) -> None:
    citizen.begin()
    page = citizen.client.get(citizen.url, query_string={"dil": language})
    assert page.location == citizen.url
    citizen.get(citizen.url)
    assert f'<html lang="{language}"' in citizen.text
    check_page(citizen.text)
