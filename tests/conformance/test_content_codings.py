"""RFC 9110, what it says of content codings, in its order. Each test stands under the sentence that it is about."""

import gzip

import pytest

DOCUMENTS = ["3/grid/info.json", "2/grid/info.json", "presentation/3/grid/manifest"]


# §8.4: "The Content-Encoding header field indicates what content codings have been applied to the representation".
@pytest.mark.parametrize("path", DOCUMENTS)
def test_what_is_coded_says_so(site, path):
    coded = site.get(path, accept_encoding="gzip")
    assert coded.headers["content-encoding"] == "gzip"
    assert coded.json() == site.get(path, accept_encoding="identity").json()


# §8.6: "a Content-Length header field … indicates the selected representation's … data length".
@pytest.mark.parametrize("path", DOCUMENTS)
def test_the_length_is_that_of_the_coded_bytes(site, path):
    with site.client.stream("GET", f"{site.url}/iiif/{path}", headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join(answer.iter_raw())
    assert int(answer.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw).startswith(b"{")


# §8.8.3.3: "Content codings are a property of the representation data, so a strong entity tag for a content-encoded
# representation has to be distinct from the entity tag of an unencoded representation".
@pytest.mark.parametrize("path", DOCUMENTS)
def test_each_coding_has_an_entity_tag_of_its_own(site, path):
    plain = site.get(path, accept_encoding="identity").headers["etag"]
    coded = site.get(path, accept_encoding="gzip").headers["etag"]
    assert plain != coded
    assert not plain.startswith("W/")
    assert not coded.startswith("W/")


# §9.3.2: "The server SHOULD send the same header fields in response to a HEAD request as it would have sent if the
# request method had been GET."
@pytest.mark.parametrize("path", DOCUMENTS)
def test_head_tells_of_the_coding(site, path):
    get, head = (site.request(method, path, accept_encoding="gzip").headers for method in ("GET", "HEAD"))
    for name in ("content-encoding", "content-length", "etag", "vary"):
        assert head[name] == get[name]


# §12.5.3: "a weight of 0 means 'not acceptable'"; "If the representation has no content coding, then it is acceptable
# by default unless specifically excluded"; "*" matches "any available content coding not explicitly listed".
@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("br;q=1.0, gzip;q=0.8, *;q=0.1", "gzip"),
        ("*", "gzip"),
        ("identity;q=0.5, gzip;q=1", "gzip"),
        ("", None),
        ("br, zstd", None),
        ("gzip;q=0", None),
        ("gzip;q=0, *", None),
        ("gzip;q=0.1, identity", None),
        ("identity;q=1, *;q=0", None),
    ],
)
def test_the_coding_is_one_that_the_client_takes(site, accepted, coding):
    answer = site.get(DOCUMENTS[0], accept_encoding=accepted)
    assert answer.headers.get("content-encoding") == coding


# §12.5.5: "An origin server SHOULD generate a Vary header field on a cacheable response when it wishes that response
# to be selectively reused": whatever the coding, on a 304 too (§15.4.5).
@pytest.mark.parametrize("accepted", ["gzip", "identity"])
@pytest.mark.parametrize("path", DOCUMENTS)
def test_caches_are_told_what_the_choice_depends_on(site, path, accepted):
    answer = site.get(path, accept_encoding=accepted)
    again = site.get(path, accept_encoding=accepted, if_none_match=answer.headers["etag"])
    assert again.status_code == 304
    for each in (answer, again):
        assert each.headers["vary"] == "Accept, Accept-Encoding"


# §13.1.2: If-None-Match: "the recipient … MUST NOT perform the requested method if … any of the listed tags match the
# entity tag of the selected representation". The other coding's is not selected.
def test_the_entity_tag_of_another_coding_does_not_match(site):
    plain = site.get(DOCUMENTS[0], accept_encoding="identity").headers["etag"]
    assert site.get(DOCUMENTS[0], accept_encoding="gzip", if_none_match=plain).status_code == 200
