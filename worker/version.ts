import { readFileSync } from 'node:fs';

// Not an import: Node 20 warns about those of JSON.
const manifest = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as { version: string };

export const VERSION = manifest.version;
