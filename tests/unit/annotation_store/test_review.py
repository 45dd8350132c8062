"""Which steps of review are legal."""

from itertools import product

import pytest

from annotation_store.errors import MalformedQueryError
from annotation_store.query import ReviewState
from annotation_store.review import may_step, parse_settings, require_step, resolve_initial
from annotation_store.store_errors import ForbiddenError, InvalidContainerError

DRAFT, REVIEW, ACCEPTED, REJECTED = (
    ReviewState.DRAFT,
    ReviewState.IN_REVIEW,
    ReviewState.ACCEPTED,
    ReviewState.REJECTED,
)


def test_the_creator_goes_from_draft_to_in_review_and_back_and_no_further() -> None:
    legal = {pair for pair in product(ReviewState, repeat=2) if may_step(*pair, curates=False)}
    assert legal == {(state, state) for state in ReviewState} | {(DRAFT, REVIEW), (REVIEW, DRAFT)}
    with pytest.raises(ForbiddenError):
        require_step(REVIEW, ACCEPTED, curates=False)


def test_a_curator_may_take_any_step() -> None:
    assert all(may_step(*pair, curates=True) for pair in product(ReviewState, repeat=2))


@pytest.mark.parametrize("default", ReviewState)
def test_a_new_annotation_begins_as_the_container_says_or_as_a_draft(default: ReviewState) -> None:
    assert resolve_initial(None, default, curates=False) is default
    for wish in (DRAFT, REVIEW, default):
        assert resolve_initial(wish.value, default, curates=False) is wish
    for wish in {ACCEPTED, REJECTED} - {default}:
        with pytest.raises(ForbiddenError):
            resolve_initial(wish.value, default, curates=False)
        assert resolve_initial(wish.value, default, curates=True) is wish
    with pytest.raises(MalformedQueryError):
        resolve_initial("perfect", default, curates=True)


def test_settings_are_known_or_refused() -> None:
    assert parse_settings({}) == {}
    assert parse_settings({"initial_state": "draft"}) == {"initial_state": "draft"}
    for wrong in (None, [], {"initial_state": 1}, {"initial_state": None}, {"x": "draft"}):
        with pytest.raises(InvalidContainerError):
            parse_settings(wrong)
