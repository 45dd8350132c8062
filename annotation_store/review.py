"""Which steps of review are legal, and for whom. PURE.

draft ↔ in_review by the creator, anything by a curator. A container says in which state new annotations begin.
"""

from __future__ import annotations

from annotation_store.documents import JsonValue
from annotation_store.errors import MalformedQueryError
from annotation_store.query import ReviewState
from annotation_store.store_errors import ForbiddenError, InvalidContainerError

INITIAL_STATE = "initial_state"
"""The container's setting."""

_OWN = frozenset({ReviewState.DRAFT, ReviewState.IN_REVIEW})


def may_step(before: ReviewState, after: ReviewState, *, curates: bool) -> bool:
    """Whether the creator (or, with `curates`, a curator) may take the annotation from one state to the other."""
    return curates or before is after or {before, after} <= _OWN


def require_step(before: ReviewState, after: ReviewState, *, curates: bool) -> None:
    """Raises ForbiddenError."""
    if not may_step(before, after, curates=curates):
        raise ForbiddenError(f"It takes a curator to bring an annotation from {before} to {after}.")


def resolve_initial(wish: str | None, default: ReviewState, *, curates: bool) -> ReviewState:
    """The state of a new annotation. Raises MalformedQueryError, ForbiddenError."""
    if wish is None:
        return default
    state = parse_state(wish)
    if not curates and state is not default and state not in _OWN:
        raise ForbiddenError(f"It takes a curator to make an annotation as {state} here.")
    return state


def parse_state(value: JsonValue) -> ReviewState:
    """Raises MalformedQueryError."""
    try:
        return ReviewState(str(value))
    except ValueError:
        raise MalformedQueryError("state", f"A state is one of {', '.join(ReviewState)}.") from None


def parse_settings(value: JsonValue) -> dict[str, str]:
    """A container's settings: `initial_state`, and nothing else. Raises InvalidContainerError."""
    if not isinstance(value, dict) or not value.keys() <= {INITIAL_STATE}:
        raise InvalidContainerError("settings", f"The settings are an object; known is {INITIAL_STATE}.")
    try:
        return {name: ReviewState(str(state)).value for name, state in value.items()}
    except ValueError:
        known = ", ".join(ReviewState)
        raise InvalidContainerError("settings", f"{INITIAL_STATE} is one of {known}.") from None
