-- +goose Up
-- What an applied import found and left, so that it can be taken back for some time; and files that wait to be imported
-- while somebody looks at them.

CREATE TABLE import_trail (             -- one row for each row of the import that did something
  org TEXT NOT NULL, import TEXT NOT NULL, n BIGINT NOT NULL,
  steps TEXT NOT NULL,                  -- JSON: what was there before each change; names and addresses, dropped after the time
  PRIMARY KEY (org, import, n)
) /*ROWID*/;
CREATE TABLE import_undos (
  org TEXT NOT NULL, import TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running','done')),
  started BIGINT NOT NULL, finished BIGINT NOT NULL, actor TEXT NOT NULL,
  lease_until BIGINT NOT NULL, node TEXT NOT NULL, report TEXT NOT NULL,   -- JSON: counts, and what stayed with its reason
  PRIMARY KEY (org, import)
) /*ROWID*/;
CREATE INDEX import_undos_open ON import_undos (org, started, import) WHERE state = 'running';

CREATE TABLE import_drafts (            -- a file that somebody gave and has not applied yet
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, property_name TEXT NOT NULL,
  source TEXT NOT NULL, kind TEXT NOT NULL, file TEXT NOT NULL, size BIGINT NOT NULL,
  plan TEXT NOT NULL,                   -- JSON: zone, mapping, what was corrected in which row
  actor TEXT NOT NULL, created BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX import_drafts_created ON import_drafts (org, created);
CREATE TABLE import_draft_parts (
  org TEXT NOT NULL, draft TEXT NOT NULL, n BIGINT NOT NULL, part BYTEA NOT NULL,
  PRIMARY KEY (org, draft, n)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
