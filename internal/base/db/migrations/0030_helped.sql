-- +goose Up
-- Which model helped whoever wrote a reply; '' for none.
ALTER TABLE conversation_replies ADD COLUMN helped TEXT NOT NULL DEFAULT '';

-- +goose Down
-- Migrations go forward only.
