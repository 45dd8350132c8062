"""Web Annotation Data Model §3.3: who, when, why, for whom, and with which rights."""

from __future__ import annotations

import pytest

from tests.fixtures.annotation_model import NOON


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
