import socket
import urllib.request

import pytest

from config.exposition import expose, listening
from config.metrics import Family, Histogram, series
from config.process import ProcessNumbers, build_samples

COUNTER = Family("pigture_things", "counter", "Things.")
TIMES = Family("pigture_seconds", "histogram", "Seconds.")
SAMPLES = {series(COUNTER, kind="a"): 3.0} | Histogram((0.5,)).samples(TIMES)


def test_the_text_is_what_prometheus_reads() -> None:
    body, media_type = expose(SAMPLES, None)
    assert media_type.startswith("text/plain; version=0.0.4")
    lines = body.decode().splitlines()
    assert lines[:3] == [
        "# HELP pigture_things_total Things.",
        "# TYPE pigture_things_total counter",
        'pigture_things_total{kind="a"} 3.0',
    ]
    assert "# TYPE pigture_seconds histogram" in lines
    assert 'pigture_seconds_bucket{le="+Inf"} 0.0' in lines


def test_openmetrics_goes_to_whoever_asks_for_it() -> None:
    body, media_type = expose(SAMPLES, "application/openmetrics-text; version=1.0.0")
    assert media_type.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_listener_of_its_own_answers_until_it_is_closed(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with listening(f"{host}:{port}", lambda: SAMPLES):
        answer = urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10).read()
        assert b'pigture_things_total{kind="a"} 3.0' in answer
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_a_process_tells_of_itself_under_its_name() -> None:
    body, _ = expose(ProcessNumbers("api").samples() | build_samples("1.2", None), None)
    text = body.decode()
    assert 'pigture_process_cpu_seconds_total{process="api"}' in text
    assert 'pigture_build_info{commit="unknown",version="1.2"} 1.0' in text
