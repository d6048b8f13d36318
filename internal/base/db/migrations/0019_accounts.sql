-- +goose Up
-- Who may sign in, and where they are signed in. What opens something is kept as a hash only.
CREATE TABLE accounts (
  org TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('staff','resident')),
  who TEXT NOT NULL,                    -- the member of the team, or the resident
  who_key TEXT NOT NULL,                -- who, while it is open; its id once it is closed
  login TEXT NOT NULL, login_key TEXT NOT NULL,     -- an e-mail address; login_key as who_key
  wide TEXT NOT NULL,                   -- roles held at every property, by commas
  password TEXT NOT NULL,               -- argon2id in its usual spelling; '' for none
  totp TEXT NOT NULL, totp_step BIGINT NOT NULL,    -- the shared secret, and the last step whose code was used
  made BIGINT NOT NULL, made_by TEXT NOT NULL, closed BIGINT NOT NULL, last_in BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE UNIQUE INDEX accounts_login ON accounts (org, login_key);
CREATE UNIQUE INDEX accounts_who ON accounts (org, kind, who_key);
CREATE TABLE sessions (
  org TEXT NOT NULL, hash TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL,
  started BIGINT NOT NULL, proved BIGINT NOT NULL, seen BIGINT NOT NULL, ends BIGINT NOT NULL, idle BIGINT NOT NULL,
  device TEXT NOT NULL, address TEXT NOT NULL,
  PRIMARY KEY (org, hash)
) /*ROWID*/;
CREATE INDEX sessions_account ON sessions (org, account);
CREATE INDEX sessions_ends ON sessions (org, ends);
CREATE TABLE openings (                 -- what is good once and for a while: set-up, invitation, link, code, half a sign-in
  org TEXT NOT NULL, hash TEXT NOT NULL, kind TEXT NOT NULL, account TEXT NOT NULL, data TEXT NOT NULL,
  made BIGINT NOT NULL, ends BIGINT NOT NULL, tries BIGINT NOT NULL,
  PRIMARY KEY (org, hash)
) /*ROWID*/;
CREATE INDEX openings_account ON openings (org, account);
CREATE INDEX openings_ends ON openings (org, ends);
CREATE TABLE recovery_codes (
  org TEXT NOT NULL, account TEXT NOT NULL, hash TEXT NOT NULL,
  PRIMARY KEY (org, account, hash)
) /*ROWID*/;
CREATE TABLE passkeys (
  org TEXT NOT NULL, id TEXT NOT NULL, account TEXT NOT NULL, name TEXT NOT NULL, data TEXT NOT NULL,
  made BIGINT NOT NULL, used BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX passkeys_account ON passkeys (org, account);
CREATE TABLE account_subjects (         -- who somebody is to a provider of single sign-on
  org TEXT NOT NULL, issuer TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL,
  PRIMARY KEY (org, issuer, subject)
) /*ROWID*/;
CREATE INDEX account_subjects_account ON account_subjects (org, account);
CREATE TABLE sign_in_tries (            -- failures, counted; the key is a hash
  org TEXT NOT NULL, key TEXT NOT NULL, n BIGINT NOT NULL, since BIGINT NOT NULL,
  PRIMARY KEY (org, key)
) /*ROWID*/;
CREATE INDEX sign_in_tries_since ON sign_in_tries (org, since);

-- +goose Down
-- Migrations go forward only.
