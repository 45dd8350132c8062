"""Containers as clients describe them."""

from typing import Any

import pytest

from annotation_store.container_documents import label_text, parse_container
from annotation_store.records import Visibility
from annotation_store.store_errors import InvalidContainerError


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("Leaves", {"none": ["Leaves"]}),
        (["a", "b"], {"none": ["a", "b"]}),
        ({"@value": "Листья", "@language": "ru"}, {"ru": ["Листья"]}),
        (
            [{"@value": "a", "@language": "en"}, "b", {"@value": "c", "@language": "en"}],
            {"en": ["a", "c"], "none": ["b"]},
        ),
        ({"en": ["a"], "ru": "б"}, {"en": ["a"], "ru": ["б"]}),
    ],
)
def test_labels(label: Any, expected: dict[str, list[str]]) -> None:
    assert parse_container({"label": label}, "name").label == expected


def test_without_a_label_the_name_is_one() -> None:
    wish = parse_container({}, "name")
    assert (wish.label, wish.visibility) == ({"none": ["name"]}, Visibility.PUBLIC)
    assert label_text(wish.label) == "name"


def test_what_the_server_sets_may_be_sent_back() -> None:
    sent = {"id": "x", "type": ["BasicContainer", "AnnotationCollection"], "label": "a", "total": 5, "first": {}}
    assert parse_container({**sent, "visibility": "private"}, "name").visibility is Visibility.PRIVATE


@pytest.mark.parametrize(
    ("document", "parameter"),
    [
        ({"type": "Annotation"}, "type"),
        ({"type": 5}, "type"),
        ({"label": 5}, "label"),
        ({"label": [5]}, "label"),
        ({"label": {}}, "label"),
        ({"label": ""}, "label"),
        ({"label": {"en": {"x": "y"}, "@value": 5}}, "label"),
        ({"visibility": "secret"}, "visibility"),
        ({"visibility": None}, "visibility"),
    ],
)
def test_what_cannot_be_used_is_named(document: dict[str, Any], parameter: str) -> None:
    with pytest.raises(InvalidContainerError) as caught:
        parse_container(document, "name")
    assert caught.value.parameter == parameter
