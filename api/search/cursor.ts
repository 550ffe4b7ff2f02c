import type { SqlValue } from '@tidemark/db/database';
import { invalid } from '../errors.ts';

const encoder = new TextEncoder();

/** The place after a row: its sort values, then its id. Opaque to clients; not secret, and checked when it comes back. */
export function encodeCursor(values: readonly SqlValue[]): string {
  const bytes = encoder.encode(JSON.stringify(values));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** Errors: invalid_request, when it is not a cursor of this many values (null: of any number). */
export function decodeCursor(cursor: string, length: number | null, name = 'cursor'): SqlValue[] {
  try {
    const binary = atob(cursor.replaceAll('-', '+').replaceAll('_', '/'));
    const value: unknown = JSON.parse(new TextDecoder().decode(Uint8Array.from(binary, (c) => c.charCodeAt(0))));
    if (Array.isArray(value) && (length === null || value.length === length) && value.every(isScalar)) return value;
  } catch {
    // Not base64 or not JSON: said below, like any other text that is no cursor.
  }
  throw invalid(['query', name], `not ${name === 'cursor' ? 'a cursor' : name} of this list`, {
    hint: 'Use `next` of the page before, with the same sort.',
  });
}

const isScalar = (value: unknown): value is SqlValue =>
  value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
