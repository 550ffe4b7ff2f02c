import { sendArchive } from '../archive/send-archive.ts';
import { type Connection, connect } from '../context.ts';
import { shower } from '../terminal/shower.ts';

interface ImportOptions extends Connection {
  as: 'same' | 'new';
}

export async function importArchive(file: string, options: ImportOptions): Promise<void> {
  const show = shower(options.json ?? false);
  try {
    const { runs, kept } = await sendArchive(connect(options), file, options.as, show.line);
    show.end();
    if (options.json) console.log(JSON.stringify({ file, runs, kept }));
    else {
      console.log(`${runs} ${runs === 1 ? 'run is' : 'runs are'} here now.`);
      if (kept.length > 0) console.log(`Left as they were here, under the same name: ${kept.join(', ')}.`);
    }
  } finally {
    show.end();
  }
}
