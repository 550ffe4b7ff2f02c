CREATE INDEX params_by_value ON params (key, value);
--> statement-breakpoint
CREATE INDEX metric_series_by_last ON metric_series (key, last);
--> statement-breakpoint
CREATE INDEX metric_series_by_min ON metric_series (key, min);
--> statement-breakpoint
CREATE INDEX metric_series_by_max ON metric_series (key, max);
