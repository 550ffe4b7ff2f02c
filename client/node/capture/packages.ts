import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const MOST = 3000;

/**
 * Packages of the project that a folder is in, by name with their versions: those that npm installed, else those that its lock file names,
 * else the dependencies of `package.json` that are found. Nested copies of another version are left out.
 */
export function installedPackages(folder: string): Record<string, string> {
  for (const at of upwards(folder)) {
    // A workspace's own folder has neither: they stand at its root.
    const lock = readJson(join(at, 'node_modules', '.package-lock.json')) ?? readJson(join(at, 'package-lock.json'));
    const found = lock ? fromLock(lock) : {};
    if (Object.keys(found).length > 0) return found;
  }
  for (const at of upwards(folder)) {
    const manifest = readJson(join(at, 'package.json'));
    if (manifest) return fromManifest(at, manifest);
  }
  return {};
}

function* upwards(folder: string): Generator<string> {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}

function fromLock(lock: Record<string, unknown>): Record<string, string> {
  const found: [string, string][] = [];
  for (const [path, value] of Object.entries(objectOf(lock.packages))) {
    const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path)?.[1];
    const { version } = objectOf(value);
    if (name !== undefined && typeof version === 'string') found.push([name, version]);
  }
  return sorted(found);
}

function fromManifest(folder: string, manifest: Record<string, unknown>): Record<string, string> {
  const found: [string, string][] = [];
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies']) {
    for (const name of Object.keys(objectOf(manifest[kind]))) {
      const version = versionOf(folder, name);
      if (version !== null) found.push([name, version]);
    }
  }
  return sorted(found);
}

function versionOf(folder: string, name: string): string | null {
  for (const at of upwards(folder)) {
    const version = readJson(join(at, 'node_modules', name, 'package.json'))?.version;
    if (typeof version === 'string') return version;
  }
  return null;
}

const sorted = (found: [string, string][]): Record<string, string> =>
  Object.fromEntries(
    found
      .map(([name, version]): [string, string] => [name.slice(0, 250), version.slice(0, 250)])
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, MOST),
  );

const objectOf = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};

function readJson(path: string): Record<string, unknown> | null {
  try {
    return objectOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return null;
  }
}
