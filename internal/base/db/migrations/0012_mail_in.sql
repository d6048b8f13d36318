-- +goose Up
-- Mail that came in: kept whole before the server that brings it hears a yes, then read by a loop of its own.
CREATE TABLE inbound_mail (
  org TEXT NOT NULL, id TEXT NOT NULL,  -- from Message-ID and content: the same mail twice is one row
  received BIGINT NOT NULL, source TEXT NOT NULL,       -- "smtp", or the provider that brought it
  sender TEXT NOT NULL, rcpt TEXT NOT NULL,             -- of the envelope; rcpt is a JSON list
  raw BYTEA NOT NULL, size BIGINT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting','done','unplaced','nobody','stuck')),  -- unplaced: a person says who wrote it
  kind TEXT NOT NULL,                   -- what it is (channel/bounce); '' until it was read
  note TEXT NOT NULL,                   -- what was made of it, in words
  tries BIGINT NOT NULL,
  about TEXT NOT NULL,                  -- the message that it answers or returns
  message TEXT NOT NULL,                -- the message that it became
  property TEXT NOT NULL, resident TEXT NOT NULL,
  address TEXT NOT NULL, address_key TEXT NOT NULL, subject TEXT NOT NULL, body TEXT NOT NULL,
  candidates TEXT NOT NULL,             -- residents who may have written it, as a JSON list
  settled BIGINT NOT NULL, settled_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX inbound_mail_state ON inbound_mail (org, state, received);
CREATE INDEX inbound_mail_message ON inbound_mail (org, message);
CREATE INDEX inbound_mail_address ON inbound_mail (org, address_key);

-- Conversations: a resident and a topic. The messages stand in their own table.
CREATE TABLE conversations (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, resident TEXT NOT NULL, topic TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','snoozed','done')),
  assigned TEXT NOT NULL,               -- a staff id; '' for nobody
  snooze_until BIGINT NOT NULL, snooze_event TEXT NOT NULL,
  last_in BIGINT NOT NULL, last_out BIGINT NOT NULL,
  waits TEXT NOT NULL CHECK (waits IN ('','us','them')),        -- who owes the next word
  made BIGINT NOT NULL, changed BIGINT NOT NULL, changed_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX conversations_state ON conversations (org, state, changed);
CREATE INDEX conversations_resident ON conversations (org, resident);
CREATE TABLE conversation_notes (        -- among the team; nothing here is ever sent
  org TEXT NOT NULL, id TEXT NOT NULL, conversation TEXT NOT NULL, text TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX conversation_notes_of ON conversation_notes (org, conversation, at);
CREATE TABLE saved_replies (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL,  -- property '' = all
  title TEXT NOT NULL, body TEXT NOT NULL, made BIGINT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
-- What bounces did to an address, for what is only for now and comes again.
CREATE TABLE soft_bounces (
  org TEXT NOT NULL, channel TEXT NOT NULL, address_key TEXT NOT NULL, message TEXT NOT NULL, at BIGINT NOT NULL, code TEXT NOT NULL,
  PRIMARY KEY (org, channel, address_key, message)
) /*ROWID*/;

-- +goose Down
-- Migrations go forward only.
