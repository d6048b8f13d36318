-- +goose Up
-- From when on a message is of no use any more, as the desk took it when it decided last: what comes back from delivery
-- keeps its own end.
ALTER TABLE messages ADD COLUMN expires BIGINT NOT NULL DEFAULT 0;   -- 0: by its class, from when it was made

-- What was said of late, of the few that were made long before (act/message): 14 days in milliseconds.
CREATE INDEX messages_long ON messages (org, resident) WHERE expires - made > 1209600000;

-- +goose Down
-- Migrations go forward only.
