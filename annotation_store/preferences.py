"""The Prefer header of a container's request (RFC 7240, Web Annotation Protocol §4.2.1). PURE."""

from __future__ import annotations

import re

from annotation_store.serialisers.w3c import ContainedForm

_FORMS = {
    "http://www.w3.org/ns/ldp#PreferMinimalContainer": ContainedForm.MINIMAL,
    "http://www.w3.org/ns/oa#PreferContainedIRIs": ContainedForm.IRIS,
    "http://www.w3.org/ns/oa#PreferContainedDescriptions": ContainedForm.DESCRIPTIONS,
}
_PART = re.compile(r'\s*([,;]?)\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*)))?')


def parse_prefer(header: str) -> ContainedForm | None:
    """What is to be returned of a container; None without a preference that is known.

    Of several known forms in one `include` the one with the most in it counts, since it holds the others.
    """
    returning = False
    for separator, name, quoted, bare in _PART.findall(header):
        if separator != ";":
            returning = name.lower() == "return" and (quoted or bare).lower() == "representation"
        elif returning and name.lower() == "include":
            wanted = {_FORMS[iri] for iri in (quoted or bare).split() if iri in _FORMS}
            for form in (ContainedForm.DESCRIPTIONS, ContainedForm.IRIS, ContainedForm.MINIMAL):
                if form in wanted:
                    return form
    return None
