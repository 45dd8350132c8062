"""HTTP requests as an attacker would make them: mostly valid, broken in one place. Equal seeds make equal ones."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from tests.fuzz.hostile_values import (
    CHANNEL_FIELDS,
    FORMATS,
    GARBAGE,
    HEADERS,
    IDENTIFIERS,
    JUNK,
    METHODS,
    NO_METHODS,
    NUMBERS,
    PART_FIELDS,
    VALID_FIELDS,
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
