import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { buffersOf, type ShareOptions, type ShareResult, type ShareRunner, type ShareTask } from './share.ts';

/** A share that runs on a thread of its own. One task at a time. */
export class WorkerShare implements ShareRunner {
  readonly #worker: Worker;
  #failure: Error | null = null;
  #pending: { resolve(result: ShareResult): void; reject(error: Error): void } | null = null;

  constructor(options: ShareOptions) {
    this.#worker = new Worker(new URL('./share-worker.js', import.meta.url), { workerData: options, execArgv: [] });
    this.#worker.unref();
    this.#worker.on('message', (message: ShareResult | { error: string }) => {
      const pending = this.#settle();
      if ('error' in message) pending?.reject(new Error(message.error));
      else pending?.resolve(message);
    });
    this.#worker.on('error', (error: Error) => this.#fail(error));
    this.#worker.on('exit', () => this.#fail(new Error('The thread that runs the other half of a batch ended')));
  }

  #settle() {
    const pending = this.#pending;
    this.#pending = null;
    this.#worker.unref();
    return pending;
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle()?.reject(error);
  }

  run(task: ShareTask): Promise<ShareResult> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#worker.ref();
      this.#worker.postMessage(
        task,
        buffersOf(task.images, task.labels, task.weights, task.parameters, task.gradients),
      );
    });
  }

  async release(): Promise<void> {
    if (this.#failure) return;
    const exit = once(this.#worker, 'exit');
    this.#worker.ref();
    this.#worker.postMessage('close');
    await exit;
  }
}
