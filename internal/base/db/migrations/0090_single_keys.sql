-- +goose Up
-- Whether single keys do something on pages is a person's choice, and goes along to whatever they sit at.
ALTER TABLE accounts ADD COLUMN single_keys TEXT NOT NULL DEFAULT '';  -- '' or 'off'

-- +goose Down
-- Migrations go forward only.
