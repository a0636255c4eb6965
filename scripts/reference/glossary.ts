/** The page of words, from the same list as the help of the commands. */
import { GLOSSARY } from '../../src/cli/glossary.ts';
import { pageOf } from './page.ts';

export function glossaryPage(): string {
  const entries = Object.entries(GLOSSARY).map(([term, meaning]) => `- **${term}**: ${meaning}`);
  return pageOf(
    'Glossary',
    'src/cli/glossary.ts',
    'The words of this program, its messages and its tables.',
    entries.join('\n'),
  );
}
