"""Pyramids of other programs, indexed where they lie."""
