import type { Row, SqlValue, Statement } from '@tidemark/db/database';
import type { Deps } from '../deps.ts';
import { ApiError } from '../errors.ts';
import { sha256Hex } from '../hash.ts';
import type { Import } from './find.ts';
import type { NewRow } from './insert-rows.ts';
import { type ArchivedRow, type Cut, unpack } from './row.ts';
import { type ArchivedTable, TABLES } from './tables.ts';

export interface Placed {
  readonly before: Statement[];
  readonly rows: NewRow[];
  readonly after: Statement[];
}

/** Chunks travel with their runs. */
const CHUNKS: ArchivedTable = { name: 'metric_chunks', key: [], rows: 0, of: 'run', refs: { run: 'runs' } };
const byName = new Map([...TABLES, CHUNKS].map((table) => [table.name, table]));

/** What a page's rows become here: numbers and names of rows that are referred to follow, and runs stay out of sight. */
export async function placeRows(deps: Deps, found: Import, lines: readonly (ArchivedRow | Cut)[]): Promise<Placed> {
  const place = new Placing(deps, found);
  await place.load(lines);
  for (const line of lines) {
    if ('cut' in line) place.cut(line);
    else await place.row(line);
  }
  return { before: [], rows: place.rows, after: place.notes() };
}

class Placing {
  readonly rows: NewRow[] = [];
  readonly #deps: Deps;
  readonly #import: Import;
  /** New names by table and old name. */
  readonly #names = new Map<string, string>();
  readonly #cuts = new Map<string, number>();
  readonly #notes: { source: string; old: string; new: string; data: string | null }[] = [];
  readonly #ordinals: Statement[] = [];
  /** By table, the next number that is surely free. */
  readonly #nextId = new Map<string, number>();
  readonly #taken = new Map<string, Set<SqlValue>>();

  constructor(deps: Deps, found: Import) {
    this.#deps = deps;
    this.#import = found;
  }

  /** What earlier pages made of the rows that this one refers to. */
  async load(lines: readonly (ArchivedRow | Cut)[]): Promise<void> {
    const wanted = new Set<string>();
    for (const line of lines) {
      if ('cut' in line) continue;
      for (const [column, source] of Object.entries(byName.get(line.table)?.refs ?? {})) {
        const value = line.row[column];
        if (value !== null && value !== undefined) wanted.add(`${source}\n${value}`);
        if (line.table === 'metric_segments') wanted.add(`cut\n${value}`);
      }
    }
    const rows = await this.#deps.db.all<Row & { source: string; old: string; new: string }>(
      `SELECT source, old, new FROM json_each(?) AS wanted JOIN import_rows
       ON import = ? AND source = wanted.value ->> 0 AND old = wanted.value ->> 1`,
      [JSON.stringify([...wanted].map((key) => key.split('\n'))), this.#import.id],
    );
    for (const row of rows) {
      if (row.source === 'cut') {
        const [attempt, part] = row.new.split(':');
        this.#cuts.set(`${row.old}.${attempt}`, Number(part));
      } else this.#names.set(`${row.source}\n${row.old}`, row.new);
    }
  }

  cut({ run, attempt, cut }: Cut): void {
    this.#note('cut', run, `${attempt}:${cut}`);
    this.#cuts.set(`${run}.${attempt}`, cut);
  }

  async row({ table, row: packed }: ArchivedRow): Promise<void> {
    const spec = byName.get(table)!;
    if (table === 'metric_segments') {
      const cut = this.#cuts.get(`${packed.run as string}.${packed.attempt as number}`);
      // Its points came as chunks.
      if (cut !== undefined && Number(packed.part) >= cut) return;
    }
    const row: Row = Object.fromEntries(Object.entries(packed).map(([name, value]) => [name, unpack(value)]));
    if (!this.#follow(spec, row)) return;
    if (spec.same && (await this.#isHere(spec, row, packed))) return;
    if (table === 'runs') await this.#run(row);
    else if (spec.id) await this.#number(spec, row);
    else if (table === 'weights') this.#note('weights', String(row.name), String(row.name), '{}');
    else if (table === 'snapshots') this.#note('snapshots', String(row.id), String(row.id), '{}');
    this.rows.push({ table, row });
  }

  notes(): Statement[] {
    return [
      ...this.#ordinals,
      {
        sql: `INSERT INTO import_rows (import, source, old, new, data)
              SELECT ?, value ->> 'source', value ->> 'old', value ->> 'new', value ->> 'data' FROM json_each(?) WHERE TRUE
              ON CONFLICT (import, source, old) DO NOTHING`,
        params: [this.#import.id, JSON.stringify(this.#notes)],
      },
    ];
  }

  #note(source: string, old: string, name: string, data: string | null = null): void {
    this.#notes.push({ source, old, new: name, data });
    this.#names.set(`${source}\n${old}`, name);
  }

  /** Columns that name other rows; false when such a row is not in the archive, so that this one has no place. */
  #follow({ refs = {}, loose = [] }: ArchivedTable, row: Row): boolean {
    for (const [column, source] of Object.entries(refs)) {
      const old = row[column];
      if (old === null || old === undefined) continue;
      const name = this.#names.get(`${source}\n${old}`);
      if (name !== undefined) row[column] = typeof old === 'number' ? Number(name) : name;
      else if (!loose.includes(column)) return false;
      // A run's id is nobody else's; a number would name another row.
      else if (source !== 'runs') row[column] = null;
    }
    return true;
  }

  /** One of the same meaning stays as it is; an experiment then takes the runs in. */
  async #isHere({ name, same = [] }: ArchivedTable, row: Row, packed: ArchivedRow['row']): Promise<boolean> {
    const [there] = await this.#deps.db.all(
      `SELECT * FROM ${name} WHERE ${same.map((column) => `${column} IS ?`).join(' AND ')}`,
      same.map((column) => row[column] ?? null),
    );
    if (!there) return false;
    if (name === 'experiments') this.#note(name, String(packed.id), String(there.id));
    else this.#note('kept', `${name.replace(/s$/, '')} ${same.map((column) => String(row[column])).join('@')}`, '');
    return true;
  }

  async #number({ name, id = 'id' }: ArchivedTable, row: Row): Promise<void> {
    const old = row[id]!;
    row[id] = await this.#freeNumber(name, Number(old));
    // What refers to it, or has to go when the import is given up.
    if (name !== 'events' || row.run === null) this.#note(name, String(old), String(row[id]), '{}');
  }

  /** The number itself when nobody has it, else the next behind all. */
  async #freeNumber(table: string, wanted: number): Promise<number> {
    let next = this.#nextId.get(table);
    if (next === undefined) {
      const [last] = await this.#deps.db.all<Row & { id: number | null }>(`SELECT MAX(id) AS id FROM ${table}`);
      next = (last?.id ?? 0) + 1;
      this.#taken.set(table, new Set());
    }
    const taken = this.#taken.get(table)!;
    const free =
      !taken.has(wanted) &&
      (wanted >= next || (await this.#deps.db.all(`SELECT 1 FROM ${table} WHERE id = ?`, [wanted])).length === 0);
    const given = free ? wanted : next;
    taken.add(given);
    this.#nextId.set(table, Math.max(next, given + 1));
    return given;
  }

  async #run(row: Row): Promise<void> {
    const old = String(row.id);
    const id = this.#import.renamed ? await renamed(this.#import.id, old) : old;
    const [there] = await this.#deps.db.all('SELECT id FROM runs WHERE id = ?', [id]);
    if (there) {
      throw new ApiError('conflict', `Run ${id} of the archive is here already.`, {
        hint: 'Import it as new: its runs then get ids of their own. Or delete this one, and empty the trash.',
        details: [{ path: ['runs'], message: 'is here already', value: id }],
      });
    }
    const experiment = Number(row.experiment_id);
    const ordinal = await this.#freeOrdinal(experiment, Number(row.ordinal));
    this.#note('runs', old, id, JSON.stringify({ deletedAt: row.deleted_at ?? null, parent: row.parent ?? null }));
    // In the trash until the commit, as of now: a trash that is emptied of what is old leaves it alone.
    Object.assign(row, { id, ordinal, deleted_at: this.#deps.now(), parent: null });
    this.#ordinals.push({
      sql: 'UPDATE experiments SET next_ordinal = ? WHERE id = ? AND next_ordinal <= ?',
      params: [ordinal + 1, experiment, ordinal],
    });
  }

  async #freeOrdinal(experiment: number, wanted: number): Promise<number> {
    const name = `ordinals of ${experiment}`;
    let next = this.#nextId.get(name);
    if (next === undefined) {
      const [last] = await this.#deps.db.all<Row & { next: number | null }>(
        'SELECT MAX(ordinal) + 1 AS next FROM runs WHERE experiment_id = ?',
        [experiment],
      );
      next = last?.next ?? 1;
      this.#taken.set(name, new Set());
    }
    const taken = this.#taken.get(name)!;
    const asked = 'SELECT 1 FROM runs WHERE experiment_id = ? AND ordinal = ?';
    const free =
      !taken.has(wanted) && (wanted >= next || (await this.#deps.db.all(asked, [experiment, wanted])).length === 0);
    const given = free ? wanted : next;
    taken.add(given);
    this.#nextId.set(name, Math.max(next, given + 1));
    return given;
  }
}

/** The same run always becomes the same, so that a page that comes again changes nothing. Ids still sort by creation. */
async function renamed(id: string, run: string): Promise<string> {
  const digest = await sha256Hex(`${id} ${run}`);
  return `${run.slice(0, 12)}7${digest.slice(0, 3)}8${digest.slice(3, 18)}`;
}
