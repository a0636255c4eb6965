/** What every page of the viewer has: head, title, navigation. */
import { type Content, html, type Markup } from '../../report/page/html.ts';

/** The pages of the navigation, in its order. */
const PLACES = [
  ['overview', '/', 'Overview'],
  ['administrations', '/administrations', 'Administrations'],
  ['personas', '/personas', 'Personas'],
  ['outcomes', '/outcomes', 'Outcomes'],
  ['tables', '/tables', 'Tables'],
  ['figures', '/figures', 'Figures'],
  ['compare', '/compare', 'Compare'],
] as const;

export interface Frame {
  readonly title: string;
  /** The study's schema. */
  readonly study: string;
  readonly here: (typeof PLACES)[number][0] | null;
  /** Whether answers of a simulated model are shown. */
  readonly isSimulated: boolean;
  readonly body: Content;
  /** Address of the style sheet, where it is not that of all pages. */
  readonly style?: string;
}

export function renderFrame({
  title,
  study,
  here,
  isSimulated,
  body,
  style = '/style.css',
}: Frame): string {
  const page: Markup = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – ${study}</title><link rel="stylesheet" href="${style}"><link rel="icon" href="data:,"><script src="/script.js" defer></script></head>
<body><a class="skip" href="#main">Skip to the content</a>
<header><nav class="head" aria-label="Pages"><span class="study">${study}</span>${PLACES.map(
    ([name, address, label]) =>
      html`<a href="${address}"${name === here ? html` aria-current="page"` : null}>${label}</a>`,
  )}</nav>${isSimulated ? html`<p class="banner">SIMULATED: answers of a simulated model are not evidence about any real model.</p>` : null}</header>
<main id="main">${body}</main></body></html>
`;
  return page.text;
}
