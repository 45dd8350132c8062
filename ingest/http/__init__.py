"""The HTTP surface of ingest: catalog, jobs, sessions."""
