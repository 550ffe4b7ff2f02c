import { theme } from '../state/theme.ts';

let cache = new Map<string, string>();
theme.subscribe(() => {
  cache = new Map();
});

/** The current theme's value of a custom property such as `--s1`, for canvases. */
export function color(name: string): string {
  let value = cache.get(name);
  if (value === undefined) {
    value = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    cache.set(name, value);
  }
  return value;
}
