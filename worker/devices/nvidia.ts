import { execFile } from 'node:child_process';

export interface NvidiaGpu {
  name: string;
  driver: string;
  memory: string;
}

/**
 * NVIDIA GPUs that CUDA shows to this process, in its order when CUDA_DEVICE_ORDER is PCI_BUS_ID, as NVIDIA's tool lists them.
 * Empty where the tool is missing. @param visible CUDA_VISIBLE_DEVICES: indexes or beginnings of UUIDs; the first unknown ends the list
 */
export async function nvidiaGpus(visible: string | undefined): Promise<NvidiaGpu[]> {
  const fields = '--query-gpu=index,uuid,name,driver_version,memory.total';
  const text = await new Promise<string>((resolve) => {
    execFile('nvidia-smi', [fields, '--format=csv,noheader'], { timeout: 10_000 }, (error, stdout) =>
      resolve(error ? '' : stdout),
    );
  });
  return visibleGpus(text, visible);
}

/** As `nvidiaGpus`, from the tool's lines. */
export function visibleGpus(lines: string, visible: string | undefined): NvidiaGpu[] {
  const all = lines
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => line.split(',').map((part) => part.trim()))
    .map(([index = '', uuid = '', name = '', driver = '', memory = '']) => ({ index, uuid, name, driver, memory }));
  const plain = ({ name, driver, memory }: NvidiaGpu): NvidiaGpu => ({ name, driver, memory });
  if (visible === undefined) return all.map(plain);
  const chosen: NvidiaGpu[] = [];
  for (const wanted of visible.split(',').map((part) => part.trim())) {
    const found = all.find(({ index, uuid }) => index === wanted || (wanted !== '' && uuid.startsWith(wanted)));
    if (!found) break;
    chosen.push(plain(found));
  }
  return chosen;
}
