"""HTTP requests as an attacker would make them: mostly valid, broken in one place. Equal seeds make equal ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

IDENTIFIERS = ("a", "жук/1", "thin", "secret", "gone", "nothing", "a@01j00000000000000000000000", "a@zzz", "s")
VALID_FIELDS = (
    ";c1",
    ";c2;c3=g2",
    ";c=viridis",
    ";c=inv,g0.5",
    ";c1=0:1e3,ff8000;c2=1.5:9e9,jet",
    ";c=10:200;c1=cool",
)
PART_FIELDS = (
    *("page=2", "page=1", "page=3", "page=0", "page=-1", "page=02", "page=999999999", "page=9999999999", "page="),
    *("page", "z=2", "z=2;t=3", "t=1", "z=1;page=2", "page=2;page=2", "image=label", "image=..", "image=%2e%2e"),
    *("image=Label", "image=a%2Fb", "image=", "page=%32", "pag%65=2", "=", "", "zz=1", "image=" + "a" * 64),
)
CHANNEL_FIELDS = (
    *(
        "c1",
        "c2",
        "c3",
        "c9",
        "c0",
        "c256",
        "c257",
        "c=g1",
        "c",
        "c=",
        "c=inv",
        "c=hot",
        "c1=0:1",
        "c2=100:4000,ff8000",
    ),
    *(
        "c3=viridis,g0.05",
        "c1=inv,00FF00",
        "c=g20",
        "c=g21",
        "c=g0",
        "c1=1:1",
        "c1=2:1",
        "c1=-1e300:1e300",
        "c1=0:1e301",
    ),
    *(
        "c1=1e-300:1",
        "c1=0:1:2",
        "c1=:",
        "c1=NaN:1",
        "c1=0:inf",
        "c1=" + "9" * 40 + ":1",
        "c1=.:1",
        "c1=0x1:2",
        "c1=g٣",
    ),
    *(
        "c1=ff0000,00ff00",
        "c1=fffff",
        "c1=,",
        "c1=,,",
        "c1==",
        "c01",
        "C1",
        "c1=nothing",
        "c1=%67%31",
        "c1=0:1,g1,inv,jet",
    ),
)
FORMATS = ("jpg", "png", "webp", "avif", "tif", "gif")
NUMBERS = (
    *("0", "1", "2", "16", "255", "511", "512", "513", "1023", "1024", "1499", "1500", "65535", "65536", "70000"),
    *("2147483647", "2147483648", "4294967296", "9" * 32, "9" * 33, "9" * 400, "-1", "+1", "1e3", "0x10", "1.5", ""),
    *("٣", "1_0", " 1", "NaN", "inf", "00001", "0.0000001", "33.333333333333333333333333333", "1%30", "%31"),
)
JUNK = (
    *(
        "%",
        "%0",
        "%zz",
        "%00",
        "%ff",
        "%C0%AF",
        "%E2%80%AE",
        "%F0%9F%98%80",
        "%25",
        "%2F",
        "%5C",
        "..",
        ".",
        "/",
        "//",
    ),
    *(
        ";",
        "@",
        ":",
        "^",
        "!",
        ",",
        "?",
        "#",
        "&",
        "=",
        "*",
        "'",
        '"',
        "<",
        "{",
        "|",
        "\\",
        "~",
        "%0d%0a",
        "%09",
        "%7f",
    ),
    *(
        "full",
        "max",
        "square",
        "pct:",
        "info.json",
        "A" * 300,
        "%41" * 3000,
        "../../etc/passwd",
        "%2e%2e%2f",
        "é",
        "\x80",
    ),
)
HEADERS: tuple[tuple[bytes, tuple[bytes, ...]], ...] = (
    (
        b"Host",
        (b"", b"a b", b"evil.example", b"[::1]:80", b"h:99999", b"h" * 3000, b"h\xff", b"a/b", b"<script>", b","),
    ),
    (b"X-Forwarded-Host", (b"evil.example", b"", b"a, b", b"x" * 5000, b'"><script>')),
    (b"X-Forwarded-Proto", (b"https", b"javascript", b"https, http", b"")),
    (b"X-Forwarded-Prefix", (b"/a", b"//evil.example", b"/..", b"/" * 4000, b"\xff")),
    (b"X-Forwarded-For", (b"127.0.0.1", b"", b", ," * 200, b"::1")),
    (b"Forwarded", (b"host=evil.example;proto=https", b'host="', b";" * 3000, b"for=_x;" * 200)),
    (
        b"Accept",
        (
            *(b"", b"*/*", b"application/json", b"application/ld+json;q=0.1, application/json;q=nan", b";;;,,,"),
            *(b"*/*;q=1e999", b"a/b;q=-1", b"application/*;q=0.5, */*;q=" + b"9" * 500, b"\xff/\xff", b"a" * 9000),
        ),
    ),
    (b"If-None-Match", (b"*", b'"x"', b'W/"x", "y"', b'"', b"W/" * 2000, b'"' * 3001, b"\xff", b"")),
    (b"If-Modified-Since", (b"yesterday", b"Thu, 01 Jan 1970 00:00:00 GMT")),
    (b"Range", (b"bytes=0-10", b"bytes=-1", b"bytes=" + b"0-0," * 500, b"lines=1", b"bytes=9-1")),
    (b"Authorization", (b"Bearer", b"Bearer x", b"Bearer " + b"x" * 9000, b"Basic Og==", b"\xff", b"bearer \xfc")),
    (b"Cookie", (b"pigture_session=x", b"pigture_session", b";=;=;", b"a=b; " * 900, b"pigture_session=\xff")),
    (b"Accept-Encoding", (b"gzip", b"identity;q=0", b"*;q=0")),
    (b"Origin", (b"null", b"https://evil.example")),
    (b"Access-Control-Request-Method", (b"DELETE", b"\xff")),
    (b"Connection", (b"close", b"keep-alive, close", b"upgrade", b"TE, x")),
    (b"Upgrade", (b"websocket", b"h2c")),
    (b"Expect", (b"100-continue", b"200-ok")),
    (b"X-Junk", (b"x" * 20_000, b"\t", b"\xf0\x9f\x98\x80")),
)
METHODS = ("HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND", "QUERY", "LOCK")
NO_METHODS = ("get", "FOO", "G ET", "\x00", "GET\tGET", "CONNECT")
GARBAGE = (
    *(
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\0" * 100,
    ),
    *(
        b"GET /iiif/3/a HTTP/9.9\r\nHost: h\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : h\r\n\r\n",
        b"GET  /  HTTP/1.1\r\n\r\n",
    ),
    *(b"GET / HTTP/1.1\r\nA\0: b\r\n\r\n", b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", b"GET /iiif/3/a/info.json\r\n\r\n"),
    b"GET / HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
    b"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx",
    b"GET /iiif/3/a/info.json HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
    b"GET http://evil.example/iiif/3/a/info.json HTTP/1.1\r\nHost: h\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /iiif/3/a\r\nX: y HTTP/1.1\r\nHost: h\r\n\r\n",
    b"GET /iiif/3/a/0,0,512,512/512,512/0/default.jpg\r\n HTTP/1.1\r\nHost: h\r\n\r\n",
)


@dataclass(frozen=True, slots=True)
class Case:
    """Bytes to send. `answered`: it is HTTP, so that exactly one answer is due, without a body where `is_head`."""

    data: bytes
    answered: bool = True
    is_head: bool = False


API_PATHS = (
    "/",
    "/view/a",
    "/images",
    "/images/a",
    "/jobs",
    "/jobs/x",
    "/session",
    "/uploads",
    "/health",
    "/nothing",
)


class Attacker:
    """Makes cases without end; `others` are paths to be attacked as often as images."""

    def __init__(self, seed: int, others: tuple[str, ...] = ()) -> None:
        self._random = random.Random(seed)
        self._others = others

    def case(self) -> Case:
        """The next one."""
        dice = self._random.random()
        if dice < 0.02:
            return Case(self._random.choice(GARBAGE), answered=False)
        if dice < 0.03:
            method = self._random.choice(NO_METHODS)
            return Case(self._request(method, self._path(), [(b"Host", b"h")]), answered=False)
        if dice < 0.04:
            whole = self._plain(self._path())
            return Case(whole[: self._random.randrange(1, len(whole))], answered=False)
        method = "GET" if dice < 0.85 else self._random.choice(METHODS)
        return Case(self._request(method, self._path(), self._headers()), is_head=method == "HEAD")

    def tile(self) -> Case:
        """Valid, and asked for in exactly this form all the time."""
        x, y = self._random.randrange(2) * 512, self._random.randrange(2) * 512
        return Case(self._plain(f"/iiif/3/a/{x},{y},512,512/512,512/0/default.jpg"))

    def _plain(self, path: str) -> bytes:
        return self._request("GET", path, [(b"Host", b"h")])

    def _request(self, method: str, path: str, headers: list[tuple[bytes, bytes]]) -> bytes:
        pick = self._random.random
        version = "HTTP/1.0" if pick() < 0.02 else "HTTP/1.1"
        body = b""
        if method not in ("GET", "HEAD") or pick() < 0.03:
            body = self._random.randbytes(self._random.choice((0, 1, 100, 70_000)))
            if pick() < 0.3:
                headers = [*headers, (b"Transfer-Encoding", b"chunked")]
                body = b"%x;x=y\r\n%b\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
            else:
                headers = [*headers, (b"Content-Length", b"%d" % len(body))]
        lines = [f"{method} {path} {version}".encode("utf-8", "surrogateescape")]
        lines += [name + b": " + value for name, value in headers]
        return b"\r\n".join([*lines, b"", b""]) + body

    def _headers(self) -> list[tuple[bytes, bytes]]:
        headers = [(b"Host", b"h")]
        for _ in range(self._random.choice((0, 0, 1, 1, 2, 5))):
            name, values = self._random.choice(HEADERS)
            headers.append((name, self._random.choice(values)))
        if self._random.random() < 0.03:
            headers += [(b"X-%d" % number, b"y") for number in range(300)]
        if self._random.random() < 0.02:
            headers = [header for header in headers if header[0] != b"Host"]
        self._random.shuffle(headers)
        return headers

    def _path(self) -> str:
        path = self._valid_path()
        dice = self._random.random()
        if dice < 0.4:
            return path
        for _ in range(self._random.choice((1, 1, 1, 2, 4))):
            path = self._random.choice(self._mutations())(path)
        return "".join(character if character > " " else "_" for character in path)

    def _valid_path(self) -> str:
        pick = self._random.choice
        if self._others and self._random.random() < 0.5:
            return pick(self._others)
        name = self._name()
        dice = self._random.random()
        if dice < 0.03:
            return pick(
                ("/health", "/", "/iiif/", "/iiif/3/", "/iiif/presentation/3/", "/iiif/1/a/info.json", "/images")
            )
        if dice < 0.08:
            return f"/iiif/presentation/3/{name}/manifest"
        if dice < 0.14:
            return f"/iiif/{pick('23')}/{name}{pick(('', '/info.json'))}"
        parts = (self._region(), self._size(), self._rotation())
        quality = pick(("default", "default", "color", "gray", "bitonal", "native"))
        return f"/iiif/{pick('332')}/{name}/{'/'.join(parts)}/{quality}.{pick(FORMATS)}"

    def _name(self) -> str:
        """An identifier, now and then with a part or a rendering of it."""
        dice, pick = self._random.random, self._random.choice
        if dice() < 0.7:
            return quote(pick(IDENTIFIERS), safe="@")
        name = quote(pick(("s", "s", "a", pick(IDENTIFIERS))), safe="@")
        if dice() < 0.4:
            return name + pick(VALID_FIELDS)
        fields = [pick(("page=2", "image=label", pick(PART_FIELDS)))] if dice() < 0.4 else []
        fields += [pick(CHANNEL_FIELDS) for _ in range(pick((0, 1, 1, 2)))]
        fields += ["c1=0:9"] * 900 if dice() < 0.01 else []
        return ";".join([name, *fields])

    def _number(self) -> str:
        if self._random.random() < 0.12:
            return self._random.choice(NUMBERS)
        return str(self._random.choice((self._random.randrange(1600), 512 * self._random.randrange(3))))

    def _numbers(self, count: int) -> str:
        return ",".join(self._number() for _ in range(count))

    def _region(self) -> str:
        dice = self._random.random()
        if dice < 0.3:
            return self._random.choice(("full", "square", "0,0,512,512", "512,0,512,512", "1024,1024,476,76"))
        return self._numbers(4) if dice < 0.7 else f"pct:{self._numbers(4)}"

    def _size(self) -> str:
        up = "^" if self._random.random() < 0.2 else ""
        forms: tuple[Callable[[], str], ...] = (
            lambda: "max",
            lambda: "full",
            lambda: f"{self._number()},",
            lambda: f",{self._number()}",
            lambda: self._numbers(2),
            lambda: f"!{self._numbers(2)}",
            lambda: f"pct:{self._number()}",
            lambda: self._random.choice(("512,512", "60,", "!99,99")),
        )
        return up + self._random.choice(forms)()

    def _rotation(self) -> str:
        mirror = "!" if self._random.random() < 0.15 else ""
        dice = self._random.random()
        if dice < 0.6:
            return mirror + "0"
        return mirror + (self._random.choice(("90", "180", "270", "360", "33.3")) if dice < 0.9 else self._number())

    def _mutations(self) -> tuple[Callable[[str], str], ...]:
        pick, at = self._random.choice, self._random.randrange
        return (
            lambda path: _put(path, at(len(path) + 1), pick(JUNK)),
            lambda path: _put(path, at(len(path) + 1), chr(at(1, 0x2FFF))),
            lambda path: _put(path, at(len(path) + 1), f"%{at(256):02x}"),
            lambda path: _cut(path, at(1, len(path) + 1), at(1, 9)),
            lambda path: "/".join(part if at(4) else pick((*JUNK, *NUMBERS)) for part in path.split("/")),
            lambda path: path.replace("/", pick(("//", "%2F", "/./", "/../", "\\")), 1 + at(3)),
            lambda path: path + pick(("?", "?a=b", "#x", "/", "?" + "x" * 5000, "%00", "/" * 200, "x" * 9000)),
            lambda path: "".join(f"%{ord(c):02X}" if c.isalnum() and not at(3) else c for c in path),
        )


def _put(text: str, place: int, more: str) -> str:
    return "/" + (text[:place] + more + text[place:]).lstrip("/")


def _cut(text: str, place: int, length: int) -> str:
    return text[:place] + text[place + length :]
