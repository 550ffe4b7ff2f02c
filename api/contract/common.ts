import * as z from 'zod';

/** A run's id: a UUIDv7 without dashes, so it sorts by creation and is a valid MLflow id. */
export const RunId = z.string().regex(/^[0-9a-f]{32}$/, '32 hexadecimal characters');
/** What people call a run or an experiment: one line, so that tables, terminals and logs show it as it is. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(256)
  .regex(/^\P{Cc}*$/u, 'one line, without control characters');
export const ExperimentId = z.coerce.number().int().min(1);
/** Milliseconds since 1970, by the database's clock unless it says otherwise. */
export const Millis = z.int();
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'a SHA-256 digest in hexadecimal');
/** A metric's name. `/` and `.` group keys in the dashboard. */
export const MetricKey = z
  .string()
  .min(1)
  .max(250)
  .regex(/^[A-Za-z0-9_\-. :/]+$/, 'letters, digits and _ - . : / space');
export const Step = z
  .int()
  .min(-(2 ** 53) + 1)
  .max(2 ** 53 - 1);
/** float64; JSON has no NaN and no infinities, so they travel as strings. */
export const MetricValue = z.union([z.number(), z.enum(['NaN', 'Infinity', '-Infinity'])]);
export type MetricValue = z.output<typeof MetricValue>;
export const toNumber = (value: MetricValue): number => (typeof value === 'number' ? value : Number(value));
export const fromNumber = (value: number): MetricValue =>
  Number.isFinite(value) ? value : (String(value) as 'NaN' | 'Infinity' | '-Infinity');

export const Label = z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/=-]{0,63}$/, 'a label such as `gpu` or `site=lab`');
export const Tags = z.record(z.string().min(1).max(250), z.string().max(5000));
export const ParamValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export const Params = z.record(z.string().min(1).max(250), ParamValue);

/** A path inside a run: no leading slash, no `.` or `..` part, no backslash, no control character. */
export const ArtifactPath = z
  .string()
  .min(1)
  .max(1024)
  .refine(
    (path) =>
      !path.startsWith('/') &&
      path.split('/').every((part) => part !== '' && part !== '.' && part !== '..') &&
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
      !/[\u0000-\u001f\u007f\\]/.test(path),
    'a relative path without `.`, `..`, empty parts, backslashes or control characters',
  );

export const Page = {
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().max(500).optional(),
};
/** The cursor of the next page; null at the end. */
export const NextCursor = z.string().nullable();
/** A query parameter that may be given once, comma-separated. */
export const List = z.string().transform((text) => text.split(',').filter((part) => part !== ''));
export const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');
export const Empty = z.object({});
