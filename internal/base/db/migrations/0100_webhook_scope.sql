-- +goose Up
-- Of which properties a program hears: their ids by blanks; none named: of every one, those that come later too, as it was until now.
ALTER TABLE webhooks ADD COLUMN properties TEXT NOT NULL DEFAULT '';
-- Who did what with a program that hears; it stays when the program is removed.
CREATE TABLE webhook_acts (
  org TEXT NOT NULL, webhook TEXT NOT NULL, n BIGINT NOT NULL, at BIGINT NOT NULL, by_whom TEXT NOT NULL, by_name TEXT NOT NULL,
  data TEXT NOT NULL,                   -- what was done, as its event in the log has it
  PRIMARY KEY (org, webhook, n)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
