"""The colours in which well-known fluorescent dyes and proteins are usually shown. PURE.

They are those of what is emitted, in few and pure steps: two channels must be told apart where they are added.
"""

from __future__ import annotations

import re

BLUE, CYAN, GREEN, YELLOW = "0000ff", "00ffff", "00ff00", "ffff00"
ORANGE, RED, FAR_RED = "ff8000", "ff0000", "ff00ff"

_SERIES = re.compile(
    r"(?<![a-z])(?:alexa ?(?:fluor)?|af|atto|dylight|hilyte ?(?:fluor)?|cf|janelia ?(?:fluor)?|jf|star) ?(?:plus )?"
    r"([3-8][0-9]{2})(?![0-9])"
)
"""Dyes that are named by the wavelength, in nanometres, of the light that excites them."""
_EXCITED_BELOW_NM = ((425, BLUE), (470, CYAN), (515, GREEN), (540, YELLOW), (575, ORANGE), (630, RED), (900, FAR_RED))

_NAMES = (
    (
        FAR_RED,
        "cy ?5( 5)?|cy ?7|draq ?[57]|irfp[0-9]*|rfp6[0-9]{2}|sir|mitotracker deep red|far ?red|did|apc|topro ?3",
    ),
    (RED, "texas ?red|txr(?:ed)?|mcherry[0-9]?|cy ?3 5|mkate[0-9]?|mruby[0-9]?|mplum|mscarlet|propidium( iodide)?"),
    (RED, "mitotracker red|nile red|sytox red|rox|(?:m|tag|t)?rfp[0-9]?|ds ?red[0-9]?"),
    (ORANGE, "cy ?3|tritc|rhodamine|tamra|(?:td|dt)?tomato|morange[0-9]?|mko[0-9]?|sytox orange|dii|phycoerythrin"),
    (YELLOW, "e?yfp|m?venus|m?citrine|vic|joe"),
    (CYAN, "e?cfp|m?cerulean[0-9]?|m?turquoise[0-9]?|mtfp[0-9]?"),
    (GREEN, "e?gfp|zsgreen[0-9]?|sfgfp|m?emerald|mneongreen|m?clover[0-9]?|fitc|fam|fluorescein|bodipy( fl)?|cy ?2"),
    (GREEN, "calcein( am)?|fluo ?[348]|gcamp[0-9]?[a-z]?|(?:sytox|oregon|mitotracker) green|sybr( green)?|yopro ?1"),
    (BLUE, "dapi|hoechst|e?bfp[0-9]?|m?tagbfp[0-9]?|m?azurite|(?:pacific|cascade|sytox) blue|fura ?2|coumarin"),
)
_KNOWN = tuple((color, re.compile(rf"(?<![a-z])(?:{names})(?![a-z])")) for color, names in _NAMES)
_BETWEEN = re.compile(r"[^a-z0-9]+")


def color_of_dye(name: str) -> str:
    """Six hexadecimal digits for a channel whose name has a dye in it; nothing where it has none that is known."""
    text = _BETWEEN.sub(" ", name.lower())
    series = _SERIES.search(text)
    if series:
        return next((color for below, color in _EXCITED_BELOW_NM if int(series[1]) < below), "")
    return next((color for color, known in _KNOWN if known.search(text)), "")
