-- +goose Up
-- Who works where and when is read for every task, and changes a few times a day: a reader keeps it for as long as its version is
-- the same. The version is drawn, not counted, so that one that was rolled back never comes again.
CREATE TABLE team_versions (
  org TEXT NOT NULL, version TEXT NOT NULL,
  PRIMARY KEY (org)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
