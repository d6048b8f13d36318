-- +goose Up
-- Messages to many at once: what is to be said, to whom, and how far it is.
CREATE TABLE templates (                -- texts that were written here; one that was used never changes
  org TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, made BIGINT NOT NULL, made_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE TABLE broadcasts (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, title TEXT NOT NULL, template TEXT NOT NULL, class TEXT NOT NULL,
  channel TEXT NOT NULL, audience TEXT NOT NULL, about BIGINT NOT NULL, expires BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft','asked','gathering','running','stopped','done')),
  people BIGINT NOT NULL, next BIGINT NOT NULL,
  made BIGINT NOT NULL, made_by TEXT NOT NULL, asked_by TEXT NOT NULL, approved_by TEXT NOT NULL, stopped_by TEXT NOT NULL,
  started BIGINT NOT NULL, ended BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX broadcasts_made ON broadcasts (org, made, id);
CREATE TABLE broadcast_people (         -- whom it goes to, as of when it was sent, in the order in which the desk is asked
  org TEXT NOT NULL, broadcast TEXT NOT NULL, n BIGINT NOT NULL, resident TEXT NOT NULL, message TEXT NOT NULL,
  by_hand BIGINT NOT NULL,              -- 1: the desk leaves it to a person
  PRIMARY KEY (org, broadcast, n)
) /*ROWID*/;
