-- +goose Up
-- What was put aside on the first page: a task that sleeps until a time or an event, or one that somebody said is done
-- and may still take back for some seconds.
CREATE TABLE task_asides (
  org TEXT NOT NULL, task TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('asleep','closing','refused')),
  resident TEXT NOT NULL,               -- of the task
  until BIGINT NOT NULL,                -- when it wakes, or is closed; 0: no time
  event TEXT NOT NULL,                  -- the type of event that wakes it, '' for none
  facts TEXT NOT NULL,                  -- what was told while closing, JSON
  fault TEXT NOT NULL,                  -- why it could not be closed
  made BIGINT NOT NULL, made_by TEXT NOT NULL, made_name TEXT NOT NULL,
  PRIMARY KEY (org, task)
) /*ROWID*/;
CREATE INDEX task_asides_until ON task_asides (org, until);

-- +goose Down
-- Migrations go forward only.
