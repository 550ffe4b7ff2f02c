ALTER TABLE live ADD COLUMN console TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
ALTER TABLE live ADD COLUMN console_lines INTEGER NOT NULL DEFAULT 0;
--> statement-breakpoint
ALTER TABLE live ADD COLUMN console_size INTEGER NOT NULL DEFAULT 0;
--> statement-breakpoint
CREATE TABLE console_chunks (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  first INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  count INTEGER NOT NULL,
  size INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (run, first)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO console_chunks (run, first, attempt, count, size, data)
SELECT run, first, attempt, count, length(text), text FROM (
  SELECT run, first, attempt, count, (
    SELECT group_concat(json_array(value ->> 0, 'l' || substr(value ->> 1, 1, 1), value ->> 2), char(10) ORDER BY key) || char(10)
    FROM json_each(lines.data)
  ) AS text FROM lines
);
--> statement-breakpoint
UPDATE live SET console_size = COALESCE((SELECT SUM(size) FROM console_chunks WHERE console_chunks.run = live.run), 0);
--> statement-breakpoint
DROP TABLE lines;
--> statement-breakpoint
CREATE TABLE environments (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  data TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run, attempt)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE media (
  id INTEGER PRIMARY KEY,
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  step INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  type TEXT NOT NULL,
  time INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  size INTEGER NOT NULL,
  data TEXT NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX media_by_key ON media (run, key, step, attempt);
--> statement-breakpoint
CREATE TABLE media_blobs (
  media INTEGER NOT NULL REFERENCES media (id) ON DELETE CASCADE,
  digest TEXT NOT NULL,
  content_type TEXT NOT NULL,
  PRIMARY KEY (media, digest)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX media_blobs_by_digest ON media_blobs (digest);
