"""The queue: dramatiq over Redis or Valkey. A message carries a job's id and nothing else.

No middleware: attempts, leases and time limits live in the catalog, and the sweeper replaces what the queue loses.
"""

from __future__ import annotations

import logging

import redis
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from redis.backoff import NoBackoff
from redis.retry import Retry

QUEUE = "conversions"
ACTOR = "convert"

_log = logging.getLogger(__name__)


def open_broker(redis_url: str) -> RedisBroker:
    """A broker that gives up soon where the queue is away; connects on first use."""
    client = redis.Redis.from_url(
        redis_url,
        socket_timeout=5,
        socket_connect_timeout=2,
        retry=Retry(NoBackoff(), 1),
        health_check_interval=15,
    )
    return RedisBroker(  # type: ignore[no-untyped-call]  # dramatiq leaves it untyped
        client=client, middleware=[], namespace="pigture"
    )


def enqueue_job(broker: RedisBroker, job_id: str) -> bool:
    """Whether a message for the job lies in the queue now; False where the queue is away."""
    message: Message[None] = Message(queue_name=QUEUE, actor_name=ACTOR, args=(job_id,), kwargs={}, options={})
    try:
        broker.enqueue(message)
    except redis.RedisError as exc:
        _log.warning("The queue is away; job %s is queued once it is back: %s", job_id, exc)
        return False
    return True


def queue_length(broker: RedisBroker) -> int | None:
    """How many messages nobody has taken yet; None where the queue is away."""
    try:
        return int(broker.client.llen(f"{broker.namespace}:{QUEUE}"))
    except redis.RedisError:
        return None


def queue_answers(broker: RedisBroker) -> bool:
    """Whether the queue can be reached."""
    try:
        return bool(broker.client.ping())
    except redis.RedisError:
        return False
