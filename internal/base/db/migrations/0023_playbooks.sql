-- +goose Up
-- What the pages about playbooks keep and ask: who switched a version on, texts that are being changed, and how many runs
-- began at a property since a time, which the index alone answers.

ALTER TABLE playbooks ADD COLUMN activated_by TEXT NOT NULL DEFAULT '';   -- '': before this was kept, or by the program
CREATE TABLE playbook_drafts (
  org TEXT NOT NULL, id TEXT NOT NULL,
  body TEXT NOT NULL,
  saved BIGINT NOT NULL, saved_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
DROP INDEX runs_playbook;
CREATE INDEX runs_playbook ON runs (org, playbook, property, state, started);

-- +goose Down
-- Migrations go forward only.
