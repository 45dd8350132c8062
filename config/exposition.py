"""Samples in the text format of Prometheus, for an endpoint or on a listener of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client.exposition import choose_encoder, start_http_server
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from config.metrics import Family, Samples
from config.settings import SettingsError

Collect = Callable[[], Samples]


class SampleCollector(Collector):
    """What Prometheus' library asks at each scrape."""

    def __init__(self, collect: Collect) -> None:
        self._collect = collect

    def collect(self) -> Iterable[Metric]:
        """The families with their samples."""
        families: dict[Family, Metric] = {}
        for (family, suffix, labels), value in self._collect().items():
            metric = families.setdefault(family, Metric(family.name, family.help, family.kind))
            metric.add_sample(family.name + suffix, dict(labels), value)
        return families.values()


def expose(samples: Samples, accept: str | None) -> tuple[bytes, str]:
    """The document and its media type, in the version that the scraper likes."""
    encode, media_type = choose_encoder(accept or "")
    return encode(SampleCollector(lambda: samples)), media_type


@contextmanager
def listening(address: str | None, collect: Collect) -> Iterator[None]:
    """Answers scrapes at `host:port`, in threads of its own, without asking for tokens; nowhere where that is None.

    Raises SettingsError where the address cannot be listened on.
    """
    if address is None:
        yield
        return
    host, _, port = address.rpartition(":")
    registry = CollectorRegistry()
    registry.register(SampleCollector(collect))
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except OSError as exc:
        raise SettingsError(f"Setting metrics_listen: {address} cannot be listened on: {exc.strerror}.") from exc
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
