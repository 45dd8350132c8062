"""The one kind of message: convert what job so-and-so brings."""

from __future__ import annotations

from collections.abc import Callable

import dramatiq
from dramatiq import Actor
from dramatiq.brokers.redis import RedisBroker

from ingest.broker import ACTOR, QUEUE


def declare_actors(broker: RedisBroker, convert: Callable[[str], None]) -> Actor[[str], None]:
    """Registers `convert`, which is called with a job's id and must not raise, at the broker."""
    decorate = dramatiq.actor(actor_name=ACTOR, queue_name=QUEUE, broker=broker)
    return decorate(convert)
