/**
 * The viewer's script. Every page works without it; with it, keys lead from one administration to
 * the next, a whole line of a list can be clicked, and an overview follows a run.
 */
export const SCRIPT = `
'use strict';
(() => {
  const go = (link) => { if (link) location.assign(link.href); };
  const lines = [...document.querySelectorAll('table.list tbody tr')];
  let here = -1;
  const mark = (at) => {
    if (lines.length === 0) return;
    if (lines[here]) lines[here].classList.remove('here');
    here = Math.max(0, Math.min(lines.length - 1, at));
    lines[here].classList.add('here');
    lines[here].querySelector('a').focus({ preventScroll: true });
    lines[here].scrollIntoView({ block: 'nearest' });
  };
  const isTyping = (target) => target instanceof Element && target.closest('input, select, textarea, pre, .scroll');
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || isTyping(event.target) && !event.target.closest('table.list')) return;
    const { key } = event;
    if (key === 'ArrowDown' && lines.length > 0 || key === 'j') mark(here + 1);
    else if (key === 'ArrowUp' && lines.length > 0 || key === 'k') mark(here - 1);
    else if (key === 'ArrowLeft') go(document.querySelector('a[rel=prev]'));
    else if (key === 'ArrowRight') go(document.querySelector('a[rel=next]'));
    else if (key === '/') { const field = document.querySelector('input[type=search]'); if (!field) return; field.focus(); }
    else return;
    event.preventDefault();
  });
  document.addEventListener('click', (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target || target.closest('a, button, input, select, summary') || String(getSelection())) return;
    const line = target.closest('table.list tbody tr');
    if (line) go(line.querySelector('a'));
  });
  const form = document.querySelector('form.filter');
  if (form) {
    // An address says what is wanted, and nothing else.
    form.addEventListener('submit', () => { for (const field of form.elements) if (field.value === '') field.disabled = true; });
    form.addEventListener('change', (event) => { if (event.target.matches('select')) form.requestSubmit(); });
    addEventListener('pageshow', () => { for (const field of form.elements) field.disabled = false; });
  }
  const light = (event, isOn) => {
    const one = event.target instanceof Element ? event.target.closest('mark[data-item], tr[data-item]') : null;
    if (one) for (const other of document.querySelectorAll('[data-item="' + one.dataset.item + '"]')) other.classList.toggle('lit', isOn);
  };
  document.addEventListener('mouseover', (event) => light(event, true));
  document.addEventListener('mouseout', (event) => light(event, false));
  const live = document.querySelector('[data-live]');
  if (live) {
    // What is shown has a name, and the server says the name of what there is: nothing that comes
    // between two looks is missed, whatever failed meanwhile.
    const get = async (address) => {
      const answer = await fetch(address);
      if (!answer.ok) throw new Error(address);
      return answer.text();
    };
    const nameOf = (one) => one.getAttribute('href') ?? one.getAttribute('aria-label');
    const show = (fresh) => {
      const focused = live.contains(document.activeElement) ? nameOf(document.activeElement) : null;
      live.replaceChildren(...fresh.childNodes);
      live.dataset.shown = fresh.dataset.shown;
      if (focused) [...live.querySelectorAll('a, [tabindex]')].find((one) => nameOf(one) === focused)?.focus({ preventScroll: true });
    };
    const look = async () => {
      const begun = performance.now();
      try {
        if (!document.hidden && !String(getSelection()) && await get(live.dataset.live) !== live.dataset.shown) {
          const page = new DOMParser().parseFromString(await get(location.href), 'text/html');
          const fresh = page.querySelector('[data-live]');
          if (fresh) {
            show(fresh);
            // Whether what is shown is simulated is known with it.
            document.querySelector('header .banner')?.remove();
            document.querySelector('header').append(...page.querySelectorAll('header .banner'));
          }
        }
      } catch {}
      setTimeout(look, Math.max(2000, 5 * (performance.now() - begun)));
    };
    setTimeout(look, 2000);
  }
})();
`;
