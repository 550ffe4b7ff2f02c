// Started by a script that ends (client/run.ts) to send what its journal still holds: node deliver.js JOURNAL
if (!process.features.typescript) (await import('tsx/esm/api')).register();
const { deliver } = await import('./deliver.ts');
await deliver(process.argv[2]);
