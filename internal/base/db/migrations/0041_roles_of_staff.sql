-- +goose Up
-- What somebody may do is read by person, and a team of many properties holds thousands of roles.
CREATE INDEX staff_roles_staff ON staff_roles (org, staff);

-- +goose Down
-- Migrations go forward only.
