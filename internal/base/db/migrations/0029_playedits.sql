-- +goose Up
-- Drafts of playbooks have revisions, so that two people who change one lose nothing and a step back is possible; and trials
-- are jobs, whose result is kept.

ALTER TABLE playbook_drafts ADD COLUMN rev BIGINT NOT NULL DEFAULT 1;
CREATE TABLE playbook_draft_past (      -- what a draft was at each of its last revisions, the present one included
  org TEXT NOT NULL, id TEXT NOT NULL, rev BIGINT NOT NULL,
  body TEXT NOT NULL,
  about TEXT NOT NULL,                  -- what was changed, in words
  saved BIGINT NOT NULL, saved_by TEXT NOT NULL,
  PRIMARY KEY (org, id, rev)
) /*ROWID*/;

CREATE TABLE trials (                   -- playbooks that are tried on recorded days
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL,
  playbook TEXT NOT NULL, title TEXT NOT NULL,
  body TEXT NOT NULL,                   -- the text that is tried; '': the version that is on
  first_day BIGINT NOT NULL, last_day BIGINT NOT NULL,
  asked BIGINT NOT NULL, asked_by TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting','running','done','stopped','failed')),
  stage TEXT NOT NULL, done BIGINT NOT NULL,              -- what is being done, and the share that is, in thousandths
  node TEXT NOT NULL, beat BIGINT NOT NULL,               -- who runs it, and when that was last heard of
  tries BIGINT NOT NULL, ended BIGINT NOT NULL,
  wrong TEXT NOT NULL,                  -- why there is no result, in a sentence
  report TEXT NOT NULL,                 -- JSON, residents by their ids alone
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX trials_property ON trials (org, property, state, asked);
CREATE INDEX trials_playbook ON trials (org, playbook, property, asked);

-- +goose Down
-- Migrations go forward only.
