/**
 * Everything that the source throws at a user, as patterns: the texts of `new UserError(…)` and of its siblings with … where
 * something is filled in. Texts that a helper function is handed are found where it is called.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';

const SOURCE = fileURLToPath(new URL('../../src', import.meta.url));
/** Where something is filled in. */
const SLOT = '…';
/** Of an error that does not say. */
const USUAL_EXIT_CODE = 2;
/** Of texts that depend on several conditions at once. */
const MOST_VARIANTS = 24;

type MessageKind = 'error' | 'call' | 'value' | 'warning' | 'reason';

const THROWN: Readonly<Record<string, MessageKind>> = { UserError: 'error', ProviderError: 'call', InvalidArgumentError: 'value' };

export interface Message {
  /** Relative to `src`, with slashes. */
  readonly file: string;
  /** `call`: of a call that failed; `value`: of an option; `reason`: why something was left pending or not counted as an answer. */
  readonly kind: MessageKind;
  readonly pattern: string;
  /** What the program says to do about it; empty where there is none. */
  readonly hints: readonly string[];
  /** With which the program ends. */
  readonly exitCode: number;
  /** What may stand in the pattern's last slot, where the source says it. */
  readonly details: readonly string[];
}

/** A node of the syntax tree, as loosely as it is read here. */
interface Node {
  readonly type: string;
  readonly [key: string]: unknown;
}

/** Texts that an expression may come to. */
type Texts = readonly string[];

export function gatherMessages(): Message[] {
  return readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => name.replaceAll(path.sep, '/'))
    .sort()
    .flatMap((file) => new SourceFile(file).messages());
}

class SourceFile {
  readonly #file: string;
  readonly #program: Node;
  readonly #parents = new Map<Node, Node>();

  constructor(file: string) {
    this.#file = file;
    const { program, errors } = parseSync(file, readFileSync(path.join(SOURCE, file), 'utf8'));
    if (errors.length > 0) throw new Error(`${file} cannot be read: ${errors[0]!.message}`);
    this.#program = program as unknown as Node;
    for (const { node, children } of walk(this.#program)) for (const child of children) this.#parents.set(child, node);
  }

  messages(): Message[] {
    return [...walk(this.#program)].flatMap(({ node }) => [...this.#thrown(node), ...this.#said(node)]);
  }

  #thrown(node: Node): Message[] {
    const name = node.type === 'NewExpression' ? nameOf(node.callee) : this.#parentOfSuper(node);
    const kind = THROWN[name ?? ''];
    if (kind === undefined) return [];
    const [first, second] = node.arguments as Node[];
    const text = kind === 'call' ? second : first;
    const hint = kind === 'error' ? propertyOf(second, 'hint') : undefined;
    const hints =
      hint === undefined
        ? []
        : this.#texts(hint, 'callers')
            .map(withoutSuggestion)
            .filter((one) => one !== '');
    const exitCode = Number((kind === 'error' ? propertyOf(second, 'exitCode')?.value : null) ?? USUAL_EXIT_CODE);
    const details = this.#details(text);
    return this.#patterns(text, 'slots').map((pattern) => ({ file: this.#file, kind, pattern, hints, exitCode, details }));
  }

  /** Warnings, and reasons why something cannot be run or is no answer. */
  #said(node: Node): Message[] {
    const about = { file: this.#file, hints: [], exitCode: USUAL_EXIT_CODE, details: [] };
    const callee = node.type === 'CallExpression' ? nameOf((node.callee as Node).property) : null;
    const [argument] = (node.arguments ?? []) as Node[];
    const warning = callee === 'warn' ? argument : callee === 'onWarning' ? propertyOf(argument, 'message') : undefined;
    if (warning !== undefined) return this.#patterns(warning, 'slots').map((pattern) => ({ ...about, kind: 'warning', pattern }));
    const isFailure = ['runnable', 'outcome', 'ok'].some((name) => propertyOf(node, name) !== undefined);
    const reason = isFailure ? propertyOf(node, 'reason') : undefined;
    if (reason === undefined) return [];
    return this.#patterns(reason, 'callers').map((pattern) => ({ ...about, kind: 'reason', pattern }));
  }

  /** The class that a `super(…)` calls. */
  #parentOfSuper(node: Node): string | null {
    if (node.type !== 'CallExpression' || (node.callee as Node).type !== 'Super') return null;
    let around: Node | undefined = node;
    while (around !== undefined && around.type !== 'ClassDeclaration') around = this.#parents.get(around);
    return nameOf(around?.superClass);
  }

  /** Texts that say something by themselves. */
  #patterns(text: Node | undefined, parameters: 'slots' | 'callers'): Texts {
    return this.#texts(text, parameters).filter((pattern) => /\p{L}{3}/u.test(pattern));
  }

  /** @param parameters what becomes of a parameter of the function around: a slot, or what its callers give */
  #texts(node: Node | null | undefined, parameters: 'slots' | 'callers', depth = 0): Texts {
    if (node === undefined || node === null || depth > 8) return [SLOT];
    const inner = (part: unknown) => this.#texts(part as Node, parameters, depth + 1);
    switch (node.type) {
      case 'Literal':
        return [typeof node.value === 'string' || typeof node.value === 'number' ? String(node.value) : SLOT];
      case 'TemplateLiteral': {
        const quasis = node.quasis as readonly { readonly value: { readonly cooked: string } }[];
        // Of what stands there when something is not known, nothing needs to be said.
        const slots = (node.expressions as Node[]).map((slot) => (this.#hasFallback(slot) ? [SLOT] : inner(slot)));
        return combine(quasis.flatMap((quasi, index) => [[quasi.value.cooked], ...(slots[index] === undefined ? [] : [slots[index]])]));
      }
      case 'BinaryExpression':
        return node.operator === '+' && [node.left, node.right].every((side) => typeof (side as Node).value !== 'number')
          ? combine([inner(node.left), inner(node.right)])
          : [SLOT];
      case 'ConditionalExpression':
        return unique([...inner(node.consequent), ...inner(node.alternate)]);
      case 'LogicalExpression':
        return unique([...inner(node.left), ...inner(node.right)]);
      case 'MemberExpression':
        return node.computed === true ? this.#entriesOf(node.object as Node, parameters, depth) : [SLOT];
      case 'ParenthesizedExpression':
      case 'TSAsExpression':
      case 'TSNonNullExpression':
        return inner(node.expression);
      case 'Identifier':
        return this.#named(node, parameters, depth);
      default:
        return [SLOT];
    }
  }

  #hasFallback(slot: Node): boolean {
    const name = nameOf(slot);
    const meant = name === null ? slot : (this.#constant(slot, name)?.init as Node | null | undefined);
    return meant?.type === 'LogicalExpression';
  }

  /** The texts in an object of which one is taken by its key. */
  #entriesOf(object: Node, parameters: 'slots' | 'callers', depth: number): Texts {
    const name = nameOf(object);
    const texts = name === null ? undefined : this.#constant(object, name)?.init;
    if ((texts as Node | undefined)?.type !== 'ObjectExpression') return [SLOT];
    const values = ((texts as Node).properties as Node[]).map((one) => one.value as Node);
    return unique(values.flatMap((value) => this.#texts(value, parameters, depth + 1)));
  }

  #named(identifier: Node, parameters: 'slots' | 'callers', depth: number): Texts {
    const name = nameOf(identifier)!;
    const owner = this.#functionWith(identifier, name);
    if (owner !== null) return parameters === 'slots' ? [SLOT] : this.#given(owner.function, owner.place, depth);
    const constant = this.#constant(identifier, name);
    return constant === undefined ? [SLOT] : this.#texts(constant.init as Node | null, parameters, depth + 1);
  }

  /** The declaration that a name refers to. */
  #constant(identifier: Node, name: string): Node | undefined {
    return [...walk(this.#program)].find(
      ({ node }) => node.type === 'VariableDeclarator' && nameOf(node.id) === name && this.#sees(identifier, node),
    )?.node;
  }

  /** What the parameters in a message are called with. */
  #details(text: Node | undefined): Texts {
    if (text === undefined) return [];
    const parts = [text, ...[...walk(text)].map(({ node }) => node)].filter((node) => node.type === 'Identifier');
    for (const part of parts.reverse()) {
      const owner = this.#functionWith(part, nameOf(part)!);
      if (owner === null) continue;
      const given = this.#given(owner.function, owner.place, 0).filter((one) => /\p{L}+ \p{L}+/u.test(one));
      if (given.length > 0) return given;
    }
    return [];
  }

  /** What callers in this file hand to a function's parameter. */
  #given(callee: Node, place: number, depth: number): Texts {
    const name = nameOf(callee.id) ?? nameOf((this.#parents.get(callee) ?? callee).id) ?? nameOf((this.#parents.get(callee) ?? callee).key);
    if (name === null) return [SLOT];
    const calls = [...walk(this.#program)].filter(({ node }) => node.type === 'CallExpression' && calledBy(node) === name);
    const texts = calls.flatMap(({ node }) => this.#texts((node.arguments as Node[])[place], 'callers', depth + 1));
    return texts.length === 0 ? [SLOT] : unique(texts);
  }

  /** The innermost function around a node that has a parameter of this name. */
  #functionWith(node: Node, name: string): { readonly function: Node; readonly place: number } | null {
    for (let around = this.#parents.get(node); around !== undefined; around = this.#parents.get(around)) {
      const parameters = around.params as readonly Node[] | undefined;
      if (!/Function/.test(around.type) || parameters === undefined) continue;
      const place = parameters.findIndex((one) => nameOf(one) === name || nameOf(one.left) === name);
      if (place !== -1) return { function: around, place };
    }
    return null;
  }

  /** Whether a declaration stands in a block around the node. */
  #sees(node: Node, declarator: Node): boolean {
    const block = this.#parents.get(this.#parents.get(declarator) as Node);
    for (let around = this.#parents.get(node); around !== undefined; around = this.#parents.get(around)) if (around === block) return true;
    return block === this.#program || block?.type === 'ExportNamedDeclaration';
  }
}

function* walk(root: Node): Generator<{ readonly node: Node; readonly children: readonly Node[] }> {
  const children = Object.values(root)
    .flatMap((value) => (Array.isArray(value) ? value : [value]))
    .filter(isNode);
  yield { node: root, children };
  for (const child of children) yield* walk(child);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function nameOf(node: unknown): string | null {
  const { type, name } = (node ?? {}) as { type?: string; name?: unknown };
  return (type === 'Identifier' || type === 'PrivateIdentifier') && typeof name === 'string' ? name : null;
}

/** The function or method that is called, by its own name. */
function calledBy({ callee }: Node): string | null {
  return nameOf(callee) ?? nameOf((callee as Node).property);
}

function propertyOf(object: Node | undefined, name: string): Node | undefined {
  if (object?.type !== 'ObjectExpression') return undefined;
  return (object.properties as Node[]).find((one) => nameOf(one.key) === name)?.value as Node | undefined;
}

/** Every combination of the parts' texts; of a part that may be empty, the fuller one is told. */
function combine(parts: readonly Texts[]): Texts {
  let texts: Texts = [''];
  for (const part of parts) {
    const told = part.some((text) => text !== '') ? part.filter((text) => text !== '') : [''];
    const choices = texts.length * told.length > MOST_VARIANTS ? [SLOT] : told;
    texts = texts.flatMap((text) => choices.map((choice) => text + choice));
  }
  return unique(texts.map((text) => text.replaceAll(/…(?:…)+/g, SLOT)));
}

/** A hint without what may stand before it, such as a suggestion. */
function withoutSuggestion(hint: string): string {
  return hint.replace(/^…\s*/, '');
}

function unique(texts: Texts): Texts {
  return [...new Set(texts)];
}
