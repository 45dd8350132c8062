"""The heads of signed GETs of S3: AWS Signature Version 4, in header form. PURE.

Signatures are good for some minutes and tell time in seconds, so that reads of one object within a second share
theirs.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass, field
from urllib.parse import quote

_EMPTY_SHA256 = hashlib.sha256(b"").hexdigest()
_SAFE = "/-._~"

MAX_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Keys:
    """A pair of keys, and the session token that goes with temporary ones."""

    access_key: str
    secret_key: str = field(repr=False)
    token: str | None = field(default=None, repr=False)


def quote_path(path: str) -> str:
    """The path as it stands in the request and in what is signed: UTF-8, percent-encoded once."""
    return quote(path, safe=_SAFE)


class RequestSigner:
    """Signs GETs of one server. `host` is the Host header's value."""

    def __init__(self, host: str, region: str) -> None:
        self._host = host
        self._region = region
        self._second = -1
        self._keys: Keys | None = None
        self._heads: dict[str, bytes] = {}

    def head(self, path: str, keys: Keys, now_s: float) -> bytes:
        """Request line and headers of a GET of the quoted path, without the empty line: others may follow.

        Those that follow (Range, If-Match) are not signed, which S3 asks of Host and X-Amz-* only.
        """
        second = int(now_s)
        if second != self._second or keys is not self._keys or len(self._heads) >= MAX_REMEMBERED:
            self._second, self._keys, self._heads = second, keys, {}
        head = self._heads.get(path)
        if head is None:
            head = self._heads[path] = self._sign(path, keys, second)
        return head

    def _sign(self, path: str, keys: Keys, second: int) -> bytes:
        moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(second))
        headers = {"host": self._host, "x-amz-content-sha256": _EMPTY_SHA256, "x-amz-date": moment}
        if keys.token is not None:
            headers["x-amz-security-token"] = keys.token
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"GET\n{path}\n\n{lines}\n{names}\n{_EMPTY_SHA256}"
        scope = f"{moment[:8]}/{self._region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{keys.secret_key}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        signature = hmac.digest(key, text.encode(), "sha256").hex()
        headers["authorization"] = (
            f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, SignedHeaders={names}, Signature={signature}"
        )
        sent = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"GET {path} HTTP/1.1\r\n{sent}".encode()
