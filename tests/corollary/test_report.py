"""The report is one self-contained page that a browser shows."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import jax
import jax.numpy as jnp
import pytest
import sympy as sp

from corollary import ClosedForm, Mean, Source, report, verify
from corollary.formulas import typeset
from corollary.paper import papers
from corollary.reporting.comparison import Comparison
from corollary.reporting.forest_plot import Scale, track
from corollary.reporting.formula import math
from corollary.reporting.markup import readable
from corollary.reporting.statement import statement
from corollary.storage.store import CorruptRecord

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
a = sp.Symbol("a", positive=True)


def exponential(key, point):
    return point["a"] * jax.random.exponential(key, (2048,), jnp.float64)


def squared(key, point):
    return exponential(key, point) ** 2


def claim(id, predicts, corrected_by="", measures=exponential):
    return Mean(
        id=id,
        says=f"the mean is {predicts} & more",
        source=Source("Theorem 1"),
        predicts=ClosedForm(predicts),
        measures=measures,
        at=[{"a": 2.0}, {"a": 0.5}],
        within=0.05,
        wrong={"thrice": ClosedForm(3 * a)},
        corrected_by=corrected_by,
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    true = [claim("true", a), claim("square", 2 * a**2, measures=squared)]
    verify(claim("stated", a + 1, corrected_by="true"), *true, depth="quick", out=str(out))
    return report(str(out))


class Balanced(HTMLParser):
    """Fails on an end tag that closes nothing, for the elements that must be closed."""

    def __init__(self):
        super().__init__()
        self.open = []

    def handle_starttag(self, tag, attrs):
        assert not any(
            name in ("src", "href") and value.startswith("http") and "arxiv.org" not in value for name, value in attrs
        )
        if tag in ("section", "details", "summary", "table", "svg", "main", "header"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in ("section", "details", "summary", "table", "svg", "main", "header"):
            assert self.open.pop() == tag


def test_the_page_is_well_formed_and_loads_nothing_from_elsewhere(page):
    parser = Balanced()
    parser.feed(page.read_text())
    assert parser.open == []


def test_the_page_shows_verdicts_errata_and_mutants(page):
    text = page.read_text()
    assert "Errata: 1 statement that fails as stated" in text
    assert "1 of 1 wrong variants rejected" in text
    assert re.search(r"\d+ machine-made mutants of the formula", text)
    assert "a + 1 &amp; more" in text


def test_an_erratum_says_what_was_measured_and_what_holds(page):
    section = page.read_text().partition("<section id=errata>")[2].partition("</section>")[0]
    assert "the mean is a + 1 &amp; more" in section
    assert re.search(r"Said (3|1\.5), measured [\d.]+ \[[\d.]+, [\d.]+\]", section)
    assert '<a href="#theorem/true">the mean is a &amp; more</a>' in section
    assert "corollary verify theorem/stated --depth quick --seed 0" in section


def test_a_wrong_variant_says_by_how_much_it_lost(page):
    card = page.read_text().partition('<details id="theorem/true"')[2].partition("</details>")[0]
    assert re.search(r"thrice<td>[\d.]+ beside a measured [\d.]+, \d+ margins away", card)
    assert re.search(r"Error probability of each interval: [\d.]+ × 10⁻", card)


def test_every_address_is_there_once(page):
    text = page.read_text()
    addresses = re.findall(r'\bid="?([^">\s]+)', text)
    assert len(addresses) == len(set(addresses)) and "theorem/true" in addresses
    assert set(re.findall(r"""href=["']#([^"']+)""", text)) <= set(addresses)


def test_claims_of_deeper_depths_are_counted(tmp_path):
    verify("instruments/ring", depth="quick", out=str(tmp_path))
    text = report(str(tmp_path)).read_text()
    claims = papers()["instruments"].claims.values()
    deeper = sum(one.depth == "full" for one in claims)
    assert deeper and f"{deeper} belong{'s' * (deeper == 1)} to depth full" in text
    assert papers()["instruments"].title in text and "Not drawn in this folder" in text


def test_records_of_an_older_version_are_shown_and_said_to_be_old(tmp_path):
    verify(claim("true", a), depth="quick", out=str(tmp_path))
    path = tmp_path / "verdicts" / "theorem" / "true" / "quick.json"
    record = json.loads(path.read_text())
    for name in ("formulas", "corrected_says", "kinder", "why", "checksum"):
        del record[name]
    for point in record["points"]:
        for name in ("margin", "alpha", "wrong"):
            del point[name]
    path.write_text(json.dumps(record))
    assert "1 record of this folder was written by an older version" in report(str(tmp_path)).read_text()


@pytest.mark.parametrize("paper", papers().values(), ids=lambda paper: paper.slug)
def test_every_paper_has_a_finding_and_a_picture(paper):
    assert paper.picture in paper.figures
    assert paper.finding.endswith(".") and 60 < len(paper.finding) < 260


def test_lines_of_a_record_are_made_readable():
    assert readable("gain 179.6 +- 1.1e+02; tau=1e-05 extra=5, 2e3x") == "gain 179.6 ± 110; tau=10⁻⁵ extra=5, 2e3x"


def test_a_long_sum_is_cut_where_it_may_wrap():
    terms = [sp.Symbol(f"x{place}") * sp.Symbol("y") for place in range(12)]
    (line,) = typeset.mathml(ClosedForm(sum(terms) + sp.exp(a * terms[0] + 1)))
    cut = math(line)
    assert cut.count("<math") == 13 and "&ExponentialE;" not in cut
    assert math("<mn>&#x1D7D8</mn><mo>&lt;</mo>") == "<math display=block><mn>𝟘</mn><mo>&lt;</mo></math>"
    assert math("<mi>eps</mi>") == "<math display=block><mi>ε</mi></math>"


def test_a_wide_scale_holds_the_margin_and_what_was_measured():
    near = Comparison("a=1", 1.0, 1.02, 1.0, 1.04, 0.1, {"twice": 2.0, "a tenth more": 1.1})
    far = Comparison("a=2", 2.0, 2.0, 1.9, 2.1, 0.2, {})
    scale = Scale.of([near, far])
    assert scale.in_margins and scale.beyond(near, 2.0) and not scale.beyond(near, 1.1)
    assert scale.place(near, 1.0) == "50.0%" and scale.place(near, 2.0) == "98.0%"
    drawn = track(near, scale, "gain")
    assert 'aria-label="gain, a=1: measured 0.2 margins from the prediction"' in drawn
    assert "›<title>twice: 2</title>" in drawn and "×<title>a tenth more: 1.1</title>" in drawn


def test_a_scale_without_margins_is_relative():
    scale = Scale.of([Comparison("a=1", 4.0, 4.4, 4.4, 4.4, 0.0, {}), Comparison("a=2", 0.0, 0.0, 0.0, 0.0, 0.0, {})])
    assert not scale.in_margins and scale.reach == pytest.approx(0.115)


@pytest.mark.skipif(BROWSER is None, reason="no browser on this machine")
def test_a_browser_shows_the_page(page, tmp_path):
    picture = tmp_path / "page.png"
    options = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--no-first-run",
        f"--user-data-dir={tmp_path / 'profile'}",
        "--window-size=1000,1200",
    ]
    subprocess.run(
        [BROWSER, *options, f"--screenshot={picture}", f"file://{page}"], check=True, capture_output=True, timeout=120
    )
    from matplotlib.image import imread

    pixels = imread(picture)[..., :3]
    assert pixels.shape == (1200, 1000, 3)
    assert 0.001 < (pixels.mean(axis=2) < 0.5).mean() < 0.5  # neither blank nor black
    dumped = subprocess.run(
        [BROWSER, *options, "--dump-dom", f"file://{page}"], check=True, capture_output=True, text=True, timeout=120
    )
    assert "Claims on trial".lower() in dumped.stdout.lower()


def test_a_corrupt_verdict_is_named(tmp_path):
    verify(claim("true", a), depth="quick", out=str(tmp_path))
    record = tmp_path / "verdicts" / "theorem" / "true" / "quick.json"
    record.write_text(record.read_text()[:50])
    with pytest.raises(CorruptRecord, match=r"quick\.json"):
        report(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("eps^(n (1 - beta_j)) != 2^-l.", "ε<sup>n (1 − β<sub>j</sub>)</sup> ≠ 2<sup>−l</sup>."),
        (
            "2^-(l-k), W_-1(x) and ||W||_F^2.",
            "2<sup>−(l−k)</sup>, W<sub>−1</sub>(x) and ||W||<sub>F</sub><sup>2</sup>.",
        ),
        ("sqrt(tau_{i + 1}) < Theta(1)", "√(τ<sub>i + 1</sub>) &lt; Θ(1)"),
        ("a snake_case name, one alphabet", "a snake_case name, one alphabet"),
    ],
)
def test_a_statement_is_typeset(text, written):
    assert statement(text) == written
