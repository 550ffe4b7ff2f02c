// Which folder may import which (docs/architecture.md), and no cycles. Read with oxc, because dependency-cruiser sees no TSX where
// TypeScript has no compiler API (docs/adr/0002-directions.md).
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize } from 'node:path';
import { parseSync } from 'oxc-parser';

const folders = ['api', 'db', 'training', 'client', 'cli', 'worker', 'web', 'test'];

/** `from` may not import `to`, except what `but` names. All are patterns of paths from the root; `builtin` is Node's own. */
const forbidden = [
  { rule: 'training/ imports nothing of ours', from: /^training\//, to: /^/, but: /^training\// },
  { rule: 'the contract stands alone', from: /^api\/contract\//, to: /^/, but: /^(api\/contract|training)\// },
  { rule: 'db/ imports nothing of ours', from: /^db\//, to: /^/, but: /^db\// },
  { rule: 'client/ knows the contract only', from: /^client\//, to: /^/, but: /^(client|api\/contract)\// },
  {
    rule: 'worker/ and web/ reach the API through client/',
    from: /^(worker|web)\//,
    to: /^(api|db|cli|test)\//,
    but: /^api\/contract\//,
  },
  {
    // Backup, check and restore work on a data folder whose server is away or may not be asked: docs/adr/0017-safe.md.
    rule: 'cli/ starts the server by its entry, works on a data folder by three modules, and else uses client/',
    from: /^cli\//,
    to: /^(api|db|web|test)\//,
    but: /^api\/(contract\/|(node|config|node\/backup|node\/check|node\/restore)\.ts$)/,
  },
  { rule: 'api/ is no worker and no screen', from: /^api\//, to: /^(client|cli|worker|web)\// },
  { rule: 'no SQL in routes', from: /^api\/routes\//, to: /^db\// },
  { rule: 'the product imports no test', from: /^(?!test\/)/, to: /^test\// },
  {
    rule: 'Node built-ins only where Node runs',
    from: /^(training\/|api\/(?!node(\.ts|\/))|db\/(?!libsql\.ts|drizzle)|client\/(?!node\/|run\.ts)|web\/(?!vite\.config))/,
    to: /^builtin$/,
  },
];

export function sources() {
  return folders.flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(ts|tsx)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/(^|\/)(node_modules|dist|fixtures)\//.test(path)),
  );
}

/** The file of ours that a request means, `builtin`, or null for a package; throws where nothing is there. */
function resolve(request, from) {
  if (isBuiltin(request)) return 'builtin';
  const bare = request.replace(/\?.*$/, '');
  const ours = /^@tidemark\/([a-z]+)(?:\/(.*))?$/.exec(bare);
  if (!ours && !bare.startsWith('.')) return null;
  const base = ours ? join(ours[1], ours[2] ?? 'index') : normalize(join(dirname(from), bare));
  const found = [base, `${base}.ts`, `${base}.tsx`].find((path) => existsSync(path) && /\.\w+$/.test(path));
  if (!found) throw new Error(`${from}: cannot find ${request}`);
  return found;
}

function importsOf(path) {
  const text = readFileSync(path, 'utf8');
  const { module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const out = module.staticImports.map(({ moduleRequest, entries }) => ({
    request: moduleRequest.value,
    type: entries.length > 0 && entries.every((entry) => entry.isType),
  }));
  for (const { entries } of module.staticExports) {
    for (const { moduleRequest, isType } of entries)
      if (moduleRequest) out.push({ request: moduleRequest.value, type: isType });
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"])(.*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end));
    if (literal) out.push({ request: literal[2], type: false, lazy: true });
  }
  return out;
}

/** A cycle of imports that run, as a list of paths, or null. Types and lazy imports cannot deadlock a load. */
function cycle(graph) {
  const done = new Set();
  const visit = (path, trail) => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return null;
    for (const next of graph.get(path) ?? []) {
      const found = visit(next, [...trail, path]);
      if (found) return found;
    }
    done.add(path);
    return null;
  };
  for (const path of graph.keys()) {
    const found = visit(path, []);
    if (found) return found;
  }
  return null;
}

/** Every broken rule, in words. */
export function brokenDirections() {
  const complaints = [];
  const graph = new Map();
  for (const path of sources()) {
    const runs = [];
    try {
      for (const { request, type, lazy } of importsOf(path)) {
        const to = resolve(request, path);
        if (to === null) continue;
        if (!type && !lazy && to !== 'builtin') runs.push(to);
        for (const { rule, from, to: target, but } of forbidden) {
          const hits = from.test(path) && target.test(to) && !but?.test(to);
          if (hits && (to === 'builtin') === (target.source === '^builtin$'))
            complaints.push(`${path} → ${request}: ${rule}`);
        }
      }
    } catch (error) {
      complaints.push(error.message);
    }
    graph.set(path, runs);
  }
  const loop = cycle(graph);
  if (loop) complaints.push(`a cycle: ${loop.join(' → ')}`);
  return complaints;
}

if (process.argv[1] === import.meta.filename) {
  const complaints = brokenDirections();
  for (const complaint of complaints) console.log(complaint);
  console.log(`${sources().length} modules`);
  process.exit(complaints.length > 0 ? 1 : 0);
}
