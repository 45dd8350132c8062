"""What becomes of an annotation that somebody sends: who counts as its creator, since when, in which state. PURE."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from annotation_store.documents import JsonObject, JsonValue, format_text
from annotation_store.query import ReviewState
from annotation_store.records import ContainerRecord, Draft
from annotation_store.review import INITIAL_STATE, resolve_initial
from annotation_store.stamping import stamp_new
from config.access import Action, Principal


@dataclass(frozen=True, slots=True)
class CreationPolicy:
    """`keeps_others`: creator and time of creation stay as they were sent (the role import)."""

    principal: str
    state: ReviewState
    keeps_others: bool

    @classmethod
    def of(cls, container: ContainerRecord, principal: Principal, wish: str | None) -> CreationPolicy:
        """`wish` is the state that was asked for. Raises MalformedQueryError, ForbiddenError."""
        default = ReviewState(container.settings.get(INITIAL_STATE, ReviewState.ACCEPTED))
        curates = principal.may(Action.CURATE_ANNOTATIONS)
        state = resolve_initial(wish, default, curates=curates)
        return cls(str(principal.name), state, principal.may(Action.IMPORT_ANNOTATIONS))

    def draft(self, document: JsonObject, moment: datetime) -> tuple[Draft, JsonObject]:
        """What is written, and the document as it is kept."""
        stamped = stamp_new(document, self.principal, moment, keeps_others=self.keeps_others)
        alias = document.get("id")
        draft = Draft(
            format_text(stamped),
            self.principal,
            moment,
            self.state,
            aliases=(alias,) if isinstance(alias, str) and alias else (),
            creator=_creator_name(stamped["creator"]) if self.keeps_others else None,
            created=_parse_moment(stamped["created"]) if self.keeps_others else None,
        )
        return draft, stamped


def _creator_name(value: JsonValue) -> str | None:
    """Whose annotation it is, where an agent's name says so: tokens are known by their names."""
    name = value.get("name") if isinstance(value, dict) else value
    return name if isinstance(name, str) and 0 < len(name) <= 200 else None


def _parse_moment(value: JsonValue) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment if 1 < moment.year < 9998 else None
