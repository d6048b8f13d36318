-- +goose Up
-- Lists of what is open are read in the order of their due times, page by page; without an index in that order each page
-- sorts all that is open. What somebody was given is summed from the index alone: a task's row is large.
DROP INDEX tasks_due;
DROP INDEX tasks_load;
CREATE INDEX tasks_open ON tasks (org, due_at, id) WHERE state IN ('open', 'taken');
CREATE INDEX tasks_open_at ON tasks (org, property, due_at, id) WHERE state IN ('open', 'taken');
CREATE INDEX tasks_kind ON tasks (org, property, kind) WHERE state IN ('open', 'taken');
CREATE INDEX tasks_load ON tasks (org, owner, due_at, state, minutes);

-- +goose Down
-- Migrations go forward only.
