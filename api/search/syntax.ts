/** A part of the filter or sort text: where it starts, counted from 0, and its text. */
export interface Span {
  readonly at: number;
  readonly text: string;
}

/** A filter or sort that cannot be understood: where, why, and what would be right. */
export class SearchError extends Error {
  readonly span: Span;
  readonly allowed: string | undefined;
  /** Words of which one may have been meant. */
  readonly known: readonly string[];
  constructor(span: Span, message: string, allowed?: string, known: readonly string[] = []) {
    super(message);
    this.span = span;
    this.allowed = allowed;
    this.known = known;
  }
}

export type Token =
  | (Span & { readonly kind: 'word' | 'symbol' | 'end' })
  | (Span & { readonly kind: 'string'; readonly value: string })
  | (Span & { readonly kind: 'number'; readonly value: number });

// A field's word holds what keys are made of; a key with anything else is quoted: metrics."my loss".min
const patterns: readonly [Token['kind'] | 'space', RegExp][] = [
  ['space', /\s+/y],
  ['number', /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![A-Za-z0-9_./:-])/y],
  ['string', /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/y],
  ['word', /[A-Za-z0-9_./:-]+(?:(?:"[^"]*"|`[^`]*`)[A-Za-z0-9_./:-]*)*/y],
  ['symbol', /<=|>=|!=|<>|==|[=<>(),]/y],
];

/** Errors: SearchError at the first character that begins nothing. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  next: while (at < text.length) {
    for (const [kind, pattern] of patterns) {
      pattern.lastIndex = at;
      const match = pattern.exec(text)?.[0];
      if (match === undefined) continue;
      if (kind === 'string') tokens.push({ kind, at, text: match, value: unquoted(match) });
      else if (kind === 'number') tokens.push({ kind, at, text: match, value: Number(match) });
      else if (kind !== 'space') tokens.push({ kind, at, text: match });
      at += match.length;
      continue next;
    }
    const character = String.fromCodePoint(text.codePointAt(at)!);
    const open = character === '"' || character === "'";
    throw new SearchError({ at, text: character }, open ? 'a quote that is not closed' : `unexpected ${character}`);
  }
  tokens.push({ kind: 'end', at: text.length, text: '' });
  return tokens;
}

const unquoted = (text: string): string => text.slice(1, -1).replaceAll(/\\(.)/gs, '$1');
