"""The style sheet of the report."""

CSS = """
:root { --ink:#1d2530; --soft:#566171; --line:#dfe3e8; --page:#fff; --wash:#f6f7f9; --hover:#eef2f6; --blue:#00619a; --red:#b3470a; --band:#cfe3f1; }
@media (prefers-color-scheme: dark) { :root { --ink:#e6e9ee; --soft:#a4aebb; --line:#343d49; --page:#14181e; --wash:#1b2129; --hover:#232b35; --blue:#6fc0f0; --red:#f0935a; --band:#24445c; } }
* { box-sizing:border-box } [hidden] { display:none !important }
html { scroll-padding-top:4.2rem; -webkit-text-size-adjust:100% }
body { margin:0; font:16px/1.5 system-ui,sans-serif; color:var(--ink); background:var(--page); overflow-wrap:break-word }
header, main { max-width:1240px; margin:0 auto; padding:0 1.4rem } header { padding-top:1.2rem }
h1 { font-size:2rem; margin:.4rem 0; line-height:1.2 }
h2 { margin:3rem 0 .8rem; border-bottom:2px solid var(--line); padding-bottom:.3rem; font-size:1.45rem; line-height:1.3 }
h3 { font-size:1.1rem; margin:1.8rem 0 .6rem; line-height:1.35 }
sub, sup { font-size:max(12px, .75em); line-height:0 } a { color:var(--blue) } p { margin:.5rem 0 } .lead { font-size:1.08rem; max-width:54rem } .remark { border-left:3px solid var(--red); padding-left:.7rem; max-width:54rem }
.arxiv { font-size:.9rem; font-weight:400; white-space:nowrap } .source, small, .reason { color:var(--soft); font-size:.86rem }
code, pre { font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; font-size:13px; overflow-wrap:anywhere } pre { white-space:pre-wrap }
.badge { display:inline-block; font-size:.8rem; line-height:1.5; padding:0 .55rem; border-radius:9px; white-space:nowrap; color:#fff; background:#5f6875 }
.badge.holds { background:#00724f } .badge.erratum { background:#00619a } .badge.refuted, .badge.error { background:#b3470a } .badge.undecided { background:#7d5c00 }
.tally .count { margin-right:.9rem; white-space:nowrap }

.bar { position:sticky; top:0; z-index:5; display:flex; flex-wrap:wrap; align-items:center; gap:.5rem 1.1rem; padding:.5rem max(1.4rem, calc(50vw - 620px + 1.4rem)); background:var(--page); border-bottom:1px solid var(--line) }
.bar > a, .bar summary { white-space:nowrap; padding:.2rem 0 } .bar summary { cursor:pointer; color:var(--blue); list-style:none }
.menu { position:relative } .menu ul { position:absolute; left:0; margin:.4rem 0 0; padding:.4rem 0; width:min(34rem, 86vw); list-style:none; background:var(--page); border:1px solid var(--line); border-radius:8px; box-shadow:0 6px 24px #0003 }
.menu li a { display:block; padding:.4rem 1rem; text-decoration:none } .menu li a:hover { background:var(--hover) }
#find { flex:1; display:flex; flex-wrap:wrap; align-items:center; gap:.5rem .8rem; min-width:0; margin:0 }
#find input { flex:1 1 11rem; min-width:7rem } #find output { color:var(--soft); font-size:.9rem; white-space:nowrap }
#find input, #find select, #find button { font:inherit; color:inherit; background:var(--page); border:1px solid var(--line); border-radius:6px; padding:.25rem .5rem; min-height:2.2rem }
#find .filters > div { display:flex; gap:.5rem } #find select { max-width:13rem }

.tiles { display:grid; grid-template-columns:repeat(2, minmax(0, 1fr)); gap:1.2rem }
.tile { border:1px solid var(--line); border-radius:10px; padding:1rem 1.2rem; background:var(--wash); display:flex; flex-direction:column }
.tile h3 { margin:0 } .tile .finding { font-size:1.08rem } .tile .picture { display:block; margin:auto 0; padding:.4rem 0 }
.tile img { width:100% !important; max-height:23rem; object-fit:contain; border-radius:6px } .tile .undrawn { margin:auto 0 }

table { border-collapse:collapse; width:100%; font-size:.9rem; margin:.8rem 0 1.2rem; font-variant-numeric:tabular-nums }
th, td { text-align:left; padding:.35rem .9rem .35rem 0; border-bottom:1px solid var(--line); vertical-align:top; font-weight:400 }
thead th { color:var(--soft); font-weight:600 } caption { caption-side:bottom; text-align:left; color:var(--soft); font-size:.84rem; padding-top:.4rem }
.errata { table-layout:fixed; font-size:.95rem } .errata p { margin:0 0 .4rem } .errata .words { font-weight:600 } .errata td { padding:.7rem 1.2rem .5rem 0 }
.points th, .wrong th { max-width:24rem } .points .plot { width:30%; min-width:11rem } .points td:last-child { max-width:22rem }

.claim, .derivation { border:1px solid var(--line); border-radius:8px; margin:.45rem 0; background:var(--wash) }
.claim > summary, .derivation > summary { cursor:pointer; padding:.6rem .9rem; display:grid; grid-template-columns:1.1rem auto minmax(0, 1fr) 13.5rem; gap:0 .7rem; align-items:baseline; list-style:none; border-radius:8px }
.derivation > summary { grid-template-columns:1.1rem minmax(0, 1fr) 13.5rem } summary::-webkit-details-marker { display:none }
.claim > summary::before, .derivation > summary::before, .inner > summary::before { content:"▸"; color:var(--blue) } .inner > summary::before { content:"▸ " } .bar summary::after { content:" ▾" }
.claim[open] > summary::before, .derivation[open] > summary::before, .inner[open] > summary::before { content:"▾" } .claim > summary:hover, .derivation > summary:hover { background:var(--hover) } .claim > summary:hover .words, .derivation > summary:hover .says { text-decoration:underline; text-decoration-color:var(--blue) }
summary:focus-visible { outline:2px solid var(--blue); outline-offset:1px } .claim:target, .derivation:target { border-color:var(--blue); box-shadow:0 0 0 1px var(--blue) }
.facts { color:var(--soft); font-size:.84rem; text-align:right } .words { display:block } .body { padding:0 1.1rem .6rem; border-top:1px solid var(--line); background:var(--page); border-radius:0 0 8px 8px }
.inner { margin:.4rem 0; font-size:.9rem } .inner > summary { cursor:pointer; list-style:none } .inner ul, .values { margin:.3rem 0; padding-left:1.4rem } p.values { padding:0 }

.formulas, .formula { display:block } .formula { overflow-x:auto; overflow-y:hidden; padding:.25rem 0; max-width:100% } .formula .name { color:var(--soft); font-size:.84rem }
.pieces { display:block } math { font-size:1.1rem } math[display=block] { text-align:left; margin:0; width:max-content }
msup > :nth-child(2), msub > :nth-child(2), msubsup > :nth-child(n+2), munder > :nth-child(2), mover > :nth-child(2), munderover > :nth-child(n+2), mroot > :nth-child(2) { font-size:max(12px, .74em) }
mfrac > * { font-size:max(12px, .9em) }

.track { display:block; width:100%; height:20px; overflow:visible } .track .band { fill:var(--band) } .track .zero { stroke:var(--soft) } .track .bar { position:static; stroke:var(--blue); stroke-width:2.5 }
.track circle { fill:var(--blue) } .track .wrong { font-size:15px; text-anchor:middle; fill:var(--red) }
.figures { display:flex; flex-wrap:wrap; gap:1.4rem 2.4rem; align-items:flex-end } figure { margin:0; max-width:100%; min-width:0; width:min-content } figcaption { min-width:min(20rem, 80vw) } .scroll { overflow-x:auto } figure img { display:block; max-width:none; height:auto } @media (min-width:701px) { .scroll { max-width:min(1192px, calc(100vw - 2.8rem)) } } img { background:#fff } figcaption { color:var(--soft); font-size:.95rem; margin-top:.3rem }
.guide { display:grid; grid-template-columns:max-content minmax(0, 1fr); gap:.3rem 1rem; max-width:60rem } .guide dd { margin:0 }

@media (max-width:1000px) { .filters > div { position:absolute; right:1rem; margin-top:.4rem; padding:.8rem; flex-direction:column; background:var(--page); border:1px solid var(--line); border-radius:8px; box-shadow:0 6px 24px #0003 } #find select { max-width:76vw } }
@media (min-width:1000px) { .filters > summary { display:none } }
@media (max-width:700px) {
  header, main { padding-left:.9rem; padding-right:.9rem } .bar { padding:.4rem .9rem; gap:.3rem .9rem } #find { flex-basis:100% } #find input { flex-basis:8rem } html { scroll-padding-top:6.2rem }
  h1 { font-size:1.6rem } h2 { font-size:1.25rem } .tiles { grid-template-columns:minmax(0, 1fr) } .tile { padding:.8rem }
  .claim > summary, .derivation > summary { grid-template-columns:1.1rem minmax(0, 1fr); gap:.25rem .4rem; padding:.6rem .6rem } .claim > summary .badge { justify-self:start } .claim > summary .says, .claim > summary .facts, .derivation > summary .facts { grid-column:2 } .facts { text-align:left } .body { padding:0 .7rem .5rem }
  table { display:flex; flex-direction:column } caption { order:1 } tbody, tr, th, td { display:block } thead, .empty, td:empty { display:none } tr { border-bottom:1px solid var(--line); padding:.5rem 0 } th, td, .errata td { border:0; padding:.1rem 0 } tbody th { font-weight:600; max-width:none !important }
  td[data-label]::before { content:attr(data-label) ": "; color:var(--soft) } .errata td { padding:.3rem 0 } .errata td::before { display:block; content:attr(data-label); font-size:.84rem } .points .plot { width:auto; padding:.3rem 0 }
  figure img.single { max-width:calc(100vw - 1.8rem) } .scroll { max-width:calc(100vw - 1.8rem) } .guide { grid-template-columns:minmax(0, 1fr); gap:.1rem } .guide dd { margin-bottom:.5rem }
}
@media print {
  :root { --ink:#000; --soft:#444; --line:#bbb; --page:#fff; --wash:#fff; --blue:#00507f; --red:#8a3500; --band:#d9e6ef }
  .bar { display:none } body { font-size:10pt } header, main { max-width:none; padding:0 } a { text-decoration:none } .badge[class] { color:#000; background:none; border:1px solid #555 } math { font-size:.9rem }
  .claim::details-content, .derivation::details-content { content-visibility:visible; display:block } .body { border-top:0 } h2, h3, summary { break-after:avoid } tr, .tile, figure, .claim > summary { break-inside:avoid }
  figure img, .tile img { max-width:100%; max-height:14cm } .formula { overflow:visible }
}
"""
