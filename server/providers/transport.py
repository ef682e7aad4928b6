"""Ask providers over HTTP, and know for every failure whether the request may have been processed."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec
from cryptography import x509
from pyreqwest import client as reqwest
from pyreqwest import exceptions
from pyreqwest import response as reqwest_response

from server.providers import atlas, errors

BODY_LIMIT = 1_000_000  #: bytes of an answer that are read at most
REFUSALS_FROM = 300  #: statuses from here on say that the message was not taken

#: What the library's chain of causes says when the connection never stood, so that no request can have left.
#: WORKAROUND: its exception classes cannot tell. A connection cut after the request is a ConnectError there,
#: and an answer that never comes is a ConnectTimeoutError.
NOT_CONNECTED = "client error (Connect)"
#: What HTTP/2 servers say of a request they did not look at (RFC 9113, section 8.7).
NOT_PROCESSED = "refused stream before processing any application logic"

#: Pieces of the chain of causes to our own word for it, of which the atlas knows the rest; the first that fits.
NOT_CONNECTED_BY = (
    ("dns error", "dns"),
    ("Connection refused", "refused"),
    ("certificate expired", "tls-expired"),
    ("certificate not valid yet", "tls-early"),
    ("certificate not valid for name", "tls-name"),
    ("invalid peer certificate: Revoked", "tls-revoked"),
    ("invalid peer certificate", "tls-untrusted"),
    ("tls handshake eof", "tls"),
    ("received fatal alert", "tls"),
    ("received corrupt message", "tls"),
    ("operation timed out", "connect-timeout"),
    ("", "connect"),
)
#: The same for connections that stood, so that the request may have been processed.
CONNECTED_BY = (
    ("operation timed out", "no-answer"),
    ("received unexpected message", "not-http"),
    ("parsed", "not-http"),  # "invalid HTTP version parsed" and its like
    ("frame with invalid size", "not-http"),
    ("", "cut"),
)

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  #: what hostile JSON may raise

Headers = Mapping[str, str] | Sequence[tuple[str, str]]


class Reply(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a provider answered, whatever the status."""

    status: int
    headers: Mapping[str, str]  #: lower-case names; of a repeated header the last
    body: bytes


class Transport:
    """Connections to one provider, kept open between messages. Proxies of the environment are ignored."""

    def __init__(
        self,
        *,
        ca_pem: str = "",
        http2: bool = False,
        connections: int = 16,
        timeout_s: float = 30.0,
        connect_timeout_s: float = 10.0,
        pool_wait_s: float = 10.0,
    ) -> None:
        """Prepare; nothing connects yet. `http2` speaks nothing else, all requests sharing one connection.

        `connections` bounds those of HTTP/1.1; a request waits at most `pool_wait_s` for a free one.
        Raises errors.BadSettings if `ca_pem` is not a certificate.
        """
        builder = (
            reqwest.ClientBuilder()
            .no_proxy()
            .follow_redirects(False)
            .referer(False)
            .user_agent("heliograph")
            # Answers are small; a compressed one could only be a bomb.
            .gzip(False)
            .brotli(False)
            .zstd(False)
            .deflate(False)
            .timeout(timedelta(seconds=timeout_s))
            # Well below the whole: what ends only with the whole may have left.
            .connect_timeout(timedelta(seconds=min(connect_timeout_s, timeout_s / 2)))
        )
        if ca_pem:
            builder = builder.add_root_certificate_pem(_certificates(ca_pem))
        if http2:
            builder = (
                builder.http2_prior_knowledge()
                .pool_idle_timeout(None)
                .http2_keep_alive_interval(timedelta(minutes=5))
                .http2_keep_alive_timeout(timedelta(seconds=20))
                .http2_keep_alive_while_idle(True)
            )
        else:
            builder = (
                builder.max_connections(connections)
                .pool_timeout(timedelta(seconds=pool_wait_s))
                .pool_max_idle_per_host(connections)
                # Below most servers' patience: a connection they close as we write would leave a doubt.
                .pool_idle_timeout(timedelta(seconds=15))
            )
        self._client = builder.build()
        self._closed = False

    async def request(self, method: str, url: str, *, headers: Headers, body: bytes = b"") -> Reply:
        """Ask once and read the whole answer; redirects are answers like any other.

        Raises errors.ProviderDown when nothing can have left, errors.Doubt when the request may have been
        processed, errors.PermanentContent for a URL or header that cannot be sent at all.
        """
        if self._closed:
            raise atlas.on_the_way("closed")
        try:
            builder = self._client.request(method, url).headers(headers).body_bytes(body)
            # Nothing is read ahead: the status must be known even of an answer whose body never comes.
            request = builder.streamed_read_buffer_limit(0).build_streamed()
        except ValueError as problem:
            # The library repeats the value, which may be a secret.
            part = "header" if "header" in str(problem).lower() else "address"
            raise errors.PermanentContent(
                "unsendable", f"The request's {part} cannot be sent over HTTP"
            ) from None
        try:
            async with request as response:
                headers = dict(response.headers.items())
                # Asking for a body that is not there costs as much as asking for one that is.
                empty = headers.get("content-length") == "0"
                body = b"" if empty else await _read(response)
                return Reply(status=response.status, headers=headers, body=body)
        except exceptions.RequestError as problem:
            raise _judge(problem) from None

    async def close(self) -> None:
        """Give the connections back."""
        self._closed = True
        await self._client.close()


async def _read(response: reqwest_response.Response) -> bytes:
    """The body, at most BODY_LIMIT of it. A refusal is one by its status, however long or broken its words are."""
    try:
        content = await response.body_reader.read(BODY_LIMIT + 1)
    except exceptions.RequestError:
        if response.status < REFUSALS_FROM:
            raise
        return b""
    answer = bytes(content) if content else b""
    if len(answer) <= BODY_LIMIT:
        return answer
    if response.status < REFUSALS_FROM:
        raise atlas.on_the_way("answer-too-long", status=response.status)
    return b""


def _certificates(pem: str) -> bytes:
    """PEM text known to hold certificates; the library would pass over anything else in silence."""
    raw = pem.encode()
    try:
        x509.load_pem_x509_certificates(raw)
    except ValueError:
        raise errors.BadSettings(
            "ca",
            "The authority's certificate cannot be read",
            "Paste the whole PEM text, from BEGIN CERTIFICATE to END CERTIFICATE",
        ) from None
    return raw


def _judge(problem: exceptions.RequestError) -> errors.SendError:
    """What a failure means for the message; never repeats an address, which may hold a token."""
    causes = " | ".join(cause["message"] for cause in problem.details["causes"] or ())
    if isinstance(problem, exceptions.PoolTimeoutError):
        return atlas.on_the_way("no-connection")
    if NOT_PROCESSED in causes:
        return atlas.on_the_way("stream-refused")
    by = NOT_CONNECTED_BY if NOT_CONNECTED in causes else CONNECTED_BY
    return atlas.on_the_way(next(code for words, code in by if words in causes))
