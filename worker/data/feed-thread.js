// Node 22.18 and newer strip types by themselves; older ones need tsx's loader, in each thread.
if (!process.features.typescript) (await import('tsx/esm/api')).register();
await import('./feed-thread.ts');
