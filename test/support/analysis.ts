/** An analysis of a study in miniature, and a strict look at the markup made of it. */

import type { StudyData } from '../../src/analysis/data.ts';
import type { AnalysisPlan } from '../../src/analysis/plan.ts';
import { type Analysis, DEFAULT_SETTINGS } from '../../src/report/analysis.ts';
import { findDifferences } from '../../src/report/differences.ts';
import { correctedTables, publishedTables } from '../../src/report/tables/tables.ts';
import {
  answered,
  KEYED,
  MAX_N,
  MOOD,
  personas,
  SPAIN,
  score,
  sheets,
  study,
} from './small-study.ts';

export function analysisOf(
  of: StudyData,
  provenance: Partial<Analysis['provenance']> = {},
  plan: Partial<AnalysisPlan> = {},
): Analysis {
  const settings = { ...DEFAULT_SETTINGS, plan: { ...DEFAULT_SETTINGS.plan, ...plan } };
  const published = publishedTables(of);
  const corrected = correctedTables(of, settings);
  return {
    study: of,
    settings,
    published,
    corrected,
    differences: findDifferences(published, corrected),
    example: null,
    quality: { administrations: [], demographics: [], negativeItems: [] },
    provenance: {
      programVersion: '9.9.9',
      database: 'embedded, PostgreSQL 18',
      studyFile: null,
      reference: null,
      instruments: [],
      groups: [],
      generations: [],
      imported: [],
      firstCall: null,
      lastCall: null,
      calls: 0,
      unverifiedCalls: 0,
      inputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      costUsd: null,
      ...provenance,
    },
  };
}

/** Eight people, two conditions, two instruments, for each of the models. */
export function fullStudy(
  models: readonly string[] = ['GPT-4o', 'GPT-3.5'],
  more: Partial<StudyData> = {},
): StudyData {
  const people = [1, 2, 3, 4, 5, 6, 7, 8];
  const e = (person: number) => (person * 5) % 7;
  const n = (person: number) => (person * 3) % 7;
  const off = (value: number, by: number) => Math.max(0, Math.min(6, value + by));
  const own = models.flatMap((model, place) =>
    people.flatMap((personality) => [
      {
        personality,
        model,
        points: score(off(e(personality), (personality + place) % 2), n(personality)),
      },
      {
        personality,
        model,
        population: MAX_N,
        points: score(e(personality), 6 - ((personality + place) % 2)),
      },
    ]),
  );
  const mood = models.flatMap((model) =>
    people.map((personality) => ({
      personality,
      model,
      points: [1, -1, personality % 3, 2 - (personality % 4), 0],
    })),
  );
  const reference = people.map((personality) => ({
    personality,
    population: SPAIN,
    points: [0, 1, personality % 2, 1, -2],
  }));
  return study({
    answered: [answered(KEYED, own), answered(MOOD, [...mood, ...reference])],
    reference: sheets(
      Object.fromEntries(people.map((person) => [person, score(e(person), n(person))])),
    ),
    random: sheets(
      Object.fromEntries(people.map((person) => [person, score(n(person), e(person))])),
    ),
    personas: personas(
      models.flatMap((model) =>
        people.flatMap((sheet) => [
          { sheet, model, gender: sheet % 2 === 0 ? 'female' : 'male', race: 'White' },
          {
            sheet,
            model,
            population: MAX_N,
            gender: sheet % 4 === 0 ? 'male' : 'female',
            race: 'White',
          },
        ]),
      ),
    ),
    ...more,
  });
}

const VOID = new Set([
  'area',
  'base',
  'br',
  'col',
  'hr',
  'img',
  'input',
  'link',
  'meta',
  'source',
  'wbr',
]);
/** Close a paragraph that is open. */
const BLOCKS = new Set([
  'p',
  'div',
  'table',
  'ul',
  'ol',
  'dl',
  'section',
  'article',
  'figure',
  'details',
  'h1',
  'h2',
  'h3',
  'pre',
]);

/** Faults of nesting in HTML or XML, in words; a parser would mend them without a word. */
export function findFaults(markup: string): readonly string[] {
  const faults: string[] = [];
  const open: string[] = [];
  const plain = markup.replaceAll(/(<(script|style)\b[^>]*>)[\s\S]*?(<\/\2>)/g, '$1$3');
  for (const [tag, slash, name, , end] of plain.matchAll(
    /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/g,
  )) {
    if (slash === '/') {
      const last = open.pop();
      if (last !== name) faults.push(`</${name}> closes <${last}>`);
    } else if (end !== '/' && !VOID.has(name!)) {
      if (BLOCKS.has(name!) && open.includes('p')) faults.push(`<${name}> in <p>`);
      open.push(name!);
    }
    if (tag.includes('undefined') || tag.includes('NaN')) faults.push(tag);
  }
  if (open.length > 0) faults.push(`never closed: ${open.join(', ')}`);
  const rest = plain.replaceAll(
    /<\/?[a-zA-Z][\w-]*(?:\s+[\w:-]+(?:="[^"<]*")?)*\s*\/?>|<\?xml[^>]*\?>|<!doctype html>/g,
    '',
  );
  const stray = /.{0,30}<.{0,30}/.exec(rest);
  if (stray !== null) faults.push(`stray <: ${stray[0]}`);
  return faults;
}
