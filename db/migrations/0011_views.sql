ALTER TABLE runs ADD COLUMN parent TEXT REFERENCES runs (id) ON DELETE SET NULL;
--> statement-breakpoint
ALTER TABLE runs ADD COLUMN family TEXT;
--> statement-breakpoint
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent IS NOT NULL;
--> statement-breakpoint
CREATE INDEX runs_by_family ON runs (family);
--> statement-breakpoint
CREATE TABLE views (
  id INTEGER PRIMARY KEY,
  experiment_id INTEGER REFERENCES experiments (id) ON DELETE CASCADE,
  name TEXT NOT NULL,
  owner TEXT NOT NULL,
  version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  updated_by TEXT NOT NULL,
  state TEXT NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX views_by_name ON views (COALESCE(experiment_id, 0), name);
--> statement-breakpoint
CREATE TABLE snapshots (
  id TEXT PRIMARY KEY,
  experiment_id INTEGER REFERENCES experiments (id) ON DELETE CASCADE,
  view_id INTEGER REFERENCES views (id) ON DELETE SET NULL,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  runs INTEGER NOT NULL,
  size INTEGER NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE snapshot_parts (
  snapshot TEXT NOT NULL REFERENCES snapshots (id) ON DELETE CASCADE,
  part INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (snapshot, part)
) WITHOUT ROWID;
