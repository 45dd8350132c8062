"""Names of channels as microscopes write them, and the colours that people expect."""

from itertools import pairwise

import pytest

from ingest.conversion.fluorophores import BLUE, CYAN, FAR_RED, GREEN, ORANGE, RED, YELLOW, color_of_dye

NAMES = {
    BLUE: ("DAPI", "dapi (405)", "Hoechst 33342", "EBFP2", "Alexa Fluor 405", "AF350", "Pacific Blue", "C1-DAPI"),
    CYAN: ("CFP", "ECFP", "mTurquoise2", "Atto 425", "Cerulean"),
    GREEN: ("GFP", "eGFP", "GFP-actin", "FITC", "Alexa 488", "AlexaFluor488", "Alexa_Fluor_488", "AF-488", "GCaMP6s"),
    YELLOW: ("YFP", "Venus", "mCitrine", "ATTO 532"),
    ORANGE: ("Cy3", "CY-3", "TRITC", "tdTomato", "Alexa 555", "Alexa Fluor 568", "Rhodamine"),
    RED: ("mCherry", "RFP", "tagRFP", "Texas Red", "TxRed", "DsRed2", "Alexa Fluor 594", "Cy3.5", "Propidium Iodide"),
    FAR_RED: (
        "Cy5",
        "cy 5",
        "Cy5.5",
        "Alexa Fluor 647",
        "AF700",
        "DRAQ5",
        "iRFP670",
        "SiR-actin",
        "Alexa Fluor Plus 647",
    ),
}


@pytest.mark.parametrize(("color", "name"), [(color, name) for color, names in NAMES.items() for name in names])
def test_a_dye_is_known_in_every_spelling(color: str, name: str) -> None:
    assert color_of_dye(name) == color
    assert color_of_dye(name.upper()) == color
    assert color_of_dye(f" {name.lower()}, 20 ms ") == color


@pytest.mark.parametrize(
    "name", ["", "Channel 1", "Gray", "brightfield", "488", "Cyan", "sirius", "afar", "Alexa", "й"]
)
def test_other_names_are_no_dyes(name: str) -> None:
    assert color_of_dye(name) == ""


def test_a_dye_named_by_its_wavelength_goes_before_what_it_is_bound_to() -> None:
    assert color_of_dye("anti-GFP Alexa 594") == RED


def test_colors_of_a_series_go_from_blue_to_red_once() -> None:
    colors = [color_of_dye(f"Alexa {length}") for length in range(300, 900, 5)]
    changes = [after for before, after in pairwise(["", *colors]) if before != after]
    assert changes == [BLUE, CYAN, GREEN, YELLOW, ORANGE, RED, FAR_RED]
