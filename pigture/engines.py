"""PostgreSQL and Valkey from their wheels: what `pigture serve` and the tests run where no URL is set.

Whoever starts an engine holds the lock on its folder. Both listen on Unix sockets in a private run folder only.
"""

from pigture.engine import EmbeddedEngine, EngineError, new_run_folder
from pigture.postgres import EmbeddedPostgres
from pigture.valkey import EmbeddedValkey

__all__ = ["EmbeddedEngine", "EmbeddedPostgres", "EmbeddedValkey", "EngineError", "new_run_folder"]
