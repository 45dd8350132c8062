"""Answers compressed for those who take it; each coding has an ETag of its own (RFC 9110 §8.8.3.3)."""

from __future__ import annotations

from annotation_store.http.exchange import Answer, Exchange
from config.codings import GZIP, LEAST_BYTES, accepts_gzip, gzip_document, is_json


def code(exchange: Exchange, answer: Answer) -> None:
    """Compresses the answer's body where that is wanted and worth it."""
    if not accepts_gzip(exchange.header("accept-encoding")):
        return
    tag = answer.headers.get("etag", "")
    coded = f'{tag[:-1]}-{GZIP}"' if tag else ""
    if answer.status == 304:
        if coded in (exchange.header("if-none-match") or ""):
            answer.headers["etag"] = coded
        return
    kind = answer.headers.get("content-type", "")
    if len(answer.body) < LEAST_BYTES or not (is_json(kind) or kind.startswith("text/")):
        return
    answer.body = gzip_document(answer.body)
    answer.headers["content-encoding"] = GZIP
    if tag:
        answer.headers["etag"] = coded
