"""From an upload to a published image: catalog, jobs, conversion, publishing."""
