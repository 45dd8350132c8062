"""Web Annotation Data Model §4.3: states."""

from __future__ import annotations

import pytest

from tests.fixtures.annotation_model import NOON, target


def state(**members):
    return target(state=members)


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
