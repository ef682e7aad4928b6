"""A mail in blocks: its JSON, its MJML, and what is wrong with it."""

import pytest

from server.channels import email, mail_lint, mailblocks, mailmjml


def mail(*blocks: mailblocks.AnyBlock) -> mailblocks.Mail:
    column = mailblocks.Column(blocks=list(blocks))
    return mailblocks.Mail(sections=[mailblocks.Section(id="s", columns=[column])])


def one_of_each() -> mailblocks.Mail:
    return mail(*[kind(id=f"b{at}") for at, kind in enumerate(mailblocks.TYPES.values())])


def test_every_kind_of_block_comes_back_from_its_json_as_it_was() -> None:
    made = one_of_each()
    assert mailblocks.read(mailblocks.write(made)) == made
    assert [mailblocks.kind_of(block) for block in made.blocks()] == list(mailblocks.TITLES)


@pytest.mark.parametrize(
    "source,kind", [("", "html"), (" \n", "html"), ('\ufeff {"sections":[]}', "blocks"), ("<mjml>", "mjml")]
)
def test_a_source_says_what_it_is(source: str, kind: str) -> None:
    assert mailblocks.kind(source) == kind


def test_a_source_that_is_no_mail_says_why() -> None:
    with pytest.raises(mailblocks.BadSource, match="unknown field"):
        mailblocks.read('{"segments": []}')


def test_words_are_escaped_and_liquid_is_left_alone() -> None:
    assert (
        mailmjml.words("a < b & {{ 'x < y' }}\n{% if a %}") == "a &lt; b &amp; {{ 'x < y' }}<br/>{% if a %}"
    )


def test_items_of_one_kind_in_a_row_are_one_list() -> None:
    def item(words: str, shape: mailblocks.Shape) -> mailblocks.Paragraph:
        return mailblocks.Paragraph(runs=[mailblocks.Run(text=words)], shape=shape)

    written = mailmjml.rich([item("a", "bullet"), item("b", "bullet"), item("c", "number"), item("d", "h2")])
    assert written == "<ul><li>a</li><li>b</li></ul><ol><li>c</li></ol><h2>d</h2>"


def test_what_is_other_on_the_phone_is_a_rule_of_its_own() -> None:
    block = mailblocks.Text(id="t1", phone=mailblocks.Look(size=22, align="center", padding=(1, 2, 3, 4)))
    written = mailmjml.mjml(mail(block))
    assert ".hg-t1 { padding: 1px 2px 3px 4px !important; }" in written
    assert ".hg-t1 div, .hg-t1 a { font-size: 22px !important; }" in written
    assert "text-align: center !important" in written


def test_hidden_blocks_are_hidden_where_they_are_to_be() -> None:
    on_phone = mailblocks.Text(id="p", phone=mailblocks.Look(hidden=True))
    on_desktop = mailblocks.Text(id="d", desktop=mailblocks.Look(hidden=True))
    written = mailmjml.mjml(mail(on_phone, on_desktop))
    narrow, wide = written.split("min-width:480px")
    assert ".hg-p { display: none !important; }" in narrow
    assert ".hg-d" not in narrow
    assert ".hg-d { display: none !important; }" in wide


def test_bad_colours_names_and_columns_are_errors_with_their_place() -> None:
    twice = mailblocks.Spacer(id="x")
    bad = mail(mailblocks.Button(id="b", fill="red"), mailblocks.Text(id="a b"), twice, twice)
    bad = mailblocks.Mail(
        sections=[*bad.sections, mailblocks.Section(id="many", columns=[mailblocks.Column()] * 5)]
    )
    errors = {fault.place for fault in mailmjml.check(bad) if fault.level == "error"}
    assert errors == {"source.b.fill", "source.a b", "source.x", "source.many"}


def test_what_leads_nowhere_is_a_warning() -> None:
    social = mailblocks.Social(id="s", profiles=[mailblocks.Profile(name="X")])
    product = mailblocks.Product(id="p")
    found = mailmjml.check(mail(mailblocks.Button(id="b"), mailblocks.Image(id="i"), social, product))
    assert {fault.place for fault in found} == {
        "source.b.link",
        "source.i.src",
        "source.s.profiles",
        "source.p.link",
    }
    assert {fault.level for fault in found} == {"warning"}


def test_a_content_with_an_empty_mail_has_nothing_to_say() -> None:
    empty = email.EmailContent(subject="s", source=mailblocks.write(mailblocks.Mail()))
    assert "There is neither HTML nor text." in [
        fault.message for fault in email.check(empty, rendered=False)
    ]
    full = email.EmailContent(subject="s", source=mailblocks.write(mail(mailblocks.Text(id="t"))))
    assert email.check(full, rendered=False) == []


def test_a_source_in_blocks_is_checked_with_its_content() -> None:
    content = email.EmailContent(subject="s", html="<p>x", source='{"sections": 3}')
    assert [fault.place for fault in email.check(content, rendered=False)] == ["source"]


def test_each_message_has_its_own_address_to_unsubscribe() -> None:
    page = f'<p>Hi</p><a href="{email.UNSUBSCRIBE_ADDRESS}">Leave</a>'
    html, text = email.texts(email.EmailContent(subject="s", html=page), "https://u.example/?a=1&b=2")
    assert 'href="https://u.example/?a=1&amp;b=2"' in html
    assert text == "Hi\n\nLeave (https://u.example/?a=1&b=2)"


def test_a_link_to_unsubscribe_needs_the_address_it_leads_to() -> None:
    content = email.EmailContent(subject="s", html='<a href="{{ unsubscribe_url }}">x</a>', unsubscribe=False)
    assert [fault.level for fault in email.check(content, rendered=False)] == ["error"]


LINTED = [
    ('<img src="https://x/a.png">', "1 picture without alternative text"),
    ('<img src="https://x/a.png" alt="">', "No picture has an alternative text"),
    (f'<img alt="x" src="data:image/png;base64,{"A" * 30_000}">', "within the mail weigh"),
    ('<a href="#">x</a>', "1 link lead nowhere"),
    ('<a href="example.com">x</a>', "1 address no mail program opens"),
    ('<a href="http://example.com">x</a>', "not encrypted"),
    ('<a href="https://bit.ly/x">x</a>', "hidden behind bit.ly"),
    (
        '<a href="https://evil.example">https://bank.example/in</a>',
        "says bank.example and leads to evil.example",
    ),
    ('<a href="https://a.example"></a>', "has no words"),
    ("<script>x</script>", "take out script"),
    ('<p onclick="x">', "carries a script"),
    ('<link rel="stylesheet" href="https://x/a.css">', "style sheet"),
    ("<p>Hello</p>", "no link to unsubscribe"),
]


@pytest.mark.parametrize("page,words", LINTED)
def test_what_makes_a_mail_arrive_badly_is_named(page: str, words: str) -> None:
    found = mail_lint.lint(email.EmailContent(subject="s", html=page))
    assert any(words in fault.message for fault in found), found
    assert {fault.level for fault in found} == {"warning"}


def test_a_good_mail_is_left_in_peace() -> None:
    page = """<p>A whole paragraph that says what this is about, at some length.</p>
    <a href="https://x.example/{{ code }}"><img src="https://x.example/a.png" alt="A shoe"></a>
    <a href="{{ unsubscribe_url }}">Unsubscribe</a>"""
    assert mail_lint.lint(email.EmailContent(subject="Hello", preheader="p", html=page)) == []


@pytest.mark.parametrize("subject", ["BUY THIS NOW PLEASE", "Win!! Win!!", "$$$ for you"])
def test_a_subject_that_looks_like_spam_is_named(subject: str) -> None:
    found = mail_lint.lint(email.EmailContent(subject=subject, html="{{ unsubscribe_url }}", preheader="p"))
    assert [fault.place for fault in found] == ["subject"]
