"""The page's script: search, filters, and opening what an address names. The page is read without it too."""

SCRIPT = """
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const form = document.getElementById("find"), filters = form.querySelector(".filters"), output = form.querySelector("output");
  const items = all("[data-paper]"), groups = all("main section, main .group");
  const claims = items.filter((item) => item.matches(".claim"));
  let texts;

  function apply() {
    texts ??= items.map((item) => `${(item.querySelector(":scope > summary .words") ?? item).textContent} ${item.dataset.text ?? ""}`.toLowerCase());
    const { words, paper, kind, verdict } = Object.fromEntries(new FormData(form));
    const wanted = words.toLowerCase().split(/\\s+/).filter(Boolean);
    const active = Boolean(wanted.length || paper || kind || verdict);
    const fits = (item, text) => (!paper || item.dataset.paper === paper) && (!kind || item.dataset.kind === kind)
      && (!verdict || item.dataset.verdict === verdict) && wanted.every((word) => text.includes(word));
    items.forEach((item, place) => { item.hidden = active && !fits(item, texts[place]); });
    groups.forEach((group) => { group.hidden = active && !group.querySelector("[data-paper]:not([hidden])"); });
    document.body.classList.toggle("filtered", active);
    const shown = claims.filter((claim) => !claim.hidden).length;
    output.textContent = active ? `${shown} of ${claims.length} claims` : "";
  }

  function reveal() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) { form.reset(); apply(); }
    for (let place = target; place; place = place.parentElement) if (place.matches("details")) place.open = true;
    target.scrollIntoView();
  }

  const wide = matchMedia("(min-width: 1000px)");
  const unfold = () => { filters.open = wide.matches; };
  wide.addEventListener("change", unfold);
  unfold();
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("reset", () => setTimeout(apply));
  form.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const menu = document.querySelector(".menu"), link = event.target.closest('a[href^="#"]');
    if (link || !menu.contains(event.target)) menu.open = false;
    if (link && link.hash === location.hash) reveal();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input, select")) { event.preventDefault(); form.words.focus(); }
  });

  let opened = [], printing = false;
  addEventListener("beforeprint", () => {
    printing = true;
    opened = all(".claim:not([open]), .derivation:not([open])");
    opened.forEach((card) => { card.open = true; });
  });
  addEventListener("afterprint", () => { opened.forEach((card) => { card.open = false; }); printing = false; });
  document.addEventListener("toggle", (event) => {
    if (event.target.open && event.target.id && !printing) history.replaceState(null, "", `#${event.target.id}`);
  }, true);
  if (location.hash) reveal();
})();
"""
