"""The contact sheet: every stored figure once, in order, none over another."""

import pytest

from corollary.cli import corollary
from corollary.paper import papers
from corollary.reporting.contact_sheet import GAP, WIDTH, _shelves
from corollary.reporting.figure import encode
from corollary.storage.store import Store


def test_figures_stand_beside_and_below_each_other():
    sizes = [(3.4, 2.4), (7.0, 2.0), (3.4, 3.0), (3.4, 2.4), (7.0, 5.0), (7.0, 1.0)]
    placed, height = _shelves(sizes)
    boxes = [(x, y, x + w, y + h) for (x, y), (w, h) in zip(placed, sizes, strict=True)]
    assert all(x0 >= GAP and x1 <= WIDTH and y0 >= GAP and y1 <= height for x0, y0, x1, y1 in boxes)
    for place, a in enumerate(boxes):
        for b in boxes[place + 1 :]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert [(y, x) for x, y in placed] == sorted((y, x) for x, y in placed)


def test_the_command_puts_what_is_stored_on_one_page(tmp_path, capsys):
    from matplotlib.figure import Figure
    from matplotlib.image import imread

    slug, name = next((slug, name) for slug, paper in papers().items() for name in paper.figures)
    content = encode(Figure(figsize=(3, 2), facecolor="red"), "png", "a title", "a command")
    Store(tmp_path).write(f"figures/{slug}/{name}.png", content)
    corollary.main(["figures", "--sheet", "--out", str(tmp_path)], standalone_mode=False)
    assert capsys.readouterr().out.strip() == str(tmp_path / "figures/sheet.png")
    red = (imread(tmp_path / "figures/sheet.png")[..., :3] == (1, 0, 0)).all(axis=-1)
    assert red.sum() == pytest.approx(300 * 200, rel=0.02)


def test_nothing_stored_is_said_in_one_line(tmp_path):
    with pytest.raises(ValueError, match="holds none of these figures as PNG"):
        corollary.main(["figures", "--sheet", "--out", str(tmp_path)], standalone_mode=False)
