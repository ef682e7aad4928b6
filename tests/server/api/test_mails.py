"""A mail's source over the API: compiled when asked and when saved, the same both times."""

from typing import Any

import httpx

from server.channels import mailblocks


def source(words: str) -> str:
    text = mailblocks.Text(id="t", paragraphs=[mailblocks.Paragraph(runs=[mailblocks.Run(text=words)])])
    column = mailblocks.Column(blocks=[text])
    return mailblocks.write(mailblocks.Mail(sections=[mailblocks.Section(id="s", columns=[column])]))


def compiled(http: httpx.Client, written: str) -> dict[str, Any]:
    answer = http.post("/v1/mails/compile", json={"source": written})
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_what_is_saved_is_what_compiling_says(http: httpx.Client) -> None:
    written = source("Hi {{ first_name }}")
    page = compiled(http, written)
    assert "Hi {{ first_name }}" in page["html"]
    assert page["mjml"].startswith("<mjml>")
    content = {"channel": "email", "subject": "s", "source": written, "html": "something stale"}
    made = http.post("/v1/templates", json={"name": "In blocks", "content": content}).json()
    assert made["content"]["html"] == page["html"]
    assert made["content"]["source"] == written
    draft = http.post("/v1/campaigns", json={"name": "c", "contents": {"email": content}}).json()
    assert draft["contents"]["email"]["html"] == page["html"]


def test_a_preview_is_made_of_the_source(http: httpx.Client) -> None:
    content = {"channel": "email", "subject": "s", "source": source("Hi {{ who }}")}
    ask = {"contents": {"email": content}, "values": {"who": "Ann"}}
    found = http.post("/v1/preview", json=ask).json()
    assert "Hi Ann" in found["contents"]["email"]["html"]
    assert "source" not in found["contents"]["email"]
    broken = {**content, "source": "<mjml>"}
    found = http.post("/v1/preview", json={"contents": {"email": broken}}).json()
    assert [fault["place"] for fault in found["faults"]] == ["source"]


def test_a_source_that_nothing_can_be_made_of_is_told_and_not_saved(http: httpx.Client) -> None:
    found = compiled(http, "<mjml><mj-body>")
    assert (found["html"], [fault["place"] for fault in found["faults"]]) == ("", ["source"])
    content = {"channel": "email", "subject": "s", "source": "<mjml><mj-body>", "html": "<p>old</p>"}
    answer = http.post("/v1/templates", json={"name": "Broken", "content": content})
    assert answer.status_code == 422
    assert [fault["place"] for fault in answer.json()["fields"]] == ["content.source"]
