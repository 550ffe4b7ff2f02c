// Column names are SQL's, so that `typeof table.$inferSelect` is the type of a row as the port returns it.
export * from './artifacts.ts';
export * from './audit.ts';
export * from './datasets.ts';
export * from './experiments.ts';
export * from './keys.ts';
export * from './leases.ts';
export * from './members.ts';
export * from './metrics.ts';
export * from './models.ts';
export * from './project.ts';
export * from './records.ts';
export * from './runs.ts';
export * from './tokens.ts';
export * from './upkeep.ts';
export * from './views.ts';
export * from './weights.ts';
export * from './workers.ts';
