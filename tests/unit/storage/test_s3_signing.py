"""Signatures, against botocore's own."""

from __future__ import annotations

import calendar

import pytest
from botocore import auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from storage.s3_signing import Keys, RequestSigner, quote_path

NOW_S = float(calendar.timegm((2026, 3, 4, 5, 6, 7)))


def parse(head: bytes) -> tuple[str, dict[str, str]]:
    line, *lines = head.decode().removesuffix("\r\n").split("\r\n")
    return line, dict(each.split(": ", 1) for each in lines)


def botocore_signature(path: str, headers: dict[str, str], keys: Keys) -> str:
    request = AWSRequest("GET", f"http://store:9000{path}", headers=headers)
    signer = auth.S3SigV4Auth(Credentials(keys.access_key, keys.secret_key, keys.token), "s3", "eu-north-1")
    request.context["timestamp"] = headers["x-amz-date"]
    request.context["client_config"] = None
    canonical = signer.canonical_request(request)
    return str(signer.signature(signer.string_to_sign(request, canonical), request))


@pytest.mark.parametrize("token", [None, "a/session+token="])
@pytest.mark.parametrize("path", ["/bucket/a/b.tif", "/bucket/Ключ (1)+~'*/x y%2F=&?#.jpg"])
def test_the_signature_is_that_of_botocore(path: str, token: str | None) -> None:
    keys = Keys("access", "secret", token)
    quoted = quote_path(path)
    line, headers = parse(RequestSigner("store:9000", "eu-north-1").head(quoted, keys, NOW_S))
    assert line == f"GET {quoted} HTTP/1.1"
    said = headers.pop("authorization")
    assert headers["x-amz-date"] == "20260304T050607Z"
    assert headers.get("x-amz-security-token") == token
    assert said.endswith(f"Signature={botocore_signature(quoted, headers, keys)}")
    assert "Credential=access/20260304/eu-north-1/s3/aws4_request" in said


def test_another_second_and_other_keys_are_signed_anew() -> None:
    signer = RequestSigner("store:9000", "eu-north-1")
    keys = Keys("access", "secret")
    first = signer.head("/b/k", keys, NOW_S)
    assert signer.head("/b/k", keys, NOW_S + 0.9) == first
    assert signer.head("/b/other", keys, NOW_S) != first
    assert signer.head("/b/k", keys, NOW_S + 1) != first
    assert signer.head("/b/k", Keys("access", "new secret"), NOW_S) != first
    assert signer.head("/b/k", keys, NOW_S) == first


def test_secrets_are_not_shown() -> None:
    assert "hidden" not in repr(Keys("access", "hidden", "hidden"))
