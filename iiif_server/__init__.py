"""A stateless IIIF server: Image API 3.0 and 2.1, Presentation 3, from storage alone."""
