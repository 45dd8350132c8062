"""Web Annotation Data Model, W3C Recommendation of 23 February 2017, §3, §4 and appendix D, in its order: every MUST that an
annotation can break. Each test stands under the sentence that it is about.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from annotation_store.documents import DocumentLimits, format_document, parse_document
from annotation_store.validation import AnnotationValidator, validate_annotation

CORPUS = Path(__file__).parent.parent / "corpus" / "web_annotation_model"
EXAMPLES = sorted(CORPUS.glob("*.json"))
CONTEXT = "http://www.w3.org/ns/anno.jsonld"
NOON = "2015-01-28T12:00:00Z"
MISSING = object()


@pytest.fixture(scope="module")
def validator():
    return AnnotationValidator.load()


@pytest.fixture(scope="module")
def check(validator):
    """Asserts that an annotation with these members is valid, or breaks exactly one rule: where, which section."""

    def check(members, pointer=None, section=None):
        document = {"@context": CONTEXT, "type": "Annotation", "target": "http://example.com/page1", **members}
        document = {name: value for name, value in document.items() if value is not MISSING}
        found = [(violation.pointer, violation.section) for violation in validate_annotation(document, validator)]
        expected = [] if pointer is None else [(pointer, f"Web Annotation Data Model §{section}")]
        assert found == expected

    return check


def target(**members):
    return {"target": {"source": "http://example.com/page1", **members}}


def selector(**members):
    return target(selector=members)


def state(**members):
    return target(state=members)


def _annotations(document):
    """The document, or the annotations of a collection or page, each with the context of the whole."""
    if document["type"] == "Annotation":
        return [document]
    items = document.get("items") or (document.get("first", {}) or {})
    items = items.get("items", []) if isinstance(items, dict) else items
    return [{"@context": CONTEXT, **item} for item in items if isinstance(item, dict)]


# --- The examples ---------------------------------------------------------------------------------


def test_all_examples_of_the_model_are_there():
    assert len(EXAMPLES) == 44


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_valid(path, validator):
    document = json.loads(path.read_bytes())
    if path.stem == "example_38":
        return  # a collection that names its pages only
    annotations = _annotations(document)
    assert annotations
    for annotation in annotations:
        assert validate_annotation(annotation, validator) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_comes_back_equal_and_in_its_order(path):
    data = path.read_bytes()
    text = format_document(parse_document(data, DocumentLimits()))
    assert json.loads(text) == json.loads(data)
    assert text.decode() == json.dumps(json.loads(data), ensure_ascii=False, separators=(",", ":"))


# --- 3.1 Annotations ------------------------------------------------------------------------------


# §3.1: "The Annotation MUST have 1 or more @context values and http://www.w3.org/ns/anno.jsonld MUST be one of them."
@pytest.mark.parametrize(
    ("context", "pointer"),
    [
        (CONTEXT, None),
        ([CONTEXT, "http://example.org/more.jsonld"], None),
        (["http://example.org/more.jsonld", CONTEXT], None),
        ([CONTEXT, {"rank": "http://example.org/rank"}], None),
        (MISSING, ""),
        ("http://example.org/more.jsonld", "/@context"),
        (["http://example.org/more.jsonld", "http://example.org/yet_more.jsonld"], "/@context"),
        ({"rank": "http://example.org/rank"}, "/@context"),
    ],
)
def test_the_context_of_annotations_is_among_the_contexts(check, context, pointer):
    check({"@context": context}, pointer, "3.1")


# §3.1: "If there is only one value, then it MUST be provided as a string."
def test_a_single_context_is_a_string(check):
    check({"@context": [CONTEXT]}, "/@context", "3.1")


# §3.1: "An Annotation MUST have exactly 1 IRI that identifies it." (The server gives one to those that come without.)
@pytest.mark.parametrize("identity", [["http://example.org/a", "http://example.org/b"], "", 7, None, {}])
def test_an_annotation_has_one_id(check, identity):
    check({"id": identity}, "/id", "3.1")


# §3.1: "An Annotation MUST have 1 or more types, and the Annotation class MUST be one of them."
@pytest.mark.parametrize(
    ("types", "pointer"),
    [(["Annotation", "schema:Review"], None), (MISSING, ""), ("Note", "/type"), (["Note"], "/type"), ([], "/type")],
)
def test_annotation_is_among_the_types(check, types, pointer):
    check({"type": types}, pointer, "3.1")


# §3.1: "There SHOULD be 1 or more body relationships associated with an Annotation but there MAY be 0."
@pytest.mark.parametrize("body", [MISSING, [], "http://example.org/post1", ["http://example.org/post1"]])
def test_there_may_be_no_body(check, body):
    check({"body": body})


# §3.1: "There MUST be 1 or more target relationships associated with an Annotation."
@pytest.mark.parametrize(("value", "pointer"), [(MISSING, ""), ([], "/target")])
def test_there_is_a_target(check, value, pointer):
    check({"target": value}, pointer, "3.1")


# --- 3.2 Bodies and Targets -----------------------------------------------------------------------


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


# --- 3.3 Other Properties -------------------------------------------------------------------------


# §3.3: "other properties MAY be added features of the Annotation or any resource in the model."
def test_unknown_members_are_allowed_everywhere(check):
    extra = {"x:any": [1, None, {"a": True}], "rank": 5}
    body = {"type": "TextualBody", "value": "a", **extra}
    point = {"source": "http://example.org/a", "selector": {"type": "x:Selector", **extra}, **extra}
    check({"body": body, "target": point, **extra})


# §3.3.1: "There SHOULD be exactly 1 created property for Annotation and Body, and MUST NOT be more than 1. [...]
# The datetime MUST be a xsd:dateTime with the UTC timezone expressed as "Z"."
@pytest.mark.parametrize("name", ["created", "modified", "generated"])
@pytest.mark.parametrize(
    ("moment", "valid"),
    [
        (NOON, True),
        ("2015-01-28T12:00:00.123456Z", True),
        ("2016-02-29T24:00:00Z", True),
        ("-0044-03-15T12:00:00Z", True),
        ("12015-01-28T12:00:00Z", True),
        ([NOON], False),
        ([NOON, NOON], False),
        ("2015-01-28T12:00:00", False),
        ("2015-01-28T12:00:00+00:00", False),
        ("2015-01-28", False),
        ("2015-13-28T12:00:00Z", False),
        ("2015-02-29T12:00:00Z", False),
        ("2015-01-28T25:00:00Z", False),
        ("2015-01-28T12:00Z", False),
        ("yesterday", False),
        (1422446400, False),
        ("2015-01-28T12:00:00Z\n", False),
    ],
)
def test_a_moment_is_one_date_and_time_in_utc(check, name, moment, valid):
    check({name: moment}, None if valid else f"/{name}", "3.3.1")


@pytest.mark.parametrize("name", ["created", "modified"])
def test_the_moments_of_bodies_are_in_utc_as_well(check, name):
    body = {"type": "TextualBody", "value": "a", name: "2015-01-28T12:00:00+01:00"}
    check({"body": [body]}, f"/body/0/{name}", "3.3.1")


# §3.3.2: "An Agent SHOULD have exactly 1 IRI that identifies it, and MUST NOT have more than 1."
@pytest.mark.parametrize("name", ["creator", "generator"])
def test_an_agent_has_one_iri_at_most(check, name):
    check({name: ["http://example.org/user1", {"type": "Person", "name": ["A", "B"]}]})
    check({name: {"id": ["http://example.org/a", "http://example.org/b"]}}, f"/{name}/id", "3.3.2")


# §3.3.3: "The properties and class names MUST be prefixed in the JSON with schema: to ensure that they are uniquely
# distinguished from any other properties or classes."
@pytest.mark.parametrize(
    ("audience", "pointer"),
    [
        ({"id": "http://example.edu/t", "type": "schema:EducationalAudience", "schema:educationalRole": "a"}, None),
        ({"type": "EducationalAudience"}, "/audience/type"),
        ({"type": "schema:EducationalAudience", "educationalRole": "teacher"}, "/audience"),
    ],
)
def test_what_is_said_of_an_audience_is_prefixed(check, audience, pointer):
    check({"audience": audience}, pointer, "3.3.3")


# §3.3.4: "One or more strings from an enumerated list of values"
def test_accessibility_is_made_of_strings(check):
    body = {"id": "http://example.org/a", "accessibility": ["captions", 5]}
    check({"body": body}, "/body/accessibility/1", "3.3.4")


# §3.3.5: "There SHOULD be exactly 1 motivation for each Annotation, and MAY be 0 or more than 1."
@pytest.mark.parametrize(
    ("motivation", "pointer"),
    [
        (["commenting", "tagging"], None),
        ([], None),
        ("http://example.org/motivations#transcribing", None),
        (5, "/motivation"),
        ({"id": "oa:commenting"}, "/motivation"),
    ],
)
def test_motivations_are_names(check, motivation, pointer):
    check({"motivation": motivation}, pointer, "3.3.5")


# §3.3.6: "There MAY be at exactly 0 or more rights statements or licenses linked from each resource, and the value
# MUST be an IRI."
@pytest.mark.parametrize(
    ("rights", "place"),
    [(["http://example.org/l1", "http://example.org/l2"], None), ("all reserved", ""), (["CC BY"], "/0"), ({}, "")],
)
def test_rights_are_iris(check, rights, place):
    check({"rights": rights}, None if place is None else f"/rights{place}", "3.3.6")
    body = {"id": "http://example.org/a", "rights": rights}
    check({"body": body}, None if place is None else f"/body/rights{place}", "3.3.6")


# §3.3.7: "There MAY be exactly 1 canonical IRI for each resource." "There MAY be 0 or more IRIs provided in via"
def test_there_is_one_canonical_iri_and_any_number_of_via(check):
    check({"via": ["http://example.org/a", "urn:x:b"], "canonical": "urn:uuid:dbfb1861-0ecf-41ad-be94-a584e5c4f1df"})
    check({"canonical": ["urn:x:a", "urn:x:b"]}, "/canonical", "3.3.7")


# --- 4 Specific Resources -------------------------------------------------------------------------


# §4: "There MUST be exactly 1 source relationship associated with a Specific Resource."
@pytest.mark.parametrize("name", ["body", "target"])
@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"source": {"id": "http://example.org/a", "type": "Canvas"}}, None),
        ({"type": "SpecificResource"}, ""),
        ({"type": "SpecificResource", "source": ["http://example.org/a", "http://example.org/b"]}, "/source"),
        ({"source": "no iri"}, "/source"),
        ({"source": 5}, "/source"),
    ],
)
def test_a_specific_resource_has_one_source(check, name, value, place):
    check({name: value}, None if place is None else f"/{name}{place}", "4")


def test_the_source_of_a_specific_resource_is_checked_as_a_resource(check):
    check(target(source={"type": "Image"}), "/target/source", "3.2.1")


# §4.1: "There MAY be 0 or more Motivations associated with the SpecificResource using purpose."
def test_a_specific_resource_may_have_several_purposes(check):
    check({"body": {"source": "http://example.org/city1", "purpose": ["tagging", "linking"]}})


# §4.2: "There MAY be 0 or more selector relationships associated with a Specific Resource."
def test_there_may_be_several_selectors(check):
    check(target(selector=["http://example.org/s1", {"type": "CssSelector", "value": "p"}]))
    check(target(selector=[]))
    check(target(selector=["http://example.org/s1", 7]), "/target/selector/1", "4.2")


ONE_TYPE = [
    ("FragmentSelector", {"value": "para5"}, "4.2.1"),
    ("CssSelector", {"value": "p"}, "4.2.2"),
    ("XPathSelector", {"value": "//p"}, "4.2.3"),
    ("TextQuoteSelector", {"exact": "a"}, "4.2.4"),
    ("TextPositionSelector", {"start": 0, "end": 0}, "4.2.5"),
    ("DataPositionSelector", {"start": 4096, "end": 4104}, "4.2.6"),
    ("SvgSelector", {}, "4.2.7"),
    ("RangeSelector", {"startSelector": "http://example.org/s1", "endSelector": {"type": "x"}}, "4.2.8"),
]


# §4.2.1–4.2.8: "FragmentSelectors MUST have exactly 1 type and the value MUST be FragmentSelector.", and so on.
@pytest.mark.parametrize(("kind", "members", "section"), ONE_TYPE)
def test_a_selector_has_one_type(check, kind, members, section):
    check(selector(type=kind, **members))
    check(selector(type=[kind], **members))
    check(selector(type=[kind, "x:Other"], **members), "/target/selector/type", section)


# §4.2.1: "The FragmentSelector MUST have exactly 1 value property."
# §4.2.2: "There MUST be exactly 1 value associated with a CSS Selector."
# §4.2.3: "There MUST be exactly 1 value associated with an XPath Selector."
# §4.2.4: "Each TextQuoteSelector MUST have exactly 1 exact property."
@pytest.mark.parametrize(
    ("kind", "name", "section"),
    [
        ("FragmentSelector", "value", "4.2.1"),
        ("CssSelector", "value", "4.2.2"),
        ("XPathSelector", "value", "4.2.3"),
        ("TextQuoteSelector", "exact", "4.2.4"),
    ],
)
def test_a_selector_has_one_value(check, kind, name, section):
    check(selector(type=kind), "/target/selector", section)
    check(selector(type=kind, **{name: ["a", "b"]}), f"/target/selector/{name}", section)
    check(selector(type=kind, **{name: 5}), f"/target/selector/{name}", section)


# §4.2.1: "The Fragment Selector SHOULD have exactly 1 conformsTo link to the specification that defines the syntax
# of the fragment and MUST NOT have more than 1."
def test_a_fragment_conforms_to_one_specification(check):
    wrong = selector(type="FragmentSelector", value="a", conformsTo=["http://example.org/a", "http://example.org/b"])
    check(wrong, "/target/selector/conformsTo", "4.2.1")


# §4.2.1: "conformsTo: The relationship between the FragmentSelector and the specification that defines the syntax
# of the IRI fragment in the value property."
@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("xywh=50,50,640,480", True),
        ("xywh=pixel:50.5,-2,640.25,480", True),
        ("xywh=percent:1,2,3,4", True),
        ("t=30,60", True),
        ("xywh=1,2,3,4&t=npt:0:00:10", True),
        ("xywh=50,50,640", False),
        ("xywh=NaN,50,640,480", False),
        ("page=10", False),
        ("t=60,30", False),
    ],
)
def test_a_media_fragment_is_one(check, value, valid):
    members = selector(type="FragmentSelector", value=value, conformsTo="http://www.w3.org/TR/media-frags/")
    check(members, None if valid else "/target/selector/value", "4.2.1")


# §4.2.4: "Each TextQuoteSelector SHOULD have exactly 1 prefix property, and MUST NOT have more than 1." "[...]
# suffix [...]"
@pytest.mark.parametrize("name", ["prefix", "suffix"])
def test_a_quote_has_one_prefix_and_one_suffix(check, name):
    wrong = selector(type="TextQuoteSelector", exact="a", **{name: ["b", "c"]})
    check(wrong, f"/target/selector/{name}", "4.2.4")


# §4.2.5: "Each TextPositionSelector MUST have exactly 1 start property, and the value MUST be a non-negative
# integer." (and the same of end)
# §4.2.6: "Each DataPositionSelector MUST have exactly 1 start property." "[...] exactly 1 end property."
@pytest.mark.parametrize(("kind", "section"), [("TextPositionSelector", "4.2.5"), ("DataPositionSelector", "4.2.6")])
@pytest.mark.parametrize("name", ["start", "end"])
def test_positions_are_whole_numbers_from_zero(check, kind, section, name):
    members = {"type": kind, "start": 4, "end": 7}
    check(selector(**{key: value for key, value in members.items() if key != name}), "/target/selector", section)
    for wrong in (-1, 4.5, "4", [4], None):
        check(selector(**{**members, name: wrong}), f"/target/selector/{name}", section)


def test_a_position_does_not_end_before_it_starts(check):
    check(selector(type="TextPositionSelector", start=7, end=4), "/target/selector/end", "4.2.5")


# §4.2.7: "There MAY be exactly 1 value property associated with the Selector, and if so the value of the property
# MUST be well-formed SVG XML."
@pytest.mark.parametrize(
    ("value", "valid"),
    [
        ("<svg xmlns='http://www.w3.org/2000/svg'><circle cx='5' cy='5' r='5'/></svg>", True),
        ("<svg:svg> ... </svg:svg>", True),
        ("<svg><script>alert(1)</script><rect width='1' height='1'/></svg>", True),
        ("<svg><rect></svg>", False),
        ("a circle", False),
        ("<html/>", False),
        ("<!DOCTYPE svg [<!ENTITY a 'aaaa'>]><svg>&a;</svg>", False),
        (["<svg/>", "<svg/>"], False),
    ],
)
def test_svg_is_well_formed(check, value, valid):
    check(selector(type="SvgSelector", value=value), None if valid else "/target/selector/value", "4.2.7")


# §4.2.8: "There MUST be exactly 1 startSelector associated with a Range Selector."
# §4.2.8: "There MUST be exactly 1 endSelector associated with a Range Selector."
@pytest.mark.parametrize("name", ["startSelector", "endSelector"])
def test_a_range_has_one_start_and_one_end(check, name):
    point = {"type": "XPathSelector", "value": "//p"}
    members = {"type": "RangeSelector", "startSelector": point, "endSelector": point}
    check(selector(**members))
    check(selector(**{key: value for key, value in members.items() if key != name}), "/target/selector", "4.2.8")
    check(selector(**{**members, name: [point, point]}), f"/target/selector/{name}", "4.2.8")
    check(selector(**{**members, name: {"type": "XPathSelector"}}), f"/target/selector/{name}", "4.2.3")


# §4.2.9: "A Selector MAY be refinedBy 1 or more other Selectors."
def test_refinements_are_checked_as_selectors(check):
    wrong = {"type": "TextQuoteSelector"}
    fragment = {"type": "FragmentSelector", "value": "para5"}
    check(selector(**fragment, refinedBy=[{"type": "TextQuoteSelector", "exact": "a"}, fragment]))
    check(
        selector(**fragment, refinedBy={**fragment, "refinedBy": [wrong]}),
        "/target/selector/refinedBy/refinedBy/0",
        "4.2.4",
    )


# §4.3: "There MAY be 0 or more state relationships for each SpecificResource."
def test_there_may_be_several_states(check):
    check(target(state=["http://example.org/state1", {"id": "http://example.org/state2"}]))
    check(target(state=5), "/target/state", "4.3")


# §4.3.1: "Time States MUST have exactly 1 type and the value MUST be TimeState."
# §4.3.2: "Request Header States MUST have exactly 1 type and the value MUST be HttpRequestState."
@pytest.mark.parametrize(
    ("kind", "members", "section"),
    [("TimeState", {"sourceDate": NOON}, "4.3.1"), ("HttpRequestState", {"value": "Accept: a/b"}, "4.3.2")],
)
def test_a_state_has_one_type(check, kind, members, section):
    check(state(type=kind, **members))
    check(state(type=[kind, "x:Other"], **members), "/target/state/type", section)


# §4.3.1: "The timestamp MUST be expressed in the xsd:dateTime format, and MUST use the UTC timezone expressed as
# "Z"."
def test_source_dates_are_in_utc(check):
    check(state(type="TimeState", sourceDate=[NOON, NOON]))
    check(state(type="TimeState", sourceDate=[NOON, "2015-01-28"]), "/target/state/sourceDate/1", "4.3.1")
    check(state(type="TimeState", sourceDate="2015-02-30T12:00:00Z"), "/target/state/sourceDate", "4.3.1")


# §4.3.1: "There MAY be exactly 1 sourceDateStart property per TimeState." "[...] sourceDateEnd [...]"
@pytest.mark.parametrize("name", ["sourceDateStart", "sourceDateEnd"])
def test_an_interval_has_one_start_and_one_end(check, name):
    members = {"sourceDateStart": NOON, "sourceDateEnd": NOON}
    check(state(type="TimeState", **members))
    for wrong in ([NOON, NOON], "2015-01-28T12:00:00+00:00"):
        check(state(type="TimeState", **{**members, name: wrong}), f"/target/state/{name}", "4.3.1")


# §4.3.1: "If sourceDate is provided, then sourceDateStart and sourceDateEnd MUST NOT be provided."
def test_a_date_excludes_an_interval(check):
    members = {"sourceDate": NOON, "sourceDateStart": NOON, "sourceDateEnd": NOON}
    check(state(type="TimeState", **members), "/target/state", "4.3.1")


# §4.3.1: "If sourceDateStart is provided then sourceDateEnd MUST also be provided."
# §4.3.1: "If sourceDateEnd is provided then sourceDateStart MUST also be provided."
@pytest.mark.parametrize("name", ["sourceDateStart", "sourceDateEnd"])
def test_an_interval_has_both_ends(check, name):
    check(state(type="TimeState", **{name: NOON}), "/target/state", "4.3.1")


# §4.3.2: "An HttpRequestState MUST have exactly 1 value property."
def test_a_request_state_has_one_value(check):
    check(state(type="HttpRequestState"), "/target/state", "4.3.2")
    check(state(type="HttpRequestState", value=["a", "b"]), "/target/state/value", "4.3.2")


# §4.3.3: "Each State MAY be refinedBy 1 or more other States or Selectors."
def test_refinements_of_states_are_states_or_selectors(check):
    check(state(type="TimeState", sourceDate=NOON, refinedBy={"type": "CssSelector", "value": "p"}))
    check(state(type="TimeState", refinedBy=[{"type": "HttpRequestState"}]), "/target/state/refinedBy/0", "4.3.2")
    check(state(type="TimeState", refinedBy={"type": "CssSelector"}), "/target/state/refinedBy", "4.2.2")


# §4.4: "CSS Stylesheets MAY have a type and if included the value MUST be CssStylesheet."
# §4.4: "There MAY be 0 or 1 stylesheet relationships for each Annotation."
@pytest.mark.parametrize(
    ("stylesheet", "pointer"),
    [
        ("http://example.org/style1", None),
        ({"value": ".red { color: red }"}, None),
        ({"type": "CssStylesheet", "value": ""}, None),
        ({"type": "Stylesheet"}, "/stylesheet/type"),
        ([{"type": "CssStylesheet"}], "/stylesheet"),
    ],
)
def test_there_is_one_stylesheet_of_css(check, stylesheet, pointer):
    check({"stylesheet": stylesheet}, pointer, "4.4")


# §4.4: "There MAY be 0 or more styleClass properties on a Specific Resource."
def test_style_classes_are_names(check):
    check(target(styleClass=["red", "bold"]))
    check(target(styleClass={"name": "red"}), "/target/styleClass", "4.4")


# §4.5: "There MAY be 0 or more renderedVia relationships for each Specific Resource."
def test_renderers_are_resources(check):
    check(target(renderedVia=["http://example.org/lib", {"type": "Software"}]))
    check(target(renderedVia=5), "/target/renderedVia", "4.5")


# §4.6: "There MAY be 0 or more scope relationships for each Specific Resource."
def test_scopes_are_resources(check):
    check(target(scope=["http://example.org/page1", {"id": "http://example.org/page2"}]))
    check(target(scope=5), "/target/scope", "4.6")


# --- All at once ----------------------------------------------------------------------------------


def test_all_violations_come_at_once_in_the_order_of_the_document(validator):
    document = {
        "type": "Note",
        "created": "yesterday",
        "target": [
            {"type": "Image"},
            {"source": "http://example.org/a", "selector": {"type": "SvgSelector", "value": "<"}},
        ],
        "body": {"type": "TextualBody", "value": 5},
    }
    before = copy.deepcopy(document)
    pointers = [violation.pointer for violation in validate_annotation(document, validator)]
    assert pointers == ["", "/type", "/created", "/target/0", "/target/1/selector/value", "/body/value"]
    assert document == before
