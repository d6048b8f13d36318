-- +goose Up
-- Who of the team looks at a conversation, and who wrote which answer: so that two do not answer the same.
CREATE TABLE conversation_looks (
  org TEXT NOT NULL, conversation TEXT NOT NULL, staff TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, conversation, staff)
) /*ROWID*/;
CREATE TABLE conversation_replies (
  org TEXT NOT NULL, message TEXT NOT NULL, conversation TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, message)
) /*ROWID*/;
CREATE INDEX conversation_replies_of ON conversation_replies (org, conversation, at);

-- +goose Down
-- Migrations go forward only.
