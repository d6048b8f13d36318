-- +goose Up
-- What asks for care: situations set by a person, pauses, who heard of a resident's feeling, and what waits for a look.
CREATE TABLE situations (
  org TEXT NOT NULL, id TEXT NOT NULL, resident TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('bereavement','hospital','away','dispute','death')),
  set_by TEXT NOT NULL, set_role TEXT NOT NULL,         -- set_role: the role of a coordinator closes the reason to managers
  set_at BIGINT NOT NULL, until BIGINT NOT NULL, ended BIGINT NOT NULL, ended_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX situations_resident ON situations (org, resident, set_at);
CREATE INDEX situations_open ON situations (org, ended);
-- The sealed part stands in a table of its own, so that no list can carry it along.
CREATE TABLE situation_reasons (
  org TEXT NOT NULL, situation TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (org, situation)
) /*ROWID*/;
CREATE TABLE situation_reads (           -- each disclosure is recorded
  org TEXT NOT NULL, situation TEXT NOT NULL, at BIGINT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (org, situation, at, actor)
) /*ROWID*/;
CREATE TABLE pauses (
  org TEXT NOT NULL, id TEXT NOT NULL, what TEXT NOT NULL CHECK (what IN ('playbook','property','resident','channel','everything')),
  target TEXT NOT NULL, reason TEXT NOT NULL, strict BIGINT NOT NULL,        -- strict: answers and safety too
  set_by TEXT NOT NULL, set_at BIGINT NOT NULL, until BIGINT NOT NULL, ended BIGINT NOT NULL, ended_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX pauses_open ON pauses (org, ended);
CREATE TABLE episodes (                  -- from the moment a resident's frustration passes its limit until it has fallen
  org TEXT NOT NULL, resident TEXT NOT NULL, n BIGINT NOT NULL, task TEXT NOT NULL, opened BIGINT NOT NULL, ended BIGINT NOT NULL,
  PRIMARY KEY (org, resident)
) /*ROWID*/;
CREATE TABLE paces (                     -- how many late or resumed starts and steps a day has taken already
  org TEXT NOT NULL, playbook TEXT NOT NULL, property TEXT NOT NULL, day BIGINT NOT NULL, n BIGINT NOT NULL,
  PRIMARY KEY (org, playbook, property)
) /*ROWID*/;
CREATE TABLE reviews (                   -- what came too late to be done without a look
  org TEXT NOT NULL, id TEXT NOT NULL, part BIGINT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('run','message')), object TEXT NOT NULL,
  property TEXT NOT NULL, resident TEXT NOT NULL, playbook TEXT NOT NULL, what TEXT NOT NULL, was_due BIGINT NOT NULL, made BIGINT NOT NULL,
  task TEXT NOT NULL, payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','go','skip','void')), settled BIGINT NOT NULL, settled_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX reviews_open ON reviews (org, state, property, made);
CREATE INDEX reviews_object ON reviews (org, object);

-- +goose Down
-- Migrations go forward only.
