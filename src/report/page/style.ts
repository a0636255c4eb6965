/** Colours and type faces, light and dark by the reader's setting. */
export const PALETTE = `
:root {
  color-scheme: light dark;
  --paper: #fdfdfb; --ink: #1b1d22; --soft: #5b5f68; --line: #c9ccd3; --faint: #e9ebee; --shade: #d3d6dc; --raised: #f4f4f0;
  --accent: #14507a; --alarm: #9c2f00; --alarm-paper: #fff1e8;
  --series-1: #23252b; --series-2: #d55e00; --series-3: #0072b2; --series-4: #009e73; --series-5: #b8558f; --series-6: #a87400; --series-7: #3a8fc4;
  --serif: "Iowan Old Style", "Charter", "Palatino Linotype", "Palatino", "Source Serif 4", Georgia, "Liberation Serif", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --paper: #14161a; --ink: #e6e7ea; --soft: #a0a5b0; --line: #484d57; --faint: #262a31; --shade: #3c414b; --raised: #1c1f25;
    --accent: #8cc4ee; --alarm: #ffb38a; --alarm-paper: #3a1c0c;
    --series-1: #eceef2; --series-2: #ff8a3c; --series-3: #58b4f0; --series-4: #2fc79a; --series-5: #e08dbf; --series-6: #e6b450; --series-7: #8ed0ff;
  }
}
`;

/**
 * The page's style: system fonts only, light and dark by the reader's setting, nothing loaded from
 * anywhere.
 */
export const STYLE = `${PALETTE}
* { box-sizing: border-box; }
html { scroll-padding-top: var(--head, 4rem); -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 var(--serif); }
a { color: var(--accent); text-decoration-thickness: 1px; text-underline-offset: .18em; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: .5rem; z-index: 5; background: var(--paper); padding: .3rem .6rem; }

.head { position: sticky; top: 0; z-index: 3; background: var(--paper); border-bottom: 1px solid var(--line); font: .85rem/1.3 var(--sans); }
.banner { background: var(--alarm-paper); color: var(--alarm); border-bottom: 1px solid var(--alarm); margin: 0; max-width: none; padding: .4rem 1rem; text-align: center; font-weight: 600; }
.head nav { max-width: 80rem; margin: 0 auto; padding: 0 1.5rem; display: flex; gap: 1.4rem; overflow-x: auto; scrollbar-width: none; white-space: nowrap; }
.head nav::-webkit-scrollbar { display: none; }
.head nav a { color: var(--soft); text-decoration: none; padding: .75rem 0; border-bottom: 2px solid transparent; }
.head nav a:first-child { color: var(--ink); font-weight: 600; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; flex: none; }
.head nav a:hover, .head nav a.here { color: var(--ink); border-bottom-color: var(--accent); }

main { max-width: 80rem; margin: 0 auto; padding: 0 1.5rem 4rem; }
main > section { padding-top: 3.2rem; }
p, ul, .facts, .kicker { max-width: 43rem; overflow-wrap: break-word; }
h1, h2, h3 { line-height: 1.2; font-weight: 600; text-wrap: balance; }
h1 { font-size: clamp(1.9rem, 4.5vw, 2.7rem); margin: .2rem 0 1rem; letter-spacing: -.012em; overflow-wrap: anywhere; }
h2 { font-size: 1.6rem; margin: 0 0 1rem; padding-top: .9rem; border-top: 2px solid var(--ink); }
h3 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; }
.title { padding: 3.4rem 0 .4rem; }
.kicker { margin: 0; color: var(--soft); font-style: italic; }
.question { font: 1.15rem/1.5 var(--sans); margin: 0 0 .6rem; }
.origin { font: .9rem/1.55 var(--sans); color: var(--soft); margin: 0; }
.origin b { color: var(--ink); font-weight: 600; }
.empty { color: var(--soft); font-style: italic; }
.count { font: .8rem var(--sans); color: var(--soft); font-variant-numeric: tabular-nums; margin-left: .35rem; white-space: nowrap; }

.glance { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0 1.2rem; margin: 2rem 0 0; border-top: 1px solid var(--line); font-family: var(--sans); }
.glance div { padding: .9rem 0; border-bottom: 1px solid var(--line); }
.glance dt { font-size: .78rem; color: var(--soft); }
.glance dd { margin: .1rem 0 0; font-size: 1.55rem; font-weight: 600; font-variant-numeric: tabular-nums; letter-spacing: -.01em; line-height: 1.25; }
.glance small { display: block; font-size: .8rem; line-height: 1.4; font-weight: 400; color: var(--soft); letter-spacing: 0; margin-top: .15rem; overflow-wrap: anywhere; }

.table { margin: 2.6rem 0 0; }
.table h3 { margin-bottom: .7rem; }
.number { color: var(--soft); font-weight: 400; margin-right: .3rem; }
.tabs { display: flex; flex-wrap: wrap; }
.tabs > input { position: absolute; opacity: 0; pointer-events: none; }
.tabs > label { order: 1; font: .85rem var(--sans); color: var(--soft); padding: .3rem .9rem; border: 1px solid var(--line); cursor: pointer; }
.tabs > label:first-of-type { border-radius: 4px 0 0 4px; }
.tabs > label:last-of-type { border-radius: 0 4px 4px 0; margin-left: -1px; }
.tabs > label:only-of-type { border-radius: 4px; }
.tabs > input:checked + label { color: var(--paper); background: var(--ink); border-color: var(--ink); }
.tabs > input:focus-visible + label { outline: 2px solid var(--accent); outline-offset: 2px; }
.tabs > .mode { order: 2; width: 100%; min-width: 0; display: none; }
.tabs > .to-corrected:checked ~ .corrected, .tabs > .to-published:checked ~ .published { display: block; }

.scroll { overflow-x: auto; max-width: 100%; margin: .9rem 0 .5rem; overscroll-behavior-x: contain;
  background: linear-gradient(90deg, var(--paper) 30%, transparent) 0 0 / 2.5rem 100% no-repeat local, linear-gradient(-90deg, var(--paper) 30%, transparent) 100% 0 / 2.5rem 100% no-repeat local,
    linear-gradient(90deg, var(--shade), transparent) 0 0 / .7rem 100% no-repeat scroll, linear-gradient(-90deg, var(--shade), transparent) 100% 0 / .7rem 100% no-repeat scroll; }
table { border-collapse: collapse; font: .8125rem/1.45 var(--sans); font-variant-numeric: tabular-nums lining-nums; border-top: 1.5px solid var(--ink); border-bottom: 1.5px solid var(--ink); }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
th, td { padding: .26rem .55rem; text-align: right; vertical-align: top; white-space: nowrap; font-weight: 400; }
thead th { font-weight: 600; vertical-align: bottom; white-space: normal; }
thead th:not(.label) { max-width: 6.5rem; }
table.dense { font-size: .7rem; line-height: 1.3; } .dense th, .dense td { padding: .22rem .3rem; } .dense tbody th { white-space: normal; max-width: 8.5rem; } .dense thead th:not(.label) { max-width: 4.8rem; }
thead tr:last-child > * { border-bottom: 1px solid var(--ink); }
thead th[scope=colgroup] { text-align: center; border-bottom: 1px solid var(--line); }
tbody th, th.label, td.label { text-align: left; }
tbody th.first, table.records tr > :first-child, table.words tr > :first-child, thead tr > :first-child, tr.group > th { padding-left: .15rem; }
tbody tr:hover > td, tbody tr:hover > th[scope=row] { background: var(--raised); }
tbody + tbody tr:first-child > * { padding-top: .75rem; }
tbody th[scope=rowgroup][rowspan] { border-top: 1px solid var(--faint); }
tbody tr:has(> th[rowspan]) > * { border-top: 1px solid var(--faint); }
tr.group th { font-weight: 600; text-align: left; }
tr.group th span { position: sticky; left: .15rem; }
td sup, .reason sup { font-size: .72em; color: var(--alarm); margin-left: .1em; line-height: 0; }
a.sql { color: inherit; text-decoration: none; }
td:has(+ td), td { cursor: default; }
.script tbody tr:has(a.sql) { cursor: pointer; }
a.sql:hover, .script tr:hover > th > a.sql { text-decoration: underline; text-decoration-color: var(--accent); }
.open { background: color-mix(in srgb, var(--accent) 16%, transparent) !important; }
.note { font: .8rem/1.5 var(--sans); color: var(--soft); margin: .4rem 0 0; max-width: 56rem; }
.reason { margin-right: .6rem; }
table.words td, table.records td.words, table.words th { white-space: normal; text-align: left; overflow-wrap: break-word; }
table.words { width: 100%; } table.words th[scope=row] { white-space: nowrap; } tr.why th { color: var(--soft); } tr.why th span { position: sticky; left: .15rem; display: inline-block; max-width: min(50rem, 85vw); }
 table.words td { min-width: 7rem; max-width: 26rem; } table.records td.words { min-width: 9rem; max-width: 22rem; }
table.records th[scope=row], table.records td.name { text-align: left; }
.hash { font: .92em var(--mono); white-space: nowrap; }

figure { margin: 2.6rem 0 0; }
figure svg { display: block; max-width: 100%; height: auto; color: var(--ink); }
figure .wide { max-width: 54rem; } figure .wide svg { width: 100%; }
figure .narrow { display: none; }
figcaption { font: .85rem/1.55 var(--sans); color: var(--soft); max-width: 48rem; margin-top: .7rem; }
figcaption b { color: var(--ink); font-weight: 600; }

details { border-top: 1px solid var(--line); }
details:last-of-type { border-bottom: 1px solid var(--line); }
summary { cursor: pointer; padding: .65rem 0; font-weight: 600; font-size: 1rem; }
summary .why { display: block; font: .85rem/1.5 var(--sans); color: var(--soft); padding-left: 1.1rem; max-width: 50rem; }
details > :not(summary) { margin-bottom: 1.2rem; }
.references { list-style: none; padding: 0; } .references li { padding-left: 1.5rem; text-indent: -1.5rem; margin: .4rem 0; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: minmax(8rem, auto) 1fr; gap: .3rem 1.4rem; font: .85rem/1.5 var(--sans); margin: 0; }
.facts dt { color: var(--soft); } .facts dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
.queries ol { padding-left: 0; list-style: none; margin-top: 0; }
.queries p { font: .8rem/1.4 var(--sans); color: var(--soft); margin: 0 0 .3rem; max-width: none; }
.queries li { margin: 0 0 1.1rem; } .queries li:target > p { color: var(--ink); font-weight: 600; }
pre { font: .78rem/1.5 var(--mono); background: var(--raised); border: 1px solid var(--faint); border-radius: 4px; padding: .7rem .9rem; margin: 0; overflow-x: auto; white-space: pre; tab-size: 2; }
.said { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 30rem; overflow-y: auto; }
.findings { padding-left: 1.2rem; } .findings li { margin: .45rem 0; } .findings ul { padding-left: 1.2rem; } .findings ul li { margin: .1rem 0; }
code { font: .88em var(--mono); overflow-wrap: anywhere; }
.hashes { font: .78rem/1.6 var(--mono); list-style: none; padding: 0; max-width: none; overflow-wrap: anywhere; }

dialog.panel { position: fixed; inset: auto 1rem 1rem auto; width: min(44rem, calc(100vw - 2rem)); max-height: 60vh; margin: 0; padding: 0; overflow: auto; color: var(--ink); background: var(--paper); border: 1px solid var(--line); border-radius: 8px; box-shadow: 0 12px 40px rgb(0 0 0 / .22); font: .85rem/1.5 var(--sans); z-index: 4; }
.panel header { position: sticky; top: 0; display: flex; gap: .5rem; align-items: center; padding: .6rem .9rem; background: var(--paper); border-bottom: 1px solid var(--faint); }
.panel header strong { margin-right: auto; font-weight: 600; }
.panel button { font: inherit; color: var(--ink); background: var(--raised); border: 1px solid var(--line); border-radius: 4px; padding: .2rem .7rem; cursor: pointer; white-space: nowrap; }
.panel .body { padding: .8rem .9rem 1rem; } .panel .body p { margin: 0 0 .6rem; max-width: none; color: var(--soft); }
.panel .body pre { white-space: pre-wrap; overflow-wrap: anywhere; margin-bottom: .8rem; }
footer { max-width: 80rem; margin: 0 auto; padding: 1.2rem 1.5rem 3rem; border-top: 1px solid var(--line); font: .8rem/1.5 var(--sans); color: var(--soft); }

@media screen and (max-width: 46rem) {
  body { font-size: 1rem; }
  main, .head nav, footer { padding-left: 1rem; padding-right: 1rem; }
  main > section { padding-top: 2.4rem; } .title { padding-top: 2rem; }
  .glance { grid-template-columns: 1fr 1fr; } .glance dd { font-size: 1.3rem; }
  figure .wide { display: none; } figure .narrow { display: block; } figure .narrow svg { width: 100%; max-width: 30rem; }
  th, td { padding-left: .5rem; padding-right: .5rem; }
  .table .scroll { overflow: visible; background: none; }
  .table table, .table tbody { display: block; }
  .table thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .table tr { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.5rem, 1fr)); padding: .45rem 0; border-bottom: 1px solid var(--faint); }
  .table tr > * { border: 0 !important; padding: .1rem .4rem .1rem 0 !important; text-align: left; white-space: normal; }
  .table tbody th { grid-column: 1 / -1; font-weight: 600; }
  .table tbody th:not([scope=row]) { color: var(--soft); font-weight: 400; }
  .table tbody tr.group th { color: var(--ink); font-weight: 600; }
  .table td::before { display: block; font-size: .7rem; line-height: 1.2; color: var(--soft); }
  .facts { grid-template-columns: 1fr; gap: 0; } .facts dd { margin-bottom: .6rem; }
  dialog.panel { inset: auto 0 0 0; width: 100vw; border-radius: 8px 8px 0 0; }
}
@media print {
  @page { size: landscape; margin: 14mm 12mm; }
  :root { --paper: #fff; --raised: #fff; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  .head { position: static; border: 0; } .head nav, .skip, .tabs > label, .tabs > input, dialog.panel, #queries { display: none !important; }
  .banner { border: 1px solid var(--alarm); background: #fff; margin-bottom: 1rem; }
  .glance { grid-template-columns: repeat(4, 1fr); } .glance dd { font-size: 14pt; }
  .tabs > .mode { display: block; }
  .scroll { overflow: visible; background: none; } table { font-size: 7pt; } th, td { padding: 1pt 3pt; } tbody th { white-space: normal; }
  caption { position: static; width: auto; height: auto; clip-path: none; text-align: left; font-weight: 600; padding: .8rem 0 .3rem; caption-side: top; }
  table.records, table.words { font-size: 6.5pt; } table.records *, table.words * { white-space: normal !important; min-width: 0 !important; } table.records .name { min-width: 12mm !important; } table.records code { word-break: break-all; }
  tr, figure, li { break-inside: avoid; } tr:has([rowspan]) { break-inside: auto; } h2, h3 { break-after: avoid; }
  figure .wide { display: block; } figure .narrow { display: none; }
  .said { max-height: none; }
  a { color: inherit; text-decoration: none; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;

/** On each sheet of paper, for reports of simulated data. */
export const SIMULATED_STYLE =
  '@page { @top-center { content: "SIMULATED: no evidence about any real model"; font: 600 8pt sans-serif; color: #9c2f00; } }';

/** A style sheet that applies where the page is narrow. */
export function narrow(style: string): string {
  return `@media screen and (max-width: 46rem) {\n${style}\n}\n`;
}
