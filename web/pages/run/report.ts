export interface ClassRow {
  readonly name: string;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly support: number;
}

export interface WrongImage {
  readonly file: string;
  readonly label: string;
  readonly predicted: string;
  readonly probability: number;
  /** Its artifact. */
  readonly image: string | null;
}

export interface TestReport {
  readonly loss: number | null;
  readonly accuracy: number | null;
  readonly classes: readonly string[];
  /** Row: what it is; column: what was said. */
  readonly confusion: readonly (readonly number[])[];
  readonly perClass: readonly ClassRow[];
  readonly wrong: readonly WrongImage[];
}

type Loose = Record<string, unknown>;
const isRecord = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const number = (value: unknown): number | null => (typeof value === 'number' && Number.isFinite(value) ? value : null);

/** `test/report.json`, as far as it can be understood; null when it holds no classes and no confusion matrix. */
export function readReport(text: string): TestReport | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value) || !Array.isArray(value.classes)) return null;
  const classes = value.classes.map(String);
  const matrix = value.confusion ?? value.confusionMatrix ?? value.confusion_matrix;
  if (!Array.isArray(matrix)) return null;
  const confusion = matrix.map((row) => (Array.isArray(row) ? row.map((cell) => number(cell) ?? 0) : []));
  if (confusion.length !== classes.length || confusion.some((row) => row.length !== classes.length)) return null;
  const given = value.perClass ?? value.per_class;
  const wrong = value.mostWrong ?? value.most_wrong ?? value.wrong;
  return {
    loss: number(value.loss),
    accuracy: number(value.accuracy),
    classes,
    confusion,
    perClass: classes.map((name, index) => ({ name, ...rates(confusion, index), ...told(given, name, index) })),
    wrong: Array.isArray(wrong) ? wrong.filter(isRecord).map(wrongImage) : [],
  };
}

function told(given: unknown, name: string, index: number): Partial<ClassRow> {
  const row: unknown = Array.isArray(given) ? given[index] : isRecord(given) ? given[name] : undefined;
  if (!isRecord(row)) return {};
  const precision = number(row.precision);
  const recall = number(row.recall);
  return { ...(precision === null ? {} : { precision }), ...(recall === null ? {} : { recall }) };
}

/** Precision: of what was said to be the class, the share that is. Recall: of the class, the share that was found. */
function rates(confusion: readonly (readonly number[])[], index: number): Omit<ClassRow, 'name'> {
  const hit = confusion[index]?.[index] ?? 0;
  const support = (confusion[index] ?? []).reduce((sum, cell) => sum + cell, 0);
  const said = confusion.reduce((sum, row) => sum + (row[index] ?? 0), 0);
  return { precision: said > 0 ? hit / said : null, recall: support > 0 ? hit / support : null, support };
}

const wrongImage = (row: Loose): WrongImage => ({
  file: String(row.file ?? ''),
  label: String(row.label ?? ''),
  predicted: String(row.predicted ?? ''),
  probability: number(row.probability) ?? Number.NaN,
  image: typeof row.image === 'string' ? row.image : null,
});
