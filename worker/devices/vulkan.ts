import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Folders of driver manifests, as the Vulkan loader searches them on Linux (its LoaderDriverInterface.md). */
function folders(env: NodeJS.ProcessEnv): string[] {
  const split = (list: string | undefined, otherwise: string) => (list || otherwise).split(':').filter(Boolean);
  const roots = [
    env.XDG_CONFIG_HOME || join(homedir(), '.config'),
    ...split(env.XDG_CONFIG_DIRS, '/etc/xdg'),
    '/usr/local/etc',
    '/etc',
    env.XDG_DATA_HOME || join(homedir(), '.local', 'share'),
    ...split(env.XDG_DATA_DIRS, '/usr/local/share:/usr/share'),
  ];
  return roots.map((root) => join(root, 'vulkan', 'icd.d'));
}

/** Whether any Vulkan driver is installed or named: without one there is nothing to try. */
export function hasVulkanDriver(env: NodeJS.ProcessEnv): boolean {
  if (env.VK_DRIVER_FILES || env.VK_ICD_FILENAMES || env.VK_ADD_DRIVER_FILES) return true;
  return folders(env).some((folder) => existsSync(folder) && readdirSync(folder).some((f) => f.endsWith('.json')));
}

/**
 * The adapters that the Vulkan loader's log names (VK_LOADER_DEBUG=info), the one that is taken first: on Linux it sorts them, discrete
 * GPUs before integrated ones before software, and Dawn keeps that order.
 */
export function adaptersInLog(log: string): string[] {
  const lines = log.split('\n');
  const sorted = lines.findLastIndex((line) => line.includes('Sorted order:'));
  const names: string[] = [];
  for (const line of lines.slice(sorted + 1)) {
    const [, name] = /\[\d+\] (.+?)\s*$/.exec(line) ?? [];
    if (sorted < 0 || name === undefined) break;
    names.push(name);
  }
  return names;
}

/** Adapters that compute on the CPU: SwiftShader, Mesa's llvmpipe and lavapipe, Windows's WARP. */
export const isSoftware = (name: string): boolean => /swiftshader|llvmpipe|lavapipe|microsoft basic/i.test(name);
