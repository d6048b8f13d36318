-- +goose Up
-- People's time: who stands in for whom, absences of a part of a day, who is on call, when a task may reach its owner.

ALTER TABLE staff ADD COLUMN backup TEXT NOT NULL DEFAULT '';       -- a staff id; until the person is known, what they were called
ALTER TABLE staff ADD COLUMN supervisor TEXT NOT NULL DEFAULT '';   -- likewise

CREATE TABLE absence_parts (            -- a part of one day off; whole days are in absences
  org TEXT NOT NULL, staff TEXT NOT NULL, day BIGINT NOT NULL, from_min BIGINT NOT NULL, to_min BIGINT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (org, staff, day, from_min)
) /*ROWID*/;

CREATE TABLE on_call (                  -- to_min past 1440 is on the next day; day 0 is every week on weekday, else weekday is -1
  org TEXT NOT NULL, property TEXT NOT NULL, day BIGINT NOT NULL, weekday BIGINT NOT NULL, from_min BIGINT NOT NULL,
  to_min BIGINT NOT NULL, staff TEXT NOT NULL,
  PRIMARY KEY (org, property, day, weekday, from_min, staff)
) /*ROWID*/;

ALTER TABLE tasks ADD COLUMN notify_at BIGINT NOT NULL DEFAULT 0;         -- it reaches its owner from then on; 0 = when it was made
ALTER TABLE tasks ADD COLUMN stands_in_for TEXT NOT NULL DEFAULT '';      -- whose it is again when they are back
CREATE INDEX tasks_load ON tasks (org, owner, due_at);

CREATE TABLE overloads (                -- until which day somebody's lasting overload was told already
  org TEXT NOT NULL, staff TEXT NOT NULL, told BIGINT NOT NULL,
  PRIMARY KEY (org, staff)
) /*ROWID*/;
