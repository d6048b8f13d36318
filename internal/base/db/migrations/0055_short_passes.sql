-- +goose Up
-- Short codes that are printed beside a link given at the desk. The code itself is kept nowhere: only what follows from it under the installation's key.
CREATE TABLE short_passes (
  org TEXT NOT NULL, proof TEXT NOT NULL,
  resident TEXT NOT NULL,
  made BIGINT NOT NULL, ends BIGINT NOT NULL, -- as those of the link beside it, to the second
  PRIMARY KEY (org, proof)
) /*ROWID*/;
CREATE INDEX short_passes_ends ON short_passes (org, ends);

-- +goose Down
-- Migrations go forward only.
