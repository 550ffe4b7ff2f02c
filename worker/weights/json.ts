import { WeightFileError } from './tensors.ts';

const decoder = new TextDecoder('utf-8', { fatal: true });

/** A JSON object out of a file. @throws WeightFileError naming `what` when it is none. */
export function parseObject(bytes: Uint8Array, what: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new WeightFileError(`${what} is no JSON: ${error instanceof Error ? error.message.slice(0, 120) : ''}.`);
  }
  if (!isObject(value)) throw new WeightFileError(`${what} is no JSON object.`);
  return value;
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'number');
