import type { TestReport } from '@tidemark/training/test-report';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `test/report.json` as a worker writes it; null for anything else that somebody may have stored under that name. */
export function readReport(text: string): TestReport | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  return isReport(value) ? value : null;
}

/** Only what would break the page is looked at: lists where lists are drawn, and a square matrix. */
function isReport(value: unknown): value is TestReport {
  if (!isRecord(value)) return false;
  const { classes, confusion, perClass, wrong, loss, accuracy, curves } = value;
  if (!Array.isArray(classes) || !Array.isArray(confusion) || !Array.isArray(perClass) || !Array.isArray(wrong))
    return false;
  return (
    typeof loss === 'number' &&
    (curves === undefined || (Array.isArray(curves) && curves.every(isCurve))) &&
    (accuracy === undefined || typeof accuracy === 'number') &&
    (confusion.length === classes.length || confusion.length === 0) &&
    confusion.every((row) => Array.isArray(row) && row.length === classes.length && row.every(Number.isFinite)) &&
    perClass.every((row) => isRecord(row) && typeof row.class === 'string') &&
    wrong.every((row) => isRecord(row) && typeof row.file === 'string' && typeof row.image === 'string')
  );
}

const isCurve = (value: unknown): boolean =>
  isRecord(value) &&
  typeof value.class === 'string' &&
  [value.roc, value.pr].every(
    (curve) =>
      isRecord(curve) && [curve.x, curve.y].every((axis) => Array.isArray(axis) && axis.every(Number.isFinite)),
  );
