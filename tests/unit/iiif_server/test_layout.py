import re

import pytest

from iiif_server.layout import (
    is_immutable,
    master_key,
    normalize_identifier,
    record_key,
    revision_object_key,
    storage_key,
)

KEY = re.compile(r"[a-z2-7]{2}/[a-z2-7]{2}/[a-z2-7]{48}")


@pytest.mark.parametrize("identifier", ["a", "..", "a/../b", "Ж" * 500, "a\nb", " ", "CON", "a@b;c"])
def test_every_identifier_has_a_plain_key(identifier):
    assert KEY.fullmatch(storage_key(identifier))


def test_two_spellings_of_one_text_are_one_image():
    assert normalize_identifier("и\u0306") == "й"
    assert storage_key("и\u0306") == storage_key("й")


def test_other_texts_have_other_keys():
    assert len({storage_key(text) for text in ("a", "A", "a ", "a/", "á")}) == 5


def test_keys_do_not_change_between_versions():
    assert record_key("a") == "images/zk/ly/cewkdo64v6wcggzzui64jwtyn37ycr6e44vzqb3yll7ojc5q/record.json"


def test_objects_of_a_revision_lie_beside_the_record():
    folder = record_key("a").removesuffix("/record.json")
    assert revision_object_key("a", "01j0", "index") == f"{folder}/01j0/index"
    assert master_key("01j0", "leaf.jpg") == "masters/01j0/leaf.jpg"


def test_what_belongs_to_a_revision_is_never_replaced():
    assert is_immutable(revision_object_key("a", "rev", "pyramid.tif"))
    assert is_immutable(revision_object_key("a", "rev", "page-3/index"))
    for key in (record_key("a"), master_key("m", "a.tif"), "access/tokens.json", "wanted/changed/ab/cd/ef/rev"):
        assert not is_immutable(key)
