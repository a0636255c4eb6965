/** Declarations → the page. */
import { type Declaration, type Doc, emittedDeclarations, type Member } from './declarations.ts';

/** Functions and what belongs to them, by the file they are declared in. */
const SECTIONS: readonly (readonly [title: string, module: string, about: string])[] = [
  ['Opening a study', 'library/study', 'Every other function takes an open study first.'],
  ['Reference population and personas', 'library/personas', 'What the models are to be.'],
  [
    'Experiments',
    'library/experiments',
    'Which questionnaires are given to whom, and giving them.',
  ],
  [
    'Results',
    'library/results',
    'Plain rows. Their columns have the names of the database and of the exported files, so that a row means the same here, in SQL, in R and in pandas.',
  ],
  ['Analysis', 'library/analysis', 'Tables and figures.'],
  ['Datasets', 'library/dataset', 'Whole schemas, in and out.'],
  ['Instruments', 'library/instruments', 'These need no study.'],
];

/** What TypeScript and the platform bring. */
const KNOWN = new Set(
  `Promise AsyncDisposable Readonly Record Omit Pick Exclude Partial ReadonlyMap ReadonlySet Map Date Error AbortSignal Uint8Array Row
  Symbol T`.split(/\s+/),
);

const HEAD = `# The library

<!-- Written by \`npm run docs:api\` from the declarations that the compiler emits; a test fails when they differ. -->

\`npm install /path/to/this/folder\`, then \`import { openStudy } from 'personality-trap'\`. Node.js 22.13 or newer, or Deno.
With TypeScript, \`lib\` must include \`esnext.disposable\`, and \`@types/node\` be installed.

\`\`\`ts
import { generatePersonas, listScores, openStudy, registerQuestionnaireExperiments, runPendingExperiments, seedReference } from 'personality-trap';

await using study = await openStudy({ database: ':memory:' });
await seedReference(study);
const { populations } = await generatePersonas(study, { models: ['sim-gpt4o'], maxPersonas: 10 });
const { groupIds } = await registerQuestionnaireExperiments(study, {
  questionnaire: 'epqra',
  models: ['sim-gpt4o'],
  populations: populations.map((one) => one.population),
});
await runPendingExperiments(study, { groups: groupIds });
console.table(await listScores(study, { groups: groupIds }));
\`\`\`

An error that the user can correct is thrown as a [\`UserError\`](#usererror): \`code\` names it, \`hint\` says what to do, and
[troubleshooting](../troubleshooting.md) explains each code. What a provider or a model does is not thrown:
it is part of the summary of a run. What is [rows](#results) has names in snake_case, as in the database; everything else is in camelCase.
`;

export function renderApiReference(): string {
  const declarations = emittedDeclarations();
  requireWhole(declarations);
  const placed = new Set<Declaration>();
  const parts = [HEAD, contents(declarations)];
  for (const [title, module, about] of SECTIONS) {
    const own = declarations.filter(
      (one) => one.module === module || one.module === `${module}-store`,
    );
    for (const one of own) placed.add(one);
    parts.push(`## ${title}\n\n${about}\n`, ...sorted(own).map(render));
  }
  const rest = declarations.filter((one) => !placed.has(one));
  parts.push(
    '## Errors\n\nBoth are classes: `error instanceof UserError`.\n',
    ...sorted(rest.filter(isClass)).map(render),
  );
  parts.push('## Shared types\n\nWhat the others are made of, in alphabetical order.\n');
  parts.push(...sorted(rest.filter((one) => !isClass(one))).map(render));
  return `${parts.join('\n').trimEnd()}\n`;
}

const isClass = (one: Declaration) => one.kind === 'class';

/** Functions in the order in which the file has them; types by name. */
function sorted(declarations: readonly Declaration[]): Declaration[] {
  const byName = (a: Declaration, b: Declaration) => (a.name < b.name ? -1 : 1);
  return [
    ...declarations.filter((one) => one.kind === 'function').toSorted((a, b) => a.place - b.place),
    ...declarations.filter((one) => one.kind !== 'function').toSorted(byName),
  ];
}

function contents(declarations: readonly Declaration[]): string {
  const lines = SECTIONS.map(([title, module]) => {
    const functions = sorted(
      declarations.filter((one) => one.module === module && one.kind === 'function'),
    );
    return `| ${title} | ${functions.map((one) => `[\`${one.name}\`](#${one.name.toLowerCase()})`).join(', ')} |`;
  });
  return `| for | functions |\n| --- | --- |\n${lines.join('\n')}\n`;
}

function render({ name, kind, code, members, doc }: Declaration): string {
  const shown =
    kind === 'interface' || kind === 'class'
      ? /\b(extends|implements)\b/.test(code)
        ? code
        : null
      : code;
  return [
    `### ${name}\n`,
    ...(shown === null ? [] : [`\`\`\`ts\n${shown}\n\`\`\`\n`]),
    ...renderDoc(doc!),
    ...(members.length === 0 ? [] : [membersTable(members)]),
  ].join('\n');
}

function renderDoc({ text, params, returns, throws }: Doc): string[] {
  const facts = [
    ...params.map((one) => `- \`${one.name}\`: ${one.text}`),
    ...(returns === null ? [] : [`- Returns ${returns}`]),
    ...(throws === null ? [] : [`- Throws ${throws}`]),
  ];
  return [`${text}\n`, ...(facts.length === 0 ? [] : [`${facts.join('\n')}\n`])];
}

function membersTable(members: readonly Member[]): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const lines = members.map(({ name, optional, type, doc }) => {
    const meaning =
      doc === null
        ? ''
        : [doc.text, doc.throws === null ? '' : `Throws ${doc.throws}`].filter(Boolean).join(' ');
    return `| \`${name}${optional ? '?' : ''}\` | ${type === '' ? '' : `\`${cell(type)}\``} | ${cell(meaning)} |`;
  });
  return `| member | type | meaning |\n| --- | --- | --- |\n${lines.join('\n')}\n`;
}

/** @throws Error for what has no docstring, and for a type that is used and not offered */
function requireWhole(declarations: readonly Declaration[]): void {
  const names = new Set(declarations.map((one) => one.name));
  const faults = declarations.flatMap(({ name, code, members, doc }) => {
    const text = [code, ...members.map((member) => member.type)]
      .join('\n')
      .replaceAll(/'[^']*'|"[^"]*"|`[^`]*`/g, '');
    const used = [...text.matchAll(/(?<![\w.$])[A-Z]\w*/g)]
      .map(([one]) => one)
      .filter((one) => !names.has(one) && !KNOWN.has(one));
    return [
      ...(doc === null || doc.text === '' ? [`${name} has no docstring`] : []),
      ...[...new Set(used)].map((one) => `${name} uses ${one}, which src/index.ts does not export`),
    ];
  });
  if (faults.length > 0) throw new Error(faults.join('\n'));
}
