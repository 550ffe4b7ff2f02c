/** The key of an experiment's page: its number, then its name for people. */
export const experimentKey = (id: number, slug: string): string => (slug ? `${id}-${slug}` : String(id));

/** The number in such a key; NaN when there is none. */
export const experimentId = (key: string): number => Number(/^(\d+)(?:-|$)/.exec(key)?.[1] ?? Number.NaN);
