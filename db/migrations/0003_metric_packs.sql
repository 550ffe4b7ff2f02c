CREATE TABLE metric_packs (
  id INTEGER PRIMARY KEY,
  data BLOB NOT NULL
);
--> statement-breakpoint
ALTER TABLE metric_segments ADD COLUMN pack INTEGER;
--> statement-breakpoint
CREATE TRIGGER metric_segments_pack AFTER DELETE ON metric_segments WHEN OLD.pack IS NOT NULL BEGIN
  DELETE FROM metric_packs WHERE id = OLD.pack;
END;
