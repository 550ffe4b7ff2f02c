ALTER TABLE metric_segments ADD COLUMN volume INTEGER;
--> statement-breakpoint
ALTER TABLE metric_segments ADD COLUMN start INTEGER;
--> statement-breakpoint
ALTER TABLE metric_segments ADD COLUMN size INTEGER;
--> statement-breakpoint
CREATE TABLE metric_volumes (
  run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  attempt INTEGER NOT NULL,
  volume INTEGER NOT NULL,
  digest TEXT NOT NULL,
  PRIMARY KEY (run, attempt, volume)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE TABLE metric_moves (
  ended_at INTEGER NOT NULL,
  run TEXT NOT NULL,
  PRIMARY KEY (ended_at, run)
) WITHOUT ROWID;
--> statement-breakpoint
INSERT INTO metric_moves (ended_at, run)
SELECT ended_at, id FROM runs WHERE ended_at IS NOT NULL AND EXISTS (SELECT 1 FROM metric_segments WHERE run = runs.id);
--> statement-breakpoint
CREATE TRIGGER runs_move AFTER UPDATE OF ended_at ON runs
WHEN NEW.ended_at IS NOT NULL AND OLD.ended_at IS NOT NEW.ended_at AND (
  EXISTS (SELECT 1 FROM metric_segments WHERE run = NEW.id) OR EXISTS (SELECT 1 FROM metric_chunks WHERE run = NEW.id)
) BEGIN
  INSERT INTO metric_moves (ended_at, run) VALUES (NEW.ended_at, NEW.id) ON CONFLICT DO NOTHING;
END;
