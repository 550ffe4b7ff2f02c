import type { Matching } from './match.ts';

const MOST = 12;
const dims = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

function some<T>(list: readonly T[], line: (one: T) => string): string[] {
  const lines = list.slice(0, MOST).map((one) => `  ${line(one)}`);
  return list.length > MOST ? [...lines, `  … and ${list.length - MOST} more`] : lines;
}

/** What does not match, on both sides, with shapes; no lines where everything does. */
export function describeMatching({ missing, misfits, unused }: Matching): string[] {
  const lines: string[] = [];
  if (missing.length > 0) {
    lines.push(`The source has nothing for ${missing.length} of the model’s weights:`);
    lines.push(
      ...some(missing, ({ parameter, shape, sought }) => `${parameter} ${dims(shape)} (sought: ${sought.join(', ')})`),
    );
  }
  if (misfits.length > 0) {
    lines.push(`${misfits.length} have another shape in the source:`);
    lines.push(
      ...some(misfits, (one) => `${one.parameter} ${dims(one.shape)}, but ${one.source} is ${dims(one.dims)}`),
    );
  }
  if (unused.length > 0) {
    lines.push(`The model has no place for ${unused.length} of the source’s tensors:`);
    lines.push(...some(unused, (one) => `${one.name} ${dims(one.dims)}`));
  }
  return lines;
}

/** Null when a matching may be used: with `strict` only a whole one, without it one that has any weight at all. */
export function refusal(matching: Matching, strict: boolean): string | null {
  const lines = describeMatching(matching);
  if (lines.length === 0) return null;
  if (strict) {
    const hint =
      'Map names with `init.name_map`, leave layers out with `init.exclude` (the last layer, say), or set `init.strict: false`.';
    return ['The weights do not fit the model.', ...lines, hint].join('\n');
  }
  return matching.matches.length > 0 ? null : ['No weight of the model is in the source.', ...lines].join('\n');
}
