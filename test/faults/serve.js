// A server in a process of its own: `node serve.js DATA_DIR PORT`.
if (!process.features.typescript) (await import('tsx/esm/api')).register();
const { startServer } = await import('@tidemark/api/node');
const { readConfig } = await import('@tidemark/api/config');
const [dataDir, port] = process.argv.slice(2);
const server = await startServer(readConfig({ dataDir, port: Number(port) }));
console.log(JSON.stringify({ type: 'serving', url: server.url }));
