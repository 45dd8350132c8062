"""Web Annotation Data Model §4, §4.1 and §4.4 to §4.6: specific resources, styles, renderers and scopes."""

from __future__ import annotations

import pytest

from tests.fixtures.annotation_model import target


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
