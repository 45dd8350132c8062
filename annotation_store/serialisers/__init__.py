"""Three ways to write the same annotations: W3C containers, IIIF Presentation 3, IIIF Search. PURE."""
