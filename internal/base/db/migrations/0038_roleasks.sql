-- +goose Up
-- Roles that somebody asked for somebody, until a second person says yes or no: they open confidential work, or saying yes to it.
CREATE TABLE role_asks (
  org TEXT NOT NULL, id TEXT NOT NULL,
  property TEXT NOT NULL, staff TEXT NOT NULL, role TEXT NOT NULL,
  asked_by TEXT NOT NULL,               -- the member of the team who asks
  asked BIGINT NOT NULL,
  settled_by TEXT NOT NULL,             -- who said yes or no; '' while it waits
  settled BIGINT NOT NULL,
  yes BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX role_asks_property ON role_asks (org, property, settled, asked);
CREATE UNIQUE INDEX role_asks_waiting ON role_asks (org, property, staff, role) WHERE settled = 0;

-- +goose Down
-- Migrations go forward only.
