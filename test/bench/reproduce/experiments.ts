import { fileURLToPath } from 'node:url';
import { routes } from '@tidemark/api/contract/index';
import type { RunDetail } from '@tidemark/api/contract/runs';
import type { Client } from '@tidemark/client';
import { readConfigFile } from '../../../cli/config-file.ts';

interface Experiment {
  /** In examples/cats-vs-dogs. */
  file: string;
  sets: readonly string[];
  /** Accuracies that the tutorial reports; null where it has no such run. */
  published: { train: number; validation: number; test: number } | null;
}

const augmented = { train: 0.85, validation: 0.8, test: 0.826 };

/** The published runs, and one that differs from `augmented` only in what its validation images look like. */
export const EXPERIMENTS = {
  plain: { file: 'plain.yaml', sets: [], published: { train: 0.995, validation: 0.773, test: 0.666 } },
  augmented: { file: 'augmented.yaml', sets: [], published: augmented },
  'augmented-validation': {
    file: 'augmented.yaml',
    sets: ['name=augmented-validation', 'augmentation.augment_validation=true'],
    published: augmented,
  },
} as const satisfies Record<string, Experiment>;
export type Name = keyof typeof EXPERIMENTS;

/** @param sets `path=value`, changes to the example's config that hold for every run */
export async function register(client: Client, name: Name, sets: readonly string[]): Promise<RunDetail> {
  const { file, sets: own } = EXPERIMENTS[name];
  const example = fileURLToPath(new URL(`../../../examples/cats-vs-dogs/${file}`, import.meta.url));
  return client.call(routes.createRun, { body: { config: readConfigFile(example, [...own, ...sets]).text } });
}
