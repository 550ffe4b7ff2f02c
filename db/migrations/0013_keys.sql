CREATE INDEX tags_by_value ON tags (key, value);
--> statement-breakpoint
CREATE TABLE keys (
  experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
  kind TEXT NOT NULL CHECK (kind IN ('runs', 'params', 'tags', 'metrics')),
  key TEXT NOT NULL,
  runs INTEGER NOT NULL,
  sample_kind TEXT,
  sample BLOB,
  same INTEGER NOT NULL,
  PRIMARY KEY (experiment_id, kind, key)
) WITHOUT ROWID;
--> statement-breakpoint
CREATE INDEX keys_unsure ON keys (experiment_id, kind, key) WHERE same = 0 AND runs > 0;
--> statement-breakpoint
CREATE TRIGGER keys_params_added AFTER INSERT ON params BEGIN
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT experiment_id, 'params', NEW.key, 1, NEW.kind, NEW.value, 1 FROM runs WHERE id = NEW.run AND deleted_at IS NULL
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = CASE runs WHEN 0 THEN 1 ELSE same + (sample IS excluded.sample AND sample_kind IS excluded.sample_kind) END,
    sample = CASE runs WHEN 0 THEN excluded.sample ELSE sample END,
    sample_kind = CASE runs WHEN 0 THEN excluded.sample_kind ELSE sample_kind END,
    runs = runs + 1;
END;
--> statement-breakpoint
CREATE TRIGGER keys_params_removed AFTER DELETE ON params BEGIN
  UPDATE keys SET runs = runs - 1, same = same - (sample IS OLD.value AND sample_kind IS OLD.kind)
  WHERE experiment_id = (SELECT experiment_id FROM runs WHERE id = OLD.run AND deleted_at IS NULL) AND kind = 'params' AND key = OLD.key;
END;
--> statement-breakpoint
CREATE TRIGGER keys_params_changed AFTER UPDATE OF value, kind ON params BEGIN
  UPDATE keys SET same = same - (sample IS OLD.value AND sample_kind IS OLD.kind) + (sample IS NEW.value AND sample_kind IS NEW.kind)
  WHERE experiment_id = (SELECT experiment_id FROM runs WHERE id = NEW.run AND deleted_at IS NULL) AND kind = 'params' AND key = NEW.key;
END;
--> statement-breakpoint
CREATE TRIGGER keys_tags_added AFTER INSERT ON tags BEGIN
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT experiment_id, 'tags', NEW.key, 1, NULL, NEW.value, 1 FROM runs WHERE id = NEW.run AND deleted_at IS NULL
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = CASE runs WHEN 0 THEN 1 ELSE same + (sample IS excluded.sample AND sample_kind IS excluded.sample_kind) END,
    sample = CASE runs WHEN 0 THEN excluded.sample ELSE sample END,
    sample_kind = CASE runs WHEN 0 THEN excluded.sample_kind ELSE sample_kind END,
    runs = runs + 1;
END;
--> statement-breakpoint
CREATE TRIGGER keys_tags_removed AFTER DELETE ON tags BEGIN
  UPDATE keys SET runs = runs - 1, same = same - (sample IS OLD.value AND sample_kind IS NULL)
  WHERE experiment_id = (SELECT experiment_id FROM runs WHERE id = OLD.run AND deleted_at IS NULL) AND kind = 'tags' AND key = OLD.key;
END;
--> statement-breakpoint
CREATE TRIGGER keys_tags_changed AFTER UPDATE OF value ON tags BEGIN
  UPDATE keys SET same = same - (sample IS OLD.value AND sample_kind IS NULL) + (sample IS NEW.value AND sample_kind IS NULL)
  WHERE experiment_id = (SELECT experiment_id FROM runs WHERE id = NEW.run AND deleted_at IS NULL) AND kind = 'tags' AND key = NEW.key;
END;
--> statement-breakpoint
CREATE TRIGGER keys_metrics_added AFTER INSERT ON metric_series BEGIN
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT experiment_id, 'metrics', NEW.key, 1, NULL, NEW.last, 1 FROM runs WHERE id = NEW.run AND deleted_at IS NULL
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = CASE runs WHEN 0 THEN 1 ELSE same + (sample IS excluded.sample AND sample_kind IS excluded.sample_kind) END,
    sample = CASE runs WHEN 0 THEN excluded.sample ELSE sample END,
    sample_kind = CASE runs WHEN 0 THEN excluded.sample_kind ELSE sample_kind END,
    runs = runs + 1;
END;
--> statement-breakpoint
CREATE TRIGGER keys_metrics_removed AFTER DELETE ON metric_series BEGIN
  UPDATE keys SET runs = runs - 1, same = same - (sample IS OLD.last AND sample_kind IS NULL)
  WHERE experiment_id = (SELECT experiment_id FROM runs WHERE id = OLD.run AND deleted_at IS NULL) AND kind = 'metrics' AND key = OLD.key;
END;
--> statement-breakpoint
CREATE TRIGGER keys_metrics_changed AFTER UPDATE OF last ON metric_series BEGIN
  UPDATE keys SET same = same - (sample IS OLD.last AND sample_kind IS NULL) + (sample IS NEW.last AND sample_kind IS NULL)
  WHERE experiment_id = (SELECT experiment_id FROM runs WHERE id = NEW.run AND deleted_at IS NULL) AND kind = 'metrics' AND key = NEW.key;
END;
--> statement-breakpoint
CREATE TRIGGER keys_run_added AFTER INSERT ON runs WHEN NEW.deleted_at IS NULL BEGIN
  INSERT INTO keys (experiment_id, kind, key, runs, same) VALUES (NEW.experiment_id, 'runs', '', 1, 1)
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET runs = runs + 1, same = same + 1;
END;
--> statement-breakpoint
CREATE TRIGGER keys_run_trashed AFTER UPDATE OF deleted_at ON runs WHEN OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL BEGIN
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT NEW.experiment_id, 'params', key, 1, kind, value, 1 FROM params WHERE run = NEW.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = same - (sample IS excluded.sample AND sample_kind IS excluded.sample_kind), runs = runs - 1;
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT NEW.experiment_id, 'tags', key, 1, NULL, value, 1 FROM tags WHERE run = NEW.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = same - (sample IS excluded.sample AND sample_kind IS excluded.sample_kind), runs = runs - 1;
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT NEW.experiment_id, 'metrics', key, 1, NULL, last, 1 FROM metric_series WHERE run = NEW.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = same - (sample IS excluded.sample AND sample_kind IS excluded.sample_kind), runs = runs - 1;
  INSERT INTO keys (experiment_id, kind, key, runs, same) SELECT NEW.experiment_id, 'runs', '', 1, 1 WHERE TRUE
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET runs = runs - 1, same = same - 1;
END;
--> statement-breakpoint
CREATE TRIGGER keys_run_restored AFTER UPDATE OF deleted_at ON runs WHEN OLD.deleted_at IS NOT NULL AND NEW.deleted_at IS NULL BEGIN
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT NEW.experiment_id, 'params', key, 1, kind, value, 1 FROM params WHERE run = NEW.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = CASE runs WHEN 0 THEN 1 ELSE same + (sample IS excluded.sample AND sample_kind IS excluded.sample_kind) END,
    sample = CASE runs WHEN 0 THEN excluded.sample ELSE sample END,
    sample_kind = CASE runs WHEN 0 THEN excluded.sample_kind ELSE sample_kind END,
    runs = runs + 1;
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT NEW.experiment_id, 'tags', key, 1, NULL, value, 1 FROM tags WHERE run = NEW.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = CASE runs WHEN 0 THEN 1 ELSE same + (sample IS excluded.sample AND sample_kind IS excluded.sample_kind) END,
    sample = CASE runs WHEN 0 THEN excluded.sample ELSE sample END,
    sample_kind = CASE runs WHEN 0 THEN excluded.sample_kind ELSE sample_kind END,
    runs = runs + 1;
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT NEW.experiment_id, 'metrics', key, 1, NULL, last, 1 FROM metric_series WHERE run = NEW.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = CASE runs WHEN 0 THEN 1 ELSE same + (sample IS excluded.sample AND sample_kind IS excluded.sample_kind) END,
    sample = CASE runs WHEN 0 THEN excluded.sample ELSE sample END,
    sample_kind = CASE runs WHEN 0 THEN excluded.sample_kind ELSE sample_kind END,
    runs = runs + 1;
  INSERT INTO keys (experiment_id, kind, key, runs, same) SELECT NEW.experiment_id, 'runs', '', 1, 1 WHERE TRUE
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET runs = runs + 1, same = same + 1;
END;
--> statement-breakpoint
CREATE TRIGGER keys_run_removed BEFORE DELETE ON runs WHEN OLD.deleted_at IS NULL BEGIN
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT OLD.experiment_id, 'params', key, 1, kind, value, 1 FROM params WHERE run = OLD.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = same - (sample IS excluded.sample AND sample_kind IS excluded.sample_kind), runs = runs - 1;
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT OLD.experiment_id, 'tags', key, 1, NULL, value, 1 FROM tags WHERE run = OLD.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = same - (sample IS excluded.sample AND sample_kind IS excluded.sample_kind), runs = runs - 1;
  INSERT INTO keys (experiment_id, kind, key, runs, sample_kind, sample, same)
  SELECT OLD.experiment_id, 'metrics', key, 1, NULL, last, 1 FROM metric_series WHERE run = OLD.id
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET
    same = same - (sample IS excluded.sample AND sample_kind IS excluded.sample_kind), runs = runs - 1;
  INSERT INTO keys (experiment_id, kind, key, runs, same) SELECT OLD.experiment_id, 'runs', '', 1, 1 WHERE TRUE
  ON CONFLICT (experiment_id, kind, key) DO UPDATE SET runs = runs - 1, same = same - 1;
END;
--> statement-breakpoint
INSERT INTO keys (experiment_id, kind, key, runs, same)
SELECT experiment_id, 'runs', '', COUNT(*), COUNT(*) FROM runs WHERE deleted_at IS NULL GROUP BY experiment_id;
--> statement-breakpoint
INSERT INTO keys (experiment_id, kind, key, runs, same)
SELECT experiment_id, 'params', key, COUNT(*), 0 FROM params JOIN runs ON runs.id = run AND deleted_at IS NULL GROUP BY experiment_id, key;
--> statement-breakpoint
INSERT INTO keys (experiment_id, kind, key, runs, same)
SELECT experiment_id, 'tags', key, COUNT(*), 0 FROM tags JOIN runs ON runs.id = run AND deleted_at IS NULL GROUP BY experiment_id, key;
--> statement-breakpoint
INSERT INTO keys (experiment_id, kind, key, runs, same)
SELECT experiment_id, 'metrics', key, COUNT(*), 0 FROM metric_series JOIN runs ON runs.id = run AND deleted_at IS NULL GROUP BY experiment_id, key;
