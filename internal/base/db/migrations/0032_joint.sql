-- +goose Up
-- One thing said to several properties at once is a broadcast at each of them. They share a name of the whole, and their text.
ALTER TABLE broadcasts ADD COLUMN joint TEXT NOT NULL DEFAULT '';
CREATE INDEX broadcasts_joint ON broadcasts (org, joint) WHERE joint <> '';

-- +goose Down
-- Migrations go forward only.
