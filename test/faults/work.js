// A worker in a process of its own, that prints every event: `node work.js DATA_DIR URL TOKEN [OPTIONS]`.
if (!process.features.typescript) (await import('tsx/esm/api')).register();
const { runWorker } = await import('@tidemark/worker/main');
const [dataDir, url, token, options = '{}'] = process.argv.slice(2);
const report = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
await runWorker({ dataDir, url, token, threads: 1, checkpointSeconds: 0, report, ...JSON.parse(options) });
process.exit(0);
