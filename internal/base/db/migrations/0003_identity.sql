-- +goose Up
-- Residents that were found to be one person. Nothing of either is changed: the row says under whom the other is seen,
-- and without it both are as they were.
CREATE TABLE merges (
  org TEXT NOT NULL, resident TEXT NOT NULL, kept TEXT NOT NULL,
  evidence TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, resident)
) /*ROWID*/;
CREATE INDEX merges_kept ON merges (org, kept);

-- Pairs of residents who may be one person, a before b.
CREATE TABLE identity_proposals (
  org TEXT NOT NULL, id TEXT NOT NULL, a TEXT NOT NULL, b TEXT NOT NULL,
  probability DOUBLE PRECISION NOT NULL, other TEXT NOT NULL,  -- other: what else they may be
  evidence TEXT NOT NULL,               -- JSON
  digest TEXT NOT NULL,                 -- of what was compared: a decision holds while it is the same
  state TEXT NOT NULL CHECK (state IN ('open','same','different','gone')),
  made BIGINT NOT NULL, decided BIGINT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE UNIQUE INDEX identity_proposals_pair ON identity_proposals (org, a, b);
CREATE INDEX identity_proposals_state ON identity_proposals (org, state, id);

-- +goose Down
-- Migrations go forward only.
