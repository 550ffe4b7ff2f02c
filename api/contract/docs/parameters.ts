/** Parameters that mean the same wherever they stand. */
export const parameters: Readonly<Record<string, string>> = {
  limit: 'At most so many entries.',
  cursor: '`next` of the page before; without, the first page.',
  count: '`true`: also count all matches, as `total`.',
  filter: 'Only runs that this is true of; the language is described under “Finding runs” in docs/api.md.',
  sort: 'Up to four fields, separated by commas; `-` in front: the largest first.',
  experiment: 'Only runs of this experiment, by its number.',
  run: 'The run’s id: 32 hexadecimal characters.',
  digest: 'The SHA-256 of the bytes, in hexadecimal.',
  deleted: '`true`: runs in the trash instead.',
  from: 'The first value of the axis, included.',
  to: 'The last value of the axis, included.',
  path: 'The path inside the run; slashes are part of it.',
  direct: '`true`: where the store has addresses of its own, the answer is a redirect to one.',
  format: 'The form of the reply.',
  prefix: 'Only what begins with this.',
  q: 'Only what contains this, upper and lower case alike.',
};
