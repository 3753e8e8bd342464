"""The report is one self-contained page that a browser shows."""

import re
import shutil
import subprocess
from html.parser import HTMLParser

import jax
import jax.numpy as jnp
import pytest
import sympy as sp

from corollary import ClosedForm, Mean, Source, report, verify
from corollary.storage.store import CorruptRecord

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
a = sp.Symbol("a", positive=True)


def exponential(key, point):
    return point["a"] * jax.random.exponential(key, (2048,), jnp.float64)


def claim(id, predicts, corrected_by=""):
    return Mean(
        id=id,
        says=f"the mean is {predicts} & more",
        source=Source("Theorem 1"),
        predicts=ClosedForm(predicts),
        measures=exponential,
        at=[{"a": 2.0}, {"a": 0.5}],
        within=0.05,
        wrong={"thrice": ClosedForm(3 * a)},
        corrected_by=corrected_by,
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    verify(claim("stated", a + 1, corrected_by="true"), claim("true", a), depth="quick", out=str(out))
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
    assert "Refuted as stated" in text
    assert "rejected 1/1 wrong variants" in text
    assert re.search(r"\d+ machine-made mutants", text)
    assert "a + 1 &amp; more" in text


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
