"""Web Annotation Data Model §4.2: selectors."""

from __future__ import annotations

import pytest

from tests.fixtures.annotation_model import target


def selector(**members):
    return target(selector=members)


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


# §4.2: "There MAY be 0 or more selector relationships associated with a Specific Resource."
def test_there_may_be_several_selectors(check):
    check(target(selector=["http://example.org/s1", {"type": "CssSelector", "value": "p"}]))
    check(target(selector=[]))
    check(target(selector=["http://example.org/s1", 7]), "/target/selector/1", "4.2")


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
