/**
 * Texts that would act in a page, an address, a script, a terminal, a spreadsheet or a query that
 * took them for more than text. All they would do is call `hostile`, or ask a host that nobody has.
 */

/** Elements that act by themselves, or whose end another text could bring. */
const ELEMENTS: readonly string[] = [
  '<script>hostile()</script>',
  '"><script>hostile()</script>',
  "'><img src=x onerror=hostile()>",
  '<img src="//elsewhere.example/a.png" onerror="hostile()">',
  '<svg/onload=hostile()>',
  '</title><script>hostile()</script>',
  '</textarea><script>hostile()</script>',
  '</pre></main><script src="//elsewhere.example/x.js"></script>',
  '<iframe src="javascript:hostile()"></iframe>',
  '<a href="javascript:hostile()">click</a>',
  '<meta http-equiv="refresh" content="0;url=//elsewhere.example">',
  '<base href="//elsewhere.example/">',
  '<link rel=stylesheet href=//elsewhere.example/x.css>',
  '<style>@import url(//elsewhere.example/x.css);</style>',
  '<form action="//elsewhere.example"><button autofocus onfocus=hostile()>',
  '<details open ontoggle=hostile()>',
  '<body onload=hostile()>',
  '<math><mtext></table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=hostile()&gt;">',
  '&lt;script&gt;hostile()&lt;/script&gt;',
  '\u0024{hostile()} {{hostile()}} <%= hostile() %> #{hostile()}',
  '`\u0024{hostile()}`',
  "'; drop table personas; --",
  '\u001b[2J\u001b]0;hostile\u0007',
  '\u202egnp.exe\u2066',
  ']]><![CDATA[<script>hostile()</script>',
];

/** The same in other clothes: letter case, broken tags, entities, events that need nobody. */
const DISGUISED: readonly string[] = [
  '<ScRiPt>hostile()</sCrIpT>',
  '<script\n>hostile()</script\n>',
  '<script/x>hostile()</script>',
  '<<script>hostile();//<</script>',
  '<script>hostile()//',
  '</script><script>hostile()</script>',
  '<!--><script>hostile()</script>-->',
  '<!-- --!><img src=x onerror=hostile()> -->',
  '<noscript><p title="</noscript><img src=x onerror=hostile()>">',
  '<template><script>hostile()</script></template>',
  '<xmp></xmp><img src=x onerror=hostile()>',
  '<plaintext>',
  '<video><source onerror=hostile()></video>',
  '<audio src=x onerror=hostile()>',
  '<input autofocus onfocus=hostile()>',
  '<select autofocus onfocus=hostile()><option>',
  '<marquee onstart=hostile()>',
  '<object data="javascript:hostile()"></object>',
  '<embed src="javascript:hostile()">',
  '<svg><a xlink:href="javascript:hostile()"><text y="9">x</text></a></svg>',
  '<svg><script>hostile()</script></svg>',
  '<svg><animate onbegin=hostile() attributeName=x dur=1s>',
  '<svg><use href="//elsewhere.example/x.svg#a"></use></svg>',
  '<svg><foreignObject><iframe srcdoc="<script>hostile()</script>"></iframe></foreignObject></svg>',
  '<iframe srcdoc="&lt;script&gt;parent.hostile()&lt;/script&gt;"></iframe>',
  '<table background="//elsewhere.example/b.png"><td>',
  '</table></div></main></body></html><img src=x onerror=hostile()>',
  '<div style="background:url(//elsewhere.example/c.png)">x</div>',
  '<a href="&#106;avascript:hostile()">click</a>',
  '<a href="java\tscript:hostile()">click</a>',
  '<a href="data:text/html,<script>hostile()</script>">click</a>',
  '<area href="javascript:hostile()"><map name=x>',
  '<button formaction="javascript:hostile()">press</button>',
  '<dialog open><form method=dialog><button>close</button></form></dialog>',
  '<p id=main></p><p class=here data-live=//elsewhere.example data-item=1>',
  '<input name=attributes><input name=elements>',
];

/** Ends of attributes, of strings of a script, of data within a script. */
const ENDS: readonly string[] = [
  '" onmouseover="hostile()" x="',
  "' onfocus='hostile()' autofocus x='",
  '` onload=`hostile()`',
  'x onclick=hostile() y',
  '"/><b>bold</b>',
  "');hostile();('",
  '");hostile();("',
  '\\");hostile();//',
  '\\u003cscript\\u003ehostile()\\u003c/script\\u003e',
  '{"__proto__": {"hostile": true}}',
  'x\u2028hostile()\u2029y',
  '*/hostile()/*',
  '}</style><script>hostile()</script>',
  '<\\/script><script>hostile()<\\/script>',
];

/** Addresses, queries, patterns, names that a language has taken already. */
const NAMES: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'javascript:hostile()',
  '../../../../etc/passwd',
  '?condition=x&outcome=refused#y',
  '%3Cscript%3Ehostile()%3C/script%3E',
  '100%25 of %s %_ \\_ \\%',
  "x' or '1'='1",
  'x"; select pg_sleep(9); --',
  '$1 $$ $tag$ :name @name',
];

/** Texts for terminals, spreadsheets and readers with eyes. */
const OTHERS: readonly string[] = [
  '=cmd|" /C hostile"!A1',
  '@sum(1+1)*hostile',
  '+1+1',
  '\u001b]8;;http://elsewhere.example\u001b\\link\u001b]8;;\u001b\\',
  '\u0085\u009b31mred\u009b0m',
  'right\u200f to \u202bleft\u202c and back',
  'zero\u200bwidth\u2060joined\ufeffagain',
  'Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334a\u0319\u0324\u031el\u0353g\u034do\u033c',
  '\ufdfd\ud808\udc2b\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67',
  `${'W'.repeat(90)}`,
  'two\nlines\r\nand\ta tab',
  'a, "quoted", b; c | d',
  '&amp;&#0;&#x110000;&notanentity;',
];

export const HOSTILE_TEXTS: readonly string[] = [
  ...ELEMENTS,
  ...DISGUISED,
  ...ENDS,
  ...NAMES,
  ...OTHERS,
];

/** Those of a study that is run, where each takes two calls. */
export const FEW_HOSTILE_TEXTS: readonly string[] = ELEMENTS;
