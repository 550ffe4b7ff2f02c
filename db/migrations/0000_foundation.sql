CREATE TABLE experiments (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  slug TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  archived_at INTEGER,
  primary_key TEXT,
  primary_mode TEXT,
  next_ordinal INTEGER NOT NULL DEFAULT 1
);
--> statement-breakpoint
CREATE TABLE runs (
  id TEXT PRIMARY KEY,
  experiment_id INTEGER NOT NULL REFERENCES experiments (id),
  ordinal INTEGER NOT NULL,
  name TEXT NOT NULL,
  status TEXT NOT NULL CHECK (status IN ('queued', 'running', 'cancelling', 'finished', 'pruned', 'failed', 'cancelled')),
  origin TEXT NOT NULL CHECK (origin IN ('config', 'sdk')),
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  started_at INTEGER,
  ended_at INTEGER,
  priority INTEGER NOT NULL DEFAULT 0,
  requires TEXT NOT NULL DEFAULT '[]',
  note TEXT NOT NULL DEFAULT '',
  available_at INTEGER NOT NULL,
  attempt INTEGER NOT NULL DEFAULT 0,
  failure_count INTEGER NOT NULL DEFAULT 0,
  lost_count INTEGER NOT NULL DEFAULT 0,
  max_retries INTEGER NOT NULL DEFAULT 0,
  monitor_key TEXT,
  monitor_mode TEXT,
  worker TEXT,
  progress TEXT,
  kept_summary TEXT,
  error_code TEXT,
  error_message TEXT,
  cloned_from TEXT,
  request_hash TEXT NOT NULL,
  deleted_at INTEGER
) WITHOUT ROWID;
--> statement-breakpoint
CREATE UNIQUE INDEX runs_by_ordinal ON runs (experiment_id, ordinal);
--> statement-breakpoint
CREATE INDEX runs_by_created ON runs (created_at, ordinal, id);
--> statement-breakpoint
CREATE INDEX runs_queued ON runs (priority DESC, available_at, ordinal, id) WHERE status = 'queued' AND deleted_at IS NULL;
--> statement-breakpoint
CREATE TABLE run_documents (
  run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  written TEXT NOT NULL,
  resolved TEXT NOT NULL,
  layers TEXT NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE params (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('string', 'number', 'boolean', 'null')),
  value BLOB,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE tags (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE attempts (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  token TEXT NOT NULL,
  worker TEXT,
  device TEXT,
  started_at INTEGER NOT NULL,
  ended_at INTEGER,
  outcome TEXT,
  asked TEXT,
  resume_step INTEGER,
  visible_to INTEGER,
  PRIMARY KEY (run, attempt)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE claims (
  claim_id TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  token TEXT NOT NULL,
  worker TEXT NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE live (
  run TEXT PRIMARY KEY REFERENCES runs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  token TEXT NOT NULL,
  worker TEXT,
  leased INTEGER NOT NULL,
  expires INTEGER,
  acked INTEGER NOT NULL DEFAULT 0,
  cancel INTEGER NOT NULL DEFAULT 0,
  prune INTEGER NOT NULL DEFAULT 0,
  touched_at INTEGER NOT NULL,
  next_chunk INTEGER NOT NULL DEFAULT 0,
  next_line INTEGER NOT NULL DEFAULT 1,
  progress TEXT,
  summary TEXT NOT NULL DEFAULT '{}',
  tail BLOB NOT NULL DEFAULT x''
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE metric_chunks (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  chunk INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (run, attempt, chunk)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE metric_segments (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  level INTEGER NOT NULL,
  part INTEGER NOT NULL,
  key_group INTEGER NOT NULL,
  keys TEXT NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (run, attempt, level, part, key_group)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE metric_series (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  key TEXT NOT NULL,
  count INTEGER NOT NULL,
  last BLOB NOT NULL,
  last_step INTEGER NOT NULL,
  min REAL,
  min_step INTEGER,
  max REAL,
  max_step INTEGER,
  PRIMARY KEY (run, key)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE lines (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  first INTEGER NOT NULL,
  attempt INTEGER NOT NULL,
  count INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (run, first)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE checkpoints (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  step INTEGER NOT NULL,
  digest TEXT NOT NULL,
  epoch REAL NOT NULL,
  size INTEGER NOT NULL,
  metrics TEXT NOT NULL,
  best INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run, attempt, step, digest)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE blobs (
  digest TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE artifacts (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  path TEXT NOT NULL,
  digest TEXT NOT NULL,
  size INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (run, path)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE datasets (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  version INTEGER NOT NULL,
  digest TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('uploading', 'ready')),
  files INTEGER NOT NULL,
  size INTEGER NOT NULL,
  folders TEXT NOT NULL,
  created_at INTEGER NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX datasets_by_name ON datasets (name, version);
--> statement-breakpoint
CREATE TABLE dataset_parts (
  dataset_id INTEGER NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
  part INTEGER NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (dataset_id, part)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE workers (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  labels TEXT NOT NULL,
  slots INTEGER NOT NULL,
  engine TEXT NOT NULL,
  device TEXT NOT NULL,
  host TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'draining', 'gone')),
  drain INTEGER NOT NULL DEFAULT 0,
  first_seen_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL,
  silent_until INTEGER NOT NULL,
  finished INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE tokens (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'worker', 'admin')),
  hash TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER,
  revoked_at INTEGER
);
--> statement-breakpoint
CREATE TABLE sessions (
  hash TEXT PRIMARY KEY,
  token_id INTEGER NOT NULL REFERENCES tokens (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  type TEXT NOT NULL,
  run TEXT,
  experiment_id INTEGER,
  detail TEXT NOT NULL DEFAULT '{}'
);
--> statement-breakpoint
CREATE INDEX events_by_run ON events (run, id) WHERE run IS NOT NULL;
