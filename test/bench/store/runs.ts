import type { Statement } from '@tidemark/db/database';

export const START = 1_764_000_000_000;

/** Ended runs with six params and five metrics each, their values spread by a multiplicative hash of the run's number. */
export function* fillStatements(runs: number): Generator<Statement[]> {
  const step = 10_000;
  yield [
    {
      sql: "INSERT INTO experiments (id, name, slug, created_at) VALUES (1, 'search', 'search', ?)",
      params: [START],
    },
    { sql: "INSERT INTO experiments (id, name, slug, created_at) VALUES (2, 'keys', 'keys', ?)", params: [START] },
    ...['a', 'b', 'c'].flatMap((digit, i) => [
      {
        sql: `INSERT INTO runs (id, experiment_id, ordinal, name, status, origin, created_at, created_by, available_at, request_hash)
          VALUES (?, 2, ?, 'wide', 'finished', 'sdk', ?, 'bench', 0, '')`,
        params: [digit.repeat(32), i + 1, START],
      },
      {
        sql: `WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < 12000)
          INSERT INTO metric_series (run, key, count, last, last_step, min, min_step, max, max_step)
          SELECT ?, 'layers/' || (i / 4) || '/' || CASE i % 4 WHEN 0 THEN 'weight' WHEN 1 THEN 'bias' WHEN 2 THEN 'norm' ELSE 'grad' END,
            1, i, 1, i, 1, i, 1 FROM n`,
        params: [digit.repeat(32)],
      },
    ]),
  ];
  for (let first = 0; first < runs; first += step) {
    const n = `WITH RECURSIVE n (i) AS (SELECT ${first} UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ${Math.min(runs, first + step)}),
      r AS (SELECT i, printf('%012x7%019x', ${START} + i * 1000, i) AS run, ((i * 2654435761) % 4294967296) / 4294967296.0 AS u,
        ((i * 40503 + 7) % 65536) / 65536.0 AS v FROM n)`;
    const param = (key: string, kind: string, value: string) => ({
      sql: `${n} INSERT INTO params (run, key, kind, value) SELECT run, '${key}', '${kind}', ${value} FROM r`,
    });
    const metric = (key: string, value: string) => ({
      sql: `${n} INSERT INTO metric_series (run, key, count, last, last_step, min, min_step, max, max_step)
        SELECT run, '${key}', 100, x, 100, x * 0.9, 60, x * 1.1, 80 FROM (SELECT run, ${value} AS x FROM r)`,
    });
    yield [
      {
        sql: `${n} INSERT INTO runs (id, experiment_id, ordinal, name, status, origin, created_at, created_by, started_at, ended_at, available_at,
            monitor_key, monitor_mode, request_hash)
          SELECT run, 1, i + 1, 'run ' || i, 'finished', 'config', ${START} + i * 1000, 'bench', ${START} + i * 1000, ${START} + i * 1000 + 60000, 0,
            'val_loss', 'min', '' FROM r`,
      },
      param('lr', 'number', 'CASE i % 4 WHEN 0 THEN 0.001 WHEN 1 THEN 0.003 WHEN 2 THEN 0.01 ELSE 0.03 END'),
      param('model', 'string', "CASE i % 3 WHEN 0 THEN 'resnet' WHEN 1 THEN 'vgg' ELSE 'convnet' END"),
      param('seed', 'number', 'CAST(i % 10007 AS REAL)'),
      param('batch_size', 'number', '32.0'),
      param('augment', 'boolean', 'i % 2'),
      param('epochs', 'number', '100.0'),
      metric('val_loss', '0.1 + u'),
      // High where the loss is low, as in life, with noise.
      metric('val_acc', '0.9 * (1 - 0.7 * u - 0.3 * v)'),
      metric('loss', '0.1 + v'),
      metric('accuracy', '1 - v'),
      metric('epoch', '100.0'),
    ];
  }
}
