"""Start and end of an application that may have another one behind it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def run_lifespan(
    scope: Scope, receive: Receive, send: Send, inner: ASGIApp | None, close: Callable[[], Awaitable[None]]
) -> None:
    """Passes lifespan events on to `inner` where it understands them; `close` runs before the end is confirmed."""

    async def send_after_close(message: Message) -> None:
        if message["type"] in ("lifespan.shutdown.complete", "lifespan.shutdown.failed"):
            await close()
        await send(message)

    if inner is None or not await _pass_on(scope, receive, send_after_close, inner):
        await _run_alone(receive, send_after_close)


async def _pass_on(scope: Scope, receive: Receive, send: Send, inner: ASGIApp) -> bool:
    """Whether `inner` took the events. One that does not know them raises before it has answered (ASGI lifespan)."""
    answered = False

    async def send_answer(message: Message) -> None:
        nonlocal answered
        answered = True
        await send(message)

    try:
        await inner(scope, receive, send_answer)
    except Exception:
        if answered:
            raise
    return answered


async def _run_alone(receive: Receive, send: Send) -> None:
    # Startup may have been received by an inner application that then gave up; it is confirmed in any case.
    await send({"type": "lifespan.startup.complete"})
    while (await receive())["type"] != "lifespan.shutdown":
        pass
    await send({"type": "lifespan.shutdown.complete"})
