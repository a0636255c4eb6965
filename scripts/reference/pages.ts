/** The pages of docs that are made from the program, by their path in the repository. */
import { administrationPage } from './administration.ts';
import { commandsPage } from './commands.ts';
import { configurationPage } from './configuration.ts';
import { exitCodesPage } from './exit-codes.ts';
import { fileFormatsPage } from './file-formats.ts';
import { glossaryPage } from './glossary.ts';
import { instrumentSchema } from './instrument-schema.ts';
import { instrumentsPage } from './instruments.ts';
import { modelsPage } from './models.ts';
import { openSample } from './sample.ts';
import { schemaPage } from './schema.ts';
import { troubleshootingPage } from './troubleshooting.ts';

export async function renderPages(): Promise<ReadonlyMap<string, string>> {
  await using sample = await openSample();
  return new Map([
    ['docs/reference/administration.md', administrationPage()],
    ['docs/reference/commands.md', await commandsPage()],
    ['docs/reference/configuration.md', configurationPage()],
    ['docs/reference/exit-codes.md', exitCodesPage()],
    ['docs/reference/file-formats.md', fileFormatsPage(sample.tables)],
    ['docs/reference/glossary.md', glossaryPage()],
    ['docs/reference/instrument.schema.json', instrumentSchema()],
    ['docs/reference/instruments.md', instrumentsPage()],
    ['docs/reference/models.md', modelsPage()],
    ['docs/reference/schema.md', await schemaPage(sample.database)],
    ['docs/troubleshooting.md', troubleshootingPage()],
  ]);
}
