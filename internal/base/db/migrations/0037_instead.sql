-- +goose Up
-- What was not delivered and is said another way is a message of its own: it names the one in whose place it stands.
ALTER TABLE messages ADD COLUMN instead_of TEXT NOT NULL DEFAULT '';

-- +goose Down
-- Migrations go forward only.
