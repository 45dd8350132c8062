"""The annotation store over HTTP: the Web Annotation Protocol."""
