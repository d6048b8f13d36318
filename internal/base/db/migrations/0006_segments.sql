-- +goose Up
-- Named conditions over signals. A changed one is a new version; one that is retired with no active version behind it
-- falls back to what is shipped under its name.
CREATE TABLE segments (
  org TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, title TEXT NOT NULL, why TEXT NOT NULL, cond TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active','retired')), made BIGINT NOT NULL, made_by TEXT NOT NULL,
  PRIMARY KEY (org, id, version)
) /*ROWID*/;
-- What each segment meant when a version of a playbook was activated: the version keeps that meaning for good.
CREATE TABLE playbook_segments (
  org TEXT NOT NULL, playbook TEXT NOT NULL, version BIGINT NOT NULL, segment TEXT NOT NULL, cond TEXT NOT NULL,
  PRIMARY KEY (org, playbook, version, segment)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
