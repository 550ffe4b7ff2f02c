// Node 22.18 and newer strip types by themselves; older ones need tsx's loader.
if (!process.features.typescript) (await import('tsx/esm/api')).register();
await import('./tidemark_step.ts');
