"""Verify Signature Version 4 from the raw request, as AWS does."""

import datetime as dt
import functools
import hashlib
import hmac
import re
from urllib.parse import parse_qsl, quote, urlsplit

from server.twins import base

SKEW = dt.timedelta(minutes=5)

_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 +Credential=([^/, ]+)/(\d{8})/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request, *"
    r"SignedHeaders=([a-z0-9;-]+), *Signature=([0-9a-f]{64})"
)
_SPACES = re.compile(r" +")
_MUST_BE_SIGNED = frozenset({"host", "x-amz-date"})


class Denied(Exception):
    """A request that is not signed as it must be. `name` is AWS's own word for it."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message


def verify(
    request: base.Request, *, access_key: str, secret_key: str, region: str, service: str, now: float
) -> None:
    """Raise Denied unless the request is signed with these keys, for this region and service, just now."""
    found = _AUTHORIZATION.fullmatch(request.headers.get("authorization", ""))
    if not found:
        given = "authorization" in request.headers
        raise Denied(
            "IncompleteSignature" if given else "MissingAuthenticationTokenException",
            "The Authorization header is not whole" if given else "Missing Authentication Token",
        )
    key, day, scope_region, scope_service, names, signature = found.groups()
    if key != access_key:
        raise Denied("UnrecognizedClientException", "The security token included in the request is invalid.")
    if (scope_region, scope_service) != (region, service):
        message = f"Credential should be scoped to region '{region}' and service '{service}'."
        raise Denied("SignatureDoesNotMatch", message)
    moment = _moment(request.headers.get("x-amz-date", ""), day, now)
    signed = names.split(";")
    if not set(signed) >= _MUST_BE_SIGNED or signed != sorted(signed):
        raise Denied(
            "SignatureDoesNotMatch", "'Host' and 'X-Amz-Date' must be among the SignedHeaders, in order."
        )
    canonical = canonical_request(request, signed)
    scope = f"{day}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    expected = hmac.digest(_day_key(secret_key, day, region, service), text.encode(), "sha256").hex()
    if not hmac.compare_digest(expected, signature):
        message = "The request signature we calculated does not match the signature you provided."
        raise Denied("SignatureDoesNotMatch", message)


def canonical_request(request: base.Request, signed: list[str]) -> str:
    """What is hashed: method, path, query, headers and the body's hash."""
    path = _quoted_path(request.url)
    pairs = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in (parse_qsl(request.query, keep_blank_values=True) if request.query else ())
    )
    lines = [f"{name}:{_SPACES.sub(' ', request.headers.get(name, '').strip())}\n" for name in signed]
    return "\n".join(
        [
            request.method,
            path,
            "&".join([f"{name}={value}" for name, value in pairs]),
            "".join(lines),
            ";".join(signed),
            hashlib.sha256(request.body).hexdigest(),
        ]
    )


@functools.lru_cache(maxsize=64)  # one address is called over and over
def _quoted_path(url: str) -> str:
    return quote(urlsplit(url).path or "/", safe="/-_.~")


def _moment(text: str, day: str, now: float) -> str:
    try:
        moment = _read(text)
    except ValueError:
        raise Denied("IncompleteSignature", "X-Amz-Date is missing or not a date") from None
    if text[:8] != day:
        raise Denied("SignatureDoesNotMatch", "The date of the credential's scope is not X-Amz-Date's")
    if abs(moment - now) > SKEW.total_seconds():
        raise Denied("RequestExpired", f"Signature expired: {text} is too far from the server's time")
    return text


@functools.lru_cache(maxsize=64)  # a whole second's requests carry the same text
def _read(text: str) -> float:
    return dt.datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC).timestamp()


@functools.lru_cache(maxsize=8)
def _day_key(secret_key: str, day: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
