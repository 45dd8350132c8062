"""Runs the benchmarks named on the command line, or all of them: `python -m bench [tiles]`."""

from __future__ import annotations

import signal
import sys

from bench import annotations, ingest, lanes, memory, regions, storage, tiles

BENCHES = {
    "tiles": tiles.main,
    "regions": regions.main,
    "storage": storage.main,
    "lanes": lanes.main,
    "memory": memory.main,
    "ingest": ingest.main,
    "annotations": annotations.main,
}


def main(names: list[str]) -> int:
    """Runs each bench and prints its table. Returns 0 where every bar was met, else 1."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"No such bench: {', '.join(unknown)}. There are: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    # Ends what was started, also when it is told to stop.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return max(BENCHES[name]() for name in names or BENCHES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
