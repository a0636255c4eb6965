/** The pages of docs that are made from the program, by their path in docs. */
import { commandsPage } from './commands.ts';
import { configurationPage } from './configuration.ts';
import { exitCodesPage } from './exit-codes.ts';
import { fileFormatsPage } from './file-formats.ts';
import { instrumentsPage } from './instruments.ts';
import { modelsPage } from './models.ts';
import { openSample } from './sample.ts';
import { schemaPage } from './schema.ts';
import { troubleshootingPage } from './troubleshooting.ts';

export async function renderPages(): Promise<ReadonlyMap<string, string>> {
  await using sample = await openSample();
  return new Map([
    ['reference/commands.md', commandsPage()],
    ['reference/configuration.md', configurationPage()],
    ['reference/exit-codes.md', exitCodesPage()],
    ['reference/file-formats.md', fileFormatsPage(sample.tables)],
    ['reference/instruments.md', instrumentsPage()],
    ['reference/models.md', modelsPage()],
    ['reference/schema.md', await schemaPage(sample.database)],
    ['troubleshooting.md', troubleshootingPage()],
  ]);
}
