// Makes test/fixtures/schemas/NAME.{db,json}.gz with the code of an earlier commit, so that today's can be held to what it wrote:
//   node test/support/make-schema-fixture.mjs COMMIT NAME FOLDER
// FOLDER (which must not exist) becomes a worktree of that commit, with this checkout's packages, and may be removed afterwards.
// The committed ones are of: 0000 f313fdc^, 0001 b8549a5^, 0002 4634142^, 0003 3253d58^, 0004 6a0ad68.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

const [commit, name, folder] = process.argv.slice(2);
const root = resolve(import.meta.dirname, '../..');
execFileSync('git', ['worktree', 'add', '--detach', folder, commit], { cwd: root, stdio: 'inherit' });
const modules = join(folder, 'node_modules');
mkdirSync(join(modules, '@tidemark'), { recursive: true });
for (const entry of readdirSync(join(root, 'node_modules'))) {
  if (entry !== '@tidemark') symlinkSync(join(root, 'node_modules', entry), join(modules, entry));
}
for (const workspace of ['api', 'db', 'training', 'client', 'cli', 'worker', 'web']) {
  symlinkSync(join(folder, workspace), join(modules, '@tidemark', workspace));
}
const data = join(folder, 'fixture-data');
mkdirSync(join(folder, 'web/dist'), { recursive: true });
writeFileSync(join(folder, 'web/dist/index.html'), '<!doctype html>');
const server = spawn(process.execPath, ['cli/bin.js', 'serve', '--port', '0', '--data-dir', data], {
  cwd: folder,
  stdio: 'inherit',
});
process.on('exit', () => server.kill('SIGKILL'));
while (!existsSync(join(data, 'server.json'))) await delay(100);
const { url, token } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8'));

async function call(method, path, body, headers = {}) {
  const raw = body instanceof Uint8Array;
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body && !raw ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
    body: raw ? body : body && JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text;
}
const T = 1_764_000_000_000;
const batch = (first, count) => {
  const steps = Array.from({ length: count }, (_, i) => first + i);
  return ['loss', 'val/acc'].map((key, k) => ({
    key,
    steps,
    times: steps.map((step) => T + 1000 * step),
    values: steps.map((step) => (step === 5 ? 'NaN' : step === 6 ? '-Infinity' : k + (step % 32) / 32)),
  }));
};
const config = (epochs) => ({
  data: { path: 'photographs', image_size: [32, 32], validation_split: 0.2 },
  model: { layers: [{ type: 'Flatten' }, { type: 'Dense', units: 1, activation: 'sigmoid' }] },
  epochs,
});
const ended = await call('POST', '/runs', {
  experiment: 'scripts',
  params: { lr: 0.1, deep: true, none: null, text: 'ä' },
  tags: { team: 'a' },
  note: 'a note',
});
const { attempt, token: session } = ended.session;
for (let i = 0; i < 18; i++) {
  const at = { attempt, token: session, firstSeq: i + 1, lastSeq: i + 1 };
  const lines = i % 10 === 0 ? [{ at: T + i, level: 'info', text: `line ${i} ü` }] : [];
  await call('POST', `/runs/${ended.id}/log`, { ...at, series: batch(i * 400, 400), lines });
}
await call('PUT', `/runs/${ended.id}/artifacts/some/file.txt`, new TextEncoder().encode('artifact'), {
  'content-type': 'text/plain',
});
await call('POST', `/runs/${ended.id}/finish`, { attempt, token: session, finalSeq: 18, outcome: 'finished' });
const live = await call('POST', '/runs', { experiment: 'scripts', name: 'still running' });
await call('POST', `/runs/${live.id}/log`, { series: batch(0, 50) });
const gone = await call('POST', '/runs', { experiment: 'scripts', name: 'in the trash' });
await call('POST', `/runs/${gone.id}/finish`, {
  ...pick(gone.session),
  finalSeq: 0,
  outcome: 'failed',
  error: { code: 'x', message: 'y' },
});
await call('DELETE', `/runs/${gone.id}`);
const trained = await call('POST', '/runs', { experiment: 'trained', config: config(3) });
await call('PUT', '/workers/box-1', {
  name: 'box',
  labels: ['gpu'],
  slots: 1,
  engine: 'onnx',
  device: 'cpu',
  state: 'active',
  host: { hostname: 'box', os: 'linux', cpu: 'x', cores: 2, memory: 4, gpus: [], node: '20', version: '0.1.0' },
});
const { lease } = await call('POST', '/claims', { claimId: 'claim-of-fixture', worker: 'box-1', labels: ['gpu'] });
const fence = { attempt: lease.attempt, token: lease.token };
await call('POST', `/leases/${trained.id}/log`, {
  ...fence,
  firstSeq: 1,
  lastSeq: 1,
  series: batch(0, 100),
  lines: [],
  progress: { epoch: 1, epochs: 3, step: 100, steps: 300 },
});
const bytes = new TextEncoder().encode('checkpoint');
const digest = createHash('sha256').update(bytes).digest('hex');
await call('PUT', `/blobs/${digest}`, bytes);
await call('POST', `/leases/${trained.id}/checkpoint`, {
  ...fence,
  throughSeq: 1,
  step: 60,
  epoch: 1,
  digest,
  size: bytes.length,
  kept: ['best', 'latest'],
  metrics: { loss: 0.5 },
});
await call('POST', `/leases/${trained.id}/release`, fence);

const recorded = {};
const record = async (path) => {
  recorded[path] = await call('GET', path);
};
await record('/experiments');
for (const { id } of [ended, live, gone, trained]) {
  await record(`/runs/${id}`);
  await record(`/runs/${id}/lines`);
  await record(`/runs/${id}/artifacts`);
  await record(`/metrics?runs=${id}&keys=loss,val/acc&points=500&from=0&to=99`);
}
await record(`/runs/${ended.id}/artifacts/some/file.txt`);
server.kill('SIGTERM');
await new Promise((done) => server.once('exit', done));
const { createClient } = await import('@libsql/client');
const db = createClient({ url: `file:${join(data, 'projects/default.db')}` });
const out = join(data, 'fixture.db');
await db.execute({ sql: 'VACUUM INTO ?', args: [out] });
db.close();
const at = join(root, 'test/fixtures/schemas');
writeFileSync(join(at, `${name}.db.gz`), gzipSync(readFileSync(out), { level: 9 }));
writeFileSync(join(at, `${name}.json.gz`), gzipSync(JSON.stringify(recorded), { level: 9 }));
process.exit(0);

function pick({ attempt, token }) {
  return { attempt, token };
}
