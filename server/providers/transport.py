"""Ask providers over HTTP, and know for every failure whether the request may have been processed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import msgspec
from cryptography import x509
from pyreqwest import client as reqwest
from pyreqwest import exceptions

from server.providers import errors

BODY_LIMIT = 1_000_000  #: bytes of an answer that are read at most

#: What the library's chain of causes says when the connection never stood, so that no request can have left.
#: WORKAROUND: its exception classes cannot tell. A connection cut after the request is a ConnectError there,
#: and an answer that never comes is a ConnectTimeoutError.
NOT_CONNECTED = "client error (Connect)"
#: What HTTP/2 servers say of a request they did not look at (RFC 9113, section 8.7).
NOT_PROCESSED = "refused stream before processing any application logic"

#: Pieces of the chain of causes to a code and a sentence.
REASONS = (
    ("dns error", "dns", "its name was not found"),
    ("Connection refused", "refused", "nothing listens there"),
    ("invalid peer certificate", "tls", "its certificate is not trusted"),
    ("operation timed out", "connect-timeout", "no connection within the time allowed"),
)

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  #: what hostile JSON may raise

Headers = Mapping[str, str] | Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
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
            .connect_timeout(timedelta(seconds=min(connect_timeout_s, timeout_s)))
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
            raise errors.Transient("closed", "The account's connections were just closed")
        try:
            request = self._client.request(method, url).headers(headers).body_bytes(body).build_streamed()
        except ValueError as problem:
            # The library repeats the value, which may be a secret.
            part = "header" if "header" in str(problem).lower() else "address"
            raise errors.PermanentContent(
                "unsendable", f"The request's {part} cannot be sent over HTTP"
            ) from None
        try:
            async with request as response:
                content = await response.body_reader.read(BODY_LIMIT + 1)
                answer = bytes(content) if content else b""
                if len(answer) > BODY_LIMIT:
                    raise errors.Doubt("answer-too-long", "The answer was over 1 MB", status=response.status)
                return Reply(status=response.status, headers=dict(response.headers.items()), body=answer)
        except exceptions.RequestError as problem:
            raise _judge(problem) from None

    async def close(self) -> None:
        """Give the connections back."""
        self._closed = True
        await self._client.close()


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
        return errors.Transient("no-connection", "All connections to the provider stayed busy")
    if NOT_CONNECTED in causes:
        code, why = next(
            ((code, why) for words, code, why in REASONS if words in causes),
            ("connect", "the connection could not be made"),
        )
        return errors.ProviderDown(code, f"The provider cannot be reached: {why}")
    if NOT_PROCESSED in causes:
        return errors.Transient("stream-refused", "The provider refused the request before looking at it")
    if "operation timed out" in causes:
        return errors.Doubt("no-answer", "The request left and no answer came in time")
    return errors.Doubt("cut", "The connection broke before the answer was whole")
