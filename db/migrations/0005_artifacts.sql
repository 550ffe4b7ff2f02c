CREATE TABLE uploads (
  digest TEXT PRIMARY KEY,
  size INTEGER NOT NULL,
  part_size INTEGER NOT NULL,
  handle TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  touched_at INTEGER NOT NULL
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE upload_parts (
  upload TEXT NOT NULL REFERENCES uploads (digest) ON DELETE CASCADE,
  part INTEGER NOT NULL,
  digest TEXT NOT NULL,
  receipt TEXT NOT NULL,
  PRIMARY KEY (upload, part)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE blob_listing (
  id INTEGER PRIMARY KEY,
  after TEXT NOT NULL
);
