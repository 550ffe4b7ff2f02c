import type { WeightFile } from './tensors.ts';

/**
 * Weights as a safetensors file: tensors by name, float32, little-endian. The same weights give the same bytes, so their digest
 * names them.
 */
export function encodeSafetensors({ framework, tensors }: Pick<WeightFile, 'framework' | 'tensors'>): Uint8Array {
  const names = [...tensors.keys()].sort();
  let at = 0;
  const entries = names.map((name) => {
    const { dims, data } = tensors.get(name)!;
    const begin = at;
    at += data.length * 4;
    return [name, { dtype: 'F32', shape: dims, data_offsets: [begin, at] }] as const;
  });
  const json = JSON.stringify({ __metadata__: { format: framework }, ...Object.fromEntries(entries) });
  const text = new TextEncoder().encode(json);
  // Spaces bring the data to a multiple of eight, as the format asks of writers.
  const header = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  header.set(text);
  const out = new Uint8Array(8 + header.length + at);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(header.length), true);
  out.set(header, 8);
  let offset = 8 + header.length;
  for (const name of names) {
    for (const value of tensors.get(name)!.data) {
      view.setFloat32(offset, value, true);
      offset += 4;
    }
  }
  return out;
}
