import { type DatasetChange, datasetRoutes } from '@tidemark/api/contract/datasets';
import { type Connection, connect } from '../context.ts';
import { bytes, grouped } from '../terminal/format.ts';

interface Options extends Connection {
  all?: boolean;
}

/** Lines that are shown unless all are asked for. */
const SHOWN = 50;
const SIGNS: Record<DatasetChange['change'], string> = { added: '+', removed: '-', changed: '~' };

/** What one version of a dataset has otherwise than another. */
export async function datasetDiff(ref: string, to: string, options: Options): Promise<void> {
  const client = connect(options);
  const limit = options.json || options.all ? 10_000 : SHOWN;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const query = { to, limit, ...(cursor ? { cursor } : {}) };
    const page: Awaited<ReturnType<typeof client.call<typeof datasetRoutes.diffDatasets>>> = await client.call(
      datasetRoutes.diffDatasets,
      { params: { ref }, query },
    );
    const { counts, files, folders } = page;
    if (options.json) {
      if (counts) console.log(JSON.stringify({ from: page.from, to: page.to, counts, folders }));
      for (const file of files) console.log(JSON.stringify(file));
    } else {
      if (counts) {
        const { added, removed, changed, moved, unchanged, sizeBefore, sizeAfter } = counts;
        console.log(
          `${grouped(added)} added, ${grouped(removed)} removed, ${grouped(changed)} changed, ${grouped(unchanged)} as before` +
            `${moved > 0 ? `; ${grouped(moved)} of the added and removed only moved` : ''}; ${bytes(sizeBefore)} → ${bytes(sizeAfter)}`,
        );
        for (const [folder, [before, after]] of Object.entries(folders)) {
          console.log(`  ${folder || '.'}: ${grouped(before)} → ${grouped(after)}`);
        }
      }
      for (const { path, change, moved } of files) {
        const where = moved === null ? '' : change === 'added' ? ` (was ${moved})` : ` (is ${moved})`;
        console.log(`${SIGNS[change]} ${path}${where}`);
      }
    }
    cursor = page.next;
    if (cursor !== null && !options.json && !options.all) {
      console.log('… and more: --all shows every file.');
      return;
    }
  }
}
