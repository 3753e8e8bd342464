"""The report as a reader sees it in a browser: clicks, search, filters and measurements of what is laid out, on a wide
and on a narrow screen."""

import json
import re
import shutil
import subprocess
from html import unescape

import jax
import jax.numpy as jnp
import pytest
import sympy as sp

from corollary import ClosedForm, Mean, Source, report, verify

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
# Needs a browser, which no package index has; what is run before every change installs one.
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no browser on this machine")

WIDTHS = (1400, 390)
a = sp.Symbol("a", positive=True)


def gamma(key, point):
    return jax.random.gamma(key, point["a"], (4096,), jnp.float64) ** 2


def claim(id, says, predicts, **more):
    return Mean(
        id=id,
        says=says,
        source=Source("Theorem 1"),
        predicts=ClosedForm(predicts),
        measures=gamma,
        at=[{"a": 2.0}, {"a": 5.0}],
        within=0.1,
        wrong={"thrice": ClosedForm(3 * a * (a + 1)), "7": lambda a: 7.0},
        **more,
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A report of two claims of one's own, one of which fails, of a paper's claims, and of a wide figure."""
    out = tmp_path_factory.mktemp("report")
    verify(
        claim("stated", "The second moment is the square of the mean.", a**2, corrected_by="true"),
        claim("true", "The second moment is that of a gamma distribution.", a * (a + 1) ** 2 / (a + 1)),
        "instruments/ring",
        "instruments/equal-modes",
        depth="quick",
        out=str(out),
    )
    _draw(out / "figures" / "instruments" / "learning-coefficients.svg")
    return report(str(out))


def _draw(path):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.75, 2))
    figure.add_subplot().plot([1, 2, 4])
    path.parent.mkdir(parents=True)
    figure.savefig(path)


PROBES = """
const wait = () => new Promise((done) => setTimeout(done, 60));
const all = (selector) => [...page.querySelectorAll(selector)];
const seen = (element) => element.getClientRects().length > 0;
const shown = (selector) => all(selector).filter(seen);
const form = page.getElementById("find");
const enter = async (name, value) => {
  const field = form.elements[name];
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  await wait();
  return shown(".claim").map((card) => card.id);
};
const smallest = () => Math.min(...all("body *").filter((element) => seen(element)
  && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((element) => parseFloat(view.getComputedStyle(element).fontSize)));
const overflow = () => page.documentElement.scrollWidth - page.documentElement.clientWidth;
const box = (element) => element.getBoundingClientRect();
"""


def browse(page, folder, width, probe, address="", scripts=True):
    """What `probe`, the body of an asynchronous JavaScript function, returns as JSON after the page was loaded in a
    frame of that width. It sees `view` and `page`, the frame's window and document. scripts: whether the page's own may
    run."""
    sandbox = "" if scripts else 'sandbox="allow-same-origin"'
    probes = PROBES if scripts else PROBES.replace('page.getElementById("find")', "null")
    harness = folder / "harness.html"
    harness.write_text(
        f'<!doctype html><body style="margin:0"><iframe {sandbox} src="file://{page}{address}" '
        f'style="border:0;width:{width}px;height:844px"></iframe><pre id="told"></pre><script>'
        "const frame = document.querySelector('iframe');"
        "frame.addEventListener('load', async () => {"
        "const view = frame.contentWindow, page = frame.contentDocument;"
        f"let told; try {{ told = await (async () => {{ {probes} {probe} }})(); }}"
        "catch (error) { told = String(error.stack); }"
        "document.getElementById('told').textContent = JSON.stringify(told); });</script>"
    )
    dumped = chromium(
        folder, "--window-size=1500,900", "--virtual-time-budget=20000", "--dump-dom", f"file://{harness}"
    )
    told = re.search(r'<pre id="told">(.*?)</pre>', dumped, re.DOTALL)
    return json.loads(unescape(told.group(1)))


def chromium(folder, *options):
    done = subprocess.run(
        [
            BROWSER,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--no-first-run",
            "--allow-file-access-from-files",
            f"--user-data-dir={folder / 'profile'}",
            *options,
        ],
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout


@pytest.fixture(scope="module", params=WIDTHS)
def width(request):
    return request.param


def test_nothing_is_wider_than_the_screen_or_too_small_to_read(page, width, tmp_path):
    told = browse(
        page,
        tmp_path,
        width,
        """
        const closed = { overflow: overflow(), smallest: smallest() };
        all("details").forEach((one) => { if (!one.closest("nav")) one.open = true; });
        await wait();
        return { closed, opened: { overflow: overflow(), smallest: smallest() },
                 narrowest: Math.min(...shown(".claim .words, .errata .words").map((one) => box(one).width)) };
        """,
    )
    assert told["closed"]["overflow"] <= 0 and told["opened"]["overflow"] <= 0
    assert told["closed"]["smallest"] >= 12 and told["opened"]["smallest"] >= 12
    assert told["narrowest"] > 0.6 * min(width, 500)


def test_a_click_opens_a_card_and_gives_its_address(page, width, tmp_path):
    told = browse(
        page,
        tmp_path,
        width,
        """
        const card = page.getElementById("theorem/true");
        const before = card.open;
        card.querySelector("summary").click();
        await wait();
        return [before, card.open, view.location.hash, seen(card.querySelector(".points"))];
        """,
    )
    assert told == [False, True, "#theorem/true", True]


def test_an_address_opens_its_claim_below_the_menu(page, width, tmp_path):
    told = browse(
        page,
        tmp_path,
        width,
        """
        await wait();
        const card = page.getElementById("theorem/true"), menu = page.querySelector("nav");
        return [card.open, box(menu).top, box(card).top - box(menu).bottom, box(card).top < view.innerHeight];
        """,
        address="#theorem/true",
    )
    opened, top, below, within = told
    assert opened and within
    assert top == pytest.approx(0, abs=1) and below >= 0


def test_an_erratum_leads_to_its_evidence_and_to_what_holds(page, width, tmp_path):
    told = browse(
        page,
        tmp_path,
        width,
        """
        const links = all("#errata td a").map((link) => link.getAttribute("href"));
        await enter("paper", "instruments");
        const hidden = !seen(page.getElementById("errata"));
        form.reset();
        await wait();
        all("#errata td a").find((link) => link.hash === "#theorem/true").click();
        await wait();
        return [links, hidden, page.getElementById("theorem/true").open];
        """,
    )
    links, hidden, opened = told
    assert sorted(links) == ["#theorem/stated", "#theorem/true"]
    assert hidden and opened


def test_search_and_filters_leave_what_fits(page, width, tmp_path):
    told = browse(
        page,
        tmp_path,
        width,
        """
        const found = {};
        const everything = (await enter("words", "")).length;
        found.words = await enter("words", "GAMMA moment");
        found.count = form.querySelector("output").textContent;
        found.none = await enter("words", "nothing says this");
        await enter("words", "");
        found.paper = await enter("paper", "instruments");
        await enter("paper", "");
        found.kind = await enter("kind", "Value");
        found.headings = shown("main h2").map((one) => one.textContent);
        await enter("kind", "");
        found.verdict = await enter("verdict", "refuted as stated");
        form.querySelector("button").click();
        await wait();
        found.cleared = shown(".claim").length === everything;
        await enter("words", "gamma");
        view.location.hash = "#instruments/ring";
        await wait();
        found.sought = page.getElementById("instruments/ring").open && seen(page.getElementById("instruments/ring"));
        return found;
        """,
    )
    values = ["instruments/ring", "instruments/equal-modes"]
    assert told["words"] == ["theorem/true"] and told["none"] == []
    assert told["count"] == "1 of 4 claims"
    assert told["paper"] == values and told["kind"] == values
    assert len(told["headings"]) == 1 and told["headings"][0].startswith("Instruments")
    assert told["verdict"] == ["theorem/stated"]
    assert told["cleared"] and told["sought"]


def test_formulas_are_laid_out_as_mathematics(page, width, tmp_path):
    told = browse(
        page,
        tmp_path,
        width,
        """
        const formula = page.getElementById("theorem/true").querySelector("summary math");
        const power = page.getElementById("theorem/stated").querySelector("summary msup");
        const [base, exponent] = [...power.children].map(box);
        const [size, small] = [...power.children].map((one) => parseFloat(view.getComputedStyle(one).fontSize));
        all(".derivation").forEach((one) => { one.open = true; });
        await wait();
        const fractions = all("mfrac").filter(seen).map((one) => [...one.children].map(box));
        return { namespace: formula.namespaceURI, height: box(formula).height, raised: base.bottom - exponent.bottom,
                 smaller: small < size, fractions: fractions.length,
                 stacked: fractions.every(([above, below]) => above.bottom <= below.top + 1),
                 unknown: all("math *").filter((one) => one.namespaceURI !== formula.namespaceURI).length };
        """,
    )
    assert told["namespace"] == "http://www.w3.org/1998/Math/MathML" and told["unknown"] == 0
    assert told["height"] > 12 and told["raised"] > 2 and told["smaller"]
    assert told["fractions"] > 0 and told["stacked"]


def test_a_narrow_screen_stacks_what_a_wide_one_puts_side_by_side(page, width, tmp_path):
    told = browse(
        page,
        tmp_path,
        width,
        """
        page.getElementById("theorem/true").open = true;
        await wait();
        const rows = shown("#errata tbody tr, .points tbody tr");
        const cells = rows.map((row) => [...row.children].filter(seen).map(box));
        const figure = page.querySelector("#instruments figure .scroll");
        return { rows: rows.length, beside: cells.map(([one, next]) => next.left >= one.right - 1),
                 scrolls: figure.scrollWidth > figure.clientWidth };
        """,
    )
    assert told["rows"] >= 3
    assert all(told["beside"]) if width > 700 else not any(told["beside"])
    assert told["scrolls"] == (width < 700)


def test_the_page_is_read_without_its_script(page, width, tmp_path):
    told = browse(
        page,
        tmp_path,
        width,
        """
        const card = page.getElementById("theorem/true");
        card.querySelector("summary").click();
        await wait();
        const [evidence, search] = [card.querySelector(".points"), page.getElementById("find")].map(seen);
        return [shown(".claim").length, card.open, evidence, search, overflow()];
        """,
        scripts=False,
    )
    assert told == [4, True, True, False, 0]


def test_print_opens_the_evidence(page, tmp_path):
    told = browse(
        page,
        tmp_path,
        1400,
        """
        view.dispatchEvent(new Event("beforeprint"));
        await wait();
        const during = all(".claim, .derivation").every((one) => one.open);
        view.dispatchEvent(new Event("afterprint"));
        await wait();
        return [during, all(".claim[open], .derivation[open]").length];
        """,
    )
    assert told == [True, 0]
    cards = re.sub(r"<script>.*</script>", "", page.read_text(), flags=re.DOTALL)
    closed = tmp_path / "closed.html"
    closed.write_text(cards.replace("::details-content", "::nothing"))
    assert _pages(page, tmp_path) > _pages(closed, tmp_path)


def _pages(page, folder):
    """How many pages the printed page has."""
    printed = folder / "printed.pdf"
    chromium(folder, f"--print-to-pdf={printed}", f"file://{page}")
    return len(re.findall(rb"/Type\s*/Page\b", printed.read_bytes()))


def test_plots_have_names_of_their_own(page, tmp_path):
    told = browse(page, tmp_path, 1400, 'return all("svg[role=img]").map((one) => one.getAttribute("aria-label"));')
    assert len(told) > 2 and len(set(told)) == len(told)
