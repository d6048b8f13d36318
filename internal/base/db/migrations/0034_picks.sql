-- +goose Up
-- Residents whom somebody of the team chose one by one, to say one thing to them: kept over searches and pages until it is
-- written, for a day at most.
CREATE TABLE broadcast_picks (
  org TEXT NOT NULL, actor TEXT NOT NULL, property TEXT NOT NULL, resident TEXT NOT NULL,
  at BIGINT NOT NULL,                   -- when the choice was last changed
  PRIMARY KEY (org, actor, property, resident)
) /*ROWID*/;
CREATE INDEX broadcast_picks_at ON broadcast_picks (org, at);

-- +goose Down
-- Migrations go forward only.
