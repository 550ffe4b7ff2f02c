import { Label } from '@tidemark/api/contract/common';
import { runWorker } from '@tidemark/worker/main';
import { type Connection, connectServer } from '../context.ts';
import { EXIT, Failure } from '../failure.ts';
import { explainDevice } from '../local/explain-device.ts';

interface Options extends Connection {
  name?: string;
  label?: string[];
  slots?: number;
  engine?: 'onnx' | 'tfjs';
  device?: 'auto' | 'cpu' | 'webgpu' | 'cuda';
  threads?: number;
  dataDir?: string;
  dataRoot?: string[];
  once?: boolean;
  environment?: boolean;
  system?: boolean;
}

/** A worker in this process, until it is stopped or, with --once, until the queue is empty. */
export async function worker(options: Options): Promise<void> {
  const wrong = options.label?.find((label) => !Label.safeParse(label).success);
  if (wrong !== undefined) {
    throw new Failure(`--label ${wrong} is no label.`, {
      hint: 'One is like `gpu` or `site=lab`: up to 64 letters, digits and . _ / = -',
      exit: EXIT.usage,
    });
  }
  const { client, token } = connectServer(options);
  // Started by `tidemark serve`: without it there is nobody to stop this process.
  const orphaned = new AbortController();
  process.once('disconnect', () => orphaned.abort());
  // Listening must not keep a worker alive that has nothing left to do.
  process.channel?.unref();
  const running = runWorker({
    url: client.url,
    project: client.project,
    token,
    name: options.name,
    labels: options.label,
    slots: options.slots,
    engine: options.engine,
    device: options.device,
    threads: options.threads,
    dataDir: options.dataDir,
    dataRoots: options.dataRoot,
    once: options.once,
    environment: options.environment,
    system: options.system,
    json: options.json,
    signal: orphaned.signal,
  });
  await running.catch(explainDevice);
}
