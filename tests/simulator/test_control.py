"""
The control page and its JSON: wishes hold once or until they are changed, and strangers can't set them.
"""

from __future__ import annotations

import httpx
import pytest

from simulator.answers import OFFERED, Answer, Service
from simulator.desk import Desk

OCSP = {"Content-Type": "application/ocsp-request"}


def answers(client: httpx.Client) -> dict[str, str]:
    return {service: wish["answer"] for service, wish in client.get("/control").json().items()}


def test_every_service_succeeds_at_first(client: httpx.Client) -> None:
    assert client.delete("/control").status_code == 200
    assert answers(client) == dict.fromkeys(("mobile", "ocsp", "portal", "card"), "succeed")


@pytest.mark.parametrize("service", Service)
def test_every_answer_of_every_service_can_be_set(client: httpx.Client, service: Service) -> None:
    page = client.get("/").text
    for answer, words in OFFERED[service].items():
        made = client.put(f"/control/{service}", json={"answer": answer, "once": True})
        assert (made.status_code, made.json()["answer"]) == (200, answer)
        assert words in page


def test_every_answer_belongs_to_a_service() -> None:
    assert set(Answer) == {answer for offered in OFFERED.values() for answer in offered}


def test_a_wish_for_one_log_in_is_used_up(client: httpx.Client) -> None:
    client.put("/control/ocsp", json={"answer": "down", "once": True, "seconds": 0})
    assert client.post("/ocsp", content=b"", headers=OCSP).status_code == 503
    assert client.post("/ocsp", content=b"", headers=OCSP).status_code == 200
    assert answers(client)["ocsp"] == "succeed"


def test_another_wish_holds_until_it_is_changed(client: httpx.Client) -> None:
    client.put("/control/ocsp", json={"answer": "down", "seconds": 0})
    for _ in range(3):
        assert client.post("/ocsp", content=b"", headers=OCSP).status_code == 503
    client.post("/reset")
    assert client.post("/ocsp", content=b"", headers=OCSP).status_code == 200


def test_the_page_sets_all_services(client: httpx.Client) -> None:
    form = {"mobile": "cancel", "mobile-once": "on", "portal": "down", "card": "succeed", "card-once": "on"}
    assert client.post("/", data=form).status_code == 303
    assert answers(client) == {"mobile": "cancel", "ocsp": "succeed", "portal": "down", "card": "succeed"}
    found = client.get("/control").json()
    assert (found["mobile"]["once"], found["portal"]["once"]) == (True, False)
    assert '<option value="cancel" selected>' in client.get("/").text


@pytest.mark.parametrize(
    ("service", "body"),
    [
        ("weather", {"answer": "succeed"}),
        ("ocsp", {"answer": "phone_absent"}),
        ("ocsp", {}),
        ("ocsp", {"answer": "slow", "seconds": 1000}),
        ("ocsp", {"answer": "slow", "seconds": "long"}),
        ("ocsp", {"answer": "slow", "until": "tomorrow"}),
        ("ocsp", ["slow"]),
    ],
)
def test_a_wish_that_nobody_can_grant_is_refused(client: httpx.Client, service: str, body: object) -> None:
    assert client.put(f"/control/{service}", json=body).status_code == 400
    assert client.post("/", data={"ocsp": "phone_absent"}).status_code == 400


def test_a_page_of_another_site_can_not_set_anything(client: httpx.Client) -> None:
    for site in ("cross-site", "same-site"):
        header = {"Sec-Fetch-Site": site}
        assert client.post("/", data={"ocsp": "down"}, headers=header).status_code == 403
        assert client.post("/reset", headers=header).status_code == 403
        assert client.post("/phone/none", data={"decision": "confirm"}, headers=header).status_code == 403
    assert answers(client)["ocsp"] == "succeed"


def test_another_name_for_this_machine_is_refused(client: httpx.Client) -> None:
    for host, status in (("127.0.0.1", 200), ("localhost:8001", 200), ("rebound.example", 400)):
        assert client.get("/control", headers={"Host": host}).status_code == status


def test_the_page_names_the_people(desk: Desk, client: httpx.Client) -> None:
    page = client.get("/")
    for person in desk.persons:
        assert all(text in page.text for text in (person.fin, person.telephone, person.user_id, person.username))
    assert "script" not in page.headers["Content-Security-Policy"]
