"""Every adapter that speaks HTTP/1.1, ready to send one message to a far side that fails."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field

from server.channels import email, rcs, sms, webpush, whatsapp
from server.providers import base, form
from server.providers.email import ses
from server.providers.push import vapid
from server.providers.push import webpush as webpush_adapter
from server.providers.rcs import rbm
from server.providers.sms import twilio
from server.providers.whatsapp import cloud
from server.twins.push import webpush as webpush_twin
from tests.server.providers import cases
from tests.server.providers.rcs import keys

PRIVATE, PUBLIC = vapid.make()


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One adapter and a message for it."""

    name: str
    make: Callable[[base.Context], base.Provider]
    message: Callable[[str], base.Outbound]  #: of the far side's address
    success: int = 200  #: the status of its successes
    good: dict[str, bytes] = field(default_factory=dict)  #: paths it needs before it can send

    def open(self, endpoint: str, *, timeout_s: float = 1.0, ca_pem: str = "") -> base.Provider:
        """The adapter, pointed at a far side, with little patience."""
        context = cases.context(endpoint, ca_pem=ca_pem)
        return self.make(dataclasses.replace(context, timeout_s=timeout_s))


def _twilio(context: base.Context) -> base.Provider:
    values = {"account_sid": "AC" + "0a" * 16, "sender": "+15005550006"}
    return twilio.Twilio(form.build(twilio.Settings, values, {"auth_token": "5ecret"}), context)


def _cloud(context: base.Context) -> base.Provider:
    values = {"phone_number_id": "106540352242922", "waba_id": "102290129340398"}
    secrets = {"token": "EAAGtoken", "app_secret": "s", "verify_token": "v"}
    return cloud.Cloud(form.build(cloud.Settings, values, secrets), context)


def _rbm(context: base.Context) -> base.Provider:
    secrets = {"service_account": keys.key_file("/token"), "client_token": "SJENCPGJESMGUFPY"}
    return rbm.Rbm(form.build(rbm.Settings, {"agent_id": "northwind_agent"}, secrets), context)


def _ses(context: base.Context) -> base.Provider:
    values = {
        "region": "eu-west-1",
        "access_key_id": "AKIDEXAMPLE12345",
        "from_address": "news@example.com",
    }
    return ses.Ses(form.build(ses.SesSettings, values, {"secret_access_key": "k" * 40}), context)


def _webpush(context: base.Context) -> base.Provider:
    values = {"public_key": PUBLIC, "contact": "mailto:push@example.com"}
    made = form.build(webpush_adapter.WebPushSettings, values, {"private_key": PRIVATE})
    return webpush_adapter.WebPush(made, context)


def _subscribed(endpoint: str) -> base.Outbound:
    keys_ = webpush_twin.subscription({"seed": "any"}, "", "device-1")["keys"]
    address = json.dumps({"endpoint": f"{endpoint}/wpush/v2/device-1", "keys": keys_})
    return cases.outbound(webpush.WebPushContent(title="Sale", body="Now"), address)


DESKS = (
    Desk(
        name="twilio",
        make=_twilio,
        message=lambda _: cases.outbound(sms.SmsContent(body="Hi"), "+447400123456"),
        success=201,
    ),
    Desk(
        name="whatsapp",
        make=_cloud,
        message=lambda _: cases.outbound(
            whatsapp.WhatsAppContent(template="spring", language="en"), "+447700900123"
        ),
    ),
    Desk(
        name="rcs",
        make=_rbm,
        message=lambda _: cases.outbound(rcs.RcsContent(text="Hi"), "+447700900123"),
        good={"/token": json.dumps({"access_token": "ya29.first", "expires_in": 3599}).encode()},
    ),
    Desk(
        name="ses",
        make=_ses,
        message=lambda _: cases.outbound(email.EmailContent(subject="Hi", text="Hi"), "zoe@example.org"),
    ),
    Desk(name="webpush", make=_webpush, message=_subscribed, success=201),
)
