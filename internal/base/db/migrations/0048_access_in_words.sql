-- +goose Up
-- "Access: no" told whoever stood at the door nothing; the answer to "may we come in when nobody is home?" is kept in words.
UPDATE preferences SET value = 'enter when nobody is home' WHERE name = 'access' AND value IN ('yes', 'Yes', 'true');
UPDATE preferences SET value = 'only when somebody is home' WHERE name = 'access' AND value IN ('no', 'No', 'false');

-- +goose Down
-- Migrations go forward only.
