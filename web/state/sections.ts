export interface Section {
  /** The first part of its keys; empty for keys without parts. */
  readonly name: string;
  readonly keys: readonly string[];
}

/** The epoch counter is an axis, not a curve. */
const hidden = new Set(['epoch']);

/** Charts in the order of what matters: the first metric, validation, training, then the parts A–Z. */
export function sectionsOf(keys: readonly string[], primary: string | undefined): Section[] {
  const groups = new Map<string, string[]>();
  for (const key of keys) {
    if (hidden.has(key)) continue;
    const slash = key.indexOf('/');
    const name = slash > 0 ? key.slice(0, slash) : '';
    groups.set(name, [...(groups.get(name) ?? []), key]);
  }
  const rank = (key: string): string => {
    if (key === primary) return '0';
    const usual = ['val_accuracy', 'val_loss', 'accuracy', 'loss'].indexOf(key);
    if (usual >= 0) return `1${usual}`;
    return `${key.startsWith('val_') ? 2 : 3}${key}`;
  };
  const order = (name: string): string =>
    name === '' ? '0' : name === 'system' || name === 'layers' ? `2${name}` : `1${name}`;
  return [...groups]
    .map(([name, members]) => ({ name, keys: members.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)) }))
    .sort((a, b) => (order(a.name) < order(b.name) ? -1 : 1));
}

/** Open at first: all, unless there are many keys or they are the machine's own. */
export const openAtFirst = (section: Section, keys: number): boolean =>
  section.name === '' || (keys <= 60 && section.name !== 'system' && section.name !== 'layers');

/** Substring, or a regular expression between slashes; a broken one matches nothing. */
export function keyMatcher(find: string): (key: string) => boolean {
  const pattern = /^\/(.+)\/?$/.exec(find);
  if (pattern?.[1]) {
    try {
      const expression = new RegExp(pattern[1].replace(/\/$/, ''), 'i');
      return (key) => expression.test(key);
    } catch {
      return () => false;
    }
  }
  const text = find.toLowerCase();
  return (key) => key.toLowerCase().includes(text);
}
