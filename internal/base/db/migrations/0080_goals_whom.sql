-- +goose Up
-- About whom chance decided, a resident or a household: the arms of an effect are compared by them. Rows from before have none and are taken
-- by their resident.
ALTER TABLE goals ADD COLUMN whom TEXT NOT NULL DEFAULT '';

-- +goose Down
-- Migrations go forward only.
