-- +goose Up
-- Figures of a property by week, folded from the log, and the rows behind each.
CREATE TABLE figure_rows (
  org TEXT NOT NULL, property TEXT NOT NULL,
  figure TEXT NOT NULL,                 -- answer, repair, promise, act, tone, contact
  id TEXT NOT NULL,                     -- of what is counted: an event, a work order, a resident's week
  resident TEXT NOT NULL,               -- '' for nobody in particular
  week BIGINT NOT NULL,                 -- the Monday of the week in which it counts; 0: it is still open
  at BIGINT NOT NULL, ended BIGINT NOT NULL,
  value DOUBLE PRECISION NOT NULL, weight DOUBLE PRECISION NOT NULL,
  ref TEXT NOT NULL,                    -- what it is about: a message, a work order, a promise
  note TEXT NOT NULL,                   -- a few words: a category, a way, a kind
  PRIMARY KEY (org, property, figure, id)
) /*ROWID*/;
CREATE INDEX figure_rows_week ON figure_rows (org, property, figure, week);
CREATE INDEX figure_rows_resident ON figure_rows (org, resident, figure, week);
CREATE TABLE figure_weeks (
  org TEXT NOT NULL, property TEXT NOT NULL, figure TEXT NOT NULL, week BIGINT NOT NULL,
  n BIGINT NOT NULL, people BIGINT NOT NULL, living BIGINT NOT NULL, value DOUBLE PRECISION NOT NULL,
  dirty BIGINT NOT NULL,                -- 1: rows came since it was counted
  PRIMARY KEY (org, property, figure, week)
) /*ROWID*/;
CREATE INDEX figure_weeks_dirty ON figure_weeks (org, dirty);

-- +goose Down
-- Migrations go forward only.
