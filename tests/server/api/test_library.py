"""The template library over the API: folders, tags, versions, languages, uses, warnings, checks, comparisons."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from server import client
from server.channels import contents, languages
from server.wire import audiences, campaigns, crafting, problems, templates
from tests.support import served as running

ROWS = """key,name,sms,email,locale,city
lib-ada,Ada,+13032001001,lib-ada@example.test,en-GB,London
lib-bea,Bea,+13032001002,lib-bea@example.test,de-AT,
lib-cem,Cem,+13032001003,lib-cem@example.test,fr,Paris
lib-dan,Dan,,lib-dan@example.test,gsw,Bern
lib-eva,Eva,+13032001005,lib-eva@example.test,,Oslo
"""
GERMAN = contents.Translations(
    language="en",
    others={"de": contents.Sms(body="Hallo {{ name }}"), "fr": contents.Sms(body="Salut {{ name }}")},
    fallbacks={"gsw": "de"},
)


@pytest.fixture(scope="module")
def server(served: running.Served) -> Iterator[client.Client]:
    with served.client() as asked:
        yield asked


@pytest.fixture(scope="module")
def audience(server: client.Client) -> int:
    ask = audiences.ImportAsk(file="people.csv", audience="Readers")
    begun = server.upload(audiences.IMPORT, ask, [ROWS.encode()])
    running.until(
        lambda: server.call(audiences.IMPORTED, id=begun.id).status is audiences.ImportStatus.DONE,
        "the import",
    )
    return begun.audience


def sms(body: str) -> contents.Sms:
    return contents.Sms(body=body)


def made(server: client.Client, name: str, body: str = "Hi {{ name }}", **more: Any) -> templates.Template:
    return server.call(templates.CREATE, templates.SaveTemplate(name=name, content=sms(body), **more))


def listed(server: client.Client, **asked: Any) -> list[str]:
    return [row.name for row in server.call(templates.LIST, templates.TemplateQuery(**asked)).rows]


def refused(server: client.Client, bound: Any, ask: Any = None, **slots: int) -> problems.Problem:
    with pytest.raises(problems.Refused) as caught:
        server.call(bound, ask, **slots)
    return caught.value.problem


def draft(server: client.Client, audience: int | None, template: int) -> campaigns.Campaign:
    save = campaigns.SaveCampaign(name=f"Uses {template}", audience=audience)
    campaign = server.call(campaigns.CREATE, save)
    return server.call(templates.TAKE, templates.Take(template=template), campaign=campaign.id)


# -- where they lie ----------------------------------------------------------------------------------


def test_templates_are_found_by_folder_tag_language_and_words(server: client.Client) -> None:
    one = made(
        server, "Shelf one", "Zebras sleep", folder=" Onboarding / Week 1 ", tags=["Spring", "spring "]
    )
    made(server, "Shelf two", "Lions wake", folder="Onboarding", translations=GERMAN)
    assert (one.folder, one.tags) == ("Onboarding/Week 1", ["spring"])
    assert listed(server, folder="Onboarding", sort="name") == ["Shelf one", "Shelf two"]
    assert listed(server, folder="Onboarding/Week 1") == ["Shelf one"]
    assert "Shelf one" not in listed(server, folder="/", find="Shelf")
    assert listed(server, tag="Spring") == ["Shelf one"]
    assert listed(server, find="SPRING shelf") == ["Shelf one"]
    assert listed(server, language="fr", find="Shelf") == ["Shelf two"]
    assert listed(server, find="zebras") == ["Shelf one"]
    assert listed(server, find="salut shelf") == ["Shelf two"]
    shelves = server.call(templates.SHELVES)
    counted = {folder.path: (folder.templates, folder.below) for folder in shelves.folders}
    assert counted["Onboarding"] == (1, 2)
    assert counted["Onboarding/Week 1"] == (1, 1)
    assert templates.Tag(tag="spring", templates=1) in shelves.tags
    assert shelves.languages["de"] >= 1


def test_several_templates_are_arranged_at_once_and_the_answer_undoes_it(server: client.Client) -> None:
    first, second = made(server, "Move a", tags=["x"]), made(server, "Move b", folder="Old")
    places = [
        templates.Place(template=first.id, folder="New/Sub", tags=["x", "y"]),
        templates.Place(template=second.id, folder="New", archived=True),
    ]
    done = server.call(templates.ARRANGE, templates.Arrange(places=places))
    assert done.changed == 2
    assert listed(server, folder="New", archived="all", sort="name") == ["Move a", "Move b"]
    assert listed(server, folder="New") == ["Move a"]
    assert listed(server, archived="only", find="Move b") == ["Move b"]
    server.call(templates.ARRANGE, templates.Arrange(places=done.before))
    again = server.call(templates.SHOW, template=second.id)
    assert (again.folder, again.archived) == ("Old", False)
    assert server.call(templates.SHOW, template=first.id).tags == ["x"]


def test_an_arrangement_with_one_fault_changes_nothing(server: client.Client) -> None:
    one = made(server, "Stays put")
    places = [
        templates.Place(template=one.id, folder="Elsewhere"),
        templates.Place(template=one.id, name=" "),
    ]
    problem = refused(server, templates.ARRANGE, templates.Arrange(places=places))
    assert [fault.place for fault in problem.fields] == ["places.1.name"]
    missing = [templates.Place(template=one.id, folder="E"), templates.Place(template=999_999, folder="E")]
    assert refused(server, templates.ARRANGE, templates.Arrange(places=missing)).code == "not_found"
    assert server.call(templates.SHOW, template=one.id).folder == ""


def test_a_folder_is_renamed_with_all_in_it(server: client.Client) -> None:
    one = made(server, "Folder a", folder="Alpha")
    two = made(server, "Folder b", folder="Alpha/Beta")
    made(server, "Folder c", folder="Alphabet")
    done = server.call(templates.RENAME_FOLDER, templates.RenameFolder(path="Alpha", to="Gamma/Delta"))
    assert done.changed == 2
    assert server.call(templates.SHOW, template=one.id).folder == "Gamma/Delta"
    assert server.call(templates.SHOW, template=two.id).folder == "Gamma/Delta/Beta"
    assert listed(server, folder="Alphabet") == ["Folder c"]


# -- versions ----------------------------------------------------------------------------------------


def test_versions_are_kept_with_note_and_author_and_restored_as_new_ones(server: client.Client) -> None:
    one = made(server, "Versions", "First", by="Ada", note="begin")
    save = templates.SaveTemplate(name="Versions", content=sms("Second"), by="Bob", note="better", base=1)
    assert server.call(templates.SAVE, save, template=one.id).version == 2
    again = server.call(templates.RESTORE, templates.Restore(by="Cem"), template=one.id, version=1)
    assert (again.version, again.content) == (3, sms("First"))
    lines = server.call(templates.VERSIONS, template=one.id).rows
    assert [(row.version, row.by, row.note, row.restored_from) for row in lines] == [
        (3, "Cem", "Version 1 again", 1),
        (2, "Bob", "better", 0),
        (1, "Ada", "begin", 0),
    ]
    server.call(templates.ANNOTATE, templates.Note(note="the winner"), template=one.id, version=2)
    shown = server.call(templates.VERSION, template=one.id, version=2)
    assert (shown.note, shown.content) == ("the winner", sms("Second"))
    assert refused(server, templates.VERSION, template=one.id, version=9).code == "not_found"


def test_a_save_upon_an_older_version_is_refused(server: client.Client) -> None:
    one = made(server, "Two people", "First")
    server.call(
        templates.SAVE,
        templates.SaveTemplate(name="Two people", content=sms("Hers"), by="Ada", base=1),
        template=one.id,
    )
    late = templates.SaveTemplate(name="Two people", content=sms("His"), base=1)
    problem = refused(server, templates.SAVE, late, template=one.id)
    assert problem.code == "conflict"
    assert "Version 2 was saved by Ada" in problem.title


def test_a_change_in_one_language_makes_a_version_and_none_given_keeps_them(server: client.Client) -> None:
    one = made(server, "Spoken", translations=GERMAN)
    kept = server.call(
        templates.SAVE, templates.SaveTemplate(name="Spoken", content=one.content), template=one.id
    )
    assert (kept.version, kept.translations) == (1, GERMAN)
    other = contents.Translations(language="EN", others={"pt_br": sms("Oi {{ name }}")})
    save = templates.SaveTemplate(name="Spoken", content=one.content, translations=other)
    changed = server.call(templates.SAVE, save, template=one.id)
    assert changed.version == 2
    assert (changed.translations.language, list(changed.translations.others)) == ("en", ["pt-BR"])


def test_faults_of_every_language_are_named_by_their_place(server: client.Client) -> None:
    wrong = contents.Translations(
        language="en",
        others={"de": sms("{{ a | nosuch }}"), "xx-y": sms("x"), "fr": contents.Email(subject="s", text="t")},
    )
    save = templates.SaveTemplate(name="Wrong", content=sms("ok"), translations=wrong)
    places = {fault.place for fault in refused(server, templates.CREATE, save).fields}
    assert {
        "translations.others.de.body",
        "translations.others.xx-y",
        "translations.others.fr",
    } <= places


# -- drafts ------------------------------------------------------------------------------------------


def test_a_draft_takes_a_template_and_says_when_a_newer_version_is_out(
    server: client.Client, audience: int
) -> None:
    one = made(server, "Welcome", translations=GERMAN)
    campaign = draft(server, audience, one.id)
    assert campaign.contents.sms == one.content
    assert campaign.contents.languages == {"sms": GERMAN}
    (origin,) = campaign.origins
    assert (origin.name, origin.version, origin.newest, origin.changed) == ("Welcome", 1, 1, False)
    save = templates.SaveTemplate(name="Welcome", content=sms("Hello {{ name }}"))
    server.call(templates.SAVE, save, template=one.id)
    (origin,) = server.call(campaigns.SHOW, campaign=campaign.id).origins
    assert (origin.version, origin.newest) == (1, 2)
    whole = campaigns.SaveCampaign(
        name=campaign.name,
        audience=audience,
        contents=campaigns.Contents(
            sms=sms("By hand"), languages=campaign.contents.languages, taken=campaign.contents.taken
        ),
    )
    (origin,) = server.call(campaigns.SAVE, whole, campaign=campaign.id).origins
    assert origin.changed
    updated = server.call(templates.TAKE, templates.Take(template=one.id), campaign=campaign.id)
    assert updated.contents.sms == sms("Hello {{ name }}")
    uses = server.call(templates.USES, template=one.id).rows
    assert [(use.id, use.version, use.status) for use in uses] == [(campaign.id, 2, campaigns.Status.DRAFT)]
    assert server.call(templates.SHOW, template=one.id).uses == 1


def test_a_template_in_use_is_not_deleted_and_the_places_are_named(
    server: client.Client, audience: int
) -> None:
    one = made(server, "In use")
    campaign = draft(server, audience, one.id)
    problem = refused(server, templates.DELETE, template=one.id)
    assert problem.code == "conflict"
    assert [fault.place for fault in problem.fields] == [f"campaign.{campaign.id}"]
    server.call(campaigns.DELETE, campaign=campaign.id)
    server.call(templates.DELETE, template=one.id)
    assert refused(server, templates.SHOW, template=one.id).code == "not_found"


def test_a_new_variable_that_people_lack_warns_before_it_is_saved(
    server: client.Client, audience: int
) -> None:
    one = made(server, "Breaking")
    campaign = draft(server, audience, one.id)
    ask = templates.ImpactAsk(content=sms("{{ name }} of {{ city }}, {{ plan | default: 'free' }}"))
    meant = server.call(templates.IMPACT, ask, template=one.id)
    assert meant.variables == ["city"]
    assert [(lack.variable, lack.missing, lack.people) for lack in meant.lacking] == [("city", 1, 5)]
    assert [use.id for use in meant.campaigns] == [campaign.id]
    save = templates.SaveTemplate(name="Breaking", content=ask.content)
    problem = refused(server, templates.SAVE, save, template=one.id)
    assert problem.code == "conflict"
    assert "1 of 5 people in Readers have no city" in problem.fields[0].message
    confirmed = templates.SaveTemplate(name="Breaking", content=ask.content, confirm=True)
    assert server.call(templates.SAVE, confirmed, template=one.id).version == 2
    guarded = templates.ImpactAsk(content=sms("{% if plan %}{{ plan }}{% endif %}{{ city }}"))
    assert not server.call(templates.IMPACT, guarded, template=one.id).breaks


def test_a_copy_lies_beside_its_original(server: client.Client) -> None:
    one = made(server, "Original", folder="Here", tags=["t"], translations=GERMAN)
    copy = server.call(templates.DUPLICATE, templates.Duplicate(), template=one.id)
    assert (copy.name, copy.folder, copy.tags) == ("Copy of Original", "Here", ["t"])
    assert (copy.version, copy.translations) == (1, GERMAN)


# -- languages in the preview ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "position, body, language, because",
    [
        (0, "Hi Ada", "en", languages.Because.BASE),
        (1, "Hallo Bea", "de", languages.Because.BASE),
        (2, "Salut Cem", "fr", languages.Because.EXACT),
        (3, "Hallo Dan", "de", languages.Because.FALLBACK),
        (4, "Hi Eva", "en", languages.Because.UNKNOWN),
    ],
)
def test_the_preview_says_which_language_and_why(
    server: client.Client,
    audience: int,
    position: int,
    body: str,
    language: str,
    because: languages.Because,
) -> None:
    chosen = campaigns.Contents(sms=sms("Hi {{ name }}"), languages={"sms": GERMAN})
    ask = campaigns.PreviewAsk(contents=chosen, audience=audience, position=position)
    seen = server.call(campaigns.PREVIEW, ask)
    assert seen.contents.sms == sms(body)
    assert (seen.languages["sms"].language, seen.languages["sms"].because) == (language, because)
    assert seen.languages["sms"].why


def test_a_preview_takes_tags_as_they_were_typed(server: client.Client, audience: int) -> None:
    typed = contents.Translations(language="EN", others={"DE_at": sms("Servus {{ name }}")})
    chosen = campaigns.Contents(sms=sms("Hi"), languages={"sms": typed})
    seen = server.call(
        campaigns.PREVIEW, campaigns.PreviewAsk(contents=chosen, audience=audience, position=1)
    )
    assert (seen.contents.sms, seen.languages["sms"].language) == (sms("Servus Bea"), "de-AT")


def test_a_preview_in_a_language_asked_for_and_as_one_contact(server: client.Client, audience: int) -> None:
    people = server.call(audiences.CONTACTS, audiences.ContactQuery(audience=audience)).rows
    ada = next(person.id for person in people if person.key == "lib-ada")
    chosen = campaigns.Contents(sms=sms("Hi {{ name }}"), languages={"sms": GERMAN})
    ask = campaigns.PreviewAsk(contents=chosen, contact=ada, language="fr")
    seen = server.call(campaigns.PREVIEW, ask)
    assert (seen.person, seen.contents.sms) == ("Ada", sms("Salut Ada"))
    assert seen.languages["sms"].because is languages.Because.ASKED


# -- for whom it fails -------------------------------------------------------------------------------


def over(server: client.Client, check: int) -> crafting.Check:
    def ended() -> crafting.Check | None:
        found = server.call(crafting.CHECKED, check=check)
        return None if found.status is crafting.CheckStatus.RUNNING else found

    return running.until(ended, "the check")  # type: ignore[no-any-return]


def test_a_check_names_the_people_for_whom_contents_fail(server: client.Client, audience: int) -> None:
    chosen = campaigns.Contents(
        sms=sms("{{ name }} of {{ city }}"),
        email=contents.Email(subject="{{ nothing }}", text="x"),
        languages={"sms": contents.Translations(language="en", others={"fr": sms("{{ city }}")})},
    )
    begun = server.call(crafting.CHECK, crafting.CheckAsk(audience=audience, contents=chosen))
    found = over(server, begun.id)
    assert (found.status, found.people, found.looked_at, found.failing) == ("done", 5, 5, 5)
    assert [(group.channel, group.place, group.people) for group in found.groups] == [
        ("email", "subject", 5),
        ("sms", "body", 1),
    ]
    assert found.languages["sms"] == {"en": 3, "fr": 1}  # Dan has no number
    group = found.groups[1].group
    people = server.call(crafting.FAILING, crafting.FailingQuery(group=group), check=begun.id)
    (bea,) = people.rows
    assert (bea.name, bea.position, bea.place) == ("Bea", 1, "body")
    assert "city" in bea.message
    assert server.call(crafting.FAILING, check=begun.id).total == 6


def test_a_check_of_what_cannot_be_rendered_is_refused_at_once(server: client.Client, audience: int) -> None:
    chosen = campaigns.Contents(sms=sms("{% render 'nowhere' %}"))
    problem = refused(server, crafting.CHECK, crafting.CheckAsk(audience=audience, contents=chosen))
    assert [fault.place for fault in problem.fields] == ["contents.sms.body"]
    empty = crafting.CheckAsk(audience=audience, contents=campaigns.Contents())
    assert refused(server, crafting.CHECK, empty).code == "invalid"
    assert refused(server, crafting.CHECKED, check=999_999).code == "not_found"


def test_a_check_that_is_over_stays_as_it_is_when_cancelled(server: client.Client, audience: int) -> None:
    ask = crafting.CheckAsk(audience=audience, contents=campaigns.Contents(sms=sms("Hi")))
    begun = server.call(crafting.CHECK, ask)
    assert over(server, begun.id).failing == 0
    assert server.call(crafting.CANCEL_CHECK, check=begun.id).status is crafting.CheckStatus.DONE


# -- side by side ------------------------------------------------------------------------------------


def test_two_versions_are_compared_as_one_person_would_see_them(server: client.Client, audience: int) -> None:
    one = made(server, "Compared", "Hi {{ name }}!\nBye")
    save = templates.SaveTemplate(name="Compared", content=sms("Hello {{ name }}!\nBye"))
    server.call(templates.SAVE, save, template=one.id)
    ask = crafting.DiffAsk(
        left=crafting.Side(template=one.id, version=1),
        right=crafting.Side(template=one.id),
        audience=audience,
        position=0,
    )
    found = server.call(crafting.DIFF, ask)
    assert (found.person, found.left.version, found.right.version, found.equal) == ("Ada", 1, 2, False)
    (field,) = found.rendered
    assert (field.place, field.mark) == ("body", "changed")
    changed, same = field.lines
    assert (changed.left, changed.right) == ("Hi Ada!", "Hello Ada!")
    assert (changed.left_spans, changed.right_spans) == ([(0, 2)], [(0, 5)])
    assert (same.mark, same.left) == ("same", "Bye")
    assert found.written[0].lines[0].left == "Hi {{ name }}!"


def test_an_editors_content_is_compared_with_a_version(server: client.Client) -> None:
    one = made(server, "Edited", "Hi {{ name }}")
    ask = crafting.DiffAsk(
        left=crafting.Side(template=one.id),
        right=crafting.Side(content=sms("Hi {{ name }} {{ nothing }}")),
        values={"name": "Z"},
    )
    found = server.call(crafting.DIFF, ask)
    assert found.left.content == sms("Hi Z")
    assert found.right.content is None
    assert "nothing" in found.right.faults[0].message
    assert [field.place for field in found.written] == ["body"]
    empty = crafting.DiffAsk(left=crafting.Side(), right=crafting.Side(template=one.id))
    assert [fault.place for fault in refused(server, crafting.DIFF, empty).fields] == ["left"]


# -- in and out --------------------------------------------------------------------------------------


def test_what_was_exported_is_taken_in_again(server: client.Client) -> None:
    made(server, "Carried", folder="Out", tags=["t"], translations=GERMAN)
    bundle = server.call(crafting.EXPORT, crafting.ExportQuery(folder="Out"))
    (packed,) = bundle.templates
    assert (packed.name, packed.translations) == ("Carried", GERMAN)
    document = document_of(bundle)
    dry = crafting.ImportAsk(bundle=document, dry=True)
    assert server.call(crafting.IMPORT, dry).created == ["Carried (2)"]
    assert listed(server, folder="Out") == ["Carried"]
    copied = server.call(crafting.IMPORT, crafting.ImportAsk(bundle=document))
    assert copied.created == ["Carried (2)"]
    skip = crafting.ImportAsk(bundle=document, clash=crafting.Clash.SKIP)
    assert server.call(crafting.IMPORT, skip).skipped == ["Carried"]
    document["templates"][0]["content"]["body"] = "Changed"
    version = crafting.ImportAsk(bundle=document, clash=crafting.Clash.VERSION)
    assert server.call(crafting.IMPORT, version).versions == ["Carried"]
    moved = crafting.ImportAsk(bundle=document, folder="In")
    assert server.call(crafting.IMPORT, moved).created == ["Carried"]
    assert listed(server, folder="In/Out") == ["Carried"]


def document_of(bundle: crafting.Bundle) -> dict[str, Any]:

    found: dict[str, Any] = msgspec.to_builtins(bundle)
    return found


def test_a_document_with_faults_is_refused_whole_and_every_place_is_named(server: client.Client) -> None:
    document = {
        "heliograph": 1,
        "templates": [
            {"name": "Good one", "content": {"channel": "sms", "body": "x"}},
            {"name": "", "content": {"channel": "sms", "body": "{{ a"}},
        ],
        "blocks": [{"name": "bad name", "kind": "text", "text": "x"}],
    }
    problem = refused(server, crafting.IMPORT, crafting.ImportAsk(bundle=document))
    places = [fault.place for fault in problem.fields]
    assert "bundle.blocks.0.name" in places
    assert "bundle.templates.1.name" in places
    assert listed(server, find="Good one") == []
    assert refused(server, crafting.IMPORT, crafting.ImportAsk(bundle={"templates": 3})).code == "invalid"
