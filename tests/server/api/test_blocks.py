"""Shared blocks over the API: taken in by content, warned about when changed, kept by what was launched."""

from collections.abc import Iterator
from typing import Any

import pytest

from server import client
from server.channels import contents
from server.wire import audiences, blocks, campaigns, crafting, ledger, messages, problems, templates, twins
from tests.support import served as running

ROWS = """key,name,sms,email,locale,city
blk-ada,Ada,+13032001101,ada1@example.test,en,London
blk-bea,Bea,+13032001102,bea1@example.test,de-AT,
blk-cem,Cem,+13032001103,cem1@example.test,fr,Paris
"""
MJML = "<mjml><mj-body><mj-section><mj-column>{% render 'tail' %}</mj-column></mj-section></mj-body></mjml>"


@pytest.fixture(scope="module")
def server(served: running.Served) -> Iterator[client.Client]:
    with served.client() as asked:
        yield asked


@pytest.fixture(scope="module")
def audience(server: client.Client) -> int:
    ask = audiences.ImportAsk(file="people.csv", audience="Block readers")
    begun = server.upload(audiences.IMPORT, ask, [ROWS.encode()])
    running.until(
        lambda: server.call(audiences.IMPORTED, id=begun.id).status is audiences.ImportStatus.DONE,
        "the import",
    )
    return begun.audience


def block(server: client.Client, name: str, text: str, kind: blocks.Kind = blocks.Kind.TEXT) -> blocks.Block:
    return server.call(blocks.CREATE, blocks.SaveBlock(name=name, kind=kind, text=text))


def change(server: client.Client, found: blocks.Block, text: str, **more: Any) -> blocks.Block:
    ask = blocks.SaveBlock(name=found.name, kind=found.kind, text=text, **more)
    return server.call(blocks.SAVE, ask, block=found.id)


def refused(server: client.Client, bound: Any, ask: Any = None, **slots: int) -> problems.Problem:
    with pytest.raises(problems.Refused) as caught:
        server.call(bound, ask, **slots)
    return caught.value.problem


def preview(server: client.Client, chosen: campaigns.Contents, **values: object) -> campaigns.Preview:
    return server.call(campaigns.PREVIEW, campaigns.PreviewAsk(contents=chosen, values=values))


def sms(body: str) -> campaigns.Contents:
    return campaigns.Contents(sms=contents.Sms(body=body))


def test_a_block_is_taken_in_with_those_within_it(server: client.Client) -> None:
    block(server, "company", "Acme {{ city | default: 'World' }}")
    outer = block(server, "sign-off", "Yours,\n{%- render 'company' -%}\n!")
    assert (outer.blocks, outer.variables) == (["company"], ["city"])
    seen = preview(server, sms("Hi {{ name }}. {% render 'sign-off' %}"), name="Ada", city="Bern")
    assert seen.contents.sms == contents.Sms(body="Hi Ada. Yours,Acme Bern!")
    assert seen.blocks == {"company": 1, "sign-off": 1}


def test_plain_words_are_escaped_in_html_and_markup_stays(server: client.Client) -> None:
    block(server, "imprint", "Smith & Sons\n{{ name }}")
    block(server, "rule", "<hr>", blocks.Kind.HTML)
    mail = contents.Email(
        subject="{% render 'company' %}",
        html="<p>{% render 'imprint' %}</p>{% render 'rule' %}",
        text="{% render 'imprint' %}",
    )
    seen = preview(server, campaigns.Contents(email=mail), name="<Ada>")
    assert seen.contents.email is not None
    assert seen.contents.email.html == "<p>Smith &amp; Sons<br>\n&lt;Ada&gt;</p><hr>"
    assert seen.contents.email.text == "Smith & Sons\n<Ada>"


def test_a_block_of_mjml_stands_in_a_mails_source(server: client.Client) -> None:
    block(server, "tail", "<mj-text>Bye {{ name }}</mj-text>", blocks.Kind.MJML)
    mail = contents.Email(subject="s", source=MJML)
    seen = preview(server, campaigns.Contents(email=mail), name="Ada")
    assert seen.contents.email is not None
    assert "Bye Ada" in seen.contents.email.html
    assert "mj-text" not in seen.contents.email.html
    wrong = campaigns.Contents(email=contents.Email(subject="s", html="<p>{% render 'tail' %}</p>", text="x"))
    assert "MJML" in preview(server, wrong).faults[0].message


@pytest.mark.parametrize(
    "body, words",
    [
        ("{% render 'nowhere' %}", "There is no shared block nowhere."),
        ("a\n{% render company %}", "Line 2: render does not name a block."),
        ("{% render 'company', city: 'Bern' %}", "without values of its own"),
        ("{% render 'rule' %}", "is HTML and cannot stand in plain words"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_with_its_place(
    server: client.Client, body: str, words: str
) -> None:
    save = templates.SaveTemplate(name="Refused", content=contents.Sms(body=body))
    problem = refused(server, templates.CREATE, save)
    assert [fault.place for fault in problem.fields] == ["content.body"]
    assert words in problem.fields[0].message
    campaign = campaigns.SaveCampaign(name="Refused", contents=sms(body))
    assert [fault.place for fault in refused(server, campaigns.CREATE, campaign).fields] == [
        "contents.sms.body"
    ]


def test_blocks_that_go_round_in_a_circle_are_refused(server: client.Client) -> None:
    first = block(server, "round-a", "a")
    block(server, "round-b", "b {% render 'round-a' %}")
    ask = blocks.SaveBlock(name="round-a", kind=blocks.Kind.TEXT, text="{% render 'round-b' %}")
    problem = refused(server, blocks.SAVE, ask, block=first.id)
    assert problem.fields[0].place == "text"
    assert "round-a → round-b → round-a" in problem.fields[0].message
    itself = blocks.SaveBlock(name="self", kind=blocks.Kind.TEXT, text="{% render 'self' %}")
    assert "takes itself in" in refused(server, blocks.CREATE, itself).fields[0].message


def test_a_block_with_broken_liquid_or_a_name_that_is_taken_is_refused(server: client.Client) -> None:
    broken = blocks.SaveBlock(name="broken", kind=blocks.Kind.TEXT, text="a\n{{ b | nosuch }}")
    fault = refused(server, blocks.CREATE, broken).fields[0]
    assert (fault.place, fault.message.startswith("Line 2:")) == ("text", True)
    block(server, "only-once", "x")
    again = blocks.SaveBlock(name="only-once", kind=blocks.Kind.TEXT, text="y")
    assert refused(server, blocks.CREATE, again).code == "conflict"
    bad = blocks.SaveBlock(name="no spaces", kind=blocks.Kind.TEXT, text="y")
    assert refused(server, blocks.CREATE, bad).fields[0].place == "name"


def test_a_blocks_users_are_named_and_hold_it(server: client.Client) -> None:
    used = block(server, "held", "x")
    around = block(server, "around", "{% render 'held' %}")
    save = templates.SaveTemplate(name="Holds", content=contents.Sms(body="{% render 'held' %}"))
    template = server.call(templates.CREATE, save)
    assert template.blocks == {"held": 1}
    campaign = server.call(
        campaigns.CREATE, campaigns.SaveCampaign(name="Holds too", contents=sms("{% render 'held' %}"))
    )
    uses = server.call(blocks.USES, block=used.id).rows
    assert [(use.kind, use.id) for use in uses] == [
        ("campaign", campaign.id),
        ("template", template.id),
        ("block", around.id),
    ]
    problem = refused(server, blocks.DELETE, block=used.id)
    assert [fault.place for fault in problem.fields] == [
        f"campaign.{campaign.id}",
        f"template.{template.id}",
        f"block.{around.id}",
    ]
    renamed = blocks.SaveBlock(name="other", kind=blocks.Kind.TEXT, text="x")
    assert refused(server, blocks.SAVE, renamed, block=used.id).code == "conflict"
    server.call(campaigns.DELETE, campaign=campaign.id)
    server.call(templates.DELETE, template=template.id)
    server.call(blocks.DELETE, block=around.id)
    server.call(blocks.DELETE, block=used.id)
    assert refused(server, blocks.SHOW, block=used.id).code == "not_found"


def test_versions_of_a_block_are_kept_and_restored(server: client.Client) -> None:
    found = block(server, "kept", "one")
    assert change(server, found, "two", note="second", base=1).version == 2
    late = blocks.SaveBlock(name="kept", kind=blocks.Kind.TEXT, text="three", base=1)
    assert refused(server, blocks.SAVE, late, block=found.id).code == "conflict"
    again = server.call(blocks.RESTORE, templates.Restore(by="Ada"), block=found.id, version=1)
    assert (again.version, again.text) == (3, "one")
    lines = server.call(blocks.VERSIONS, block=found.id).rows
    assert [(row.version, row.text, row.restored_from) for row in lines] == [
        (3, "one", 1),
        (2, "two", 0),
        (1, "one", 0),
    ]


def test_an_older_version_is_compared_with_the_blocks_it_was_saved_with(server: client.Client) -> None:
    found = block(server, "pinned", "old")
    save = templates.SaveTemplate(name="Pins", content=contents.Sms(body="Hi {% render 'pinned' %}"))
    template = server.call(templates.CREATE, save)
    change(server, found, "new")
    longer = templates.SaveTemplate(name="Pins", content=contents.Sms(body="Hi {% render 'pinned' %}!"))
    server.call(templates.SAVE, longer, template=template.id)
    ask = crafting.DiffAsk(
        left=crafting.Side(template=template.id, version=1), right=crafting.Side(template=template.id)
    )
    seen = server.call(crafting.DIFF, ask)
    assert (seen.left.content, seen.right.content) == (
        contents.Sms(body="Hi old"),
        contents.Sms(body="Hi new!"),
    )


def test_an_older_version_is_shown_with_a_block_that_is_gone(server: client.Client) -> None:
    found = block(server, "gone", "once")
    save = templates.SaveTemplate(name="Remembers", content=contents.Sms(body="Hi {% render 'gone' %}"))
    template = server.call(templates.CREATE, save)
    plain = templates.SaveTemplate(name="Remembers", content=contents.Sms(body="Hi"))
    server.call(templates.SAVE, plain, template=template.id)
    server.call(blocks.DELETE, block=found.id)
    ask = crafting.DiffAsk(
        left=crafting.Side(template=template.id, version=1), right=crafting.Side(template=template.id)
    )
    assert server.call(crafting.DIFF, ask).left.content == contents.Sms(body="Hi once")
    problem = refused(server, templates.RESTORE, templates.Restore(), template=template.id, version=1)
    assert "There is no shared block gone." in problem.fields[0].message


def test_a_change_that_people_of_a_draft_lack_a_value_for_warns(server: client.Client, audience: int) -> None:
    found = block(server, "greeting", "Hello {{ name }}")
    block(server, "head", "{% render 'greeting' %}")
    campaign = server.call(
        campaigns.CREATE,
        campaigns.SaveCampaign(name="Greets", audience=audience, contents=sms("{% render 'head' %}")),
    )
    ask = blocks.BlockImpactAsk(text="Hello {{ name }} of {{ city }}")
    meant = server.call(blocks.IMPACT, ask, block=found.id)
    assert (meant.variables, [use.id for use in meant.campaigns]) == (["city"], [campaign.id])
    assert [(lack.missing, lack.people) for lack in meant.lacking] == [(1, 3)]
    assert [(use.kind, use.name) for use in meant.users] == [("block", "head")]
    save = blocks.SaveBlock(name="greeting", kind=blocks.Kind.TEXT, text=ask.text)
    assert refused(server, blocks.SAVE, save, block=found.id).code == "conflict"
    assert change(server, found, ask.text, confirm=True).version == 2


def test_a_run_in_three_languages_with_a_block_sends_the_previewed_bytes_and_keeps_them(
    served: running.Served, server: client.Client, audience: int
) -> None:
    foot = block(server, "foot", "Yours, {{ firm | default: 'Acme' }}")
    spoken = contents.Translations(
        language="en",
        others={
            "de": contents.Sms(body="Hallo {{ name }}. {% render 'foot' %}"),
            "fr": contents.Sms(body="Salut {{ name }}. {% render 'foot' %}"),
        },
    )
    chosen = campaigns.Contents(
        sms=contents.Sms(body="Hi {{ name }}. {% render 'foot' %}"), languages={"sms": spoken}
    )
    draft = server.call(
        campaigns.CREATE, campaigns.SaveCampaign(name="Three tongues", audience=audience, contents=chosen)
    )
    promised = {}
    for position in range(3):
        ask = campaigns.PreviewAsk(contents=draft.contents, audience=audience, position=position)
        seen = server.call(campaigns.PREVIEW, ask)
        promised[seen.contact] = (seen.contents.sms, seen.hashes["sms"])
    assert sorted(content.body for content, _ in promised.values() if content) == [
        "Hallo Bea. Yours, Acme",
        "Hi Ada. Yours, Acme",
        "Salut Cem. Yours, Acme",
    ]
    launched = server.call(campaigns.LAUNCH, campaigns.Launch(expected=3), campaign=draft.id)
    assert launched.run is not None
    change(server, foot, "Changed after the launch")
    running.until(
        lambda: server.call(campaigns.SHOW, campaign=draft.id).status is campaigns.Status.DONE,
        "the run's end",
    )
    rows = server.call(messages.LIST, messages.MessageQuery(run=launched.run)).rows
    assert len(rows) == 3
    for row in rows:
        story = server.call(messages.STORY, ref=row.ref)
        content, digest = promised[row.contact]
        assert story.content == {"channel": "sms", **_fields(content)}
        assert story.content_matches
        assert story.message.state is not ledger.State.FAILED
        (arrival,) = server.call(twins.INBOX, twins.ArrivalQuery(find=row.provider_ref)).rows
        assert content is not None
        assert arrival.text == content.body
        ((sent,),) = served.sql("SELECT hex(hash) FROM message WHERE run = ? AND seq = ?", row.run, row.seq)
        assert sent.lower() == digest
    (use,) = server.call(blocks.USES, block=foot.id).rows
    assert (use.id, use.version) == (draft.id, 1)
    assert server.call(campaigns.SHOW, campaign=draft.id).contents == draft.contents


def _fields(content: contents.Sms | None) -> dict[str, object]:
    assert content is not None
    return {name: getattr(content, name) for name in content.__struct_fields__}
