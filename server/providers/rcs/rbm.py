"""RCS for Business by Google: agent messages under our own message id, news by signed posts."""

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, ClassVar, Literal
from urllib import parse

import msgspec

from server.channels import rcs
from server.providers import atlas, base, errors, transport
from server.providers.rcs import tokens, webhooks
from server.wire import providers as wire

TABLE = "rcs_errors"
ENDPOINTS = {
    "us": "https://us-rcsbusinessmessaging.googleapis.com",
    "europe": "https://europe-rcsbusinessmessaging.googleapis.com",
    "asia": "https://asia-rcsbusinessmessaging.googleapis.com",
}
TAKEN_BEFORE = "ALREADY_EXISTS"  #: said of our own message id, it is an acceptance
#: A number kept for fiction: whether it has RCS does not matter, only whether the question is allowed.
NOBODY = "+14155550100"
AGENT = re.compile(r"[A-Za-z0-9_.@-]{1,200}")


class Settings(base.Settings, frozen=True, kw_only=True):
    """One RCS agent."""

    agent_id: Annotated[
        str,
        msgspec.Meta(
            title="Agent ID",
            description="The agent's ID in the Business Communications console.",
            examples=["northwind_agent"],
        ),
    ]
    service_account: Annotated[
        base.Secret,
        msgspec.Meta(
            title="Service account",
            description="The JSON key file of a service account of the agent's project, whole.",
            extra={"multiline": True},
        ),
    ]
    client_token: Annotated[
        base.Secret,
        msgspec.Meta(
            title="Webhook client token",
            description="The token shown when the agent's webhook is set up; its posts are signed with it.",
        ),
    ]
    region: Annotated[
        Literal["us", "europe", "asia"],
        msgspec.Meta(title="Region", description="Where the agent was made; another region refuses it."),
    ] = "us"


class _Taken(msgspec.Struct):
    name: str


class _Error(msgspec.Struct):
    status: str = ""
    message: str = ""


class _Refused(msgspec.Struct):
    """An error by Google's common model, as far as it is read."""

    error: _Error


_taken = msgspec.json.Decoder(_Taken)
_refused = msgspec.json.Decoder(_Refused)


class Rbm(base.Provider):
    """One agent. Our reference is the message id, and Google ignores a repeated one: that settles doubt."""

    key: ClassVar[str] = "rcs/rbm"
    channel: ClassVar[str] = "rcs"
    title: ClassVar[str] = "Google RCS for Business"
    about: ClassVar[str] = "Texts, rich cards and carousels with suggestions, with delivery and read events."
    settings_type: ClassVar[type[base.Settings]] = Settings
    default_endpoint: ClassVar[str] = ENDPOINTS["us"]
    repeatable: ClassVar[bool] = True
    doubt_rule: ClassVar[str] = (
        "Google knows our message id and ignores a double of it, so a doubt settles itself: the message is sent again"
        " under the same id. Only what was cancelled meanwhile, or interrupted too often, waits for a person."
    )

    settings: Settings

    def __init__(self, settings: Settings, context: base.Context) -> None:
        super().__init__(settings, context)
        _check_settings(settings)
        # The region chooses among Google's own addresses; any other endpoint is meant as it is.
        own = context.endpoint == self.default_endpoint
        endpoint = ENDPOINTS[settings.region] if own else context.endpoint.rstrip("/")
        self._root = f"{endpoint}/v1/phones/"
        self._agent = "agentId=" + parse.quote(settings.agent_id, safe="")
        self._door = webhooks.Door(client_token=settings.client_token.reveal().encode())
        self._tokens = tokens.Tokens(
            tokens.read_key(settings.service_account, "service_account"),
            endpoint=endpoint,
            place="service_account",
            clock=context.clock,
        )
        self._headers: dict[str, str] = {}
        self._headers_token = ""
        self._transport = transport.Transport(
            ca_pem=context.ca_pem, connections=context.connections, timeout_s=context.timeout_s
        )

    async def close(self) -> None:
        await self._transport.close()

    async def send(self, message: base.Outbound) -> base.Accepted:
        """Post one agent message under our reference."""
        content = message.content
        if not isinstance(content, rcs.RcsContent):
            raise errors.PermanentContent("content", "This is not an RCS content")
        to, ref = parse.quote(message.to, safe=""), parse.quote(message.ref, safe="")
        url = f"{self._root}{to}/agentMessages?messageId={ref}&{self._agent}"
        reply = await self._ask("POST", url, rcs.payload(content, ref=message.ref))
        if reply.status == 200:
            return _accepted(reply)
        error = self._error(reply)
        if error.code == TAKEN_BEFORE:
            name = webhooks.message_name(message.to, message.ref)
            return base.Accepted(provider_ref=name, status=reply.status, detail="was taken before")
        raise error

    async def revoke(self, *, to: str, ref: str) -> None:
        """Delete a message by our id. Google answers 200 also where it was shown, or never came."""
        place = f"{parse.quote(to, safe='')}/agentMessages/{parse.quote(ref, safe='')}"
        reply = await self._ask("DELETE", f"{self._root}{place}?{self._agent}")
        if reply.status != 200:
            raise self._error(reply)

    async def _ask(self, method: str, url: str, body: bytes = b"") -> transport.Reply:
        """Ask with the token in hand. A 401 was not processed: the token is renewed once, and we ask again."""
        token = self._tokens.held() or await self._tokens.get(self._transport)
        reply = await self._transport.request(method, url, headers=self._bearing(token), body=body)
        if reply.status != 401:
            return reply
        self._tokens.drop(token)
        token = await self._tokens.get(self._transport)
        return await self._transport.request(method, url, headers=self._bearing(token), body=body)

    def _bearing(self, token: str) -> dict[str, str]:
        if token != self._headers_token:
            self._headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
            self._headers_token = token
        return self._headers

    def _error(self, reply: transport.Reply) -> errors.SendError:
        wait = atlas.retry_after(reply.headers.get("retry-after"), self.context.clock())
        try:
            told = _refused.decode(reply.body).error
        except transport.UNREADABLE:
            return atlas.stranger(TABLE, self.title, reply.status, retry_after_s=wait)
        word = told.status[:64] or f"http-{reply.status}"
        return atlas.error(TABLE, word, text=told.message, status=reply.status, retry_after_s=wait)

    async def receipts(self, posted: base.Posted) -> base.Answer:
        """Answer the set-up question, or read one signed post."""
        return self._door.read(posted)

    async def check(self) -> list[wire.CheckRow]:
        """Get a token, and ask what a number that belongs to nobody can show; nobody is sent anything."""
        rows = [await self._look("Service account", self._check_token)]
        if rows[0].good:
            rows.append(await self._look("Agent", self._check_agent))
        return rows

    async def _check_token(self) -> str:
        await self._tokens.get(self._transport)
        return "Google gave an access token."

    async def _check_agent(self) -> str:
        request = f"requestId=check-{self.context.installation}-{int(self.context.clock() * 1000)}"
        to = parse.quote(NOBODY, safe="")
        reply = await self._ask("GET", f"{self._root}{to}/capabilities?{request}&{self._agent}")
        if reply.status == 200:
            return "The agent may ask for capabilities in this region."
        error = self._error(reply)
        if isinstance(error, errors.PermanentRecipient):
            return "The agent may ask for capabilities in this region."
        raise error

    async def _look(self, what: str, ask: Callable[[], Awaitable[str]]) -> wire.CheckRow:
        try:
            return wire.CheckRow(what=what, good=True, message=await ask())
        except errors.SendError as error:
            entry = atlas.entry(TABLE, error.code)
            remedy = entry.remedy if entry is not None else "Check the endpoint, the region and the key file"
            message = f"{error.text or error.code} ({error.code})."
            return wire.CheckRow(what=what, good=False, message=message, remedy=f"{remedy}.")


def _accepted(reply: transport.Reply) -> base.Accepted:
    try:
        return base.Accepted(provider_ref=_taken.decode(reply.body).name, status=reply.status)
    except transport.UNREADABLE:
        raise atlas.on_the_way("unreadable-success", status=reply.status) from None


def _check_settings(settings: Settings) -> None:
    if not AGENT.fullmatch(settings.agent_id):
        message = f"{settings.agent_id[:40]!r} is not an agent's ID"
        raise errors.BadSettings("agent_id", message, "Copy it from the Business Communications console")
    token = settings.client_token.reveal()
    if not token or not token.isprintable() or " " in token:
        message = "The client token is empty, or holds spaces or characters it cannot have"
        raise errors.BadSettings("client_token", message, "Copy it again, whole and alone")
