"""Web Annotation Data Model §3.2 and appendix D: bodies and targets, choices and sets of them."""

from __future__ import annotations

import pytest

from tests.fixtures.annotation_model import MISSING


# §3.2.1: "Bodies or Targets which are External Web Resources MUST have exactly 1 id with the value of the
# resource's IRI."
@pytest.mark.parametrize("name", ["body", "target"])
@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"id": "http://example.org/ä/б", "format": "audio/mpeg"}, None),
        ({"id": "urn:isbn:0451450523"}, None),
        ({"format": "audio/mpeg"}, ""),
        ({"type": "Image"}, ""),
        ({"type": "Image", "id": ["http://example.org/a", "http://example.org/b"]}, "/id"),
        ({"type": "Image", "id": "image 1.jpg"}, "/id"),
        ({"type": "Image", "id": 5}, "/id"),
        ("page 1", ""),
    ],
)
def test_an_external_resource_has_one_iri(check, name, value, place):
    check({name: value}, None if place is None else f"/{name}{place}", "3.2.1")


# §3.2.1: "The Body or Target [...] MAY have 0 or more [formats and languages]"
def test_formats_and_languages_may_be_many_or_none(check):
    body = {"id": "http://example.org/a", "format": [], "language": ["en", "ar"]}
    check({"body": body})


# §3.2.1: "Each Body and Target MAY have exactly 1 processingLanguage."
def test_there_is_one_processing_language(check):
    body = {"id": "http://example.org/a", "processingLanguage": ["en", "ar"]}
    check({"body": body}, "/body/processingLanguage", "3.2.1")


# §3.2.1: "The value of the property MUST be one of the directions defined below (ltr, rtl, or auto)."
@pytest.mark.parametrize(
    ("direction", "pointer"), [("auto", None), ("up", "/body/textDirection"), (["ltr"], "/body/textDirection")]
)
def test_a_text_direction_is_one_of_three(check, direction, pointer):
    check({"body": {"id": "http://example.org/a", "textDirection": direction}}, pointer, "3.2.1")


# §3.2.2: "The Body or Target MAY have 1 or more types, and if so, the value SHOULD be drawn from the list of classes
# below, but MAY come from other vocabularies."
def test_types_may_come_from_other_vocabularies(check):
    check({"target": {"id": "http://example.org/canvas/1", "type": ["Canvas", "schema:CreativeWork"]}})


# §3.2.3: "that IRI MAY have a fragment component."
def test_an_iri_may_have_a_fragment(check):
    check({"target": {"id": "http://example.com/image1#xywh=100,100,300,300", "type": "Image"}})


# §3.2.4: "There MUST be exactly 1 value property associated with the TextualBody."
@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"type": "TextualBody", "value": ""}, None),
        ({"value": "without a type"}, None),
        ({"type": ["TextualBody", "Text"], "value": "x"}, None),
        ({"type": "TextualBody"}, "/body"),
        ({"type": "TextualBody", "value": ["a", "b"]}, "/body/value"),
        ({"type": ["TextualBody"], "value": 5}, "/body/value"),
        ({"type": "TextualBody", "value": None}, "/body/value"),
    ],
)
def test_a_textual_body_has_one_value(check, body, pointer):
    check({"body": body}, pointer, "3.2.4")


# §3.2.5: "If the bodyValue property is present, then the body relationship MUST NOT also be present."
def test_body_value_stands_alone(check):
    check({"bodyValue": "text", "body": "http://example.org/post1"}, "", "3.2.5")


# §3.2.5: "The string Body: MUST be a single xsd:string and the data type MUST NOT be expressed in the serialization."
# §3.2.5: "MUST NOT have a language associated with it."
@pytest.mark.parametrize(
    "value", [["a", "b"], 5, {"@value": "a", "@type": "xsd:string"}, {"@value": "a", "@language": "en"}]
)
def test_body_value_is_one_plain_string(check, value):
    check({"bodyValue": value}, "/bodyValue", "3.2.5")


# §3.2.6: "The values may be either strings containing the IRI of the resource or objects."
@pytest.mark.parametrize("name", ["body", "target"])
def test_bodies_and_targets_are_iris_or_objects(check, name):
    check({name: ["http://example.org/image1", 5]}, f"/{name}/1", "3.2.6")


# §3.2.7: "The Choice MUST have exactly 1 type, and it MUST be the CHOICE class."
def test_a_choice_has_no_other_type(check):
    choice = {"type": ["Choice", "Text"], "items": ["http://example.org/note1"]}
    check({"body": choice}, "/body/type", "3.2.7")


# §3.2.7: "items: A list of resources to choose from, with the default option listed first."
@pytest.mark.parametrize(
    ("items", "pointer", "section"),
    [
        (["http://example.org/note1", {"type": "TextualBody", "value": "a"}], None, None),
        (MISSING, "/body", "3.2.7"),
        ("http://example.org/note1", "/body/items", "3.2.7"),
        (["http://example.org/note1", {"type": "TextualBody"}], "/body/items/1", "3.2.4"),
    ],
)
def test_a_choice_has_its_items_as_a_list(check, items, pointer, section):
    choice = {"type": "Choice"} if items is MISSING else {"type": "Choice", "items": items}
    check({"body": choice}, pointer, section)


# Appendix D (not normative): "a resource similar to Choice could be used, such as a Composite (unordered) or List
# (ordered)." So it has one type, too.
@pytest.mark.parametrize("kind", ["Composite", "List", "Independents"])
def test_a_set_has_no_other_type(check, kind):
    members = {"items": ["http://example.org/page1", "http://example.org/page2"]}
    check({"target": {"type": [kind], **members}})
    check({"target": {"type": [kind, "Text"], **members}}, "/target/type", "D")
