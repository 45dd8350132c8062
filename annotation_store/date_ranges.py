"""ISO 8601 dates, times and intervals → half-open ranges in UTC. PURE."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from annotation_store.errors import MalformedQueryError

_PARTIAL = re.compile(
    r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?)?)?"
)
_OPEN = frozenset({"", ".."})


@dataclass(frozen=True, slots=True)
class DateRange:
    """Half-open, in UTC; None is an open end."""

    start: datetime | None
    end: datetime | None


def parse_date_range(text: str, parameter: str) -> DateRange:
    """`2024`, `2024-05`, `2024-05-01T12:00Z` mean all of that year, month, minute; `a/b` reaches from the
    beginning of a to the end of b, where `..` or nothing is open. Times without a zone are UTC. Raises
    MalformedQueryError.
    """
    first, slash, second = text.strip().partition("/")
    if not slash:
        return DateRange(*_parse_period(first, parameter))
    start = None if first in _OPEN else _parse_period(first, parameter)[0]
    end = None if second in _OPEN else _parse_period(second, parameter)[1]
    if start is not None and end is not None and end <= start:
        raise MalformedQueryError(parameter, f"The range {text[:60]} ends before it starts.")
    return DateRange(start, end)


def _parse_period(text: str, parameter: str) -> tuple[datetime, datetime]:
    match = _PARTIAL.fullmatch(text)
    if match is None:
        raise MalformedQueryError(
            parameter, f"{text[:60]!r} is no ISO 8601 date or time, such as 2024-05-01T12:00:00Z."
        )
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        start = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        start += timedelta(microseconds=int((fraction or "").ljust(6, "0")[:6]))
        end = _end_of(start, month, day, hour, second, fraction)
        offset = _offset(zone)
        return start - offset, end - offset
    except (ValueError, OverflowError) as error:
        raise MalformedQueryError(parameter, f"There is no such date or time as {text[:60]}.") from error


def _end_of(
    start: datetime, month: str | None, day: str | None, hour: str | None, second: str | None, fraction: str | None
) -> datetime:
    """Where the period ends whose smallest part is the last one that was given."""
    if month is None:
        return start.replace(year=start.year + 1)
    if day is None:
        following = start.month % 12 + 1
        return start.replace(year=start.year + (following == 1), month=following)
    if hour is None:
        return start + timedelta(days=1)
    if second is None:
        return start + timedelta(minutes=1)
    return start + (timedelta(microseconds=1) if fraction else timedelta(seconds=1))


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(zone)
    offset = timedelta(hours=hours, minutes=minutes)
    return -offset if zone[0] == "-" else offset
