/** A small study with every outcome, hostile texts everywhere, and a reply that was edited later. */
import { sql } from 'kysely';
import type { Database } from '../../src/db/connect.ts';
import { runPendingExperiments } from '../../src/experiments/run.ts';
import { seedReference } from '../../src/personas/sheets/reference.ts';
import {
  type Behaviour,
  breaksDown,
  MisbehavingServer,
  refuses,
  says,
  truncates,
} from './misbehaving-server.ts';
import { configFor, messagesOf, register, sheet } from './study.ts';

/** Texts that would act in a page that took them for markup, and one that commands a terminal. */
export const HOSTILE_TEXTS: readonly string[] = [
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

export const PERSONS = HOSTILE_TEXTS.length;
export const CONDITIONS = ['calm', 'restless'] as const;

/** What becomes of a person under a condition. */
function behaviourOf(person: number, condition: string): Behaviour {
  const text = HOSTILE_TEXTS[person - 1]!;
  if (condition === 'restless') {
    if (person % 5 === 0) return refuses(`I cannot do that: ${text}`);
    if (person % 7 === 0) return truncates(`{"1": "True", "explanation": ${JSON.stringify(text)}`);
    if (person % 11 === 0) return breaksDown();
  }
  return says(sheet((number) => (number + person) % 3 === 0, `Person ${person} says ${text}`));
}

/** Fifty administrations in two conditions, of which the last person of the second is untried. */
export async function makeViewedStudy(database: Database): Promise<void> {
  const { db, t } = database;
  await seedReference(database, 1, null);
  await sql`insert into ${t.personas} (ref_personality_id, population, model, name, description, repetitions, occupation_original, occupation)
    select person, condition, 'sim-gpt4o', left(hostile, 200),
      'I am person ' || person || ' of ' || condition || '. ' || hostile, 1, hostile, 'Other'
    from unnest(${[...HOSTILE_TEXTS]}::text[]) with ordinality as h (hostile, person)
    cross join unnest(${[...CONDITIONS]}::text[]) as c (condition) order by condition, person`.execute(
    db,
  );
  await register(database, CONDITIONS);
  await using server = await MisbehavingServer.start((request) => {
    const { system } = messagesOf(request);
    const [, person, condition] = /I am person (\d+) of (\w+)/.exec(system)!;
    return behaviourOf(Number(person), condition!);
  });
  await runPendingExperiments(database, configFor(server.openaiBaseUrl), {
    only: Array.from({ length: PERSONS * CONDITIONS.length - 1 }, (_, index) => index + 1),
  });
}
