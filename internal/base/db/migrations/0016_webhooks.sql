-- +goose Up
-- Programs that are told what happens here, and what is still to be told to each.
CREATE TABLE webhooks (
  org TEXT NOT NULL, id TEXT NOT NULL, url TEXT NOT NULL, types TEXT NOT NULL, note TEXT NOT NULL, secret TEXT NOT NULL, secret_before TEXT NOT NULL,
  turned BIGINT NOT NULL,               -- when the secret before was replaced: for a day both sign
  state TEXT NOT NULL CHECK (state IN ('on','off')), made BIGINT NOT NULL, made_by TEXT NOT NULL,
  failing BIGINT NOT NULL, fault TEXT NOT NULL, off_since BIGINT NOT NULL, delivered BIGINT NOT NULL, last_at BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE TABLE webhook_calls (            -- events that wait to be told; those about one thing go in their order
  org TEXT NOT NULL, webhook TEXT NOT NULL, part BIGINT NOT NULL, seq BIGINT NOT NULL, subject TEXT NOT NULL,
  next_at BIGINT NOT NULL, attempts BIGINT NOT NULL,
  PRIMARY KEY (org, webhook, part, seq)
) /*ROWID*/;
CREATE INDEX webhook_calls_next ON webhook_calls (org, webhook, next_at);
CREATE INDEX webhook_calls_subject ON webhook_calls (org, webhook, subject, part, seq);
