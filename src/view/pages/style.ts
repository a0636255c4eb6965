/** Style of the viewer's pages: dense, readable at any width, on paper, and in the dark. */
import { PALETTE } from '../../report/page/style.ts';

/** Of the navigation of every page. */
export const HEAD_STYLE = `.head { display: flex; flex-wrap: wrap; gap: 0 1.3rem; align-items: baseline; padding: .35rem 1rem; border-bottom: 1px solid var(--line); }
.head a { color: var(--soft); text-decoration: none; padding: .15rem 0; }
.head a:hover { text-decoration: underline; }
.head a[aria-current] { color: var(--ink); font-weight: 600; border-bottom: 2px solid var(--accent); }
.head .study { font-weight: 600; overflow-wrap: anywhere; }
.head .state { margin-left: auto; color: var(--soft); }
.banner { background: var(--alarm-paper); color: var(--alarm); margin: 0; max-width: none; padding: .15rem 1rem; font-weight: 600; font-size: .78rem; }
`;

export const STYLE = `${PALETTE}
:root { --found: #ffe9a8; --found-ink: #1b1d22; --good: #0b6e4f; }
@media screen and (prefers-color-scheme: dark) { :root { --found: #5a4a12; --found-ink: #fff4d0; --good: #5fd3a8; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: .84rem/1.4 var(--sans); }
a { color: var(--accent); text-underline-offset: .16em; text-decoration-thickness: 1px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; border-radius: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: .6rem; top: .4rem; z-index: 9; background: var(--paper); padding: .3rem .6rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
${HEAD_STYLE}main { padding: .5rem 1rem 2rem; }
h1 { font-size: 1.15rem; margin: .2rem 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: .95rem; margin: 1.3rem 0 .4rem; padding-top: .5rem; border-top: 1px solid var(--ink); }
h3 { font-size: .86rem; margin: .8rem 0 .3rem; }
p { margin: .3rem 0; max-width: 46rem; overflow-wrap: anywhere; }
.soft { color: var(--soft); } .empty { color: var(--soft); font-style: italic; padding: 1rem 0; }
.wrong { color: var(--alarm); font-weight: 600; } .good { color: var(--good); }
button, select, input { font: inherit; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 4px; padding: .12rem .4rem; min-width: 0; max-width: 100%; }
button, .button { cursor: pointer; background: var(--raised); color: var(--ink); border: 1px solid var(--line); border-radius: 4px; padding: .12rem .6rem; text-decoration: none; white-space: nowrap; display: inline-block; }
button.go { background: var(--ink); color: var(--paper); border-color: var(--ink); }
.filter { display: flex; flex-wrap: wrap; gap: .3rem .6rem; align-items: end; margin: 0 0 .35rem; }
.filter label { display: grid; font-size: .74rem; color: var(--soft); }
.filter select, .filter input { font-size: .84rem; color: var(--ink); }
.filter select { max-width: 18rem; }
.filter input[type=search] { width: 13rem; } .filter input[type=number] { width: 5.4rem; }
.filter fieldset { border: 0; margin: 0; padding: 0; display: flex; gap: .25rem; align-items: end; }
.filter legend { font-size: .74rem; color: var(--soft); padding: 0; }
details.more { flex-basis: 100%; } details.more > div { display: flex; flex-wrap: wrap; gap: .4rem .9rem; padding: .35rem 0; align-items: end; }
summary { cursor: pointer; }
.columns { display: flex; flex-wrap: wrap; gap: .2rem .9rem; padding: .3rem 0; align-items: center; }
.bar { display: flex; flex-wrap: wrap; gap: .2rem .9rem; align-items: baseline; margin: .2rem 0; }
.bar .right { margin-left: auto; display: flex; gap: .5rem; }
.scroll { position: relative; overflow-x: auto; max-width: 100%; }
/* A shade at an edge that hides columns; what is of the page's colour moves with them and covers it. */
.scroll { background: linear-gradient(to right, var(--paper) 1rem, transparent) left / 2rem 100% local, linear-gradient(to left, var(--paper) 1rem, transparent) right / 2rem 100% local, linear-gradient(to right, var(--shade), transparent) left / .8rem 100%, linear-gradient(to left, var(--shade), transparent) right / .8rem 100%; background-repeat: no-repeat; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums lining-nums; border-top: 1.5px solid var(--ink); border-bottom: 1.5px solid var(--ink); }
th, td { padding: .1rem .5rem; text-align: left; vertical-align: top; font-weight: 400; }
thead th { font-weight: 600; border-bottom: 1px solid var(--ink); white-space: nowrap; vertical-align: bottom; }
thead th a { color: inherit; text-decoration: none; } thead th a:hover { text-decoration: underline; }
td.number, th.number { text-align: right; white-space: nowrap; }
tbody tr:hover > * { background: var(--raised); }
table.list { width: 100%; table-layout: auto; font-size: .8rem; line-height: 1.25; }
table.list td, table.list th { padding: .12rem .45rem; white-space: nowrap; vertical-align: middle; }
table.list .words { width: 60%; min-width: 8rem; max-width: 8rem; overflow: hidden; text-overflow: ellipsis; }
table.list td.words { color: var(--soft); }
table.list td.name { max-width: 13rem; overflow: hidden; text-overflow: ellipsis; }
table.list tbody tr { border-bottom: 1px solid var(--faint); }
table.list tr.here > * { background: color-mix(in srgb, var(--accent) 14%, transparent); }
svg.scores { display: block; color: var(--ink); } svg.scores text { font: 600 8.5px var(--sans); fill: var(--soft); }
svg .track { fill: var(--faint); } svg .value { fill: var(--accent); } svg .mark { stroke: var(--series-2); stroke-width: 2; }
svg .axis { stroke: var(--line); } svg .dot { fill: var(--accent); }
.outcome { white-space: nowrap; } .bar .outcome { white-space: normal; overflow-wrap: anywhere; min-width: 0; } .outcome.bad { color: var(--alarm); font-weight: 600; }
.two > * { min-width: 0; }
.two { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); gap: 0 2rem; }
.facts { display: grid; grid-template-columns: fit-content(45%) minmax(0, 1fr); gap: .1rem 1rem; margin: 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; }
pre { font: .78rem/1.5 var(--mono); background: var(--raised); border: 1px solid var(--faint); border-radius: 4px; padding: .5rem .7rem; margin: .2rem 0 .6rem; white-space: pre-wrap; overflow-wrap: anywhere; max-height: 34rem; overflow: auto; }
code { font: .92em var(--mono); overflow-wrap: anywhere; }
pre.prose { font-family: var(--sans); font-size: .84rem; }
mark { background: var(--found); color: var(--found-ink); border-radius: 2px; padding: 0 .1em; }
mark:target, mark.lit { outline: 2px solid var(--accent); }
tr:target > *, tr.lit > * { background: var(--found); color: var(--found-ink); }
.figures { display: flex; flex-wrap: wrap; gap: .4rem 1rem; } figure { margin: 0; } figcaption { color: var(--soft); font-size: .76rem; max-width: 11rem; }
.words-cell { min-width: 12rem; max-width: 34rem; overflow-wrap: anywhere; } .long-cell { min-width: 26rem; overflow-wrap: anywhere; } .short-cell { white-space: nowrap; }
details.raw { margin: .2rem 0 .5rem; }
.said { border-left: 3px solid var(--line); padding-left: .7rem; margin: .3rem 0 .7rem; }
.said h3 { margin: 0 0 .2rem; color: var(--soft); font-weight: 600; }
footer { padding: .6rem 1rem 1.5rem; color: var(--soft); font-size: .76rem; border-top: 1px solid var(--line); }
kbd { font: .78em var(--mono); border: 1px solid var(--line); border-radius: 3px; padding: 0 .3em; }
@media (max-width: 60rem) { .two .scroll { margin-top: .6rem; } .two { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 46rem) {
  main { padding: .5rem .6rem 2rem; } .head { padding: .35rem .6rem; gap: 0 .9rem; }
  table.list, table.list tbody { display: block; } table.list thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.counts, table.counts tbody { display: block; } table.counts thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table.counts tr { display: flex; flex-wrap: wrap; gap: 0 .6rem; padding: .35rem 0; border-bottom: 1px solid var(--faint); } table.counts td, table.counts th { padding: 0; } .counts td.number::before { content: attr(data-label) ' '; color: var(--soft); }
  table.list tr { display: flex; flex-wrap: wrap; gap: 0 .6rem; padding: .35rem 0; } table.list td, table.list th { padding: 0; }
  table.list td.words { width: 100%; max-width: 100%; flex-basis: 100%; }
  th, td { padding: .1rem .35rem; } .words-cell { min-width: 9rem; }
  .filter label, .filter fieldset { flex: 1 1 8rem; } .filter select, .filter input[type=search] { width: 100%; }
}
@media print {
  @page { size: landscape; margin: 12mm; } :root { --paper: #fff; --raised: #fff; }
  .filter, .bar .right, .skip, details.more, .head a:not([aria-current]), button, .keys { display: none; }
  pre { max-height: none; } tr { break-inside: avoid; } a { color: inherit; text-decoration: none; } mark { print-color-adjust: exact; }
  /* Paper cannot be scrolled: columns share its width, and what is long is wrapped. */
  .scroll { overflow: visible; background: none; } table { width: 100%; font-size: 7.5pt; } th, td, .words-cell, .long-cell { padding: .1rem .25rem; min-width: 0; overflow-wrap: break-word; } thead th { white-space: normal; }
  table.list { font-size: 6.5pt; } table.list td, table.list th { padding: .1rem .25rem; white-space: normal; } table.list td:last-child { white-space: nowrap; } table.list .words { white-space: nowrap; width: 40%; min-width: 0; max-width: 0; } table.list td.name { max-width: none; }
}
`;
