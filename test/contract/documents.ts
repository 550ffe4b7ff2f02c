import type { Caller, Json } from './server.ts';

/** A small config that registration accepts. */
export const config = (more: Json = {}): Json => ({
  data: { path: 'photographs', image_size: [32, 32], validation_split: 0.2 },
  model: {
    layers: [
      { type: 'Conv2D', filters: 4, kernel_size: 3, activation: 'relu' },
      { type: 'Flatten' },
      { type: 'Dense', units: 1, activation: 'sigmoid' },
    ],
  },
  epochs: 3,
  ...more,
});

export interface RunBody {
  id: string;
  ordinal: number;
  status: string;
  name: string;
  metrics: Record<
    string,
    { count: number; last: number | string; min: number | null; max: number | null; minStep: number | null }
  >;
  attempt: number;
  [key: string]: unknown;
}

let number = 0;
/** Each test makes its own experiment. */
export const freshName = (what = 'experiment'): string => `${what} ${++number} ${performance.now()}`;

export const register = (caller: Caller, more: Json = {}): Promise<RunBody> =>
  caller.ok<RunBody>('POST', '/runs', { experiment: freshName(), config: config(), ...more });

export const hello = (caller: Caller, id: string, more: Json = {}): Promise<Json> =>
  caller.ok('PUT', `/workers/${id}`, {
    name: id,
    labels: [],
    slots: 1,
    engine: 'onnx',
    device: 'cpu',
    host: { hostname: 'h', os: 'linux', cpu: 'c', cores: 2, memory: 1, gpus: [], node: '20', version: '0' },
    ...more,
  });

export interface LeaseBody {
  run: string;
  attempt: number;
  token: string;
  leaseSeconds: number;
  nextSeconds: number;
  config: Json;
  resume: { step: number; checkpoints: { step: number; digest: string }[] } | null;
}

let claims = 0;
export const claim = async (caller: Caller, worker: string, labels: string[] = []): Promise<LeaseBody | null> => {
  const claimId = `claim-${++claims}-${performance.now()}`;
  return (await caller.ok<{ lease: LeaseBody | null }>('POST', '/claims', { claimId, worker, labels })).lease;
};

export const series = (key: string, points: [step: number, value: number | string, time?: number][]): Json => ({
  key,
  steps: points.map(([step]) => step),
  times: points.map(([step, , time]) => time ?? 1_764_000_000_000 + step * 1000),
  values: points.map(([, value]) => value),
});

/** What every lease call carries. */
export const held = ({ attempt, token }: { attempt: number; token: string }): Json => ({ attempt, token });
