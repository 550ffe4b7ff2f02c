/** Points of metrics that a request brings, whatever route it is of. */
export function pointsOf(input: unknown): number {
  const series = (input as { body?: { series?: unknown } } | null)?.body?.series;
  if (!Array.isArray(series)) return 0;
  return series.reduce(
    (sum: number, each: { values?: unknown }) => sum + (Array.isArray(each?.values) ? each.values.length : 0),
    0,
  );
}
