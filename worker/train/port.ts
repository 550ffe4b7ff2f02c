import type { FromTrainer, LineLevel } from '../messages.ts';

/** What training reports through, and the clocks it reads. */
export interface Port {
  send(message: FromTrainer): void;
  /** Wall clock, ms: the time of points. */
  now(): number;
  /** Monotonic clock, ms. */
  monotonic(): number;
}

export function line(port: Port, level: LineLevel, text: string): void {
  port.send({ type: 'line', level, at: port.now(), text: text.slice(0, 8000) });
}
