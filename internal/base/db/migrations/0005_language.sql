-- +goose Up
-- What the playbook language needs beyond its first steps: counters of repetition, measured goals with their two arms,
-- and how many starts a day has seen.

-- ---------------------------------------------------------------- repetition
CREATE TABLE repeats (                  -- one counter: a playbook's, for one home, household, resident, thing or property
  org TEXT NOT NULL, part BIGINT NOT NULL, key TEXT NOT NULL,
  playbook TEXT NOT NULL, version BIGINT NOT NULL, property TEXT NOT NULL,
  resident TEXT NOT NULL,               -- whose counter it is, when it counts by resident
  times BYTEA NOT NULL,                 -- when it happened, with the places in the log; bounded
  keep_until BIGINT NOT NULL,           -- from then on nothing in it can count any more
  PRIMARY KEY (org, part, key)
) /*ROWID*/;
CREATE TABLE repeat_marks (             -- how far a partition's log has been counted since the playbook was switched on
  org TEXT NOT NULL, part BIGINT NOT NULL, playbook TEXT NOT NULL, version BIGINT NOT NULL,
  seq BIGINT NOT NULL,
  live_from BIGINT NOT NULL,            -- what lies behind this place is news; before it only counts
  caught BIGINT NOT NULL,               -- 1: the follower goes on by itself
  PRIMARY KEY (org, part, playbook, version)
) /*ROWID*/;

-- ---------------------------------------------------------------- limits
CREATE TABLE start_days (               -- up to which day starts are given out, for playbooks with so many a day
  org TEXT NOT NULL, property TEXT NOT NULL, playbook TEXT NOT NULL, day BIGINT NOT NULL, starts BIGINT NOT NULL,
  PRIMARY KEY (org, property, playbook)
) /*ROWID*/;

-- ---------------------------------------------------------------- goals
ALTER TABLE runs ADD COLUMN arm TEXT NOT NULL DEFAULT '';   -- '' or 'held out': it does nothing but measure the goal
CREATE TABLE goals (                    -- what a run hoped for, and what came of it
  org TEXT NOT NULL, run TEXT NOT NULL, part BIGINT NOT NULL, property TEXT NOT NULL, resident TEXT NOT NULL,
  playbook TEXT NOT NULL, version BIGINT NOT NULL, arm TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','reached','missed')),
  started BIGINT NOT NULL, until BIGINT NOT NULL,   -- the window
  at BIGINT NOT NULL,                   -- when it was reached or missed
  PRIMARY KEY (org, run)
) /*ROWID*/;
CREATE INDEX goals_playbook ON goals (org, playbook, version);

-- +goose Down
-- Migrations go forward only.
