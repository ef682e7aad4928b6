"""The SMTP adapter, against its twin over real TLS, and against servers that do what they should not."""

import asyncio
import contextlib
import functools
import ssl
from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from server.channels import email, sms
from server.providers import base, errors, form
from server.providers.email import esmtp, smtp
from server.twins import base as twins
from server.twins.email import smtp as twin
from tests.server.providers import cases
from tests.server.providers.email import far
from tests.support import yard

PASSWORD = "correct-horse-battery"


class Implicit(twin.Smtp):
    """The twin, its keys made once for all tests."""

    @classmethod
    @functools.cache
    def invent(cls) -> dict[str, str]:
        return twin.Smtp.invent()


class StartTls(Implicit):
    """The twin, speaking TLS from STARTTLS on."""

    def __init__(self, shared: twins.Yard) -> None:
        super().__init__(shared, security="smtp+starttls")


class Clear(Implicit):
    """The twin, without TLS."""

    def __init__(self, shared: twins.Yard) -> None:
        super().__init__(shared, security="smtp")


def mail(to: str = "zoe@example.org", ref: str = "k3f9x2-1-1", **fields: Any) -> base.Outbound:
    content = email.EmailContent(
        **{"subject": "Été", "html": "<p>Hi Zoë</p>", "text": "Hi Zoë\n.\n", **fields}
    )
    return base.Outbound(ref=ref, to=to, content=content, unsubscribe_url="https://u.example/1")


def settings(**fields: Any) -> smtp.SmtpSettings:
    return smtp.SmtpSettings(**{"from_address": "news@example.com", **fields})


def logged_in(**fields: Any) -> smtp.SmtpSettings:
    return settings(username="desk", password=base.Secret(PASSWORD), **fields)


@contextlib.asynccontextmanager
async def account(
    made: smtp.SmtpSettings,
    endpoint: str,
    *,
    ca_pem: str = "",
    connections: int = 4,
    timeout_s: float = 30.0,
) -> AsyncIterator[smtp.Smtp]:
    context = base.Context(
        account=1,
        installation="t1",
        endpoint=endpoint,
        ca_pem=ca_pem,
        connections=connections,
        timeout_s=timeout_s,
    )
    provider = smtp.Smtp(made, context)
    await provider.open()
    try:
        yield provider
    finally:
        await provider.close()


@contextlib.asynccontextmanager
async def at_twin(
    kind: type[twin.Smtp] = Implicit, **fields: Any
) -> AsyncIterator[tuple[smtp.Smtp, yard.Opened]]:
    async with yard.opened(kind) as around:
        typed, secrets = kind.account(around.yard.credentials[kind.key])
        made = form.build(smtp.SmtpSettings, {**typed, **fields}, secrets)
        async with account(made, around.endpoints[kind.key], ca_pem=around.ca_pem) as provider:
            yield provider, around


@pytest.mark.parametrize("kind", [Implicit, StartTls, Clear])
async def test_a_mail_arrives_whole_however_tls_begins(kind: type[twin.Smtp]) -> None:
    async with at_twin(kind) as (provider, around):
        accepted = await provider.send(mail())
        arrival = around.inbox.last
        assert accepted.status == 250
        assert accepted.provider_ref == arrival.provider_ref
        assert (arrival.ref, arrival.to, arrival.title) == ("k3f9x2-1-1", "zoe@example.org", "Été")
        assert arrival.shown["text"] == "Hi Zoë\r\n.\r\n"
        assert arrival.shown["html"] == "<p>Hi Zoë</p>\r\n"
        assert arrival.shown["from"] == '"Sandbox News" <news@sandbox.example>'
        assert "d=sandbox.example" in arrival.wire["DKIM-Signature"]
        assert arrival.wire["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    "word, first, then",
    [
        ("delivered", None, None),
        ("bounced", None, None),
        ("silent", None, None),
        ("dead", errors.PermanentRecipient, errors.PermanentRecipient),
        ("blocked", errors.PermanentRecipient, errors.PermanentRecipient),
        ("refused", errors.PermanentContent, errors.PermanentContent),
        ("throttled", errors.Throttled, None),
        ("down", errors.ProviderDown, None),
        ("cut", errors.Doubt, errors.Doubt),
    ],
)
async def test_each_magic_word_ends_as_it_says(
    word: str, first: type[errors.SendError] | None, then: type[errors.SendError] | None
) -> None:
    async with at_twin() as (provider, _):
        for expected in (first, then):
            with pytest.raises(expected) if expected else contextlib.nullcontext():
                await provider.send(mail(f"{word}+1@magic.test"))


async def test_what_was_cut_after_the_dot_was_taken_and_one_message_is_one_arrival() -> None:
    async with at_twin() as (provider, around):
        with pytest.raises(errors.Doubt):
            await provider.send(mail("cut@magic.test"))
        assert [(arrival.to, arrival.taken) for arrival in around.inbox.arrivals] == [
            ("cut@magic.test", True)
        ]


async def test_many_mails_share_few_connections_and_none_is_lost_or_doubled() -> None:
    async with at_twin() as (provider, around):
        refs = [f"k3f9x2-1-{index}" for index in range(250)]
        people = [
            "dead@magic.test" if index % 10 == 0 else f"delivered+{index}@magic.test" for index in range(250)
        ]
        sends = [provider.send(mail(to, ref=ref)) for to, ref in zip(people, refs, strict=True)]
        outcomes = await asyncio.gather(*sends, return_exceptions=True)
        taken = [arrival.ref for arrival in around.inbox.arrivals if arrival.taken]
        assert sorted(taken) == sorted(ref for index, ref in enumerate(refs) if index % 10)
        assert sum(isinstance(outcome, errors.PermanentRecipient) for outcome in outcomes) == 25
        assert sum(isinstance(outcome, base.Accepted) for outcome in outcomes) == 225


async def test_a_connection_is_renewed_after_as_many_messages_as_the_account_allows() -> None:
    async with (
        far.far() as side,
        account(settings(messages_per_connection=3), side.endpoint, connections=1) as provider,
    ):
        for index in range(7):
            await provider.send(mail(ref=f"t-1-{index}"))
        assert (side.connections, len(side.messages)) == (3, 7)


async def test_the_envelope_is_pipelined_and_no_line_needs_stuffing() -> None:
    async with (
        far.far() as side,
        account(settings(return_path="bounces@example.com"), side.endpoint) as provider,
    ):
        accepted = await provider.send(mail(html="", text=".\n..\nend"))
        assert accepted == base.Accepted(provider_ref="Q1", status=250, detail="2.0.0 Ok: queued as Q1")
        assert side.lines[1:] == ["MAIL FROM:<bounces@example.com>", "RCPT TO:<zoe@example.org>", "DATA"]
        assert b"\r\n=2E\r\n=2E=\r\n=2E=\r\n\r\nend\r\n.\r\n" in side.messages[0]


async def test_a_message_whose_lines_begin_with_dots_is_stuffed() -> None:
    async with far.far() as side:
        session = await esmtp.Session.connect(
            esmtp.place(side.endpoint), context=ssl.create_default_context()
        )
        await session.send("a@example.com", "b@example.com", b".first\r\nx\r\n..last\r\n")
        await session.quit()
        assert side.messages[0].endswith(b"..first\r\nx\r\n...last\r\n.\r\n")


async def test_a_server_without_pipelining_is_asked_step_by_step() -> None:
    async with far.far(EHLO="250 far", RCPT="550 no") as side, account(settings(), side.endpoint) as provider:
        with pytest.raises(errors.PermanentRecipient):
            await provider.send(mail())
        assert [line.partition(" ")[0] for line in side.lines] == ["EHLO", "MAIL", "RCPT", "RSET"]


async def test_the_message_id_stands_in_where_the_server_names_no_queue() -> None:
    async with far.far(DOT="250 thanks") as side, account(settings(), side.endpoint) as provider:
        assert (await provider.send(mail())).provider_ref == "<k3f9x2-1-1@example.com>"


@pytest.mark.parametrize(
    "step, kind, code",
    [
        ("GREETING", errors.ProviderDown, "closed"),
        ("EHLO", errors.ProviderDown, "closed"),
        ("AUTH", errors.ProviderDown, "closed"),
        ("MAIL", errors.ProviderDown, "closed"),
        ("RCPT", errors.ProviderDown, "closed"),
        ("DATA", errors.ProviderDown, "closed"),
        ("DOT", errors.Doubt, "cut"),
    ],
)
async def test_a_connection_cut_at_any_step_is_a_doubt_only_after_the_final_dot(
    step: str, kind: type[errors.SendError], code: str
) -> None:
    async with far.far(**{step: far.CLOSE}) as side, account(logged_in(), side.endpoint) as provider:
        with pytest.raises(kind) as caught:
            await provider.send(mail())
        assert (type(caught.value), caught.value.code) == (kind, code)


@pytest.mark.parametrize(
    "step, kind, code",
    [
        ("GREETING", errors.ProviderDown, "timeout"),
        ("MAIL", errors.ProviderDown, "timeout"),
        ("DOT", errors.Doubt, "no-answer"),
    ],
)
async def test_a_server_that_falls_silent_is_given_up(
    step: str, kind: type[errors.SendError], code: str
) -> None:
    async with (
        far.far(**{step: far.SILENCE}) as side,
        account(settings(), side.endpoint, timeout_s=0.2) as provider,
    ):
        with pytest.raises(kind) as caught:
            await provider.send(mail())
        assert (type(caught.value), caught.value.code) == (kind, code)


@pytest.mark.parametrize(
    "says, kind, code",
    [
        ({"GREETING": "554 5.7.1 blocked"}, errors.AuthConfig, "5.7.1"),
        ({"GREETING": "421 busy"}, errors.Throttled, "421"),
        ({"GREETING": "hello there"}, errors.ProviderDown, "not-smtp"),
        ({"GREETING": "220 " + "x" * 5000}, errors.ProviderDown, "not-smtp"),
        ({"AUTH": "535 5.7.8 wrong"}, errors.AuthConfig, "5.7.8"),
        ({"EHLO": "250-far\r\n250 AUTH CRAM-MD5"}, errors.AuthConfig, "no-auth"),
        ({"MAIL": "553 5.1.8 not yours"}, errors.AuthConfig, "5.1.8"),
        (
            {"MAIL": "250 ok", "RCPT": "550 5.1.1 unknown", "DATA": "503 no recipient"},
            errors.PermanentRecipient,
            "5.1.1",
        ),
        ({"RCPT": "552 5.2.2 full"}, errors.Transient, "5.2.2"),
        ({"RCPT": "450 4.2.0 greylisted"}, errors.Transient, "4.2.0"),
        ({"DATA": "451 4.3.0 later"}, errors.ProviderDown, "4.3.0"),
        ({"DOT": "554 5.6.0 spam"}, errors.PermanentContent, "5.6.0"),
        ({"DOT": "421 4.4.5 congested"}, errors.Throttled, "4.4.5"),
        ({"DOT": "354 what"}, errors.Doubt, "odd-reply"),
        ({"EHLO": "250-far\r\n250-AUTH PLAIN\r\n250 SIZE 500"}, errors.PermanentContent, "5.3.4"),
    ],
)
async def test_what_the_server_says_decides(
    says: dict[str, str], kind: type[errors.SendError], code: str
) -> None:
    async with far.far(**says) as side, account(logged_in(), side.endpoint) as provider:
        with pytest.raises(errors.SendError) as caught:
            await provider.send(mail())
        assert (type(caught.value), caught.value.code) == (kind, code)


async def test_a_refused_recipient_leaves_the_connection_clean_for_the_next() -> None:
    async with far.far() as side, account(settings(), side.endpoint, connections=1) as provider:
        side.says |= {"RCPT": "550 5.1.1 unknown", "DOT": "554 5.5.1 no valid recipients"}
        with pytest.raises(errors.PermanentRecipient):
            await provider.send(mail(ref="t-1-1"))
        side.says |= {"RCPT": "250 ok", "DOT": "250 ok"}
        await provider.send(mail(ref="t-1-2"))
        assert side.connections == 1
        # It asked for the message of a refused recipient, and got an empty one.
        assert side.messages[0] == b".\r\n"
        assert b"t-1-2" in side.messages[1]


async def test_a_server_that_takes_an_empty_mail_for_nobody_is_hung_up_on() -> None:
    async with far.far(RCPT="550 5.1.1 unknown") as side, account(settings(), side.endpoint) as provider:
        with pytest.raises(errors.PermanentRecipient):
            await provider.send(mail())
        side.says["RCPT"] = "250 ok"
        await provider.send(mail())
        assert side.connections == 2


async def test_a_server_that_takes_no_sender_but_a_message_is_hung_up_on() -> None:
    async with (
        far.far(MAIL="553 5.7.1 no") as side,
        account(settings(), side.endpoint, connections=1) as provider,
    ):
        with pytest.raises(errors.AuthConfig):
            await provider.send(mail())
        assert side.messages == []


async def test_a_connection_the_server_closed_at_rest_is_replaced_without_a_word() -> None:
    async with far.far() as side, account(settings(), side.endpoint, connections=1) as provider:
        await provider.send(mail(ref="t-1-1"))
        side.writers[0].write(b"421 4.4.2 idle too long\r\n")
        side.writers[0].close()
        await yard.until(side.writers[0].is_closing)
        await provider.send(mail(ref="t-1-2"))
        assert (side.connections, len(side.messages)) == (2, 2)


async def test_a_resting_connection_that_breaks_on_use_is_no_failed_attempt() -> None:
    async with far.far() as side, account(settings(), side.endpoint, connections=1) as provider:
        await provider.send(mail(ref="t-1-1"))
        side.says["MAIL"] = far.CLOSE_ONCE
        await provider.send(mail(ref="t-1-2"))
        assert (side.connections, len(side.messages)) == (2, 2)


async def test_a_wrong_password_is_tried_once_however_many_mails_wait() -> None:
    async with far.far(AUTH="535 5.7.8 wrong") as side, account(logged_in(), side.endpoint) as provider:
        outcomes = await asyncio.gather(*(provider.send(mail()) for _ in range(20)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {errors.AuthConfig}
        assert sum(line.startswith("AUTH") for line in side.lines) == 1


async def test_login_is_used_where_plain_is_not_offered() -> None:
    async with far.far(EHLO="250-far\r\n250 AUTH LOGIN", AUTH="334 VXNlcm5hbWU6") as side:
        async with account(logged_in(), side.endpoint) as provider:
            with pytest.raises(errors.ProviderDown):
                await provider.send(mail())  # this server never says 235
        assert side.lines[1:4] == ["AUTH LOGIN", "ZGVzaw==", "Y29ycmVjdC1ob3JzZS1iYXR0ZXJ5"]


async def test_a_server_that_offers_no_starttls_gets_neither_password_nor_mail() -> None:
    async with far.far(scheme="smtp+starttls") as side, account(logged_in(), side.endpoint) as provider:
        with pytest.raises(errors.AuthConfig) as caught:
            await provider.send(mail())
        assert caught.value.code == "no-starttls"
        assert side.lines == ["EHLO localhost"]


async def test_data_that_came_in_clear_before_tls_is_never_believed() -> None:
    ehlo = "250-far\r\n250 STARTTLS"
    says = {"EHLO": ehlo, "STARTTLS": "220 go ahead\r\n250-far\r\n250 AUTH PLAIN"}
    async with (
        far.far(scheme="smtp+starttls", **says) as side,
        account(logged_in(), side.endpoint) as provider,
    ):
        with pytest.raises(errors.AuthConfig) as caught:
            await provider.send(mail())
        assert caught.value.code == "injected"
        assert side.lines == ["EHLO localhost", "STARTTLS"]


async def test_what_was_announced_before_tls_is_forgotten() -> None:
    """The twin offers STARTTLS before and log-in after; were the first list kept, no log-in would be found."""
    async with at_twin(StartTls) as (provider, _):
        session = await provider.connect()
        assert "STARTTLS" not in session.keywords
        assert session.keywords["AUTH"] == "PLAIN LOGIN"
        assert session.tls.startswith("TLSv1.")
        await session.quit()


@pytest.mark.parametrize("kind", [Implicit, StartTls])
async def test_a_certificate_nobody_vouches_for_stops_everything(kind: type[twin.Smtp]) -> None:
    async with yard.opened(kind) as around:
        typed, secrets = kind.account(around.yard.credentials[kind.key])
        made = form.build(smtp.SmtpSettings, typed, secrets)
        async with account(made, around.endpoints[kind.key]) as provider:
            with pytest.raises(errors.AuthConfig) as caught:
                await provider.send(mail())
            assert caught.value.code == "certificate"
        assert around.inbox.arrivals == []


async def test_nothing_listening_is_a_provider_that_is_down() -> None:
    async with far.far() as side:
        endpoint = side.endpoint
    async with account(settings(), endpoint) as provider:
        with pytest.raises(errors.ProviderDown) as caught:
            await provider.send(mail())
        assert caught.value.code == "unreachable"


async def test_mail_never_goes_in_clear_over_the_public_internet(monkeypatch: pytest.MonkeyPatch) -> None:
    async with far.far() as side, account(logged_in(), side.endpoint) as provider:
        near = esmtp.is_near
        assert near(("127.0.0.1", 25))
        assert near(("10.1.2.3", 25))
        assert near(("fe80::1%eth0", 25))
        assert not near(("2606:4700::1", 25))
        monkeypatch.setattr(esmtp, "is_near", lambda peer: near(("93.184.216.34", peer[1])))
        with pytest.raises(errors.AuthConfig) as caught:
            await provider.send(mail())
        assert caught.value.code == "in-clear"
        assert side.lines == []


@pytest.mark.parametrize(
    "address", ["zoé@example.org", "zoe", "a b@example.org", "x@example.org>\r\nRCPT TO:<y@z.org"]
)
async def test_an_address_that_cannot_travel_is_refused_before_any_byte_leaves(address: str) -> None:
    async with far.far() as side, account(settings(), side.endpoint) as provider:
        with pytest.raises(errors.PermanentRecipient):
            await provider.send(mail(address))
        assert side.connections == 0


async def test_content_of_another_channel_is_a_mistake_of_ours() -> None:
    async with far.far() as side, account(settings(), side.endpoint) as provider:
        with pytest.raises(TypeError):
            await provider.send(base.Outbound(ref="t-1-1", to="zoe@example.org", content=sms.SmsContent()))


async def test_a_closed_account_sends_nothing() -> None:
    async with far.far() as side:
        async with account(settings(), side.endpoint) as provider:
            await provider.send(mail())
        with pytest.raises(errors.Transient):
            await provider.send(mail())
        await yard.until(lambda: side.lines[-1] == "QUIT")


@pytest.mark.parametrize(
    "place, endpoint, fields",
    [
        ("endpoint", "", {}),
        ("endpoint", "https://mail.example.com", {}),
        ("endpoint", "smtps://", {}),
        ("endpoint", "smtps://mail.example.com:99999", {}),
        ("endpoint", "smtps://user:word@mail.example.com", {}),
        ("from_address", "", {"from_address": "news"}),
        ("return_path", "", {"return_path": "bounces@"}),
        ("password", "", {"username": "desk"}),
        ("username", "", {"password": base.Secret("x")}),
        ("dkim_selector", "", {"dkim_domain": "example.com", "dkim_key": base.Secret("x")}),
        ("dkim_key", "", {"dkim_domain": "example.com", "dkim_selector": "s", "dkim_key": base.Secret("x")}),
        ("dkim_domain", "", {"dkim_domain": "exa mple", "dkim_selector": "s", "dkim_key": base.Secret("x")}),
        (
            "dkim_selector",
            "",
            {"dkim_domain": "example.com", "dkim_selector": "s 1", "dkim_key": base.Secret("x")},
        ),
    ],
)
def test_settings_that_cannot_work_are_refused_with_place_and_remedy(
    place: str, endpoint: str, fields: dict[str, Any]
) -> None:
    context = cases.context(endpoint if place == "endpoint" else "smtps://mail.example.com")
    with pytest.raises(errors.BadSettings) as caught:
        smtp.Smtp(settings(**fields), context)
    assert caught.value.place == place
    assert caught.value.message
    assert caught.value.remedy


def test_an_authority_that_is_none_is_refused() -> None:
    with pytest.raises(errors.BadSettings) as caught:
        smtp.Smtp(settings(), cases.context("smtps://mail.example.com", ca_pem="nonsense"))
    assert caught.value.place == "ca"


def test_the_form_asks_for_secrets_as_secrets() -> None:
    kinds = {field.name: field.kind.value for field in form.fields(smtp.SmtpSettings)}
    assert kinds["password"] == "secret"
    assert kinds["dkim_key"] == "secret_multiline"
    assert kinds["messages_per_connection"] == "number"
    assert list(kinds)[-2:] == ["endpoint", "ca"]


async def test_no_secret_shows_in_settings_provider_errors_or_checks() -> None:
    async with far.far(AUTH="535 5.7.8 wrong") as side, account(logged_in(), side.endpoint) as provider:
        with pytest.raises(errors.AuthConfig) as caught:
            await provider.send(mail())
        rows = await provider.check()
        for thing in (provider.settings, provider, caught.value, rows):
            assert PASSWORD not in cases.shows(thing)


async def test_a_check_tries_everything_and_sends_nothing() -> None:
    async with at_twin() as (provider, around):
        rows = await provider.check()
        assert [(row.what, row.good) for row in rows] == [
            ("Connection and log-in", True),
            ("Encryption", True),
            ("Sender", True),
            ("DKIM", True),
        ]
        assert "TLSv1.3" in rows[1].message
        assert "twin._domainkey.sandbox.example: v=DKIM1; k=rsa; p=" in rows[3].message
        assert around.inbox.arrivals == []


@pytest.mark.parametrize(
    "says, what, code",
    [
        ({"AUTH": "535 5.7.8 wrong"}, "Connection and log-in", "5.7.8"),
        ({"MAIL": "553 5.1.8 not yours"}, "Sender", "5.1.8"),
        ({"MAIL": far.CLOSE}, "Sender", "closed"),
        ({"GREETING": far.CLOSE}, "Connection and log-in", "closed"),
    ],
)
async def test_a_failed_check_names_what_failed_and_the_remedy(
    says: dict[str, str], what: str, code: str
) -> None:
    async with far.far(**says) as side, account(logged_in(), side.endpoint) as provider:
        (row,) = [row for row in await provider.check() if not row.good]
        assert (row.what, code in row.message, bool(row.remedy)) == (what, True, True)


async def test_a_check_warns_of_clear_text_and_of_a_signature_that_does_not_count() -> None:
    key = Implicit.invent()["dkim_key"]
    signing = settings(dkim_domain="other.example", dkim_selector="s1", dkim_key=base.Secret(key))
    async with far.far() as side, account(signing, side.endpoint) as provider:
        rows = {row.what: row for row in await provider.check()}
        assert rows["Encryption"].message.startswith("Warning")
        assert not rows["DKIM"].good
    async with far.far() as side, account(settings(), side.endpoint) as provider:
        assert "do not sign" in {row.what: row for row in await provider.check()}["DKIM"].message


async def test_a_mail_leaves_from_the_pools_address_under_the_accounts_name() -> None:
    async with at_twin() as (provider, around):
        sender = provider.sender
        own = f"spring@{sender.domain}"
        await provider.send(msgspec.structs.replace(mail(), origin=own))
        assert own in around.inbox.last.wire["From"]
        assert f"@{sender.domain}" in around.inbox.last.wire["Message-ID"]
    assert smtp.Smtp.origin_fault(own) == ""
    assert "cannot be used" in smtp.Smtp.origin_fault("spring")


async def test_a_mail_that_may_not_leave_any_more_is_held_back_though_the_server_waits_for_it() -> None:
    """A sender stopped past its lease may go on between the server's 354 and the mail itself."""
    async with far.far() as side:
        context = base.Context(
            account=1, installation="t1", endpoint=side.endpoint, holds=lambda: not side.lines[3:]
        )
        provider = smtp.Smtp(settings(), context)
        await provider.open()
        with pytest.raises(errors.Lapsed):
            await provider.send(mail())
        await provider.close()
        assert side.lines[-1] == "DATA"
        assert side.messages == []
