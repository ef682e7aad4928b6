"""Templates over the API: checked when saved, versioned when changed."""

from typing import Any

import httpx


def sms(body: str) -> dict[str, Any]:
    return {"channel": "sms", "body": body}


def test_a_template_is_created_changed_listed_and_deleted(http: httpx.Client) -> None:
    made = http.post(
        "/v1/templates", json={"name": "  Spring   hello ", "content": sms("Hi {{ first_name }}")}
    ).json()
    assert (made["name"], made["version"], made["channel"]) == ("Spring hello", 1, "sms")
    place = f"/v1/templates/{made['id']}"
    assert (
        http.put(place, json={"name": "Spring", "content": sms("Hi {{ first_name }}")}).json()["version"] == 1
    )
    assert http.put(place, json={"name": "Spring", "content": sms("Hello")}).json()["version"] == 2
    assert http.get(place).json()["content"]["body"] == "Hello"
    listed = http.get("/v1/templates", params={"channel": "sms", "find": "spring"}).json()
    assert made["id"] in [row["id"] for row in listed["rows"]]
    assert http.delete(place).status_code == 200
    assert http.get(place).status_code == 404
    assert http.delete(place).status_code == 404


def test_a_template_that_cannot_be_sent_is_refused_with_every_place(http: httpx.Client) -> None:
    content = {"channel": "email", "subject": "{{ a | nosuch }}", "html": "<p>{{ b", "text": "x"}
    answer = http.post("/v1/templates", json={"name": "", "content": content})
    assert answer.status_code == 422
    places = [fault["place"] for fault in answer.json()["fields"]]
    assert {"name", "content.subject", "content.html"} <= set(places)


def test_a_template_stays_on_its_channel(http: httpx.Client) -> None:
    made = http.post("/v1/templates", json={"name": "Stays", "content": sms("Hi")}).json()
    other = {"channel": "email", "subject": "s", "html": "<p>x</p>", "text": "x"}
    answer = http.put(f"/v1/templates/{made['id']}", json={"name": "Stays", "content": other})
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
