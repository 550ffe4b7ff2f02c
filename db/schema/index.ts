// Column names are SQL's, so that `typeof table.$inferSelect` is the type of a row as the port returns it.
export * from './artifacts.ts';
export * from './datasets.ts';
export * from './experiments.ts';
export * from './leases.ts';
export * from './metrics.ts';
export * from './runs.ts';
export * from './tokens.ts';
export * from './upkeep.ts';
export * from './weights.ts';
export * from './workers.ts';
