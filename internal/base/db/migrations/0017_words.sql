-- +goose Up
-- Texts of an operator's own in place of shipped ones. Every version stays readable.
CREATE TABLE template_versions (
  org TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL,
  body TEXT NOT NULL,                   -- YAML; '': from this version on the shipped text holds again
  made BIGINT NOT NULL, made_by TEXT NOT NULL,
  PRIMARY KEY (org, id, version)
) /*ROWID*/;

-- Which version of its template a message was written from; 0: the shipped one.
ALTER TABLE messages ADD COLUMN template_version BIGINT NOT NULL DEFAULT 0;

-- +goose Down
-- Migrations go forward only.
