"""Every figure says below its axes what made it, whatever its size, and an SVG's text can be read and found."""

import re

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from corollary.paper import Paper
from corollary.reporting.figure import SMALL_PRINT, draw, encode, small_print
from corollary.storage.results import Results
from corollary.storage.store import Store

WORDS = "d = 50, l = 100; 20 seeds; bars: two standard errors of the mean over contexts"


def paper(function):
    """A paper whose one figure the function draws."""

    class Stub(Paper):
        def figure(self, name):
            return function

    return Stub("stub", "a stub")


@pytest.fixture
def results(tmp_path):
    return Results(Store(tmp_path), "quick", 3)


def panel(width, words):
    figure = Figure(figsize=(width, 2.0), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1])
    axes.set(xlabel=r"temperature $\tau_1$", ylabel="error")
    if words:
        small_print(figure, words.replace(", ", ",\n"))
    return figure


def test_depth_and_seed_stand_in_a_figure_that_says_nothing(results):
    figure = draw(paper(lambda _: panel(3.4, "")), "any", results)
    assert figure.get_supxlabel() == "depth quick, seed 3"


@pytest.mark.parametrize("width", [2.0, 3.4, 7.0])
def test_the_small_print_fits_and_covers_nothing(results, width):
    figure = draw(paper(lambda _: panel(width, WORDS)), "any", results)
    encode(figure, "png", "a title", "a command")
    renderer = FigureCanvasAgg(figure).get_renderer()
    said = figure._supxlabel
    assert said.get_text().replace("\n", " ") == f"{WORDS}; depth quick, seed 3"
    assert said.get_fontsize() == SMALL_PRINT >= 6
    box, axes = said.get_window_extent(renderer), figure.axes[0].get_tightbbox(renderer)
    assert box.x0 >= 0 and box.y0 >= 0 and box.x1 <= figure.bbox.x1
    assert box.y1 <= axes.y0


def test_a_number_is_not_parted_from_its_name(results):
    figure = draw(paper(lambda _: panel(2.0, "d = 50, " * 20)), "any", results)
    assert not re.search(r"(d|=)$", figure.get_supxlabel(), re.MULTILINE)


def test_the_axes_keep_their_height(results):
    heights = []
    for words in ("", WORDS * 3):
        figure = draw(paper(lambda _, words=words: panel(3.4, words)), "any", results)
        encode(figure, "png", "a title", "a command")
        heights.append(figure.axes[0].get_position().height * figure.get_figheight())
    assert np.ptp(heights) < 0.05


def test_letters_of_mathematics_are_themselves_in_an_svg(results):
    figure = draw(paper(lambda _: panel(3.4, WORDS)), "any", results)
    drawing = encode(figure, "svg", "a title", "a command").decode()
    assert ">τ</tspan>" in drawing and ">error</text>" in drawing
    families = set(re.findall(r"font-family: ([^;\"]*)", drawing))
    assert families and all(family.endswith("sans-serif") for family in families)
