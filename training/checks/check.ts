import type { RunConfig } from '../config.ts';
import type { ConfigIssue } from '../issues.ts';
import type { LayerSpec } from '../layers/spec.ts';

/** Looks at a config whose every value is of the right kind, for values that do not go together. */
export type Check = (config: RunConfig, layers: readonly LayerSpec[]) => ConfigIssue[];
