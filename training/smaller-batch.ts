/** What is known of a run whose batch does not fit: its config may be any version's. */
interface Sized {
  data?: { batch_size?: unknown; image_size?: unknown };
}

/** That a batch found no room, and what would. @param config a run's document, as it was registered */
export function smallerBatch(config: unknown): string {
  const { data } = (config ?? {}) as Sized;
  const size = typeof data?.batch_size === 'number' ? data.batch_size : null;
  if (size === null) return 'Use a smaller data.batch_size.';
  const images = Array.isArray(data?.image_size) ? ` of ${data.image_size.join('×')}` : '';
  if (size === 1) return `The batch is a single image${images}: use smaller images or a smaller model.`;
  const half = Math.max(1, Math.floor(size / 2));
  return `The batch is ${size} images${images}. Try \`data.batch_size: ${half}\`; with \`optimizer.gradient_accumulation_steps: ${Math.ceil(size / half)}\` the weights still follow ${size} images at a time.`;
}
