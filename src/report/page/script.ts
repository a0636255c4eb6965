/**
 * The page's little script. Without it every link leads to the statement in the appendix; with it
 * the statement comes to the reader.
 */
export const SCRIPT = `
'use strict';
(() => {
  const root = document.documentElement;
  root.classList.add('script');
  const head = document.querySelector('.head');
  const measure = () => root.style.setProperty('--head', head.offsetHeight + 14 + 'px');
  measure();
  addEventListener('resize', measure);

  const panel = document.querySelector('dialog.panel');
  const body = panel.querySelector('.body');
  const copy = panel.querySelector('.copy');
  let opener = null;
  let marked = null;

  function mark(cell) {
    if (marked) marked.classList.remove('open');
    marked = cell;
    if (marked) marked.classList.add('open');
  }
  function show(link) {
    const entry = document.getElementById(link.hash.slice(1));
    if (!entry) return;
    opener = link;
    mark(link.closest('td, tr'));
    body.replaceChildren(...Array.from(entry.children, (child) => child.cloneNode(true)), panel.querySelector('template').content.cloneNode(true));
    copy.textContent = 'Copy SQL';
    if (!panel.open) panel.show();
    panel.scrollTop = 0;
    copy.focus({ preventScroll: true });
  }
  function close() {
    if (!panel.open) return;
    panel.close();
    mark(null);
    if (opener) opener.focus({ preventScroll: true });
  }

  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const tab = target.closest('.head nav a');
    if (tab) close();
    const cell = target.closest('.mode tbody td, .mode tbody th');
    if (!cell || String(getSelection())) return;
    // The link of a cell, or the nearest one to its left.
    let place = cell;
    while (place && !place.querySelector('a.sql')) place = place.previousElementSibling;
    const link = place && place.querySelector('a.sql');
    if (!link) return;
    event.preventDefault();
    show(link);
  });
  panel.querySelector('.close').addEventListener('click', close);
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close();
    const link = document.activeElement && document.activeElement.closest('.mode a.sql');
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!link || !step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const next = neighbour(link, step[0], step[1]);
    if (next) enter(next);
  });

  // A table is one stop of the Tab key; the arrows go on from there.
  const tables = Array.from(document.querySelectorAll('.mode table'), (table) =>
    Array.from(table.rows, (row) => Array.from(row.querySelectorAll('a.sql'))).filter((links) => links.length > 0),
  ).filter((rows) => rows.length > 0);
  for (const rows of tables) rows.flat().forEach((link, index) => { link.tabIndex = index === 0 ? 0 : -1; });
  function neighbour(link, down, right) {
    for (const rows of tables) {
      const line = rows.findIndex((links) => links.includes(link));
      if (line === -1) continue;
      const place = rows[line].indexOf(link);
      if (down === 0) return rows[line][place + right];
      const beyond = rows[line + down];
      return beyond && beyond[Math.min(place, beyond.length - 1)];
    }
  }
  function enter(link) {
    for (const other of link.closest('table').querySelectorAll('a.sql[tabindex="0"]')) other.tabIndex = -1;
    link.tabIndex = 0;
    link.focus();
  }

  copy.addEventListener('click', async () => {
    const text = panel.querySelector('pre').textContent;
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = 'Copied';
    } catch {
      // Where the page may not use the clipboard, the statement stands selected.
      const range = document.createRange();
      range.selectNodeContents(panel.querySelector('pre'));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      copy.textContent = 'Selected: press Ctrl+C';
    }
  });

  const links = new Map(Array.from(document.querySelectorAll('.head nav a'), (link) => [link.hash.slice(1), link]));
  const watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      for (const link of links.values()) link.classList.remove('here');
      const link = links.get(target.id);
      if (link) link.classList.add('here');
    }
  }, { rootMargin: '-20% 0px -75% 0px' });
  for (const section of document.querySelectorAll('main > section')) watcher.observe(section);
  addEventListener('beforeprint', () => { for (const one of document.querySelectorAll('#differences details')) one.open = true; });
})();
`;
