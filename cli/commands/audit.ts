import { listAudit } from '@tidemark/api/contract/audit';
import colors from 'picocolors';
import { type Connection, connect } from '../context.ts';
import { ago } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

interface AuditOptions extends Connection {
  limit: number;
  actor?: string;
  action?: string;
}

export async function audit({ limit, actor, action, ...options }: AuditOptions): Promise<void> {
  const query = { limit, ...(actor ? { actor } : {}), ...(action ? { action } : {}) };
  const { entries, next } = await connect(options).call(listAudit, { query });
  if (options.json) {
    for (const entry of entries) console.log(JSON.stringify(entry));
    return;
  }
  const now = Date.now();
  const changed = (value: object | null): string => (value === null ? '' : JSON.stringify(value));
  const rows = entries.map(({ at, actor, action, target, before, after }) => [
    ago(at, now),
    actor,
    action,
    target,
    [changed(before), changed(after)].filter((text) => text !== '' && text !== '{}').join(' → '),
  ]);
  console.log(
    table(
      [{ title: 'WHEN' }, { title: 'WHO' }, { title: 'WHAT' }, { title: 'TARGET' }, { title: 'CHANGE' }],
      rows,
    ).join('\n'),
  );
  if (next !== null) console.error(colors.dim('There is more: --limit.'));
}
