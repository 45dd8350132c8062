"""The HTTP surface of the image server."""
