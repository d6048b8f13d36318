-- +goose Up
-- Who set a property's setting last; what it was stands in the log (property.settings_changed).
CREATE TABLE setting_marks (
  org TEXT NOT NULL, property TEXT NOT NULL, name TEXT NOT NULL,
  set_at BIGINT NOT NULL, set_by TEXT NOT NULL, by_name TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (org, property, name)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
