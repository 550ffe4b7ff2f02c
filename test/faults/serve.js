// A server in a process of its own: `node serve.js DATA_DIR PORT`. SIGUSR2 sets its clock ten minutes ahead.
if (!process.features.typescript) (await import('tsx/esm/api')).register();
const { startServer } = await import('@tidemark/api/node');
const { readConfig } = await import('@tidemark/api/config');
const [dataDir, port] = process.argv.slice(2);
let ahead = 0;
process.on('SIGUSR2', () => {
  ahead += 600_000;
  console.log(JSON.stringify({ type: 'ahead', ahead }));
});
const now = () => Date.now() + ahead;
const server = await startServer(readConfig({ dataDir, port: Number(port) }), { now });
console.log(JSON.stringify({ type: 'serving', url: server.url }));
