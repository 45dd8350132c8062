"""Paths."""

import pytest

from annotation_store.http.addresses import (
    Address,
    AnnotationAddress,
    ContainerAddress,
    RootAddress,
    SlashMissing,
    annotation_iri,
    parse_address,
)


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/annotations/", RootAddress()),
        ("/annotations", SlashMissing("/annotations/")),
        ("/annotations/a/", ContainerAddress("a")),
        ("/annotations/%D0%B0/", ContainerAddress("а")),
        ("/annotations/%D0%B0", SlashMissing("/annotations/%D0%B0/")),
        ("/annotations/a/b", AnnotationAddress("a", "b")),
        ("/annotations/a/b/", None),
        ("/annotations//", None),
        ("/annotations//b", None),
        ("/annotations/a//", None),
        ("/annotations/../x", None),
        ("/annotations/a%2Fb/", None),
        ("/annotations/a/%00", None),
        ("/annotations/a/b/c", None),
        ("/annotationsx/", None),
        ("/", None),
        ("", None),
    ],
)
def test_what_lies_at_a_path(path: str, address: Address | None) -> None:
    assert parse_address(path) == address


def test_iris_lie_below_the_base_url() -> None:
    assert annotation_iri("https://x.example/p", "а", "b~1") == "https://x.example/p/annotations/%D0%B0/b~1"
