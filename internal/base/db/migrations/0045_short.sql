-- +goose Up
-- What a message says in a text message, where its template has a short form: a mail that does not arrive may be said again that way, and the facts
-- that it was written from are gone by then.
ALTER TABLE messages ADD COLUMN short TEXT NOT NULL DEFAULT '';

-- +goose Down
-- Migrations go forward only.
