/** The script of a page that is a file: it lists, filters and shows what the file holds, as text. */
export const FILE_SCRIPT = `
'use strict';
(() => {
  const { forms, fields, rows } = JSON.parse(document.getElementById('data').textContent);
  const SIZE = 200;
  const MOST_CHOICES = 50;
  const form = document.querySelector('form.filter');
  const status = document.querySelector('[role=status]');
  const body = document.querySelector('table.list tbody');
  const one = document.querySelector('.one');
  const rest = document.querySelector('.rest');
  const hasReplies = rows.some((row) => row.reply !== undefined);
  let found = rows;
  let wanted = new URLSearchParams();
  let shown = 0;

  // Whatever stands in the data becomes text, never markup.
  const make = (name, text, attributes = {}) => {
    const element = document.createElement(name);
    if (text !== null && text !== undefined) element.textContent = text;
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const draw = (name, attributes) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    return element;
  };
  const number = (value) => value === null ? 'none' : Number.isInteger(value) ? String(value) : value.toFixed(2);

  function bars(row) {
    const known = row.form === null ? [] : forms[row.form].scales.map((scale, at) => ({ scale, score: row.scores[at], mark: row.marks[at] })).filter(({ score }) => score !== null);
    if (known.length === 0) return null;
    const isNamed = known.length <= 7;
    const letters = Math.max(...known.map(({ scale }) => Math.min(3, scale.id.length)));
    const step = isNamed ? 39 + 6 * letters : 17;
    const wide = isNamed ? 30 : 12;
    const words = known.map(({ scale, score, mark }) => scale.id + ' ' + number(score) + ' of ' + scale.low + ' to ' + scale.high + (mark === null ? '' : ' (compared with ' + number(mark) + ')')).join(', ');
    const svg = draw('svg', { class: 'scores', role: 'img', 'aria-label': words, width: known.length * step, height: 15 });
    known.forEach(({ scale, score, mark }, at) => {
      const x = at * step + (isNamed ? 4 + 6 * letters : 0);
      const place = (value) => Math.max(0, Math.min(1, (value - scale.low) / (scale.high - scale.low || 1))) * wide;
      if (isNamed) { const name = draw('text', { x: at * step, y: 11 }); name.textContent = scale.id.slice(0, 3); svg.append(name); }
      svg.append(draw('rect', { class: 'track', x, y: 3, width: wide, height: 9 }), draw('rect', { class: 'value', x, y: 3, width: Math.max(1, place(score)), height: 9 }));
      if (mark !== null) svg.append(draw('line', { class: 'mark', x1: x + place(mark), x2: x + place(mark), y1: 1, y2: 14 }));
    });
    return svg;
  }

  const isBad = ({ outcome }) => outcome !== 'answered' && outcome !== 'untried';
  const classOf = (name) => name.startsWith('Explanation') ? 'words' : ['Persona', 'Model', 'Condition'].includes(name) ? 'name' : '';
  const varies = (key) => new Set(rows.map((row) => row[key])).size > 1;
  const columns = [
    ['No.', (row) => row.id],
    ['Persona', (row) => row.persona],
    ...(varies('model') ? [['Model', (row) => row.model]] : []),
    ...(varies('condition') ? [['Condition', (row) => row.condition]] : []),
    ['Outcome', (row) => make('span', row.outcome, { class: 'outcome' + (isBad(row) ? ' bad' : ''), title: row.reason ?? '' })],
    ['Scales', bars],
    ...(hasReplies ? [['Explanation, or how the reply begins', (row) => row.words]] : []),
    ['Tokens', (row) => row.tokens],
    ['s', (row) => row.ms === null ? '' : (row.ms / 1000).toFixed(1)],
    ['Date (UTC)', (row) => row.date === null ? '' : row.date.slice(0, 16).replace('T', ' ')],
  ];
  const heading = make('tr');
  for (const [name] of columns) heading.append(make('th', name, { scope: 'col', class: classOf(name) }));
  document.querySelector('table.list thead').append(heading);
  for (const name of ['condition', 'model', 'outcome']) {
    const field = form.elements[name];
    field.append(make('option', 'any', { value: '' }));
    for (const value of [...new Set(rows.map((row) => row[name] || ''))].sort()) if (value !== '') field.append(make('option', value, { value }));
  }
  // A single choice for all fields, of which there may be many.
  const field = make('select', null, { name: 'field' });
  field.append(make('option', 'any', { value: '' }));
  fields.forEach(([, label], at) => {
    const values = [...new Set(rows.map((row) => row.fields[at]))].filter((value) => value !== null).sort();
    // Long values are texts, such as descriptions, and are found by the search.
    if (values.length < 2 || values.length > MOST_CHOICES || values.some((value) => value.length > 60)) return;
    const group = make('optgroup', null, { label });
    for (const value of values) group.append(make('option', label + ': ' + value, { value: JSON.stringify([at, value]) }));
    field.append(group);
  });
  if (field.length > 1) { const label = make('label', 'Own column or factor'); label.append(field); form.append(label); }
  function isChosen(row) {
    if (field.value === '') return true;
    const [at, value] = JSON.parse(field.value);
    return row.fields[at] === value;
  }

  function more() {
    for (const row of found.slice(shown, shown + SIZE)) {
      const line = make('tr');
      columns.forEach(([name, cell], at) => {
        const content = cell(row);
        const place = make(at === 0 ? 'th' : 'td', null, at === 0 ? { scope: 'row', class: 'number' } : { class: classOf(name) });
        if (at === 0) { const link = make('a', content, { href: '#' + row.id }); place.append(link); }
        else if (content instanceof Element) place.append(content);
        else place.textContent = content;
        line.append(place);
      });
      body.append(line);
    }
    shown = Math.min(found.length, shown + SIZE);
    rest.hidden = shown === found.length;
    status.textContent = found.length.toLocaleString('en') + (found.length === 1 ? ' administration' : ' administrations') + (shown < found.length ? ', of which ' + shown + ' are shown' : '');
  }
  // What an address asks for, as the pages of the program have it; null for what the file cannot say.
  const isOne = (values, own) => values.some((value) => own.includes(value));
  const scoreOf = (row, scale) => row.form === null ? null : row.scores[forms[row.form].scales.findIndex(({ id }) => id === scale)] ?? null;
  const tests = {
    __proto__: null,
    model: (values) => (row) => isOne(values, [row.model, row.modelId]),
    condition: (values) => (row) => isOne(values, [row.condition]),
    population: (values) => (row) => isOne(values, [row.population]),
    questionnaire: (values) => (row) => isOne(values, [row.questionnaire]),
    language: (values) => (row) => isOne(values, [row.language]),
    outcome: (values) => (row) => isOne(values, [row.outcome]),
    group: (values) => (row) => isOne(values, [String(row.group)]),
    has: ([what], scale) => what === 'score'
      ? (row) => scale === null ? row.scores.some((score) => score !== null) : scoreOf(row, scale) !== null
      : (row) => row.answers.some((answer, at) => answer !== null && (scale === null || forms[row.form].items[at].scale === scale)),
    'score-from': ([from], scale) => (row) => scoreOf(row, scale) !== null && scoreOf(row, scale) >= Number(from),
    'score-to': ([to], scale) => (row) => scoreOf(row, scale) !== null && scoreOf(row, scale) <= Number(to),
    scale: () => () => true,
    sort: () => () => true,
    order: () => () => true,
  };
  fields.forEach(([name], at) => { tests[name] = (values) => (row) => row.fields[at] !== null && values.includes(row.fields[at]); });
  // The address of an administration asks for no other list.
  function isList() { return location.hash === '' || location.hash.startsWith('#?'); }
  function ask() {
    if (!isList()) return;
    wanted = new URLSearchParams(location.hash.slice(2));
    const names = [...new Set(wanted.keys())];
    const unknown = names.filter((name) => tests[name] === undefined);
    const place = document.querySelector('.address');
    place.replaceChildren();
    place.hidden = names.length === 0;
    if (names.length === 0) return;
    place.append('Of the administrations of this file: ' + names.filter((name) => !unknown.includes(name)).map((name) => name + ' ' + wanted.getAll(name).join(', ')).join('; ') + '. '
      + (unknown.length === 0 ? '' : 'The file cannot tell ' + unknown.join(', ') + ', which was left out. '), make('a', 'Show all', { href: '#' }));
  }
  function isAsked(row) {
    const scale = wanted.get('scale');
    return [...new Set(wanted.keys())].every((name) => tests[name] === undefined || tests[name](wanted.getAll(name), scale)(row));
  }
  function byScore(list) {
    if (wanted.get('sort') !== 'score') return list;
    const [scale, sign] = [wanted.get('scale'), wanted.get('order') === 'desc' ? -1 : 1];
    const value = (row) => scoreOf(row, scale) ?? sign * Infinity;
    return list.toSorted((a, b) => sign * (value(a) - value(b)) || a.id - b.id);
  }
  function filter() {
    const text = form.elements.text.value.toLowerCase();
    found = byScore(rows.filter((row) => isAsked(row) && isChosen(row) && ['condition', 'model', 'outcome'].every((name) => form.elements[name].value === '' || row[name] === form.elements[name].value)
      && (text === '' || String(row.id) === text || row.persona.toLowerCase().includes(text) || (row.reply || '').toLowerCase().includes(text))));
    shown = 0;
    body.replaceChildren();
    more();
  }
  function table(headings, lines, name) {
    const result = make('table');
    result.append(make('caption', name, { class: 'unseen' }));
    const head = make('thead'); const top = make('tr');
    for (const text of headings) top.append(make('th', text, { scope: 'col' }));
    head.append(top);
    const content = make('tbody');
    for (const cells of lines) { const line = make('tr'); cells.forEach((text, at) => line.append(make(at === 0 ? 'th' : 'td', text, at === 0 ? { scope: 'row' } : {}))); content.append(line); }
    result.append(head, content);
    const scroll = make('div', null, { class: 'scroll', role: 'region', tabindex: '0', 'aria-label': name });
    scroll.append(result);
    return scroll;
  }
  function open() {
    const row = rows.find(({ id }) => String(id) === location.hash.slice(1));
    one.replaceChildren();
    if (!row) return;
    one.append(make('h2', 'Administration ' + row.id + ', ' + [row.model, row.condition, row.outcome].filter((text) => text !== null).join(', ')));
    if (row.reason !== null) one.append(make('p', row.reason, { class: isBad(row) ? 'wrong' : '' }));
    const asked = row.form === null ? null : forms[row.form];
    if (asked) {
      one.append(make('h3', asked.title));
      one.append(table(['Scale', 'Score', 'Range', 'Compared with'], asked.scales.map((scale, at) => [scale.name === scale.id ? scale.id : scale.name + ' (' + scale.id + ')', number(row.scores[at]), scale.low + ' to ' + scale.high, row.marks[at] === null ? '' : number(row.marks[at])]), 'Scale scores'));
    }
    if (row.reply) { one.append(make('h3', 'Reply')); one.append(make('pre', row.reply, { tabindex: '0', role: 'region', 'aria-label': 'Reply' })); }
    if (asked && row.answers.some((answer) => answer !== null)) {
      one.append(make('h3', 'Items'));
      one.append(table(['No.', 'Item', 'Answer', 'Scale'], asked.items.map((item, at) => [item.number, item.text, row.answers[at] === null ? 'none' : (item.labels[row.answers[at]] || '') + ' (' + row.answers[at] + ')', item.scale || '']), 'Items'));
    }
    one.focus();
    one.scrollIntoView();
  }
  form.addEventListener('input', filter);
  form.addEventListener('submit', (event) => event.preventDefault());
  rest.addEventListener('click', more);
  addEventListener('hashchange', () => { if (isList()) { ask(); filter(); } open(); });
  ask();
  filter();
  open();
})();
`;
