-- +goose Up
-- A saved reply can be changed and taken away, and both can be undone: what it said before stays, and so does what was taken away.
ALTER TABLE saved_replies ADD COLUMN earlier_of TEXT NOT NULL DEFAULT '';  -- the reply of which this is an earlier wording
ALTER TABLE saved_replies ADD COLUMN gone BIGINT NOT NULL DEFAULT 0;

-- +goose Down
-- Migrations go forward only.
