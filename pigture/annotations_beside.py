"""The annotation store in one process with the API: by the path of a request, one or the other answers."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from annotation_store.http.app import AnnotationsApp, is_annotations_path


class AnnotationsBeside:
    """An ASGI application."""

    def __init__(self, annotations: AnnotationsApp, others: ASGIApp) -> None:
        self._annotations = annotations
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hands a request on. The store's connections are open for as long as the others live."""
        if scope["type"] == "http" and is_annotations_path(scope["path"]):
            await self._annotations(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        else:
            await self._others(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        service = self._annotations.service
        await service.open()

        async def send_closing(message: Message) -> None:
            # Whoever gets the last message may end the process.
            if message["type"] != "lifespan.startup.complete":
                await service.close()
            await send(message)

        await self._others(scope, receive, send_closing)
