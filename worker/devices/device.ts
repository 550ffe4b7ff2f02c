/** A GPU that a provider of ONNX Runtime answered on. */
export interface Device {
  kind: 'webgpu' | 'cuda';
  /** Which of several, as the provider counts them. WebGPU has one: the adapter that the system puts first. */
  id: number;
  /** "NVIDIA GeForce RTX 4090"; null where nothing says it. */
  name: string | null;
  /** Its driver's version, where that is known. */
  driver: string | null;
  /** A GPU made of software, as SwiftShader is: right, and slower than the CPU's own path. */
  software: boolean;
}

/** A provider that cannot be used here. */
export interface MissingDevice {
  kind: Device['kind'];
  /** Why, as the end of a sentence. */
  reason: string;
  /** What would bring it: a command where there is one. */
  fix: string;
}

/** What a search for GPUs found. */
export interface Findings {
  devices: readonly Device[];
  missing: readonly MissingDevice[];
}

const LABELS = { webgpu: 'WebGPU', cuda: 'CUDA' } as const;

/** "CUDA, NVIDIA GeForce RTX 4090 (driver 550.54.14)" */
export function describeDevice({ kind, id, name, driver }: Device): string {
  const named = name ?? (kind === 'cuda' ? `device ${id}` : 'an adapter without a name');
  return `${LABELS[kind]}, ${named}${driver ? ` (driver ${driver})` : ''}`;
}
