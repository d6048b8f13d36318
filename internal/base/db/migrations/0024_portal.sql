-- +goose Up
-- What residents do in their pages: answer a question with one tap, send a photo with a repair, ask for one by the code at
-- their door, and follow it by a code of its own.
CREATE TABLE message_answers (          -- what was answered to the question of a message
  org TEXT NOT NULL, message TEXT NOT NULL, resident TEXT NOT NULL,
  score BIGINT NOT NULL, text TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, message)
) /*ROWID*/;
CREATE INDEX message_answers_resident ON message_answers (org, resident);

CREATE TABLE blobs (                    -- what is kept beside records where there is no directory for it
  org TEXT NOT NULL, name TEXT NOT NULL, body BYTEA NOT NULL,
  PRIMARY KEY (org, name)
);

CREATE TABLE workorder_photos (
  org TEXT NOT NULL, id TEXT NOT NULL, workorder TEXT NOT NULL, resident TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('image/jpeg','image/png')),
  blob TEXT NOT NULL,                   -- its name in the store
  width BIGINT NOT NULL, height BIGINT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX workorder_photos_workorder ON workorder_photos (org, workorder);
CREATE INDEX workorder_photos_resident ON workorder_photos (org, resident);

CREATE TABLE workorder_codes (          -- how somebody who is not signed in follows a request; only a digest is kept
  org TEXT NOT NULL, digest TEXT NOT NULL, workorder TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, digest)
) /*ROWID*/;

CREATE TABLE unit_codes (               -- the code at a home's door
  org TEXT NOT NULL, code TEXT NOT NULL, unit TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, code)
) /*ROWID*/;
CREATE UNIQUE INDEX unit_codes_unit ON unit_codes (org, unit);

-- +goose Down
-- Migrations go forward only.
