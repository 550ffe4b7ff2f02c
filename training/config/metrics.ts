import * as z from 'zod';

const perClass = {
  per_class: z.boolean().default(true).describe('Also logged for each class: `precision/cats`.'),
};
const counted = z.strictObject({
  threshold: z.number().min(0).max(1).default(0.5).describe('From above it, a sigmoid’s output says yes.'),
  ...perClass,
});
const none = z.strictObject({});

/** Arguments of each metric by its name. */
const Arguments = {
  accuracy: none,
  top_k_categorical_accuracy: z.strictObject({
    k: z.int().min(1).default(5).describe('Right when the class is among the k most probable.'),
  }),
  auc: z.strictObject({
    curve: z.enum(['ROC', 'PR']).default('ROC').describe('Under which curve: ROC, or precision over recall.'),
    ...perClass,
  }),
  precision: counted,
  recall: counted,
  f1: counted,
  mae: none,
  mse: none,
  rmse: none,
  r2: none,
};
export type MetricName = keyof typeof Arguments;
/** Object.keys of the table above: its keys are the names. */
const names = Object.keys(Arguments) as [MetricName, ...MetricName[]];

const Mapping = z.strictObject(Arguments).partial();

/** What is logged beside the loss: names, or mappings of a name to its arguments. */
export const MetricsConfig = z
  .array(z.union([z.enum(names), Mapping]))
  .max(20)
  .default([])
  .describe('Logged for training and validation beside `loss`; `accuracy` (regression: `mae`) always is.');
export type MetricsConfig = z.output<typeof MetricsConfig>;

type Arguments = { [Name in MetricName]: z.output<(typeof Arguments)[Name]> };
export type MetricConfig = { [Name in MetricName]: { name: Name } & Arguments[Name] }[MetricName];

/** A config's metrics with all their arguments, in the order written. */
export function metricList(config: MetricsConfig): MetricConfig[] {
  return config.flatMap((entry) => {
    const given = typeof entry === 'string' ? Mapping.parse({ [entry]: {} }) : entry;
    // Each name has its own arguments in `given`: the pair is a MetricConfig by the schema above.
    return Object.entries(given).map(([name, args]) => ({ name, ...args }) as MetricConfig);
  });
}
