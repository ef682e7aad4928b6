"""Sign requests for AWS (Signature Version 4), with the key of the day kept."""

import datetime as dt
import functools
import hashlib
import hmac
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"
_SIGNED = "content-type;host;x-amz-date"


class Signer:
    """Signs requests of one key for one service in one region."""

    def __init__(self, *, access_key: str, secret_key: str, region: str, service: str) -> None:
        self._access_key = access_key
        self._secret = b"AWS4" + secret_key.encode()
        self._region = region
        self._service = service
        self._day = ""
        self._day_key = b""
        self._scope = ""

    def headers(self, method: str, url: str, body: bytes, *, at: float) -> dict[str, str]:
        """All headers of a JSON request sent `at` (epoch seconds), signed. The URL must have no query."""
        host, path = _target(url)
        moment = dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y%m%dT%H%M%SZ")
        if moment[:8] != self._day:
            self._begin_day(moment[:8])
        signed = f"content-type:application/json\nhost:{host}\nx-amz-date:{moment}\n"
        request = f"{method}\n{path}\n\n{signed}\n{_SIGNED}\n{hashlib.sha256(body).hexdigest()}"
        text = f"{_ALGORITHM}\n{moment}\n{self._scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
        signature = hmac.digest(self._day_key, text.encode(), "sha256").hex()
        credential = f"{self._access_key}/{self._scope}"
        return {
            "content-type": "application/json",
            "host": host,
            "x-amz-date": moment,
            "authorization": f"{_ALGORITHM} Credential={credential}, SignedHeaders={_SIGNED}, Signature={signature}",
        }

    def _begin_day(self, day: str) -> None:
        key = self._secret
        for part in (day, self._region, self._service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        self._day, self._day_key = day, key
        self._scope = f"{day}/{self._region}/{self._service}/aws4_request"


@functools.lru_cache(maxsize=64)
def _target(url: str) -> tuple[str, str]:
    """Host and canonical path: encoded once more than the URL has it, as for all services but S3."""
    parts = urlsplit(url)
    return parts.netloc, quote(parts.path or "/", safe="/-_.~")
