CREATE TABLE models (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  description TEXT NOT NULL DEFAULT '',
  next_version INTEGER NOT NULL DEFAULT 1,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL
);
--> statement-breakpoint
CREATE TABLE model_versions (
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('checkpoint', 'artifact', 'external')),
  source TEXT NOT NULL,
  run TEXT,
  description TEXT NOT NULL DEFAULT '',
  status TEXT NOT NULL CHECK (status IN ('pending', 'ready', 'failed')),
  stage TEXT NOT NULL DEFAULT 'None' CHECK (stage IN ('None', 'Staging', 'Production', 'Archived')),
  files INTEGER NOT NULL,
  size INTEGER NOT NULL,
  lineage TEXT NOT NULL,
  config TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (model_id, version)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX model_versions_by_run ON model_versions (run) WHERE run IS NOT NULL;
--> statement-breakpoint
CREATE TABLE model_files (
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  PRIMARY KEY (model_id, version, path)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX model_files_by_digest ON model_files (digest);
--> statement-breakpoint
CREATE TABLE model_aliases (
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  alias TEXT NOT NULL,
  version INTEGER NOT NULL,
  changed_at INTEGER NOT NULL,
  changed_by TEXT NOT NULL,
  PRIMARY KEY (model_id, alias)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE model_tags (
  model_id INTEGER NOT NULL REFERENCES models (id) ON DELETE CASCADE,
  version INTEGER NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (model_id, version, key)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX events_by_model ON events (detail ->> '$.model', id) WHERE type = 'model';
