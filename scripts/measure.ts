/**
 * Prints measures of the program's structure: sizes, the largest folders, import cycles, classes
 * with much state, names that are exported twice, table cells read by a string, and the files that
 * CONTRIBUTING.md names on the way of one experiment.
 */
import path from 'node:path';
import { codeLines, type Node, readSource, type SourceFile, visit } from './measure/source.ts';
import { walkOfOneExperiment } from './measure/walk.ts';

const source = readSource('src');

function print(title: string, rows: readonly string[]): void {
  console.log(`\n${title}`);
  for (const row of rows) console.log(`  ${row}`);
}

function countLines(files: readonly SourceFile[]): string {
  const lines = files.reduce((sum, { text }) => sum + codeLines(text), 0);
  return `${files.length} files, ${lines.toLocaleString('en')} lines of code`;
}

function largestFolders(): string[] {
  const folders = Map.groupBy(source, ({ file }) => path.posix.dirname(file));
  return [...folders]
    .map(([folder, files]) => ({ folder, files: files.length }))
    .sort((a, b) => b.files - a.files)
    .slice(0, 8)
    .map(({ folder, files }) => `${files} ${folder}`);
}

/** Groups of files that import each other, directly or not (Tarjan). */
function importCycles(): string[] {
  const byName = new Map(source.map((one) => [one.file, one]));
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const cycles: string[] = [];
  const connect = (file: string) => {
    index.set(file, index.size);
    low.set(file, index.get(file)!);
    stack.push(file);
    for (const next of byName.get(file)?.imports ?? []) {
      if (!byName.has(next)) continue;
      if (!index.has(next)) connect(next);
      if (stack.includes(next)) low.set(file, Math.min(low.get(file)!, low.get(next)!));
    }
    if (low.get(file) !== index.get(file)) return;
    const group = stack.splice(stack.indexOf(file));
    if (group.length > 1) cycles.push(group.join(', '));
  };
  for (const { file } of source) if (!index.has(file)) connect(file);
  return cycles;
}

/** Fields of a class that are assigned after construction. */
function mutableFields(): string[] {
  const found: { readonly name: string; readonly fields: number }[] = [];
  for (const { file, program } of source) {
    visit(program, (node) => {
      if (node.type !== 'ClassDeclaration') return;
      const members = ((node.body as Node).body as Node[]).filter(
        ({ type }) => type === 'PropertyDefinition',
      );
      const fields = members.filter(
        (member) => member.readonly !== true && member.static !== true,
      ).length;
      found.push({ name: `${(node.id as Node).name} (${file})`, fields });
    });
  }
  return found
    .sort((a, b) => b.fields - a.fields)
    .slice(0, 5)
    .map(({ name, fields }) => `${fields} ${name}`);
}

/**
 * Names that two modules export. The public functions repeat names below them on purpose; so do the
 * two modes of the tables.
 */
function exportedTwice(): string[] {
  const places = new Map<string, string[]>();
  for (const { file, program } of source) {
    if (file === 'src/index.ts' || file.startsWith('src/api/')) continue;
    visit(program, (node) => {
      const declaration =
        node.type === 'ExportNamedDeclaration' ? (node.declaration as Node | null) : null;
      if (declaration === null) return;
      const names = [
        declaration,
        ...((declaration.declarations as Node[] | undefined) ?? []),
      ].flatMap(({ id }) => {
        const name = (id as Node | null | undefined)?.name;
        return typeof name === 'string' ? [name] : [];
      });
      for (const name of names) places.set(name, [...(places.get(name) ?? []), file]);
    });
  }
  return [...places]
    .map(([name, files]) => [name, [...new Set(files)]] as const)
    .filter(([, files]) => files.length > 1 && !areSiblings(files))
    .map(([name, files]) => `${name}: ${files.join(', ')}`);
}

/**
 * Files that have the same shape on purpose: migrations, the two modes of one table, stores of two
 * kinds of task, commands.
 */
function areSiblings(files: readonly string[]): boolean {
  return [/\/migrations\//, /\/(?:published|corrected)\//, /-store\.ts$/, /\/cli\/commands\//].some(
    (family) => files.every((file) => family.test(file)),
  );
}

/** Reads of a table's cell by a name that the compiler does not check. */
function stringReads(): string[] {
  let count = 0;
  for (const { file, text } of source) {
    if (!file.startsWith('src/report/')) continue;
    count += [
      ...text.matchAll(
        /\b(?:row|group\[0\]!|first!?|one|after|original|manipulated)\[(?:name|column|low|high|'[a-z_]+')\]/g,
      ),
    ].length;
    count += [
      ...text.matchAll(
        /(?:String|Number)\((?:row|first|one|after)!?\.\w+|typeof row\.\w+|numberOf\(\w+, '/g,
      ),
    ].length;
  }
  return [String(count)];
}

function walk(): string[] {
  const files = walkOfOneExperiment();
  const lines = files.reduce((sum, one) => sum + one.lines, 0);
  const longest = Math.max(0, ...files.map((one) => one.lines));
  return [`${files.length} files, ${lines.toLocaleString('en')} lines, the longest ${longest}`];
}

print('size', [
  `src: ${countLines(source)}`,
  `scripts: ${countLines(readSource('scripts'))}`,
  `bench: ${countLines(readSource('bench'))}`,
]);
print('largest folders (files)', largestFolders());
print('import cycles, types included', importCycles());
print('classes with most mutable fields', mutableFields());
print('names exported by two modules', exportedTwice());
print('cells of tables read by a string in src/report', stringReads());
print('files on the way of one experiment', walk());
