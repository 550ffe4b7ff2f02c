/** Replies of examples so far: `route` and `route/example`. */
export type Replies = Readonly<Record<string, unknown>>;

/** The examples that a value quotes, as `route` or `route/example`. */
export function quoted(value: unknown): string[] {
  return [...JSON.stringify(value ?? null).matchAll(/\{\{([\w/-]+)/g)].map(([, name]) => name!);
}

/** Puts what `{{route.path}}` quotes in its place; a text that is nothing else takes the type of what it quotes. */
export function fill<T>(value: T, replies: Replies): T {
  return filled(value, replies) as T;
}

function filled(value: unknown, replies: Replies): unknown {
  if (typeof value === 'string') {
    const whole = /^\{\{([^{}]+)\}\}$/.exec(value);
    if (whole) return look(whole[1]!, replies);
    return value.replaceAll(/\{\{([^{}]+)\}\}/g, (_, path: string) => String(look(path, replies)));
  }
  if (Array.isArray(value)) return value.map((each) => filled(each, replies));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, filled(each, replies)]));
}

function look(path: string, replies: Replies): unknown {
  const [name, ...keys] = path.split('.');
  let value = replies[name!];
  for (const key of keys) value = (value as Record<string, unknown> | null | undefined)?.[key];
  if (value === undefined) throw new Error(`an example quotes {{${path}}}, which no reply has`);
  return value;
}
