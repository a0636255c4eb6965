#!/usr/bin/env node
// Plain JavaScript that any Node can read, so that an old one can say what it lacks instead of failing on syntax.
import module from 'node:module';

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  process.stderr.write(
    `personas needs Node.js 22.13 or newer; this is ${process.versions.node}.\nInstall a newer one (https://nodejs.org), or run it with: npx -p node@24 -p personality-trap personas\n`,
  );
  process.exit(2);
}
module.enableCompileCache?.();
await import('../dist/cli/main.js');
