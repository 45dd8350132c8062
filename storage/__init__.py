"""Object storage behind small Protocols: file system, S3, memory. Imports nothing else of ours."""
