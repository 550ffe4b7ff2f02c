const HEADLINE = ['loss', 'accuracy', 'mae', 'auc', 'f1'];

/** The metrics of an epoch that a line for people shows, in order: whole sets' figures, not those of single classes. */
export const headline = (values: Readonly<Record<string, number>>): string[] =>
  [...HEADLINE, ...HEADLINE.map((key) => `val_${key}`)].filter((key) => values[key] !== undefined);
