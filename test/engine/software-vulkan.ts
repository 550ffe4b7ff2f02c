import { existsSync } from 'node:fs';

/** Where browsers' packages put the driver file of SwiftShader, a GPU in software. */
const PLACES = ['/usr/lib/chromium/vk_swiftshader_icd.json', '/opt/google/chrome/vk_swiftshader_icd.json'];

/**
 * Makes Vulkan, and so WebGPU, in this process SwiftShader, unless the environment names a driver. To be called before the first
 * session. @returns the driver file, or why there is none.
 */
export function useSoftwareVulkan(): { driver: string } | { missing: string } {
  const named = process.env.VK_DRIVER_FILES ?? process.env.VK_ICD_FILENAMES;
  if (named) return { driver: named };
  const found = PLACES.find((file) => existsSync(file));
  if (!found) {
    return { missing: 'no software Vulkan driver here (apt-get install chromium libvulkan1, or VK_DRIVER_FILES)' };
  }
  process.env.VK_DRIVER_FILES = found;
  process.env.VK_ICD_FILENAMES = found;
  return { driver: found };
}
