"""P5: a certificate that is wrong in any way is refused before a byte of the message leaves, and named."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator

import pytest

from server.channels import apns as apns_rules
from server.channels import email
from server.providers import base, errors, form, registry
from server.providers.email import smtp
from server.providers.push import apns
from server.twins.push import apns as apns_twin
from tests.server.providers import cases
from tests.server.providers.faults import desks
from tests.support import certificates, faults

WRONGS = (
    "expired",
    "not valid yet",
    "for another name",
    "signed by itself",
    "signed by a stranger",
    "TLS 1.1",
)


@pytest.mark.parametrize("wrong", WRONGS)
@pytest.mark.parametrize("desk", desks.DESKS, ids=[desk.name for desk in desks.DESKS])
async def test_a_wrong_certificate_is_refused_and_named(desk: desks.Desk, wrong: str) -> None:
    tls, code = certificates.wrongs()[wrong]
    async with faults.far(faults.Fault.HANGS, tls=tls) as far:
        endpoint = f"https://127.0.0.1:{far.port}"
        provider = desk.open(endpoint, timeout_s=5.0, ca_pem=certificates.ca_pem())
        found = await cases.outcome(provider, desk.message(endpoint))
        await provider.close()
        assert far.requests == 0
    assert type(found) is errors.ProviderDown
    assert found.code == code
    entry = registry.PROVIDERS.explain(provider.key, code)
    assert entry is not None
    assert entry.remedy


@pytest.mark.parametrize("wrong", WRONGS)
async def test_apple_push_refuses_it_too(wrong: str) -> None:
    tls, code = certificates.wrongs()[wrong]
    tls.set_alpn_protocols(["h2"])
    async with faults.far(faults.Fault.HANGS, tls=tls) as far:
        plain, secrets = apns_twin.ApnsTwin.account(apns_twin.ApnsTwin.invent())
        context = cases.context(f"https://127.0.0.1:{far.port}", ca_pem=certificates.ca_pem())
        provider = apns.Apns(form.build(apns.ApnsSettings, plain, secrets), context)
        found = await cases.outcome(provider, cases.outbound(apns_rules.ApnsContent(body="x"), "ab" * 32))
        await provider.close()
    assert (type(found), getattr(found, "code", "")) == (errors.ProviderDown, code)


@contextlib.asynccontextmanager
async def mail_server(tls: ssl.SSLContext) -> AsyncIterator[str]:
    async def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(b"220 far ready\r\n")
            await writer.drain()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"smtps://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


@pytest.mark.parametrize(
    "wrong, kind, code",
    [
        # What passes by itself is waited for; what does not is a person's to look at.
        ("expired", errors.ProviderDown, "tls-expired"),
        ("not valid yet", errors.ProviderDown, "tls-early"),
        ("for another name", errors.AuthConfig, "certificate"),
        ("signed by itself", errors.AuthConfig, "certificate"),
        ("signed by a stranger", errors.AuthConfig, "certificate"),
        ("TLS 1.1", errors.ProviderDown, "tls"),
    ],
)
async def test_a_mail_server_with_a_wrong_certificate_gets_neither_password_nor_mail(
    wrong: str, kind: type[errors.SendError], code: str
) -> None:
    tls, _ = certificates.wrongs()[wrong]
    async with mail_server(tls) as endpoint:
        made = form.build(smtp.SmtpSettings, {"from_address": "news@example.com"}, {})
        provider = smtp.Smtp(made, cases.context(endpoint, ca_pem=certificates.ca_pem()))
        content = email.EmailContent(subject="Hi", text="Hi")
        found = await cases.outcome(provider, cases.outbound(content, "zoe@example.org"))
        await provider.close()
    assert (type(found), getattr(found, "code", "")) == (kind, code)


async def test_a_certificate_that_was_renewed_is_taken_without_a_restart() -> None:
    desk = desks.DESKS[1]
    good = certificates.context(certificates.make(certificates.HERE, signed_by=certificates.authority()))
    expired, _ = certificates.wrongs()["expired"]
    async with faults.far(faults.Fault.PAGE, tls=expired) as far:
        endpoint = f"https://127.0.0.1:{far.port}"
        provider = desk.open(endpoint, timeout_s=5.0, ca_pem=certificates.ca_pem())
        before = await cases.outcome(provider, desk.message(""))
        await far.renew(good)
        after = await cases.outcome(provider, desk.message(""))
        await provider.close()
    assert isinstance(before, errors.ProviderDown)
    assert not isinstance(after, (errors.ProviderDown, base.Accepted))  # the page came, over good TLS
