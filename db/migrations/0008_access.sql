ALTER TABLE tokens ADD COLUMN experiments TEXT;
--> statement-breakpoint
ALTER TABLE tokens ADD COLUMN rate INTEGER;
--> statement-breakpoint
ALTER TABLE tokens ADD COLUMN created_by TEXT NOT NULL DEFAULT '';
--> statement-breakpoint
CREATE TABLE members (
  id INTEGER PRIMARY KEY,
  email TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('viewer', 'editor', 'admin')),
  user_id TEXT UNIQUE,
  created_at INTEGER NOT NULL,
  created_by TEXT NOT NULL,
  last_seen_at INTEGER
);
--> statement-breakpoint
CREATE TABLE sessions_next (
  hash TEXT PRIMARY KEY,
  token_id INTEGER REFERENCES tokens (id) ON DELETE CASCADE,
  member_id INTEGER REFERENCES members (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  agent TEXT NOT NULL DEFAULT '',
  code INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO sessions_next (hash, token_id, created_at, expires_at) SELECT hash, token_id, created_at, expires_at FROM sessions;
--> statement-breakpoint
DROP TABLE sessions;
--> statement-breakpoint
ALTER TABLE sessions_next RENAME TO sessions;
--> statement-breakpoint
CREATE TABLE project (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  title TEXT NOT NULL,
  archived_at INTEGER,
  archived_by TEXT
);
--> statement-breakpoint
INSERT INTO project (id, title) VALUES (1, '');
--> statement-breakpoint
CREATE TABLE audit (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  actor TEXT NOT NULL,
  credential TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before TEXT,
  after TEXT,
  address TEXT NOT NULL,
  request_id TEXT NOT NULL
);
--> statement-breakpoint
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is only added to');
END;
--> statement-breakpoint
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN
  SELECT RAISE(ABORT, 'the audit log is only added to');
END;
