import { type Model, modelRoutes } from '@tidemark/api/contract/models';
import { type Connection, connect } from '../context.ts';
import { ago } from '../terminal/format.ts';
import { table } from '../terminal/table.ts';

export async function modelList(q: string | undefined, options: Connection): Promise<void> {
  const client = connect(options);
  const models: Model[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { ...(q ? { q } : {}), ...(cursor ? { cursor } : {}), limit: 1000 };
    const page: { models: Model[]; next: string | null } = await client.call(modelRoutes.listModels, { query });
    models.push(...page.models);
    cursor = page.next;
  }
  if (options.json) {
    for (const model of models) console.log(JSON.stringify(model));
    return;
  }
  if (models.length === 0) {
    console.log('No models. Register a run’s best checkpoint: tidemark model register NAME --run RUN');
    return;
  }
  const now = Date.now();
  const rows = models.map(({ name, versions, latest, aliases, updatedAt }) => [
    name,
    String(versions),
    latest === null ? '–' : String(latest),
    aliases.map(({ alias, version }) => `@${alias} → ${version}`).join(', ') || '–',
    ago(updatedAt, now),
  ]);
  const right = (title: string) => ({ title, right: true });
  const columns = [{ title: 'MODEL' }, right('VERSIONS'), right('NEWEST'), { title: 'ALIASES' }, { title: 'CHANGED' }];
  console.log(table(columns, rows).join('\n'));
}
