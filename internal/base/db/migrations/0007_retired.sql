-- +goose Up
-- Since when a version of a playbook is off: why it did not start at a past time hangs on it.

ALTER TABLE playbooks ADD COLUMN retired BIGINT NOT NULL DEFAULT 0;   -- 0: still on, or switched off before this was kept

-- +goose Down
-- Migrations go forward only.
