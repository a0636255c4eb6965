/**
 * SQL of the tables: reads a study from its schema, in one transaction, by COPY, into arrays. This
 * is much faster than reading `scored_answers` row by row; a test compares the two.
 */
import { type RawBuilder, sql } from 'kysely';
import type { Database } from '../db/connect.ts';
import { unknownGroups } from '../db/groups.ts';
import type { Relations } from '../db/relations.ts';
import { originOfExperiment } from '../db/row-origin.ts';
import type { RowOrigin } from '../db/schema/tables.ts';
import type { Session } from '../db/session.ts';
import { UserError } from '../errors.ts';
import { differencesOfForms, nameForm } from '../instruments/form.ts';
import { parseInstrument } from '../instruments/load.ts';
import { CONDITIONS } from '../personas/sheets/conditions.ts';
import { readRows, visitIntegers } from './copy-text.ts';
import {
  type Administration,
  type Answered,
  type Coded,
  NO_DRAW,
  type PersonaGroup,
  type Personas,
  type Sheets,
  type StudyData,
  type StudyDataOrigin,
  type StudyItem,
  type StudyModel,
  type StudyPopulation,
  type StudyQuestionnaire,
  TABULATED_FIELDS,
  type TabulatedField,
  UNANSWERED,
} from './data.ts';
import {
  identifyModels,
  type KnownModel,
  keyOfMention,
  type ModelMention,
} from './model-identity.ts';

export interface StudyOptions {
  /**
   * Only these experiment groups, and the personas of their populations; all of them when left out.
   */
  readonly groups?: readonly number[];
  /**
   * Simulated rows are never with others. When left out: `real` where the schema holds any, else
   * `simulated`.
   */
  readonly rows?: 'real' | 'simulated';
  /** The models of the catalogue, in its order. */
  readonly models?: readonly KnownModel[];
}

/**
 * Reads a study.
 * @throws UserError when a group does not exist, or one of them has rows of the other kind
 */
export async function loadStudy(database: Database, options: StudyOptions): Promise<StudyData> {
  const { t, schema } = database;
  return await database.transact(async (session) => {
    const reader = new Reader(session, t);
    const populations = await reader.populations();
    const experiments = await reader.experiments(populations);
    const loaded = await reader.personas(populations);
    const models = identifyModels({
      mentions: [
        ...new Set(experiments.map(({ mention }) => mention)),
        ...loaded.mentions,
        ...(await reader.writers()),
      ],
      known: options.models ?? [],
      stored: await reader.labels(),
    });
    const personas = nameModels(loaded, models);
    if (options.groups !== undefined)
      requireGroups(options.groups, schema, await reader.groupIds());

    const wanted = new Set(options.groups);
    const named =
      options.groups === undefined
        ? experiments
        : experiments.filter((one) => wanted.has(one.groupId));
    const rows = options.rows ?? (hasReal(named, personas) ? 'real' : 'simulated');
    const belongs = (origin: RowOrigin) => (origin === 'simulated') === (rows === 'simulated');
    const kept = named.filter((one) => belongs(one.origin));
    if (options.groups !== undefined && named.length > 0 && kept.length === 0) {
      throw new UserError(`The selected groups have no ${rows} rows`, {
        code: 'rows-missing',
        hint: 'Omit --rows, or select other groups.',
      });
    }
    const asked =
      options.groups === undefined ? null : new Set(named.map((one) => one.population.population));
    const people = keepPersonas(
      personas,
      ({ origin, population }) => belongs(origin) && (asked?.has(population.population) ?? true),
    );

    return {
      schema,
      dataOrigin: originOf(rows, kept, people.origins),
      models,
      populations,
      answered: await reader.answered(kept, models),
      reference: await reader.sheets(t.reference_questionnaires),
      random: await reader.sheets(t.random_questionnaires),
      personas: people.personas,
    };
  }, 'repeatable read');
}

interface Experiment extends Omit<Administration, 'model'> {
  readonly mention: ModelMention;
  readonly questionnaire: string;
  readonly language: string;
  /** Hash of the form that its group stores; null for groups of other programs. */
  readonly form: string | null;
}

/** Personas whose models are mentioned, one mention for each group. */
interface ReadPersonas extends Omit<LoadedPersonas, 'personas'> {
  readonly personas: Omit<Personas, 'groups'> & { readonly groups: readonly StudyPopulation[] };
  readonly mentions: readonly ModelMention[];
}

/**
 * Personas with where each group of them comes from: a group is of one model, population and
 * origin.
 */
interface LoadedPersonas {
  readonly personas: Personas;
  readonly origins: readonly RowOrigin[];
}

/** Reads the parts of a study, one query each. */
class Reader {
  readonly #session: Session;
  readonly #t: Relations;

  constructor(session: Session, t: Relations) {
    this.#session = session;
    this.#t = t;
  }

  async groupIds(): Promise<Set<number>> {
    const { rows } = await sql<{
      id: number;
    }>`select experiments_group_id as id from ${this.#t.experiments_groups}`.execute(
      this.#session.db,
    );
    return new Set(rows.map((row) => row.id));
  }

  /** Labels by model id. */
  async labels(): Promise<Map<string, string>> {
    const { rows } = await sql<{
      model: string;
      label: string;
    }>`select model, label from ${this.#t.model_labels}`.execute(this.#session.db);
    return new Map(rows.map(({ model, label }) => [model, label]));
  }

  /** The models that personas were written by here, which say which id a short name stood for. */
  async writers(): Promise<ModelMention[]> {
    const { rows } =
      await sql<ModelMention>`select distinct model_name as name, model as "modelId" from ${this.#t.generation_groups}`.execute(
        this.#session.db,
      );
    return rows;
  }

  /**
   * How each population that occurs is shown, and under which condition it was written: the rule of
   * the view `scored_answers`.
   */
  async populations(): Promise<Map<string, StudyPopulation>> {
    const t = this.#t;
    type Row = Omit<StudyPopulation, 'condition'> & {
      readonly written: string | null;
      readonly named: string;
    };
    const { rows } = await sql<Row>`
      with used as (select population::text from ${t.personas} union select population::text from ${t.experiments_list}),
      reference as (select coalesce((select name from ${t.reference_population}), 'spain826') as name)
      select u.population, coalesce(known.mapped, labels.mapped) as mapped, coalesce(known.display, labels.display) as display,
        u.population = reference.name as "isReference", labels.display as named,
        (select min(g.condition) from ${t.generation_groups} g where g.population = u.population) as written
      from used u cross join reference
      cross join lateral ${t.label_population}(u.population) as labels
      left join ${t.populations} known using (population)
      where u.population is not null`.execute(this.#session.db);
    return new Map(
      rows.map(({ written, named, ...row }) => [
        row.population,
        placePopulation(row, written, named),
      ]),
    );
  }

  async experiments(populations: ReadonlyMap<string, StudyPopulation>): Promise<Experiment[]> {
    const t = this.#t;
    const experiments: Experiment[] = [];
    const query = sql`
      select e.experiment_id, e.experiments_group_id, gd.model_name, e.model, gd.instrument_sha256, e.population,
        case when p.id is null then e.personality_id else p.ref_personality_id end,
        case when p.id is null then e.personality_id else coalesce(p.ref_personality_id, -p.id) end, e.repeated,
        coalesce(g.draw, p.repetitions), left(e.succeeded::text, 1), ${originOfExperiment(t)}, e.questionnaire,
        case coalesce(e.language_questionnaire, 'en') when 'english' then 'en' else coalesce(e.language_questionnaire, 'en') end
      from ${t.experiments_list} e join ${t.experiments_groups} using (experiments_group_id)
      left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
      left join ${t.experiment_details} d on d.experiment_id = e.experiment_id
      left join ${t.personas} p on p.id = d.persona_id
      left join ${t.generations} g on g.persona_id = d.persona_id
      order by e.experiment_id`;
    const mentions = new Map<string, ModelMention>();
    for await (const fields of this.#rows(query)) {
      const [
        id,
        group,
        name,
        model,
        form,
        population,
        personality,
        person,
        repeated,
        draw,
        succeeded,
        origin,
        questionnaire,
        language,
      ] = fields;
      const key = `${name ?? ''}\t${model ?? ''}`;
      const mention = mentions.get(key) ?? { name: name ?? null, modelId: model ?? null };
      mentions.set(key, mention);
      experiments.push({
        experimentId: Number(id),
        groupId: Number(group),
        mention,
        form: form ?? null,
        population: populations.get(population ?? '') ?? unnamed(population),
        // Not what the published column says of a persona without a sheet: there its own id stands,
        // which may be somebody's sheet.
        personalityId: numberOrNull(personality),
        clusterId: numberOrNull(person),
        repeated: numberOrNull(repeated),
        draw: numberOrNull(draw),
        succeeded: succeeded === null ? null : succeeded === 't',
        origin: origin as RowOrigin,
        questionnaire: questionnaire ?? '',
        language: language!,
      });
    }
    return experiments;
  }

  async personas(populations: ReadonlyMap<string, StudyPopulation>): Promise<ReadPersonas> {
    const t = this.#t;
    const query = sql`
      select p.id, coalesce(p.ref_personality_id, -p.id), coalesce(p.model, ''), p.population, coalesce(g.draw, p.repetitions),
        case when p.word_count_description is null then 0 else 1 end, coalesce(d.origin, 'imported'),
        ${sql.join(TABULATED_FIELDS.map((field) => sql.ref(`p.${field}`)))}
      from ${t.personas} p left join ${t.persona_details} d on d.persona_id = p.id left join ${t.generations} g on g.persona_id = p.id
      order by p.id`;
    const ids: number[] = [];
    const personalities: number[] = [];
    const draws: number[] = [];
    const counted: number[] = [];
    const group: number[] = [];
    const groups: StudyPopulation[] = [];
    const mentions: ModelMention[] = [];
    const origins: RowOrigin[] = [];
    const known = new Map<string, number>();
    const coders = TABULATED_FIELDS.map(() => new Coder());
    for await (const fields of this.#rows(query)) {
      const [id, personality, model, population, draw, hasWordCount, origin, ...values] = fields;
      const key = `${model}\t${population ?? '\\N'}\t${origin}`;
      let index = known.get(key);
      if (index === undefined) {
        index = groups.length;
        known.set(key, index);
        groups.push(populations.get(population ?? '') ?? unnamed(population ?? null));
        mentions.push({ name: model!, modelId: null });
        origins.push(origin as RowOrigin);
      }
      ids.push(Number(id));
      personalities.push(Number(personality));
      draws.push(draw === null ? NO_DRAW : Number(draw));
      counted.push(Number(hasWordCount));
      group.push(index);
      coders.forEach((coder, field) => {
        coder.add(values[field]!);
      });
    }
    const personas = {
      count: ids.length,
      ids: Int32Array.from(ids),
      group: Int32Array.from(group),
      groups,
      personalityIds: Int32Array.from(personalities),
      draws: Int32Array.from(draws),
      hasWordCount: Uint8Array.from(counted),
      fields: byField((_, index) => coders[index]!.coded()),
    };
    return { personas, origins, mentions };
  }

  /**
   * The answers of these experiments, by questionnaire and language.
   * @throws UserError where experiments of one questionnaire and language were given different
   *   forms of it
   */
  async answered(
    experiments: readonly Experiment[],
    models: ReadonlyMap<string, StudyModel>,
  ): Promise<Answered[]> {
    const questionnaires = await this.#questionnaires(formsOf(experiments));
    const places = new Map<
      string,
      { questionnaire: StudyQuestionnaire; experiments: Experiment[] }
    >();
    for (const one of experiments) {
      const key = `${one.questionnaire}\t${one.language}`;
      let place = places.get(key);
      if (place === undefined) {
        const questionnaire = questionnaires.get(key);
        // Without items nothing can be scored: the view has no rows of it either.
        if (questionnaire === undefined) continue;
        place = { questionnaire, experiments: [] };
        places.set(key, place);
      }
      place.experiments.push(one);
    }
    const blocks = [...places]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, place]) => new AnswerBlock(place.questionnaire, place.experiments, models));
    const rowOf = new RowIndex(blocks);
    const query = sql`select experiment_id, question_number, answer, id from ${this.#t.eval_questionnaires}
      where experiment_id is not null and question_number is not null`;
    await this.#integers(query, 4, (row) => {
      const found = rowOf.find(row[0]!);
      if (found !== null) found.block.put(found.row, row[1]!, row[2]!, row[3]!);
    });
    return blocks.map((block) => block.finish());
  }

  /**
   * @param forms by slug and language, the hashes of the forms that experiments were given, each
   *   with a group
   */
  async #questionnaires(
    forms: ReadonlyMap<string, ReadonlyMap<string, number>>,
  ): Promise<Map<string, StudyQuestionnaire>> {
    const t = this.#t;
    const language = sql`case q.language_questionnaire when 'english' then 'en' else q.language_questionnaire end`;
    const { rows: items } = await sql<{ slug: string; language: string } & StudyItem>`
      select distinct on (q.questionnaire, l.language, q.question_number)
        q.questionnaire as slug, l.language, q.question_number as number, q.category as scale, q.key, coalesce(q.reverse, false) as reverse
      from ${t.questionnaire} q cross join lateral (select ${language}) as l (language)
      where l.language is not null and q.question_number is not null and q.category is not null
      order by q.questionnaire, l.language, q.question_number, q.id`.execute(this.#session.db);
    const { rows: instruments } = await sql<{
      sha256: string;
      slug: string;
      title: string;
      language: string;
      min: number | null;
      max: number | null;
      scoring: 'sum' | 'mean' | null;
      definition: string;
    }>`
      select sha256, slug, title, language, answer_min as min, answer_max as max, scoring, definition
      from ${t.instruments} order by slug, created_at, sha256`.execute(this.#session.db);
    const instrumentOf = (slug: string, language: string) => {
      const given = forms.get(`${slug}\t${language}`) ?? new Map<string, number>();
      const stored = instruments.filter((one) => one.slug === slug);
      requireOneForm(stored, given);
      return (
        stored.find(({ sha256 }) => given.has(sha256)) ??
        stored.find((one) => one.language === language) ??
        stored[0]
      );
    };
    const found = new Map<string, StudyQuestionnaire>();
    const known = new Map<string, ReturnType<typeof instrumentOf>>();
    for (const { slug, language, ...item } of items) {
      const key = `${slug}\t${language}`;
      const before = found.get(key);
      const instrument = before === undefined ? instrumentOf(slug, language) : known.get(key);
      known.set(key, instrument);
      const scales =
        before?.scales ?? (instrument === undefined ? [] : scalesOf(instrument.definition));
      found.set(key, {
        slug,
        language,
        title: instrument?.title ?? slug,
        items: [...(before?.items ?? []), item],
        scales: scales.includes(item.scale) ? scales : [...scales, item.scale],
        bounds:
          instrument === undefined || instrument.min === null || instrument.max === null
            ? null
            : { min: instrument.min, max: instrument.max },
        scoring: instrument?.scoring ?? 'sum',
      });
    }
    return found;
  }

  async sheets(table: RawBuilder<unknown>): Promise<Sheets> {
    const { rows: items } = await sql<StudyItem>`
      select distinct on (question_number) question_number as number, category as scale, key::int as key, false as reverse
      from ${table} where question_number is not null and category is not null and personality_id is not null
      order by question_number, id`.execute(this.#session.db);
    const { rows: people } = await sql<{ id: number }>`
      select distinct personality_id as id from ${table} where personality_id is not null order by 1`.execute(
      this.#session.db,
    );
    const personalityIds = Int32Array.from(people, (row) => row.id);
    const rowOf = new Map(people.map((row, index) => [row.id, index]));
    const columnOf = new Map(items.map((item, index) => [item.number, index]));
    const answers = new Int32Array(personalityIds.length * items.length).fill(UNANSWERED);
    const firstId = new Int32Array(answers.length);
    const query = sql`select personality_id, question_number, answer::int, id from ${table} where personality_id is not null and question_number is not null`;
    await this.#integers(query, 4, ([personality, number, answer, id]) => {
      const row = rowOf.get(personality!);
      const column = columnOf.get(number!);
      if (row === undefined || column === undefined) return;
      const place = row * items.length + column;
      if (firstId[place] !== 0 && firstId[place]! < id!) return;
      firstId[place] = id!;
      answers[place] = answer!;
    });
    return { personalityIds, items, answers };
  }

  /** Rows of a query, as text. */
  async *#rows(query: RawBuilder<unknown>): AsyncGenerator<(string | null)[]> {
    for await (const rows of readRows(this.#copy(query))) yield* rows;
  }

  #integers(
    query: RawBuilder<unknown>,
    width: number,
    visit: (row: Int32Array) => void,
  ): Promise<void> {
    return visitIntegers(this.#copy(query), width, UNANSWERED, visit);
  }

  /** COPY takes no parameters: everything that these queries name is an identifier. */
  #copy(query: RawBuilder<unknown>): AsyncIterable<Uint8Array> {
    return this.#session.copyOut(query.compile(this.#session.db).sql, '(format text)');
  }
}

/** Answers of one questionnaire, as they come in. */
class AnswerBlock {
  readonly experiments: readonly Experiment[];
  readonly #models: ReadonlyMap<string, StudyModel>;
  readonly #questionnaire: StudyQuestionnaire;
  readonly #columns: ReadonlyMap<number, number>;
  readonly #answers: Int32Array;
  /**
   * Id of the row that each answer came from; 0 where there was none. Ids of a serial column begin
   * with 1.
   */
  readonly #ids: Int32Array;

  constructor(
    questionnaire: StudyQuestionnaire,
    experiments: readonly Experiment[],
    models: ReadonlyMap<string, StudyModel>,
  ) {
    this.experiments = experiments;
    this.#models = models;
    this.#questionnaire = questionnaire;
    this.#columns = new Map(questionnaire.items.map((item, index) => [item.number, index]));
    this.#answers = new Int32Array(experiments.length * questionnaire.items.length).fill(
      UNANSWERED,
    );
    this.#ids = new Int32Array(this.#answers.length);
  }

  put(row: number, number: number, answer: number, id: number): void {
    const column = this.#columns.get(number);
    if (column === undefined) return;
    const place = row * this.#columns.size + column;
    if (this.#ids[place] !== 0 && this.#ids[place]! < id) return;
    this.#ids[place] = id;
    this.#answers[place] = answer;
  }

  finish(): Answered {
    const { items, bounds } = this.#questionnaire;
    const points = new Int32Array(this.#answers.length).fill(UNANSWERED);
    for (let place = 0; place < points.length; place++) {
      const answer = this.#answers[place]!;
      if (answer === UNANSWERED) continue;
      const item = items[place % items.length]!;
      if (item.key !== null) points[place] = answer === item.key ? 1 : 0;
      else if (!item.reverse) points[place] = answer;
      else if (bounds !== null) points[place] = bounds.min + bounds.max - answer;
    }
    // Experiments of one model share their mention.
    const models = new Map<ModelMention, StudyModel>();
    for (const { mention } of this.experiments) {
      if (!models.has(mention)) models.set(mention, this.#models.get(keyOfMention(mention))!);
    }
    const administrations = this.experiments.map(
      ({ questionnaire, language, form, mention, ...administration }) =>
        Object.assign(administration, { model: models.get(mention)! }),
    );
    return { questionnaire: this.#questionnaire, administrations, answers: this.#answers, points };
  }
}

/** Where the answers of an experiment go. */
class RowIndex {
  readonly #places = new Map<number, { block: AnswerBlock; row: number }>();

  constructor(blocks: readonly AnswerBlock[]) {
    for (const block of blocks) {
      block.experiments.forEach(({ experimentId }, row) => {
        this.#places.set(experimentId, { block, row });
      });
    }
  }

  find(experiment: number): { block: AnswerBlock; row: number } | null {
    return this.#places.get(experiment) ?? null;
  }
}

class Coder {
  readonly #codes: number[] = [];
  readonly #values: string[] = [];
  readonly #known = new Map<string, number>();

  add(value: string | null): void {
    this.#codes.push(value === null ? -1 : this.#codeOf(value));
  }

  coded() {
    return { codes: Int32Array.from(this.#codes), values: this.#values };
  }

  #codeOf(value: string): number {
    let code = this.#known.get(value);
    if (code === undefined) {
      code = this.#values.push(value) - 1;
      this.#known.set(value, code);
    }
    return code;
  }
}

function keepPersonas(
  { personas, origins }: LoadedPersonas,
  wanted: (group: PersonaGroup & { readonly origin: RowOrigin }) => boolean,
): LoadedPersonas {
  const keeps = personas.groups.map((group, index) =>
    wanted({ ...group, origin: origins[index]! }),
  );
  if (keeps.every(Boolean)) return { personas, origins };
  const places: number[] = [];
  for (let row = 0; row < personas.count; row++) if (keeps[personas.group[row]!]) places.push(row);
  const pick = <T extends Int32Array | Uint8Array>(column: T, empty: (length: number) => T): T => {
    const picked = empty(places.length);
    places.forEach((row, index) => {
      picked[index] = column[row]!;
    });
    return picked;
  };
  const newIndex = new Map(
    keeps.flatMap((kept, index) => (kept ? [index] : [])).map((index, place) => [index, place]),
  );
  const integers = (column: Int32Array) => pick(column, (length) => new Int32Array(length));
  return {
    personas: {
      count: places.length,
      ids: integers(personas.ids),
      group: integers(personas.group).map((index) => newIndex.get(index)!),
      groups: personas.groups.filter((_, index) => keeps[index]),
      personalityIds: integers(personas.personalityIds),
      draws: integers(personas.draws),
      hasWordCount: pick(personas.hasWordCount, (length) => new Uint8Array(length)),
      fields: byField((field) => ({
        codes: integers(personas.fields[field].codes),
        values: personas.fields[field].values,
      })),
    },
    origins: origins.filter((_, index) => keeps[index]),
  };
}

function byField(make: (field: TabulatedField, index: number) => Coded): Personas['fields'] {
  return Object.fromEntries(
    TABULATED_FIELDS.map((field, index) => [field, make(field, index)] as const),
  ) as Record<TabulatedField, Coded>;
}

function hasReal(experiments: readonly Experiment[], { origins }: LoadedPersonas): boolean {
  const all = experiments.length > 0 ? experiments.map((one) => one.origin) : origins;
  return all.length === 0 || all.some((origin) => origin !== 'simulated');
}

/** Of the answers; of what is registered or brought to be asked where nothing is answered yet. */
function originOf(
  rows: 'real' | 'simulated',
  experiments: readonly Experiment[],
  people: readonly RowOrigin[],
): StudyDataOrigin {
  if (rows === 'simulated') return 'simulated';
  const answers = experiments.filter((one) => one.succeeded === true);
  const decisive = answers.length > 0 ? answers : experiments;
  const found = new Set(decisive.length > 0 ? decisive.map((one) => one.origin) : people);
  if (found.has('model') && found.has('imported')) return 'mixed';
  return found.has('imported') ? 'imported' : 'model';
}

function requireGroups(
  wanted: readonly number[],
  schema: string,
  known: ReadonlySet<number>,
): void {
  const missing = wanted.filter((id) => !known.has(id));
  if (missing.length === 0) return;
  throw unknownGroups(missing, schema, known);
}

/** The forms of each questionnaire and language, each with the first group that was given it. */
function formsOf(
  experiments: readonly Experiment[],
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const found = new Map<string, Map<string, number>>();
  for (const { questionnaire, language, form, groupId } of experiments) {
    if (form === null) continue;
    const key = `${questionnaire}\t${language}`;
    const forms = found.get(key) ?? new Map<string, number>();
    found.set(key, forms);
    if (!forms.has(form)) forms.set(form, groupId);
  }
  return found;
}

/** Registration refuses a second form; a schema of an earlier version may hold one. */
function requireOneForm(
  stored: readonly {
    readonly sha256: string;
    readonly slug: string;
    readonly definition: string;
  }[],
  given: ReadonlyMap<string, number>,
): void {
  const [first, ...others] = stored
    .filter(({ sha256 }) => given.has(sha256))
    .map(({ sha256, slug, definition }) => ({
      group: given.get(sha256)!,
      instrument: parseInstrument(definition, `the stored instrument "${slug}"`),
    }));
  for (const other of others) {
    const differences = differencesOfForms(first!.instrument, other.instrument);
    if (differences.length === 0) continue;
    throw new UserError(
      `Groups ${first!.group} and ${other.group} used two forms of ${nameForm(other.instrument)}: ${differences.join('; ')}`,
      {
        code: 'instrument-forms-differ',
        hint: 'The tables would pool their answers and score them by the same rule. Analyze only the groups of one form: pass --group-id for each.',
      },
    );
  }
}

/**
 * @param named how the published rule shows a population of this name: as it is, or as a condition
 */
function placePopulation(
  { display, ...row }: Omit<StudyPopulation, 'condition'>,
  written: string | null,
  named: string,
): StudyPopulation {
  const shown = named === row.population ? display : named;
  const condition = CONDITIONS.find(({ name, label }) =>
    written === null ? label === shown && shown !== row.population : name === written,
  );
  if (condition !== undefined)
    return { ...row, display: condition.label, condition: condition.name };
  // A population of one's own that is called like a condition is none.
  const isTaken = !row.isReference && CONDITIONS.some(({ label }) => label === display);
  return { ...row, display: isTaken ? `${display} (${row.population})` : display, condition: null };
}

function nameModels(
  { personas, origins, mentions }: ReadPersonas,
  models: ReadonlyMap<string, StudyModel>,
): LoadedPersonas {
  const groups = personas.groups.map(
    (population, index): PersonaGroup => ({
      model: models.get(keyOfMention(mentions[index]!))!,
      population,
    }),
  );
  return { personas: { ...personas, groups }, origins };
}

function unnamed(population: string | null | undefined): StudyPopulation {
  return {
    population: population ?? '',
    mapped: population ?? '',
    display: population ?? '',
    condition: null,
    isReference: false,
  };
}

function numberOrNull(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}

/** The order of the scales in the instrument's file. */
function scalesOf(definition: string): string[] {
  const { scales } = JSON.parse(definition) as { scales: readonly { id: string }[] };
  return scales.map((scale) => scale.id);
}
