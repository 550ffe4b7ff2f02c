import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createRun, type RunDetail } from '@tidemark/api/contract/runs';
import { ApiError, type Client } from '@tidemark/client';
import { newRunId } from '@tidemark/client/node/run-id';
import { readConfigFile } from '../config-file.ts';

const NAMES = ['plain', 'augmented'] as const;
const examples = fileURLToPath(new URL('../../examples/demo/', import.meta.url));

/**
 * Registers the demo's two runs, once per data folder: their ids are kept beside the images, so that the same again is the same
 * two runs, whatever became of them. Answers those that were registered now.
 */
export async function registerDemo(client: Client, folder: string, images: string): Promise<RunDetail[]> {
  const file = join(folder, 'runs.json');
  const known = await readIds(file);
  const ids = known ?? NAMES.map(() => newRunId(Date.now(), Math.random));
  if (!known) {
    // Before the call: a crash in between must not register them a second time.
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(ids)}\n`);
  }
  const registered: RunDetail[] = [];
  for (const [i, name] of NAMES.entries()) {
    const config = readConfigFile(join(examples, `${name}.yaml`), [`data.path=${JSON.stringify(images)}`]);
    try {
      registered.push(await client.call(createRun, { body: { id: ids[i]!, config: config.text } }));
    } catch (error) {
      // It is there with other content: an older version's demo, or in the trash. The person's own doing stands.
      if (!(error instanceof ApiError && error.code === 'conflict')) throw error;
    }
  }
  return known ? registered.filter(({ status }) => status === 'queued' || status === 'running') : registered;
}

async function readIds(file: string): Promise<string[] | null> {
  try {
    const value: unknown = JSON.parse(await readFile(file, 'utf8'));
    return Array.isArray(value) && value.length === NAMES.length ? (value as string[]) : null;
  } catch {
    return null;
  }
}
