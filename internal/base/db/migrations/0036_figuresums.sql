-- +goose Up
-- What stands behind a figure is summed by resident from the index alone: with 5,000 residents half a year is 60,000 rows.
DROP INDEX figure_rows_week;
CREATE INDEX figure_rows_week ON figure_rows (org, property, figure, week, resident, weight);

-- +goose Down
-- Migrations go forward only.
