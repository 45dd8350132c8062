"""The base URL is the client's view of the server; strangers cannot forge it."""

import pytest

from config.base_url import ProxyTrust, resolve_base_url, resolve_client_address

TRUST = ProxyTrust.parse(["10.0.0.0/8", "::1"])


def base(headers: dict[str, str], *, peer: str | None = "10.1.2.3", trust: ProxyTrust = TRUST, **more: str) -> str:
    raw = [(key.lower().encode(), value.encode()) for key, value in headers.items()]
    return resolve_base_url(raw, scheme="http", peer=peer, server="127.0.0.1:8000", trust=trust, **more)


def test_the_host_header_is_used() -> None:
    assert base({"Host": "museum.example:8080"}) == "http://museum.example:8080"


def test_a_configured_public_url_wins_over_everything() -> None:
    assert base({"Host": "x"}, public_url="https://iiif.example/a") == "https://iiif.example/a"


def test_a_trusted_proxy_sets_scheme_host_and_prefix() -> None:
    headers = {"Host": "internal", "X-Forwarded-Proto": "https", "X-Forwarded-Host": "m.example"}
    assert base(headers | {"X-Forwarded-Prefix": "/images/"}) == "https://m.example/images"


def test_forwarded_comes_before_the_older_headers() -> None:
    headers = {"Forwarded": 'for=1.2.3.4;proto=https;host="m.example:8443", for=5.6.7.8;host=x'}
    assert base(headers | {"X-Forwarded-Host": "other"}) == "https://m.example:8443"


@pytest.mark.parametrize("peer", ["203.0.113.9", None, "not-an-address"])
def test_a_stranger_is_not_believed(peer: str | None) -> None:
    headers = {"Host": "real", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}
    assert base(headers, peer=peer) == "http://real"


def test_a_unix_socket_is_believed_where_that_was_said() -> None:
    trust = ProxyTrust.parse([], unix_sockets=True)
    assert base({"Host": "api", "X-Forwarded-Host": "m.example"}, peer=None, trust=trust) == "http://m.example"


@pytest.mark.parametrize("host", ["", 'a"b', "a b", "a/b", "x@y", "a\\b", "<script>", "host:port", "-", "[zz]"])
def test_a_malformed_host_is_never_echoed(host: str) -> None:
    assert base({"Host": host}) == "http://127.0.0.1:8000"


@pytest.mark.parametrize("prefix", ["//evil", "/a?b", "/a b", "/../x#", "a"])
def test_a_malformed_prefix_is_dropped(prefix: str) -> None:
    assert base({"Host": "h", "X-Forwarded-Prefix": prefix}) == "http://h"


def test_an_unknown_scheme_becomes_http() -> None:
    assert base({"Host": "h", "X-Forwarded-Proto": "javascript"}) == "http://h"


def client(forwarded_for: str, peer: str | None = "10.0.0.1") -> str | None:
    return resolve_client_address([(b"x-forwarded-for", forwarded_for.encode())], peer=peer, trust=TRUST)


def test_the_client_is_the_last_hop_that_is_no_trusted_proxy() -> None:
    assert client("6.6.6.6, 203.0.113.7, 10.0.0.5") == "203.0.113.7"


def test_forged_hops_of_an_untrusted_peer_are_ignored() -> None:
    assert client("127.0.0.1", peer="203.0.113.7") == "203.0.113.7"


def test_where_all_hops_are_trusted_the_first_is_the_client() -> None:
    assert client("10.0.0.9, 10.0.0.5") == "10.0.0.9"
    assert client("") == "10.0.0.1"
