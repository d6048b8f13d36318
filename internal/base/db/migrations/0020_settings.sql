-- +goose Up
-- Who set a property's setting last; what it was stands in the log (property.settings_changed).
CREATE TABLE setting_marks (
  org TEXT NOT NULL, property TEXT NOT NULL, name TEXT NOT NULL,
  set_at BIGINT NOT NULL, set_by TEXT NOT NULL, by_name TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (org, property, name)
) /*ROWID*/;
-- What people said about one contact that a playbook plans: hold the step, or leave it out.
CREATE TABLE plan_words (
  org TEXT NOT NULL, contact TEXT NOT NULL, resident TEXT NOT NULL, playbook TEXT NOT NULL,
  word TEXT NOT NULL CHECK (word IN ('hold','cancel')), reason TEXT NOT NULL,
  set_by TEXT NOT NULL, by_name TEXT NOT NULL, set_at BIGINT NOT NULL,
  until BIGINT NOT NULL,                -- from then on the word means nothing
  ended BIGINT NOT NULL,                -- taken back, or done; 0: not yet
  PRIMARY KEY (org, contact)
) /*ROWID*/;
CREATE INDEX plan_words_open ON plan_words (org, ended, until);

-- +goose Down
-- Migrations go forward only.
