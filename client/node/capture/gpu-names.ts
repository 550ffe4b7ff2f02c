import { runCommand } from './run-command.ts';

const NOT_REAL = /^(Microsoft (Basic|Remote)|.*(SwiftShader|llvmpipe))/i;

/** The machine's GPUs by name: as NVIDIA's tool lists them, else as the system does. Empty where nobody says. */
export async function gpuNames(): Promise<string[]> {
  const listed = await runCommand('nvidia-smi', ['--query-gpu=name', '--format=csv,noheader']);
  const nvidia = names((listed ?? '').split('\n'));
  if (nvidia.length > 0) return nvidia;
  try {
    const { graphics } = await import('systeminformation');
    const { controllers } = await graphics();
    return names(controllers.map(({ model }) => model ?? '')).filter((name) => !NOT_REAL.test(name));
  } catch {
    return [];
  }
}

const names = (lines: readonly string[]): string[] =>
  lines
    .map((line) => line.trim().slice(0, 200))
    .filter((line) => line !== '')
    .slice(0, 64);
