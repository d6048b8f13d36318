-- +goose Up
-- Ways to residents beside e-mail and text messages: browsers that may be notified.
CREATE TABLE push_devices (             -- a browser that a resident lets us notify; the id is made of the endpoint
  org TEXT NOT NULL, id TEXT NOT NULL, resident TEXT NOT NULL, endpoint TEXT NOT NULL,
  p256dh TEXT NOT NULL, auth TEXT NOT NULL, -- its keys, as the browser gave them
  label TEXT NOT NULL,                  -- what the resident calls it
  made BIGINT NOT NULL, made_by TEXT NOT NULL,
  fault TEXT NOT NULL, fault_at BIGINT NOT NULL, -- the last time its service refused a notification, and with what words
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX push_devices_resident ON push_devices (org, resident);

-- +goose Down
-- Migrations go forward only.
