ALTER TABLE attempts ADD COLUMN acked INTEGER;
--> statement-breakpoint
CREATE TABLE imports (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('open', 'done')),
  manifest TEXT NOT NULL,
  renamed INTEGER NOT NULL,
  next_page INTEGER NOT NULL DEFAULT 1,
  created_by TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE import_rows (
  import TEXT NOT NULL REFERENCES imports (id) ON DELETE CASCADE,
  source TEXT NOT NULL,
  old TEXT NOT NULL,
  new TEXT NOT NULL,
  data TEXT,
  PRIMARY KEY (import, source, old)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX import_rows_by_new ON import_rows (source, new);
--> statement-breakpoint
CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  source TEXT NOT NULL,
  reason TEXT NOT NULL,
  data TEXT NOT NULL
);
