"""Amazon SES: signed requests, its rules and refusals, and its news by a notification topic."""

import secrets
import string
import uuid
from collections.abc import Mapping
from typing import ClassVar
from urllib.parse import unquote

import msgspec

from server.twins import base, http
from server.twins.email import aws_auth, ses_events, ses_requests, sns

Word = base.Word

REGION = "eu-west-1"
DOMAIN = "sandbox.example"
REF_TAG = "heliograph_ref"  #: the tag our sender puts its reference in
SEND = "/v2/email/outbound-emails"

_FIRST_REFUSALS: Mapping[Word, tuple[int, str, str]] = {
    Word.THROTTLED: (429, "TooManyRequestsException", "Maximum sending rate exceeded."),
    Word.DOWN: (500, "InternalServiceErrorException", "The service is not able to handle the request now."),
}
_REFUSED = (400, "MessageRejected", "The content of the message was refused.")


class Ses(http.HttpTwin):
    """SES's stand-in in one region, with one verified domain and one configuration set."""

    key: ClassVar[str] = "email/ses"
    channel: ClassVar[str] = "email"
    title: ClassVar[str] = "Amazon SES"
    body_limit: ClassVar[int] = 14_000_000
    #: What it says the account may send.
    most_a_second: float = 2000.0
    most_a_day: float = 1_000_000.0

    def __init__(self, yard: base.Yard) -> None:
        super().__init__(yard)
        self._sent = 0
        self.topic = sns.Topic(
            key=self.key,
            arn=self.credentials["topic_arn"],
            key_pem=self.credentials["sns_key"],
            certificate_pem=self.credentials["sns_certificate"],
            callbacks=yard.callbacks,
            clock=yard.clock,
        )

    @classmethod
    def invent(cls) -> dict[str, str]:
        """An access key, a configuration set with its topic, and the topic's signing key."""
        key, certificate = sns.invent_key()
        letters = string.ascii_uppercase + string.digits
        return {
            "access_key_id": "AKIA" + "".join(secrets.choice(letters) for _ in range(16)),
            "secret_access_key": secrets.token_urlsafe(30),
            "region": REGION,
            "domain": DOMAIN,
            "configuration_set": "sandbox",
            "topic_arn": f"arn:aws:sns:{REGION}:123456789012:sandbox",
            "sns_key": key,
            "sns_certificate": certificate,
        }

    @classmethod
    def account(cls, credentials: Mapping[str, str]) -> tuple[dict[str, str | int | bool], dict[str, str]]:
        """The form as an operator would fill it in to use this twin."""
        return {
            "endpoint": "twin",
            "region": credentials["region"],
            "access_key_id": credentials["access_key_id"],
            "from_address": f"news@{credentials['domain']}",
            "from_name": "Sandbox News",
            "configuration_set": credentials["configuration_set"],
            "topic_arn": credentials["topic_arn"],
        }, {"secret_access_key": credentials["secret_access_key"]}

    async def start(self, host: str, port: int, tls: base.Tls) -> str:
        """Listen. Raises OSError where the port is taken."""
        self.topic.endpoint = await super().start(host, port, tls)
        return self.topic.endpoint

    def answer(self, request: base.Request) -> base.Response:
        """Answer one call of SES or of its notification service."""
        page = self.topic.answer(request)
        if page is not None:
            return page
        try:
            aws_auth.verify(
                request,
                access_key=self.credentials["access_key_id"],
                secret_key=self.credentials["secret_access_key"],
                region=self.credentials["region"],
                service="ses",
                now=self.yard.clock(),
            )
            if request.path == SEND and request.method == "POST":
                return self._send(request)
            if request.method == "GET" and (found := self._look_up(unquote(request.path))) is not None:
                return base.Response(status=200, body=msgspec.json.encode(found), headers=_JSON)
        except aws_auth.Denied as denied:
            return _problem(403, denied.name, denied.message)
        except ses_requests.Refusal as refusal:
            return _problem(refusal.status, refusal.name, refusal.message)
        return _problem(404, "UnknownOperationException", "There is no such operation")

    def _send(self, request: base.Request) -> base.Response:
        asked = ses_requests.read(
            request.body,
            domain=self.credentials["domain"],
            region=self.credentials["region"],
            configuration_set=self.credentials["configuration_set"],
        )
        fates = {
            recipient: _fate(self.yard.population, self.channel, recipient) for recipient in asked.recipients
        }
        refusal = next(filter(None, (self._refusal(to, word) for to, (word, _) in fates.items())), None)
        if refusal is not None:
            for recipient in fates:
                self._keep(asked, recipient, "", refusal[1])
            return _problem(*refusal)
        now = self.yard.clock()
        message_id = f"{int(now * 1000):016x}-{uuid.uuid4()}-000000"
        self._sent += len(fates)
        for recipient, (word, delays_s) in fates.items():
            self._keep(asked, recipient, message_id, word)
            if asked.configuration_set:
                self._tell(asked, recipient, message_id, now, word, delays_s)
        words = {word for word, _ in fates.values()}
        return base.Response(
            status=200,
            body=msgspec.json.encode({"MessageId": message_id}),
            headers=_JSON,
            after_s=2.0 if Word.SLOW in words else 0.0,
            cut=Word.CUT in words,
        )

    def _refusal(self, recipient: str, word: str) -> tuple[int, str, str] | None:
        if word == Word.REFUSED:
            return _REFUSED
        if word in _FIRST_REFUSALS and self.yard.inbox.attempts(self.channel, recipient) == 0:
            return _FIRST_REFUSALS[Word(word)]
        return None

    def _tell(
        self,
        asked: ses_requests.Asked,
        recipient: str,
        message_id: str,
        now: float,
        word: str,
        delays_s: tuple[float, ...],
    ) -> None:
        sent = ses_events.Sent(
            message_id=message_id,
            at=now,
            sender=asked.sender,
            recipient=recipient,
            subject=asked.letter.subject,
            tags=asked.tags,
            configuration_set=asked.configuration_set,
        )
        for event in ses_events.story(sent, word, delays_s):
            self.topic.publish(event.message, after_s=event.after_s)

    @classmethod
    def opened(cls, raw: bytes) -> base.Opened:
        letter, tags, configuration_set = ses_requests.open_kept(raw)
        told = {f"tag {name}": value for name, value in tags.items()}
        return letter.opened(**told, **{"configuration set": configuration_set})

    def _keep(self, asked: ses_requests.Asked, recipient: str, message_id: str, outcome: str) -> None:
        self.yard.inbox.keep(
            base.Arrival(
                twin=self.key,
                channel=self.channel,
                to=recipient,
                ref=asked.tags.get(REF_TAG, ""),
                provider_ref=message_id,
                outcome=outcome,
                taken=bool(message_id),
                raw=asked.raw,
            )
        )

    def _look_up(self, path: str) -> dict[str, object] | None:
        """The few things an account's check asks for. Raises Refusal for what does not exist."""
        if path == "/v2/email/account":
            return {
                "DedicatedIpAutoWarmupEnabled": False,
                "EnforcementStatus": "HEALTHY",
                "ProductionAccessEnabled": True,
                "SendQuota": {
                    "Max24HourSend": self.most_a_day,
                    "MaxSendRate": self.most_a_second,
                    "SentLast24Hours": float(self._sent),
                },
                "SendingEnabled": True,
            }
        if path.startswith("/v2/email/identities/"):
            return self._identity(path.removeprefix("/v2/email/identities/"))
        if path.startswith("/v2/email/configuration-sets/") and path.endswith("/event-destinations"):
            name = path.removeprefix("/v2/email/configuration-sets/").removesuffix("/event-destinations")
            return self._destinations(name)
        return None

    def _identity(self, name: str) -> dict[str, object]:
        if name.lower() != self.credentials["domain"]:
            raise ses_requests.Refusal(404, "NotFoundException", f"Email identity {name} does not exist.")
        return {"IdentityType": "DOMAIN", "VerifiedForSendingStatus": True, "FeedbackForwardingStatus": True}

    def _destinations(self, name: str) -> dict[str, object]:
        if name != self.credentials["configuration_set"]:
            message = f"Configuration set <{name}> does not exist."
            raise ses_requests.Refusal(404, "NotFoundException", message)
        events = [
            "REJECT",
            "BOUNCE",
            "COMPLAINT",
            "DELIVERY",
            "OPEN",
            "CLICK",
            "DELIVERY_DELAY",
            "SUBSCRIPTION",
        ]
        destination = {
            "Name": "sandbox",
            "Enabled": True,
            "MatchingEventTypes": events,
            "SnsDestination": {"TopicArn": self.credentials["topic_arn"]},
        }
        return {"EventDestinations": [destination]}


_JSON = {"content-type": "application/json"}


def _problem(status: int, name: str, message: str) -> base.Response:
    return base.Response(
        status=status,
        body=msgspec.json.encode({"message": message}),
        headers={**_JSON, "x-amzn-errortype": name, "x-amzn-requestid": str(uuid.uuid4())},
    )


def _fate(population: base.Population, channel: str, recipient: str) -> tuple[str, tuple[float, ...]]:
    """The recipient's fate; the simulator's mailboxes have theirs by name."""
    local, _, domain = recipient.rpartition("@")
    fate = population.fate(channel, recipient)
    if domain.lower() == ses_events.SIMULATOR_DOMAIN:
        return ses_events.SIMULATOR.get(local.partition("+")[0].lower(), Word.DELIVERED), fate.delays_s
    return fate.word, fate.delays_s
