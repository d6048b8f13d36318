-- +goose Up
-- How residents come in by themselves: by a code that is sent to them, and where they are signed in. What opens something is
-- kept as a hash only; the code is kept nowhere: it follows from the message that carries it, under the installation's key.
CREATE TABLE home_entries (             -- somebody asked for a code, whether or not anybody is known by what they wrote
  org TEXT NOT NULL, hash TEXT NOT NULL,          -- of what their browser keeps
  asked TEXT NOT NULL,                  -- a hash of the address that was written
  message TEXT NOT NULL,                -- which message carries the code; '' for none that opens anything
  made BIGINT NOT NULL, ends BIGINT NOT NULL, tries BIGINT NOT NULL,
  proved BIGINT NOT NULL,               -- when the code was right, of several who share an address; 0 before
  PRIMARY KEY (org, hash)
) /*ROWID*/;
CREATE INDEX home_entries_asked ON home_entries (org, asked);
CREATE INDEX home_entries_ends ON home_entries (org, ends);
CREATE TABLE home_entrants (            -- as whom one may come in by it
  org TEXT NOT NULL, hash TEXT NOT NULL, resident TEXT NOT NULL,
  PRIMARY KEY (org, hash, resident)
) /*ROWID*/;
CREATE INDEX home_entrants_resident ON home_entrants (org, resident);
CREATE TABLE home_sessions (            -- a device on which a resident is signed in
  org TEXT NOT NULL, hash TEXT NOT NULL, resident TEXT NOT NULL,
  started BIGINT NOT NULL, ends BIGINT NOT NULL,
  PRIMARY KEY (org, hash)
) /*ROWID*/;
CREATE INDEX home_sessions_resident ON home_sessions (org, resident);
CREATE INDEX home_sessions_ends ON home_sessions (org, ends);

-- +goose Down
-- Migrations go forward only.
