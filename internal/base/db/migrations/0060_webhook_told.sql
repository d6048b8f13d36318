-- +goose Up
-- The last attempts to tell each program: whoever looks after it sees what it took, and what it answered to the rest.
CREATE TABLE webhook_told (
  org TEXT NOT NULL, webhook TEXT NOT NULL, at BIGINT NOT NULL, call TEXT NOT NULL, attempt BIGINT NOT NULL,
  type TEXT NOT NULL,                   -- of the event; that of a trial is none of the catalog
  took BIGINT NOT NULL, why TEXT NOT NULL,
  PRIMARY KEY (org, webhook, at, call)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
