from typing import Any

from config.base_url import NO_TRUST, ProxyTrust
from iiif_server.http.origin import Origin


def ask(origin: Origin, *headers: tuple[bytes, bytes], **scope: Any) -> str:
    values = {"scheme": "http", "client": ("10.0.0.1", 1), "server": ("127.0.0.1", 8000), "headers": list(headers)}
    return origin.base_url(values | scope, dict(headers))


def test_the_host_header_tells_it_and_each_host_its_own() -> None:
    origin = Origin(None, NO_TRUST)
    for _ in range(2):
        assert ask(origin, (b"host", b"a.example")) == "http://a.example"
        assert ask(origin, (b"host", b"b.example:81"), scheme="https") == "https://b.example:81"


def test_a_second_host_header_cannot_slip_into_what_is_kept_for_another() -> None:
    origin = Origin(None, NO_TRUST)
    ask(origin, (b"host", b"evil.example"), (b"host", b"good.example"))
    assert ask(origin, (b"host", b"good.example")) == "http://good.example"


def test_without_a_usable_host_the_socket_tells_it() -> None:
    origin = Origin(None, NO_TRUST)
    assert ask(origin) == "http://127.0.0.1:8000"
    assert ask(origin, (b"host", b'x"><script>')) == "http://127.0.0.1:8000"
    assert ask(origin, server=("::1", 80)) == "http://[::1]:80"
    assert ask(origin, server=("/run/socket", None)) == "http://localhost"


def test_a_stranger_never_gets_what_a_proxy_said() -> None:
    origin = Origin(None, ProxyTrust.parse(["10.0.0.1"]))
    headers = ((b"host", b"inner"), (b"x-forwarded-host", b"outer.example"), (b"x-forwarded-proto", b"https"))
    assert ask(origin, *headers) == "https://outer.example"
    assert ask(origin, *headers, client=("10.0.0.2", 1)) == "http://inner"
    assert ask(origin, *headers) == "https://outer.example"


def test_a_unix_socket_is_trusted_where_told() -> None:
    headers = ((b"host", b"inner"), (b"x-forwarded-host", b"outer.example"))
    assert ask(Origin(None, ProxyTrust((), unix_sockets=True)), *headers, client=None) == "http://outer.example"
    assert ask(Origin(None, NO_TRUST), *headers, client=None) == "http://inner"


def test_the_public_url_wins() -> None:
    assert ask(Origin("https://x.example/p", NO_TRUST), (b"host", b"a")) == "https://x.example/p"
