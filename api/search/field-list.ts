import { SearchError, type Span } from './syntax.ts';

/** `-metrics.loss.min, tags."a, b"`: what stands between commas that are not in quotes; empty parts are left out. */
export function splitFields(text: string, most: number, what: string): Span[] {
  const spans: Span[] = [];
  for (const { index, 0: part } of text.matchAll(/(?:"[^"]*"|`[^`]*`|[^,])+/g)) {
    const name = part.trim();
    if (name === '') continue;
    const span = { at: index + part.indexOf(name), text: name };
    if (spans.length === most) throw new SearchError(span, `more than ${most} ${what}`);
    spans.push(span);
  }
  return spans;
}
