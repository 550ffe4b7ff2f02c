import { getWeights } from '@tidemark/api/contract/weights';
import { type Connection, connect } from '../context.ts';
import { ago, bytes, grouped } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

export async function weightsShow(name: string, options: Connection): Promise<void> {
  const entry = await connect(options).call(getWeights, { params: { name } });
  if (options.json) {
    console.log(JSON.stringify(entry));
    return;
  }
  const { normalization } = entry;
  const facts = [
    ['digest', entry.digest],
    ['from', `${entry.source} (sha256 ${entry.sourceDigest})`],
    ['licence', entry.license || 'not noted'],
    [
      'expects',
      normalization ? `(pixel − ${normalization.mean.join(' ')}) / ${normalization.std.join(' ')}` : 'not noted',
    ],
    [
      'holds',
      `${grouped(entry.parameters)} numbers in ${entry.tensors} tensors, ${bytes(entry.size)}, ${entry.framework}`,
    ],
    ['added', `${ago(entry.createdAt, Date.now())} by ${entry.createdBy}; ${entry.runs} runs started from them`],
  ];
  console.log(entry.name);
  for (const [what = '', value = ''] of facts) console.log(`  ${what.padEnd(8)} ${value}`);
  const rows = entry.shapes.map(([tensor, dims]) => [tensor, dims.join(' × ')]);
  console.log(`\n${table([{ title: 'TENSOR' }, { title: 'SHAPE' }], rows).join('\n')}`);
}
