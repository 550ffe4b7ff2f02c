/**
 * Every place that names a blob; what none of them names is deleted in the end. A new table with a blob's digest adds itself
 * here: a test goes through the schema's columns. Each is one SELECT of digests, so that no compound grows over five terms.
 */
export const references: Readonly<Record<string, string>> = {
  'artifacts.digest': 'SELECT digest FROM artifacts',
  'checkpoints.digest': 'SELECT digest FROM checkpoints',
  'weights.digest': 'SELECT digest FROM weights',
  'model_files.digest': 'SELECT digest FROM model_files',
  'media_blobs.digest': 'SELECT digest FROM media_blobs',
  'metric_volumes.digest': 'SELECT digest FROM metric_volumes',
  /** What a run starts from, whatever becomes of the weights’ name or of the run whose checkpoint they were. */
  'params.value': "SELECT value FROM params WHERE key = 'init.digest' AND value IS NOT NULL",
  'dataset_parts.data':
    'SELECT file.value ->> 1 FROM dataset_parts, json_each(dataset_parts.data) AS file WHERE file.value ->> 1 IS NOT NULL',
};

/** Those that mean one certain checkpoint: as long as they do, its row stays, so that lineage has two ends. */
export const pins: readonly (keyof typeof references & string)[] = ['model_files.digest', 'params.value'];

/** Columns whose name speaks of a digest or a blob, but which name none in the store. */
export const otherDigests: Readonly<Record<string, string>> = {
  'blobs.digest': 'what the store has',
  'uploads.digest': 'bytes that are not whole yet',
  'upload_parts.digest': 'a part’s',
  'datasets.digest': 'of the manifest; its files are in dataset_parts',
  'weights.source_digest': 'of the file that they were read from',
};

/** SQL: true of a digest that nothing names. `digest` is an SQL expression. */
export const unnamed = (digest: string): string =>
  Object.values(references)
    .map((select) => `${digest} NOT IN (${select})`)
    .join(' AND ');
