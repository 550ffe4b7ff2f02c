import type { SystemSources } from './sources.ts';

type Counters = Record<string, number>;

/**
 * Turns what a machine says into metrics (docs/client.md lists them with their units). Shares and rates are over the time since the
 * sample before, so the first one has none. A source that fails is left out.
 */
export class SystemSampler {
  readonly #sources: SystemSources;
  readonly #monotonic: () => number;
  #before: { at: number; counters: Counters } | null = null;

  /** @param monotonic milliseconds */
  constructor(sources: SystemSources, monotonic: () => number) {
    this.#sources = sources;
    this.#monotonic = monotonic;
  }

  async sample(): Promise<Record<string, number>> {
    const { cpu, memory, process, disk, diskTraffic, network, gpus } = this.#sources;
    const [volume, traffic, net, cards] = await Promise.all([
      quietly(() => disk.call(this.#sources)),
      quietly(() => diskTraffic.call(this.#sources)),
      quietly(() => network.call(this.#sources)),
      quietly(() => gpus.call(this.#sources)),
    ]);
    const [busy, held, own] = [
      quiet(() => cpu.call(this.#sources)),
      quiet(() => memory.call(this.#sources)),
      quiet(() => process.call(this.#sources)),
    ];
    const at = this.#monotonic();
    const values: Record<string, number> = {};
    const set = (key: string, value: number | null | undefined): void => {
      if (typeof value === 'number' && Number.isFinite(value)) values[`system/${key}`] = value;
    };
    const counters: Counters = {};
    const count = (name: string, value: number | undefined): void => {
      if (value !== undefined && Number.isFinite(value)) counters[name] = value;
    };
    count('busy', busy?.busy);
    count('total', busy?.total);
    count('own', own?.cpuSeconds);
    count('read', traffic?.read);
    count('written', traffic?.written);
    count('received', net?.received);
    count('sent', net?.sent);

    const { since, grown } = this.#grown(at, counters);
    const perSecond = (name: string): number | null => {
      const more = grown(name);
      return more === null || since <= 0 ? null : more / since;
    };
    const [all, spent] = [grown('total'), grown('busy')];
    if (all !== null && spent !== null && all > 0) set('cpu', Math.min(100, (100 * spent) / all));
    const ownSeconds = perSecond('own');
    if (ownSeconds !== null) set('process.cpu', 100 * ownSeconds);
    set('process.memory', own?.memory);
    if (held) {
      set('memory', percent(held.used, held.total));
      set('memory.used', held.used);
    }
    if (volume) set('disk', percent(volume.used, volume.total));
    set('disk.read', perSecond('read'));
    set('disk.written', perSecond('written'));
    set('network.received', perSecond('received'));
    set('network.sent', perSecond('sent'));
    for (const { index, utilization, memoryUsed, memoryTotal, temperature, power } of (cards ?? []).slice(0, 16)) {
      set(`gpu.${index}.utilization`, utilization);
      if (memoryUsed !== null && memoryTotal !== null) set(`gpu.${index}.memory`, percent(memoryUsed, memoryTotal));
      set(`gpu.${index}.memory.used`, memoryUsed);
      set(`gpu.${index}.temperature`, temperature);
      set(`gpu.${index}.power`, power);
    }
    return values;
  }

  /** How much counters grew since the sample before, and in how many seconds. One that fell began anew and says nothing. */
  #grown(at: number, counters: Counters): { since: number; grown: (name: string) => number | null } {
    const before = this.#before;
    this.#before = { at, counters };
    return {
      since: before ? (at - before.at) / 1000 : 0,
      grown: (name) => {
        const [now, then] = [counters[name], before?.counters[name]];
        return now === undefined || then === undefined || now < then ? null : now - then;
      },
    };
  }
}

const percent = (part: number, whole: number): number => (whole > 0 ? (100 * part) / whole : Number.NaN);

function quiet<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

async function quietly<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch {
    return null;
  }
}
