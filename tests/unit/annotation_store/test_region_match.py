import pytest
import shapely

from annotation_store.folding import fold_box
from annotation_store.geometry import Region
from annotation_store.region_match import meets_any, unfold_box

TRIANGLE = shapely.Polygon([(0, 0), (100, 0), (0, 100)])
WHOLE = Region((0.0, 0.0, 100.0, 100.0), TRIANGLE)


@pytest.mark.parametrize(
    ("region", "box", "shape", "expected"),
    [
        (Region((0, 0, 10, 10)), (5, 5, 15, 15), None, True),
        (Region((0, 0, 10, 10)), (10, 0, 20, 10), None, False),
        (Region((0, 0, 10, 10)), (10, 5, 10, 5), None, True),
        (Region((5, 5, 5, 5)), (0, 0, 10, 10), None, True),
        (Region((60, 60, 90, 90)), (0, 0, 100, 100), TRIANGLE, False),
        (Region((0, 0, 200, 200)), (0, 0, 100, 100), TRIANGLE, True),
        (WHOLE, (60, 60, 90, 90), None, False),
        (WHOLE, (40, 40, 90, 90), None, True),
        (WHOLE, (10, 10, 10, 10), shapely.Point(10, 10), True),
        (WHOLE, (90, 90, 90, 90), shapely.Point(90, 90), False),
    ],
)
def test_boxes_then_shapes(region, box, shape, expected):
    assert meets_any((region,), box, None if shape is None else shapely.to_wkb(shape)) is expected


def test_one_of_several_regions_is_enough():
    regions = (Region((500, 500, 600, 600)), Region((0, 0, 10, 10)))
    assert meets_any(regions, (5, 5, 6, 6), None)
    assert not meets_any((), (5, 5, 6, 6), None)


def test_boxes_come_back_from_the_plane():
    assert unfold_box(12345, fold_box(12345, (1.5, 2, 3, 4))) == (1.5, 2, 3, 4)
