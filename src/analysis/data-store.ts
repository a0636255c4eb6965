/**
 * SQL of the tables: reads a study from its schema, in one transaction, by COPY, into arrays. This
 * is much faster than reading `scored_answers` row by row; a test compares the two.
 */
import { type RawBuilder, sql } from 'kysely';
import { administration } from '../administration/settings.ts';
import type { Database } from '../db/connect.ts';
import { unknownGroups } from '../db/groups.ts';
import type { Relations } from '../db/relations.ts';
import { originOfExperiment } from '../db/row-origin.ts';
import type { ItemState, RowOrigin } from '../db/schema/tables.ts';
import type { Session } from '../db/session.ts';
import { UserError } from '../errors.ts';
import { nameForm } from '../instruments/form.ts';
import type { Instrument } from '../instruments/instrument.ts';
import { findInstrument, parseInstrument } from '../instruments/load.ts';
import { pointsOf } from '../instruments/score.ts';
import {
  CONDITIONS,
  type Condition,
  type ConditionDefinition,
  defineCondition,
} from '../personas/sheets/conditions.ts';
import {
  findReference,
  hasPublishedTable,
  sheetInstrument,
} from '../personas/sheets/reference-store.ts';
import { SHEET_INSTRUMENT } from '../personas/sheets/sheet.ts';
import { readRows, Texts, visitRows } from './copy-text.ts';
import {
  type Administration,
  type Answered,
  type Coded,
  ITEM_STATES,
  NO_DRAW,
  type PersonaGroup,
  type Personas,
  type Points,
  type Sheets,
  type StudyData,
  type StudyDataOrigin,
  type StudyModel,
  type StudyPopulation,
  type StudyQuestionnaire,
  TABULATED_FIELDS,
  type TabulatedField,
  UNANSWERED,
} from './data.ts';
import { endingOf } from './endings.ts';
import {
  type GivenForm,
  type PublishedItem,
  publishedQuestionnaire,
  questionnaireOf,
  tellFormsApart,
} from './forms.ts';
import { readHumanSamples } from './human-store.ts';
import {
  identifyModels,
  type KnownModel,
  keyOfMention,
  type ModelMention,
} from './model-identity.ts';
import type { OwnConditionLabel } from './own-conditions.ts';
import { readOwnColumns, readOwnConditions } from './own-design-store.ts';
import { readRecorded } from './recorded-store.ts';
import { pointsOfAnswer } from './scores.ts';

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
    const populations = await reader.populations(await readOwnConditions(session, t));
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
    const isAskedAs = whoAnswers(named, models);
    const people = keepPersonas(
      personas,
      ({ origin, population, model }) =>
        belongs(origin) &&
        (asked?.has(population.population) ?? true) &&
        (isAskedAs(model, population)?.some(belongs) ?? true),
    );

    return {
      schema,
      dataOrigin: originOf(rows, kept, people.origins),
      models,
      populations,
      answered: await reader.answered(kept, models),
      ...(await reader.sheets()),
      personas: people.personas,
      ownColumns: await readOwnColumns(session, t),
      humans: await readHumanSamples(session, t),
    };
  }, 'repeatable read');
}

interface Experiment extends Omit<Administration, 'model'> {
  readonly mention: ModelMention;
  readonly questionnaire: string;
  readonly language: string;
  readonly personaId: number | null;
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

/** Of answers: the experiment or sheet, the item, the answer and the row. */
const WHOLE_NUMBERS = [null, null, null, null];

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
  async populations(
    own: ReadonlyMap<string, OwnConditionLabel>,
  ): Promise<Map<string, StudyPopulation>> {
    const t = this.#t;
    type Row = Omit<StudyPopulation, 'condition' | 'ownCondition'> & {
      readonly written: string | null;
      readonly definition: ConditionDefinition | null;
      readonly named: string;
    };
    const { rows } = await sql<Row>`
      with used as (select population::text from ${t.personas} union select population::text from ${t.experiments_list}),
      reference as (select coalesce((select name from ${t.reference_population}), 'spain826') as name)
      select u.population, coalesce(known.mapped, labels.mapped) as mapped, coalesce(known.display, labels.display) as display,
        u.population = reference.name as "isReference", labels.display as named,
        (select min(g.condition collate "C") from ${t.generation_groups} g where g.population = u.population) as written,
        (select g.condition_definition from ${t.generation_groups} g where g.population = u.population
          order by g.generation_group_id limit 1) as definition
      from used u cross join reference
      cross join lateral ${t.label_population}(u.population) as labels
      left join ${t.populations} known using (population)
      where u.population is not null`.execute(this.#session.db);
    return new Map(
      rows.map(({ written, named, definition, ...row }) => [
        row.population,
        definition !== null
          ? placeOwn(row, defineCondition(definition))
          : own.has(row.population)
            ? placeOwnRows(row, own.get(row.population)!)
            : placePopulation(row, written, named),
      ]),
    );
  }

  async experiments(populations: ReadonlyMap<string, StudyPopulation>): Promise<Experiment[]> {
    const t = this.#t;
    const experiments: Experiment[] = [];
    const query = sql`
      select e.experiment_id, e.experiments_group_id, gd.model_name, e.model, e.population,
        case when p.id is null then e.personality_id else p.ref_personality_id end,
        case when p.id is null then e.personality_id else coalesce(p.ref_personality_id, -p.id) end, e.repeated,
        coalesce(g.draw, p.repetitions), e.succeeded::int, d.partial::int, d.last_outcome,
        array_to_string(d.item_order, ' '), d.persona_id, ${originOfExperiment(t)}, e.questionnaire,
        case coalesce(e.language_questionnaire, 'en') when 'english' then 'en' else coalesce(e.language_questionnaire, 'en') end
      from ${t.experiments_list} e join ${t.experiments_groups} using (experiments_group_id)
      left join ${t.group_details} gd on gd.experiments_group_id = e.experiments_group_id
      left join ${t.experiment_details} d on d.experiment_id = e.experiment_id
      left join ${t.personas} p on p.id = d.persona_id
      left join ${t.generations} g on g.persona_id = d.persona_id
      order by e.experiment_id`;
    const mentions = new Map<number, ModelMention>();
    const [names, models, called, outcomes, orders, origins, questionnaires, languages] =
      Array.from({ length: 8 }, () => new Texts()) as [
        Texts,
        Texts,
        Texts,
        Texts,
        Texts,
        Texts,
        Texts,
        Texts,
      ];
    const columns = [
      ...[null, null, names, models, called, null, null, null, null, null, null],
      ...[outcomes, orders, null, origins, questionnaires, languages],
    ];
    const orderOf = new Map<number, readonly number[]>();
    await this.#visit(query, columns, (row) => {
      const [name, model] = [row[2]!, row[3]!];
      const key = (name + 1) * 2 ** 20 + model + 1;
      const mention = mentions.get(key) ?? {
        name: names.values[name] ?? null,
        modelId: models.values[model] ?? null,
      };
      mentions.set(key, mention);
      const population = called.values[row[4]!];
      const succeeded = isTrue(row[9]!);
      const order = row[12]!;
      if (order !== -1 && !orderOf.has(order))
        orderOf.set(order, orders.values[order]!.split(' ').map(Number));
      experiments.push({
        experimentId: row[0]!,
        groupId: row[1]!,
        mention,
        population: populations.get(population ?? '') ?? unnamed(population),
        // Not what the published column says of a persona without a sheet: there its own id stands,
        // which may be somebody's sheet.
        personalityId: numberIn(row[5]!),
        clusterId: numberIn(row[6]!),
        repeated: numberIn(row[7]!),
        draw: numberIn(row[8]!),
        succeeded,
        ending: endingOf(succeeded, outcomes.values[row[11]!] ?? null),
        isPartial: row[10] === 1,
        itemOrder: orderOf.get(order) ?? null,
        personaId: numberIn(row[13]!),
        origin: origins.values[row[14]!] as RowOrigin,
        questionnaire: questionnaires.values[row[15]!] ?? '',
        language: languages.values[row[16]!]!,
      });
    });
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
    const [ids, personalities, draws, counted, group] = Array.from(
      { length: 5 },
      () => new Column(),
    ) as [Column, Column, Column, Column, Column];
    const groups: StudyPopulation[] = [];
    const mentions: ModelMention[] = [];
    const origins: RowOrigin[] = [];
    const known = new Map<number, number>();
    const [models, called, from] = [new Texts(), new Texts(), new Texts()];
    const values = TABULATED_FIELDS.map(() => new Texts());
    const codes = TABULATED_FIELDS.map(() => new Column());
    const columns = [null, null, models, called, null, null, from, ...values];
    await this.#visit(query, columns, (row) => {
      const [model, population, origin] = [row[2]!, row[3]!, row[6]!];
      const key = (model * 2 ** 20 + population + 1) * 2 ** 10 + origin;
      let index = known.get(key);
      if (index === undefined) {
        index = groups.length;
        known.set(key, index);
        const name = called.values[population] ?? null;
        groups.push(populations.get(name ?? '') ?? unnamed(name));
        mentions.push({ name: models.values[model]!, modelId: null });
        origins.push(from.values[origin] as RowOrigin);
      }
      ids.push(row[0]!);
      personalities.push(row[1]!);
      draws.push(row[4] === UNANSWERED ? NO_DRAW : row[4]!);
      counted.push(row[5]!);
      group.push(index);
      codes.forEach((column, field) => {
        column.push(row[7 + field]!);
      });
    });
    const personas = {
      count: ids.length,
      ids: ids.taken(),
      group: group.taken(),
      groups,
      personalityIds: personalities.taken(),
      draws: draws.taken(),
      hasWordCount: Uint8Array.from(counted.taken()),
      fields: byField((_, index) => ({
        codes: codes[index]!.taken(),
        values: values[index]!.values,
      })),
    };
    return { personas, origins, mentions };
  }

  /** The answers of these experiments, by the form that they were given. */
  async answered(
    experiments: readonly Experiment[],
    models: ReadonlyMap<string, StudyModel>,
  ): Promise<Answered[]> {
    const t = this.#t;
    const forms = await this.#forms(experiments);
    const places = Map.groupBy(experiments, (one) => forms.get(placeOf(one)));
    const blocks = [...new Set(forms.values())].map(
      (questionnaire) => new AnswerBlock(questionnaire, places.get(questionnaire) ?? [], models),
    );
    const rowOf = new RowIndex(blocks);
    const answers = sql`select experiment_id, question_number, answer, id from ${t.eval_questionnaires}
      where experiment_id is not null and question_number is not null`;
    await this.#visit(answers, WHOLE_NUMBERS, (row) => {
      const found = rowOf.find(row[0]!);
      if (found !== null) found.block.put(found.row, row[1]!, row[2]!, row[3]!);
    });
    const states = sql`select experiment_id, question_number, state, quantity from ${t.item_states}`;
    for await (const [id, number, state, quantity] of this.#rows(states)) {
      const found = rowOf.find(Number(id));
      found?.block.putState(found.row, Number(number), state as ItemState, numberOrNull(quantity));
    }
    const probabilities = sql`select experiment_id, question_number, answer, probability from ${t.item_probabilities}`;
    for await (const [id, number, answer, probability] of this.#rows(probabilities)) {
      const found = rowOf.find(Number(id));
      const share = Number(probability);
      found?.block.putProbability(found.row, Number(number), Number(answer), share);
    }
    const factors = await this.#factors();
    const columns = await this.#columns();
    const recorded = byName(await readRecorded({ db: this.#session.db, t }));
    return blocks.map((block) => block.finish(factors, columns, recorded));
  }

  /** By group. */
  async #factors(): Promise<Named> {
    const { rows } = await sql<NamedLevel>`
      select name, experiments_group_id as id, level from ${this.#t.group_factors} order by name collate "C", 2`.execute(
      this.#session.db,
    );
    return byName(rows);
  }

  /** By persona. */
  async #columns(): Promise<Named> {
    const rows: NamedLevel[] = [];
    const query = sql`select name, persona_id, value from ${this.#t.persona_columns} order by name collate "C", 2`;
    for await (const [name, id, level] of this.#rows(query))
      rows.push({ name: name!, id: Number(id), level: level! });
    return byName(rows);
  }

  /**
   * The form of each experiment by `placeOf`, in the order of the tables. Experiments without a
   * known item are left out, as nothing of them can be scored: the view has no rows of them either.
   */
  async #forms(experiments: readonly Experiment[]): Promise<Map<string, StudyQuestionnaire>> {
    const t = this.#t;
    const wanted = new Map(experiments.map((one) => [placeOf(one), one]));
    const { rows: groups } = await sql<{
      id: number;
      sha256: string | null;
      settings: unknown;
    }>`
      select experiments_group_id as id, instrument_sha256 as sha256, administration as settings
      from ${t.group_details}`.execute(this.#session.db);
    const groupOf = new Map(groups.map((group) => [group.id, group]));
    const { rows: stored } = await sql<{
      sha256: string;
      slug: string;
      language: string;
      definition: string;
    }>`
      select sha256, slug, language, definition from ${t.instruments} order by slug collate "C", created_at, sha256 collate "C"`.execute(
      this.#session.db,
    );
    const parsed = new Map<string, Instrument>();
    const parse = ({ sha256, slug, definition }: (typeof stored)[number]) => {
      const known =
        parsed.get(sha256) ?? parseInstrument(definition, `the stored instrument "${slug}"`);
      parsed.set(sha256, known);
      return known;
    };
    const given = new Map(
      [...wanted].map(
        ([place, { questionnaire: slug, language, groupId }]): [string, GivenForm] => {
          const group = groupOf.get(groupId);
          const row = stored.find(({ sha256 }) => sha256 === group?.sha256);
          const wording = row === undefined ? null : parse(row);
          const settings = administration.parse(wording === null ? {} : group?.settings);
          return [place, { slug, language, wording, settings }];
        },
      ),
    );
    const items = await this.#publishedItems();
    const named = tellFormsApart([...given.values()], (slug, language) => {
      const own = items.filter((item) => item.slug === slug && item.language === language);
      const sameSlug = stored.filter((one) => one.slug === slug);
      const known = sameSlug.find((one) => one.language === language) ?? sameSlug[0];
      return own.length === 0
        ? null
        : publishedQuestionnaire(
            { slug, language },
            own,
            known === undefined ? null : parse(known),
          );
    });
    const placed = new Map([...given].map(([place, form]) => [form, place]));
    return new Map([...named].map(([form, questionnaire]) => [placed.get(form)!, questionnaire]));
  }

  async #publishedItems() {
    const t = this.#t;
    const { rows } = await sql<{ slug: string; language: string } & PublishedItem>`
      select distinct on (q.questionnaire collate "C", l.language collate "C", q.question_number)
        q.questionnaire as slug, l.language, q.question_number as number, q.question as text, q.category as scale, q.key,
        coalesce(q.reverse, false) as reverse
      from ${t.questionnaire} q
      cross join lateral (select case q.language_questionnaire when 'english' then 'en' else q.language_questionnaire end) as l (language)
      where l.language is not null and q.question_number is not null
      order by q.questionnaire collate "C", l.language collate "C", q.question_number, q.id`.execute(
      this.#session.db,
    );
    return rows;
  }

  /** The reference sheets and their random counterpart. */
  async sheets(): Promise<Pick<StudyData, 'reference' | 'random'>> {
    const named = await findReference(this.#session);
    const instrument =
      named === null
        ? findInstrument(SHEET_INSTRUMENT)
        : await sheetInstrument(this.#session, named);
    const read = (kind: 'reference' | 'random') =>
      hasPublishedTable(instrument)
        ? this.#publishedSheets(kind, instrument)
        : this.#sheetAnswers(kind, instrument);
    return { reference: await read('reference'), random: await read('random') };
  }

  /** Scored by the keys that the table has. */
  async #publishedSheets(kind: 'reference' | 'random', instrument: Instrument): Promise<Sheets> {
    const table = this.#t[`${kind}_questionnaires`];
    const { rows: items } = await sql<PublishedItem>`
      select distinct on (question_number) question_number as number, question as text, category as scale,
        key::int as key, false as reverse
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
    await this.#visit(query, WHOLE_NUMBERS, ([personality, number, answer, id]) => {
      const row = rowOf.get(personality!);
      const column = columnOf.get(number!);
      if (row === undefined || column === undefined) return;
      const place = row * items.length + column;
      if (firstId[place] !== 0 && firstId[place]! < id!) return;
      firstId[place] = id!;
      answers[place] = answer!;
    });
    const points = answers.map((answer, place) => {
      const { key } = items[place % items.length]!;
      return answer === UNANSWERED || key === null ? UNANSWERED : Number(answer === key);
    });
    const label = nameForm(instrument);
    const questionnaire = { ...publishedQuestionnaire(instrument, items, instrument), label };
    return { questionnaire, isPublished: true, personalityIds, answers, points };
  }

  /** Of an instrument whose answers the published tables cannot hold. */
  async #sheetAnswers(kind: 'reference' | 'random', instrument: Instrument): Promise<Sheets> {
    const { rows } = await sql<{ id: number; answers: (number | null)[] }>`
      select personality_id as id, array_agg(answer order by question_number) as answers
      from ${this.#t.sheet_answers} where kind = ${kind} group by 1 order by 1`.execute(
      this.#session.db,
    );
    const width = instrument.items.length;
    const answers = Float64Array.from(
      rows.flatMap((row) => row.answers.map((answer) => answer ?? UNANSWERED)),
    );
    const points = answers.map((answer, place) =>
      answer === UNANSWERED
        ? UNANSWERED
        : (pointsOf(instrument.items[place % width]!, answer) ?? UNANSWERED),
    );
    return {
      questionnaire: { ...questionnaireOf(instrument), label: nameForm(instrument) },
      isPublished: false,
      personalityIds: Int32Array.from(rows, ({ id }) => id),
      answers,
      points,
    };
  }

  /** Rows of a query, as text. */
  async *#rows(query: RawBuilder<unknown>): AsyncGenerator<(string | null)[]> {
    for await (const rows of readRows(this.#copy(query))) yield* rows;
  }

  #visit(
    query: RawBuilder<unknown>,
    columns: readonly (Texts | null)[],
    visit: (row: Int32Array) => void,
  ): Promise<void> {
    return visitRows(this.#copy(query), columns, UNANSWERED, visit);
  }

  /** COPY takes no parameters: everything that these queries name is an identifier. */
  #copy(query: RawBuilder<unknown>): AsyncIterable<Uint8Array> {
    return this.#session.copyOut(query.compile(this.#session.db).sql, '(format text)');
  }
}

/** Levels in order of appearance, and which of them a group or a persona has, under each name. */
type Named = ReadonlyMap<
  string,
  { readonly values: readonly string[]; readonly codes: ReadonlyMap<number, number> }
>;

interface NamedLevel {
  readonly name: string;
  readonly id: number;
  readonly level: string;
}

function byName(rows: readonly NamedLevel[]): Named {
  return new Map(
    [...Map.groupBy(rows, ({ name }) => name)].map(([name, own]) => {
      const codeOf = new Map(
        [...new Set(own.map(({ level }) => level))].map((one, at) => [one, at]),
      );
      const codes = new Map(own.map(({ id, level }) => [id, codeOf.get(level)!]));
      return [name, { values: [...codeOf.keys()], codes }];
    }),
  );
}

/** Experiments with equal ones were given the same form. */
function placeOf({ questionnaire, language, groupId }: Experiment): string {
  return JSON.stringify([questionnaire, language, groupId]);
}

/** Answers to one form of a questionnaire, as they come in. */
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
  #states: Uint8Array | null = null;
  /** Numbers that were given, where they are no answers of a set, by place. */
  readonly #quantities = new Map<number, number>();
  /** Of answers as probabilities: points times probability, and probability, summed up by place. */
  readonly #expected = new Map<number, { points: number; mass: number }>();

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
    const place = this.#placeOf(row, number);
    if (place === null || (this.#ids[place] !== 0 && this.#ids[place]! < id)) return;
    this.#ids[place] = id;
    this.#answers[place] = answer;
  }

  putState(row: number, number: number, state: ItemState, quantity: number | null): void {
    const place = this.#placeOf(row, number);
    if (place === null) return;
    this.#states ??= new Uint8Array(this.#answers.length);
    this.#states[place] = ITEM_STATES.indexOf(state);
    if (quantity !== null) this.#quantities.set(place, quantity);
  }

  putProbability(row: number, number: number, answer: number, probability: number): void {
    const place = this.#placeOf(row, number);
    if (place === null) return;
    const points = this.#pointsOf(place, answer);
    if (points === UNANSWERED) return;
    const sum = this.#expected.get(place) ?? { points: 0, mass: 0 };
    sum.points += probability * points;
    sum.mass += probability;
    this.#expected.set(place, sum);
  }

  finish(factors: Named, columns: Named, recorded: Named): Answered {
    // Experiments of one model share their mention.
    const models = new Map<ModelMention, StudyModel>();
    for (const { mention } of this.experiments) {
      if (!models.has(mention)) models.set(mention, this.#models.get(keyOfMention(mention))!);
    }
    return {
      questionnaire: this.#questionnaire,
      administrations: this.experiments.map(
        ({ questionnaire, language, mention, personaId, ...administration }) =>
          Object.assign(administration, { model: models.get(mention)! }),
      ),
      answers: this.#answers,
      points: this.#score(),
      states: this.#states,
      factors: this.#levels(factors, ({ groupId }) => groupId),
      columns: this.#levels(columns, ({ personaId }) => personaId),
      recorded: this.#levels(recorded, ({ experimentId }) => experimentId),
    };
  }

  /** Without names of which no experiment of this form has a level. */
  #levels(
    named: Named,
    idOf: (experiment: Experiment) => number | null,
  ): ReadonlyMap<string, Coded> {
    const ids = this.experiments.map(idOf);
    return new Map(
      [...named].flatMap(([name, { values, codes }]): [string, Coded][] => {
        const own = Int32Array.from(ids, (id) => (id === null ? -1 : (codes.get(id) ?? -1)));
        return own.every((code) => code === -1) ? [] : [[name, { codes: own, values }]];
      }),
    );
  }

  #placeOf(row: number, number: number): number | null {
    const column = this.#columns.get(number);
    return column === undefined ? null : row * this.#columns.size + column;
  }

  #score(): Points {
    const hasFractions =
      this.#quantities.size > 0 ||
      this.#expected.size > 0 ||
      this.#questionnaire.items.some((item) =>
        [...item.points.values()].some((score) => score !== null && !Number.isInteger(score)),
      );
    const points = hasFractions
      ? new Float64Array(this.#answers.length)
      : new Int32Array(this.#answers.length);
    for (let place = 0; place < points.length; place++)
      points[place] = this.#pointsOf(place, this.#answers[place]!);
    for (const [place, quantity] of this.#quantities)
      if (this.#answers[place] === UNANSWERED) points[place] = quantity;
    for (const [place, { points: sum, mass }] of this.#expected)
      points[place] = mass > 0 ? sum / mass : UNANSWERED;
    return points;
  }

  /** Of an answer to the item at a place. */
  #pointsOf(place: number, answer: number): number {
    if (answer === UNANSWERED) return UNANSWERED;
    const { items } = this.#questionnaire;
    return pointsOfAnswer(items[place % items.length]!, answer);
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

/** Numbers, as many as come. */
class Column {
  #numbers = new Int32Array(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(number: number): void {
    if (this.#length === this.#numbers.length) {
      const longer = new Int32Array(2 * this.#length);
      longer.set(this.#numbers);
      this.#numbers = longer;
    }
    this.#numbers[this.#length++] = number;
  }

  taken(): Int32Array {
    return this.#numbers.slice(0, this.#length);
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

/**
 * Where the answers of a model as a population come from; undefined where it was not asked. Rows of
 * a study's own are the same for every model, so they alone do not say whether they are simulated.
 */
function whoAnswers(
  experiments: readonly Experiment[],
  models: ReadonlyMap<string, StudyModel>,
): (model: StudyModel, population: StudyPopulation) => readonly RowOrigin[] | undefined {
  const byMention = new Map<ModelMention, Map<StudyPopulation, Set<RowOrigin>>>();
  for (const { mention, population, origin } of experiments) {
    const ofMention = byMention.get(mention) ?? new Map<StudyPopulation, Set<RowOrigin>>();
    byMention.set(mention, ofMention);
    const origins = ofMention.get(population) ?? new Set<RowOrigin>();
    ofMention.set(population, origins.add(origin));
  }
  const answers = [...byMention].flatMap(([mention, ofMention]) =>
    Array.from(ofMention, ([population, origins]) => ({
      model: models.get(keyOfMention(mention))!.key,
      ...{ population: population.population, origins },
    })),
  );
  return (model, { population }) => {
    const found = answers.filter((one) => one.model === model.key && one.population === population);
    return found.length === 0 ? undefined : found.flatMap(({ origins }) => [...origins]);
  };
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

/** A population before it is known under which condition it was written. */
type Unplaced = Omit<StudyPopulation, 'condition' | 'ownCondition'>;

/**
 * @param named how the published rule shows a population of this name: as it is, or as a condition
 */
function placePopulation(
  { display, ...given }: Unplaced,
  written: string | null,
  named: string,
): StudyPopulation {
  const row = { ...given, ownCondition: null };
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

function placeOwn(row: Unplaced, condition: Condition): StudyPopulation {
  const { name, label } = condition;
  return { ...row, display: label, condition: name, ownCondition: condition };
}

/** Rows of a study's own that are called like a condition of the published study are none. */
function placeOwnRows(row: Unplaced, { label, place }: OwnConditionLabel): StudyPopulation {
  const isTaken = CONDITIONS.some((condition) => condition.label === label);
  const display = isTaken ? `${label} (${row.population})` : label;
  return { ...row, display, condition: null, ownCondition: null, place };
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
    ownCondition: null,
    isReference: false,
  };
}

function isTrue(bit: number): boolean | null {
  return bit === UNANSWERED ? null : bit === 1;
}

function numberIn(field: number): number | null {
  return field === UNANSWERED ? null : field;
}

function numberOrNull(text: string | null | undefined): number | null {
  return text === null || text === undefined ? null : Number(text);
}
