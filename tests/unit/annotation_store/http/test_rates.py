"""Buckets of writes."""

import pytest

from annotation_store.http.rates import BURST_S, RateLimit
from annotation_store.store_errors import TooManyRequestsError


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_token_may_write_at_its_rate_and_no_faster() -> None:
    clock = Clock()
    limit = RateLimit(10, clock)
    for _ in range(int(10 * BURST_S)):
        limit.take("anna")
    with pytest.raises(TooManyRequestsError) as caught:
        limit.take("anna")
    assert caught.value.retry_after_s == 1
    limit.take("boris")
    clock.now += 0.11
    limit.take("anna")
    with pytest.raises(TooManyRequestsError):
        limit.take("anna")
    clock.now += 1000
    for _ in range(int(10 * BURST_S)):
        limit.take("anna")
    with pytest.raises(TooManyRequestsError):
        limit.take("anna")


def test_a_slow_rate_says_how_long_to_wait() -> None:
    limit = RateLimit(0.1, Clock())
    limit.take("anna")
    with pytest.raises(TooManyRequestsError) as caught:
        limit.take("anna")
    assert caught.value.retry_after_s == 10


def test_no_rate_is_no_limit() -> None:
    limit = RateLimit(0)
    for _ in range(10_000):
        limit.take("anna")
