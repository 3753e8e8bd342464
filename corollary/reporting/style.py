"""The style sheet of the report."""

CSS = """
:root { --ink:#1d2530; --soft:#5b6675; --line:#dfe3e8; --paper:#fff; --wash:#f6f7f9; --blue:#0072B2; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6e9ee; --soft:#9aa4b2; --line:#313a46; --paper:#14181e; --wash:#1b2129; --blue:#56B4E9; } img { background:#fff; } }
* { box-sizing: border-box } body { margin:0; font:15px/1.5 system-ui,sans-serif; color:var(--ink); background:var(--paper) }
header, main { max-width: 1040px; margin: 0 auto; padding: 1.2rem } h1 { font-size:1.7rem; margin:.4rem 0 }
h2 { margin-top:2.2rem; border-bottom:2px solid var(--line); padding-bottom:.3rem; font-size:1.25rem }
h3 { font-size:1rem; margin:1.4rem 0 .4rem; color:var(--soft); text-transform:uppercase; letter-spacing:.06em }
a { color:var(--blue) } .arxiv { font-size:.85rem; font-weight:400 } .tally { font-size:1.05rem }
details { border:1px solid var(--line); border-radius:6px; margin:.35rem 0; background:var(--wash) }
details > :not(summary) { margin-left:1rem; margin-right:1rem }
summary { cursor:pointer; padding:.45rem .7rem; display:flex; gap:.6rem; align-items:baseline }
.says { flex:1 } .facts { color:var(--soft); font-size:.82rem; text-align:right; min-width:15rem }
.badge { display:inline-block; font-size:.74rem; padding:.05rem .5rem; border-radius:9px; white-space:nowrap; color:#fff; background:#6b7280 }
.badge.holds { background:#00724f } .badge.erratum { background:#0072B2 } .badge.refuted { background:#b3470a } .badge.undecided { background:#8a6500 }
table { border-collapse:collapse; font-size:.82rem; margin:.5rem 1rem 1rem; display:block; overflow-x:auto; max-width:calc(100% - 2rem) }
th, td { text-align:left; padding:.2rem .7rem .2rem 0; border-bottom:1px solid var(--line); vertical-align:top } th { color:var(--soft); font-weight:600 }
.source, small, .reason { color:var(--soft); font-size:.82rem } code { font-size:.85em; overflow-wrap:anywhere }
.formula { overflow-x:auto; padding:.4rem 0 } figure { margin:1rem 0 } figure img { max-width:100%; height:auto } figcaption { color:var(--soft); font-size:.88rem }
svg.forest { width:100%; max-width:760px; font:10px system-ui,sans-serif; fill:var(--ink) } svg.forest .zero { stroke:var(--soft); stroke-dasharray:3 3 }
svg.forest .bar { stroke:var(--blue); stroke-width:2 } svg.forest circle { fill:var(--blue) } svg.forest .tick { fill:var(--soft) }
.errata li { margin:.3rem 0 }
"""
