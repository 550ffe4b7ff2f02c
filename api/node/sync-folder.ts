import { open } from 'node:fs/promises';

/** Makes names in a folder survive a power cut. Windows cannot open a folder; its rename is as durable as it gets. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => null);
  if (!folder) return;
  await folder.sync().catch(() => {});
  await folder.close();
}
