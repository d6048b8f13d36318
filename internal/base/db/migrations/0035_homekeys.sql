-- +goose Up
-- Residents sign in without a code by a passkey of a device of theirs; and what links to their pages open can be ended.
CREATE TABLE home_passkeys (
  org TEXT NOT NULL, id TEXT NOT NULL,
  resident TEXT NOT NULL,               -- by whom the device knows its holder; who was merged since comes in as whom they are seen now
  name TEXT NOT NULL, data TEXT NOT NULL,
  made BIGINT NOT NULL, used BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX home_passkeys_resident ON home_passkeys (org, resident);
CREATE TABLE home_links (               -- links that were made up to then open nothing any more
  org TEXT NOT NULL, resident TEXT NOT NULL, ended BIGINT NOT NULL,
  PRIMARY KEY (org, resident)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
