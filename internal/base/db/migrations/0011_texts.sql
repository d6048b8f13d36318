-- +goose Up
-- Text messages, what came in from an address that nobody or several have, and the ledger of consent: which wording was
-- shown, what a yes or no covers, why a word was turned, and every stop and its lifting for good.
CREATE TABLE text_messages (             -- beside a message by SMS: what it costs, and the number the provider gave it
  org TEXT NOT NULL, id TEXT NOT NULL, address_key TEXT NOT NULL,
  units BIGINT NOT NULL,                 -- segments as we counted them
  ucs2 BIGINT NOT NULL,                  -- 1: it needed the longer alphabet
  ref TEXT NOT NULL,                     -- '' until the provider took it
  told BIGINT NOT NULL,                  -- segments as the provider counted them; 0: not told
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX text_messages_address ON text_messages (org, address_key, id);
CREATE INDEX text_messages_ref ON text_messages (org, ref);
CREATE TABLE inbound_texts (             -- every text that came in, by the provider's number: the same one twice is one
  org TEXT NOT NULL, ref TEXT NOT NULL, address_key TEXT NOT NULL, received BIGINT NOT NULL, meaning TEXT NOT NULL,
  PRIMARY KEY (org, ref)
) /*ROWID*/;
CREATE INDEX inbound_texts_address ON inbound_texts (org, address_key, received);
CREATE TABLE unplaced (                  -- what came in and belongs to nobody for sure: kept until a person says whose it is
  org TEXT NOT NULL, id TEXT NOT NULL, channel TEXT NOT NULL, address_key TEXT NOT NULL, address TEXT NOT NULL, sent_to TEXT NOT NULL,
  body TEXT NOT NULL, source TEXT NOT NULL, event TEXT NOT NULL, received BIGINT NOT NULL, property TEXT NOT NULL,
  candidates TEXT NOT NULL,              -- residents with this address, as a JSON list
  task TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','placed','nobody')),
  resident TEXT NOT NULL, settled BIGINT NOT NULL, settled_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX unplaced_state ON unplaced (org, state, received);
CREATE INDEX unplaced_address ON unplaced (org, channel, address_key);
CREATE TABLE consent_wordings (          -- the words under which somebody said yes or no; a version never changes
  org TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, language TEXT NOT NULL, channel TEXT NOT NULL, purpose TEXT NOT NULL,
  words TEXT NOT NULL, made BIGINT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (org, id, version, language)
) /*ROWID*/;
ALTER TABLE consent_log ADD COLUMN wording TEXT NOT NULL DEFAULT '';            -- "texts/2/en": what was shown
ALTER TABLE consent_log ADD COLUMN reason TEXT NOT NULL DEFAULT '';             -- why a word was turned, where somebody told
CREATE INDEX consent_log_resident ON consent_log (org, resident, at);
ALTER TABLE suppressions ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
ALTER TABLE suppressions ADD COLUMN actor TEXT NOT NULL DEFAULT '';
CREATE TABLE suppression_log (           -- every stop of an address and its lifting; nothing is ever changed here
  org TEXT NOT NULL, channel TEXT NOT NULL, address_key TEXT NOT NULL, at BIGINT NOT NULL, n BIGINT NOT NULL,
  stopped BIGINT NOT NULL,               -- 1: stopped; 0: lifted
  reason TEXT NOT NULL, note TEXT NOT NULL, evidence TEXT NOT NULL, source TEXT NOT NULL, resident TEXT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (org, channel, address_key, at, n)
) /*ROWID*/;
CREATE TABLE revocations (               -- that somebody wants out, and by when it must have been honoured
  org TEXT NOT NULL, id TEXT NOT NULL, channel TEXT NOT NULL, address_key TEXT NOT NULL, resident TEXT NOT NULL, property TEXT NOT NULL,
  scope TEXT NOT NULL,                   -- '' everything on the channel, else a purpose
  words TEXT NOT NULL, received BIGINT NOT NULL, due BIGINT NOT NULL, rule TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open','honoured','mistaken')),
  settled BIGINT NOT NULL, actor TEXT NOT NULL, task TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX revocations_state ON revocations (org, state, due);
CREATE INDEX revocations_address ON revocations (org, channel, address_key);

-- +goose Down
-- Migrations go forward only.
