"""The annotation store: W3C Web Annotations, kept whole and found by what they say and where they point."""
