// npm run bench -- NAME [--json]: each bench is a module beside this one that exports `bench(options)`.
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchOptions, Figure } from './bench.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const notBenches = ['main.ts', 'bench.ts', 'peers.ts'];
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && !notBenches.includes(file))
  .map((file) => file.slice(0, -3))
  .sort();

const args = process.argv.slice(2);
const json = args.includes('--json');
const [name, ...rest] = args.filter((arg) => arg !== '--json');
if (!name || !names.includes(name) || !existsSync(`${folder}${name}.ts`)) {
  console.error(`usage: npm run bench -- NAME [--json]\n\nNAME is one of ${names.join(', ')}.`);
  process.exit(2);
}

function report(figure: Figure): void {
  const line = JSON.stringify(figure);
  if (json) process.stdout.write(`${line}\n`);
  else {
    const peer = figure.peer ? `   ${figure.peer}: ${figure.peerValue} ${figure.unit}` : '';
    console.log(`${figure.metric.padEnd(32)} ${figure.value} ${figure.unit}${peer}`);
  }
}

const module: { bench(options: BenchOptions): Promise<void> } = await import(`./${name}.ts`);
await module.bench({ json, args: rest, report });
process.exit(0);
