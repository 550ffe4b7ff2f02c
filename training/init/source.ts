/** What an `init.from` means. */
export type InitSource =
  | { kind: 'file'; path: string }
  /** `step`: a checkpoint by its step. */
  | { kind: 'checkpoint'; run: string; which: 'best' | 'latest' | { step: number } }
  | { kind: 'weights'; name: string }
  /** A version of a registered model: `3`, `@champion` or `latest`. */
  | { kind: 'model'; name: string; version: string };

const FILE = /\.(onnx|safetensors|pt|pth|bin|ckpt|h5|keras|whl|zip|json)$/i;
const WEIGHTS_NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** Whether a name can be that of registered weights: one that ends as a file does would be taken for it. */
export const isWeightsName = (name: string): boolean => WEIGHTS_NAME.test(name) && !FILE.test(name);

/** Null where the text is none of the kinds. */
export function initSource(from: string): InitSource | null {
  const model = /^models:\/([^/:@]{1,256})(?:\/(\d{1,9}|latest)|(@[A-Za-z0-9_.-]{1,255}))$/.exec(from);
  if (model) return { kind: 'model', name: model[1]!, version: model[2] ?? model[3]! };
  if (from.startsWith('models:')) return null;
  if (FILE.test(from)) return { kind: 'file', path: from };
  const checkpoint = /^([^/]*#\d{1,9}|[0-9a-f]{4,32})\/(best|latest|\d{1,15})$/.exec(from);
  if (checkpoint) {
    const [, run = '', which = ''] = checkpoint;
    return {
      kind: 'checkpoint',
      run,
      which: which === 'best' || which === 'latest' ? which : { step: Number(which) },
    };
  }
  return isWeightsName(from) ? { kind: 'weights', name: from } : null;
}
