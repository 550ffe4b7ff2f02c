ALTER TABLE live ADD COLUMN progress_at INTEGER;
--> statement-breakpoint
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL,
  format TEXT NOT NULL CHECK (format IN ('standard', 'slack')),
  secret TEXT NOT NULL,
  old_secret TEXT,
  old_until INTEGER,
  timeout_seconds INTEGER NOT NULL,
  failing_since INTEGER,
  disabled_at INTEGER,
  disabled_reason TEXT,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
);
--> statement-breakpoint
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL CHECK (kind IN ('metric', 'nan', 'no_progress', 'failed', 'finished', 'worker_lost')),
  rule TEXT NOT NULL,
  experiment_id INTEGER REFERENCES experiments (id) ON DELETE CASCADE,
  run TEXT REFERENCES runs (id) ON DELETE CASCADE,
  webhook_id INTEGER NOT NULL REFERENCES webhooks (id),
  cooldown_minutes INTEGER,
  paused INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL
);
--> statement-breakpoint
CREATE TABLE alert_states (
  alert_id INTEGER NOT NULL REFERENCES alerts (id) ON DELETE CASCADE,
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  armed INTEGER NOT NULL,
  fired_at INTEGER NOT NULL,
  PRIMARY KEY (run, alert_id)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE messages (
  id TEXT PRIMARY KEY,
  webhook_id INTEGER NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
  alert_id INTEGER REFERENCES alerts (id) ON DELETE CASCADE,
  run TEXT,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  due_at INTEGER NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX messages_due ON messages (due_at) WHERE state = 'pending';
--> statement-breakpoint
CREATE INDEX messages_by_created ON messages (created_at, id);
--> statement-breakpoint
CREATE INDEX messages_by_alert ON messages (alert_id, created_at, id) WHERE alert_id IS NOT NULL;
--> statement-breakpoint
CREATE TABLE deliveries (
  message TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  at INTEGER NOT NULL,
  milliseconds INTEGER NOT NULL,
  status INTEGER,
  error TEXT,
  manual INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (message, attempt)
) WITHOUT ROWID;
