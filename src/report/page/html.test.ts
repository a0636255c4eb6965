import { expect, test } from 'vitest';
import { escapeHtml, html, Markup } from './html.ts';

test('what is put in is text', () => {
  const name = `</style><script>alert("1")</script> & 'x'`;
  expect(html`<p title="${name}">${name}</p>`.text).toBe(
    '<p title="&lt;/style&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;">&lt;/style&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</p>',
  );
});

test('markup, lists, numbers and nothing', () => {
  expect(html`<ul>${['a<b', 'c'].map((one) => html`<li>${one}</li>`)}</ul>${null}${0}`.text).toBe(
    '<ul><li>a&lt;b</li><li>c</li></ul>0',
  );
  expect(html`${new Markup('<b>x</b>')}`.text).toBe('<b>x</b>');
});

test('control characters go, line breaks stay', () => {
  expect(escapeHtml('a\u0000b\u001bc\u0085d\n\te')).toBe('abcd\n\te');
});
