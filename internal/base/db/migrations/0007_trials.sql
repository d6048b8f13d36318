-- +goose Up
-- Trials of playbooks, and since when a version of a playbook is off.

ALTER TABLE playbooks ADD COLUMN retired BIGINT NOT NULL DEFAULT 0;   -- 0: still on, or switched off before this was kept

CREATE TABLE trials (                   -- what a playbook would have done, asked for over the API
  org TEXT NOT NULL, id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting','running','done','failed')),
  request TEXT NOT NULL, report TEXT NOT NULL, problem TEXT NOT NULL,   -- request and report are JSON; the report names residents by id only
  progress DOUBLE PRECISION NOT NULL, made BIGINT NOT NULL, changed BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX trials_made ON trials (org, made);

-- +goose Down
-- Migrations go forward only.
