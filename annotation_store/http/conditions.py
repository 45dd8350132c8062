"""If-Match and If-None-Match of a request (RFC 9110 §13), and the ETags that they speak of.

A tag holds what the representation depends on: the version, and which of the representations it is.
"""

from __future__ import annotations

from collections.abc import Sequence

from annotation_store.etags import parse_condition
from annotation_store.http.exchange import Exchange
from annotation_store.negotiation import Format
from annotation_store.records import AnnotationRecord, ContainerRecord
from annotation_store.serialisers.w3c import ContainedForm
from annotation_store.store_errors import PreconditionMissingError, StaleVersionError

_MARKS = tuple(dict.fromkeys(chosen.mark for chosen in Format))
_FORMS = {ContainedForm.MINIMAL: "m", ContainedForm.IRIS: "i", ContainedForm.DESCRIPTIONS: "d"}


def annotation_tag(annotation: AnnotationRecord, chosen: Format) -> str:
    """The tag of a representation."""
    return f"{annotation.id}-{annotation.version}-{chosen.mark}"


def annotation_tags(annotation: AnnotationRecord) -> list[str]:
    """Those of all representations."""
    return [f"{annotation.id}-{annotation.version}-{mark}" for mark in _MARKS]


def container_tag(container: ContainerRecord, form: ContainedForm, chosen: Format, page: int | None = None) -> str:
    """The tag of a container or (`page`) of one of its pages."""
    return f"{_stem(container)}-{_FORMS[form]}{'' if page is None else page}-{chosen.mark}"


def container_tags(container: ContainerRecord) -> list[str]:
    """Those of all representations of the container itself."""
    return [f"{_stem(container)}-{form}-{mark}" for form in _FORMS.values() for mark in _MARKS]


def is_known(exchange: Exchange, tag: str) -> bool:
    """Whether the client has that representation already (If-None-Match)."""
    condition = parse_condition(exchange.header("if-none-match"))
    return condition is not None and condition.matches_weakly(tag)


def creates_only(exchange: Exchange) -> bool:
    """Whether nothing is to be replaced: `If-None-Match: *`."""
    condition = parse_condition(exchange.header("if-none-match"))
    return condition is not None and condition.anything


def require_match(exchange: Exchange, tags: Sequence[str]) -> None:
    """Raises PreconditionMissingError without If-Match, StaleVersionError where it names none of the tags."""
    condition = parse_condition(exchange.header("if-match"))
    if condition is None:
        raise PreconditionMissingError
    if not any(condition.matches_strongly(tag) for tag in tags):
        raise StaleVersionError(tags[0])


def _stem(container: ContainerRecord) -> str:
    return f"c{container.id}-{container.version}-{container.changes}"
