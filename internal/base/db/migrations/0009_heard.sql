-- +goose Up
-- What residents said about how they like to be reached and lived with, as read from their words, for a person to decide
-- on. Nothing of what somebody is ever comes here: such sentences are not read.
CREATE TABLE heard_facts (
  org TEXT NOT NULL, id TEXT NOT NULL, resident TEXT NOT NULL,
  kind TEXT NOT NULL, value TEXT NOT NULL,
  ended BIGINT NOT NULL,                -- 1: it was said to be so no longer
  words TEXT NOT NULL,                  -- the very words
  source TEXT NOT NULL, event TEXT NOT NULL, type TEXT NOT NULL, channel TEXT NOT NULL,   -- the event that they stand in
  said BIGINT NOT NULL, confidence DOUBLE PRECISION NOT NULL,
  was TEXT NOT NULL,                    -- the preference at that moment; '' for none
  state TEXT NOT NULL CHECK (state IN ('open','kept','declined','replaced')),
  made BIGINT NOT NULL, decided BIGINT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE UNIQUE INDEX heard_facts_one ON heard_facts (org, resident, kind, value, ended);
CREATE INDEX heard_facts_state ON heard_facts (org, state, id);

-- +goose Down
-- Migrations go forward only.
