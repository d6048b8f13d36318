-- +goose Up
-- Ways to residents beside e-mail and text messages: browsers that may be notified, and what people deliver.
CREATE TABLE push_devices (             -- a browser that a resident lets us notify; the id is made of the endpoint
  org TEXT NOT NULL, id TEXT NOT NULL, resident TEXT NOT NULL, endpoint TEXT NOT NULL,
  p256dh TEXT NOT NULL, auth TEXT NOT NULL, -- its keys, as the browser gave them
  label TEXT NOT NULL,                  -- what the resident calls it
  made BIGINT NOT NULL, made_by TEXT NOT NULL,
  fault TEXT NOT NULL, fault_at BIGINT NOT NULL, -- the last time its service refused a notification, and with what words
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX push_devices_resident ON push_devices (org, resident);
CREATE TABLE rounds (                   -- letters, notices for doors or calls that one person takes care of in one go
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('letter','hanger','call')),
  task TEXT NOT NULL, made BIGINT NOT NULL, due BIGINT NOT NULL,
  printed BIGINT NOT NULL, printed_by TEXT NOT NULL, -- the last time; 0: not yet
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX rounds_made ON rounds (org, made, id);
CREATE TABLE round_stops (              -- one message of a round, and the proof of what became of it
  org TEXT NOT NULL, message TEXT NOT NULL, round TEXT NOT NULL, n BIGINT NOT NULL, resident TEXT NOT NULL,
  how TEXT NOT NULL,                    -- '' until it is marked
  at BIGINT NOT NULL, marked BIGINT NOT NULL, marked_by TEXT NOT NULL, note TEXT NOT NULL,
  tries BIGINT NOT NULL,                -- how often nobody answered
  PRIMARY KEY (org, message)
) /*ROWID*/;
CREATE INDEX round_stops_round ON round_stops (org, round, n);
CREATE TABLE portal_reads (             -- what a resident has been shown, and has opened, where they read their messages
  org TEXT NOT NULL, message TEXT NOT NULL, resident TEXT NOT NULL, shown BIGINT NOT NULL, opened BIGINT NOT NULL,
  PRIMARY KEY (org, message)
) /*ROWID*/;
CREATE INDEX portal_reads_resident ON portal_reads (org, resident);

-- +goose Down
-- Migrations go forward only.
