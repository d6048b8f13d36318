-- +goose Up
-- Who of the team has a task open: so that two do not do the same.
CREATE TABLE task_looks (
  org TEXT NOT NULL, task TEXT NOT NULL, staff TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, task, staff)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
