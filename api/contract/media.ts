import * as z from 'zod';
import { List, MetricKey, Millis, NextCursor, RunId, Sha256, Step } from './common.ts';
import { route } from './route.ts';

export const MediaType = z.enum(['image', 'table', 'histogram', 'confusion_matrix', 'pr_curve', 'roc_curve', 'text']);
export type MediaType = z.output<typeof MediaType>;

const Short = z.string().max(500);
const Fraction = z.number().min(0).max(1);

/** A box on an image; all four are fractions of its width and height, from the upper left corner. */
const Box = z.strictObject({
  x: Fraction,
  y: Fraction,
  width: Fraction,
  height: Fraction,
  label: Short.optional(),
  score: z.number().optional(),
});

/** An image whose bytes were stored before (`PUT /blobs/{digest}`). */
export const MediaImage = z
  .strictObject({
    digest: Sha256,
    contentType: z.enum(['image/png', 'image/jpeg', 'image/webp', 'image/gif']),
    width: z.int().min(1).max(65_535),
    height: z.int().min(1).max(65_535),
    caption: z.string().max(5000).optional(),
    boxes: z.array(Box).max(500).optional(),
  })
  .meta({ id: 'MediaImage' });

const ImageMedium = z.strictObject({ type: z.literal('image'), images: z.array(MediaImage).min(1).max(64) });
const Cell = z.union([z.string().max(20_000), z.number(), z.boolean(), z.null()]);
const TableMedium = z
  .strictObject({
    type: z.literal('table'),
    columns: z.array(Short).min(1).max(500),
    rows: z.array(z.array(Cell)).max(20_000),
  })
  .refine(({ columns, rows }) => rows.every((row) => row.length === columns.length), {
    path: ['rows'],
    message: 'every row has as many cells as there are columns',
  });
const HistogramMedium = z
  .strictObject({
    type: z.literal('histogram'),
    /** One more than there are bins, ascending. Bin i is [edges i, edges i+1), the last one with its end. */
    edges: z.array(z.number()).min(2).max(4097),
    counts: z.array(z.number().min(0)).max(4096),
  })
  .refine(({ edges, counts }) => counts.length === edges.length - 1, {
    path: ['counts'],
    message: 'there is a count for each two edges',
  })
  .refine(({ edges }) => edges.every((edge, i) => i === 0 || edge > edges[i - 1]!), {
    path: ['edges'],
    message: 'edges ascend',
  });
const ConfusionMedium = z
  .strictObject({
    type: z.literal('confusion_matrix'),
    classes: z.array(Short).min(1).max(250),
    /** By [label][prediction]. */
    counts: z.array(z.array(z.number().min(0))).max(250),
  })
  .refine(
    ({ classes, counts }) => counts.length === classes.length && counts.every((row) => row.length === classes.length),
    { path: ['counts'], message: 'a row and a column for each class' },
  );
/** Points in the order of falling thresholds. */
const MediaCurve = z
  .strictObject({
    name: Short,
    x: z.array(Fraction).max(2000),
    y: z.array(Fraction).max(2000),
    /** Under the curve: of ROC the area, of precision over recall the average precision. */
    area: Fraction.optional(),
  })
  .refine(({ x, y }) => x.length === y.length, { path: ['y'], message: 'as many as x' })
  .meta({ id: 'MediaCurve' });
const Curves = z.array(MediaCurve).min(1).max(100);
/** Precision (y) over recall (x). */
const PrMedium = z.strictObject({ type: z.literal('pr_curve'), curves: Curves });
/** True positive rate (y) over false positive rate (x). */
const RocMedium = z.strictObject({ type: z.literal('roc_curve'), curves: Curves });
const TextMedium = z.strictObject({
  type: z.literal('text'),
  text: z.string().max(200_000),
  format: z.enum(['plain', 'markdown']).default('plain'),
});

export const MediaValue = z
  .discriminatedUnion('type', [
    ImageMedium,
    TableMedium,
    HistogramMedium,
    ConfusionMedium,
    PrMedium,
    RocMedium,
    TextMedium,
  ])
  .meta({ id: 'MediaValue' });
export type MediaValue = z.output<typeof MediaValue>;

export const MediaIn = z.strictObject({
  key: MetricKey,
  step: Step,
  /** Milliseconds by the writer's clock. */
  time: Millis,
  value: MediaValue,
});

export const Media = z
  .object({ key: z.string(), step: z.int(), attempt: z.int(), time: Millis, value: MediaValue })
  .meta({ id: 'Media' });
export type Media = z.output<typeof Media>;

const params = z.object({ id: RunId });
const tag = 'media';

/** A lease holder, or a script that has a session, adds `Tidemark-Lease: attempt.token`. */
export const saveMedia = route({
  method: 'POST',
  path: '/runs/{id}/media',
  tag,
  scope: 'write',
  workerToo: true,
  status: 200,
  summary:
    'Images, tables, histograms, confusion matrices, curves and texts of a run, by key and step. The same again changes nothing; another value at the same key and step replaces it.',
  params,
  body: z.strictObject({ items: z.array(MediaIn).min(1).max(100) }),
  response: z.object({ saved: z.int() }),
  errors: ['invalid_request', 'not_found', 'conflict', 'stale_attempt', 'too_large'],
});
export const listMedia = route({
  method: 'GET',
  path: '/runs/{id}/media',
  tag,
  scope: 'read',
  status: 200,
  summary:
    'A run’s visible media by key and step. `near=latest` answers each key’s newest, `near=120` the one nearest to step 120 (of two as near the earlier).',
  params,
  query: z.object({
    keys: List.pipe(z.array(z.string().min(1).max(250)).min(1).max(200)).optional(),
    type: MediaType.optional(),
    near: z.union([z.literal('latest'), z.coerce.number().pipe(Step)]).optional(),
    /** Steps, both ends included. */
    from: z.coerce.number().optional(),
    to: z.coerce.number().optional(),
    limit: z.coerce.number().int().min(1).max(500).default(100),
    cursor: z.string().max(500).optional(),
  }),
  response: z.object({ media: z.array(Media), next: NextCursor }),
  errors: ['invalid_request', 'not_found'],
});
export const mediaKeys = route({
  method: 'GET',
  path: '/runs/{id}/media/keys',
  tag,
  scope: 'read',
  status: 200,
  summary: 'What media a run has: keys, by key and type, with their steps.',
  params,
  response: z.object({ keys: z.array(z.object({ key: z.string(), type: MediaType, steps: z.array(z.int()) })) }),
  errors: ['not_found'],
});
export const getMediaBlob = route({
  method: 'GET',
  path: '/runs/{id}/media/blobs/{digest}',
  tag,
  scope: 'read',
  status: 200,
  summary: 'The bytes of an image of this run’s media, with its type.',
  params: z.object({ id: RunId, digest: Sha256 }),
  response: 'bytes',
  errors: ['not_found'],
});
export const mediaRoutes = { saveMedia, listMedia, mediaKeys, getMediaBlob };
