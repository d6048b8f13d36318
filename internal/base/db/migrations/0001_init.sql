-- +goose Up
-- One text for SQLite and PostgreSQL. /*ROWID*/ becomes WITHOUT ROWID on SQLite, where the primary key is then the
-- table itself. Times are integer milliseconds in UTC, dates are days since 1970-01-01, 0 means none; booleans are 0 or 1.

-- ---------------------------------------------------------------- the log
CREATE TABLE log_parts (
  org TEXT NOT NULL, part BIGINT NOT NULL, next_seq BIGINT NOT NULL,
  PRIMARY KEY (org, part)
) /*ROWID*/;

CREATE TABLE events (
  org TEXT NOT NULL, part BIGINT NOT NULL, seq BIGINT NOT NULL,
  ident BYTEA NOT NULL,                 -- 16 bytes of SHA-256 over source and id
  id TEXT NOT NULL, source TEXT NOT NULL, type TEXT NOT NULL, subject TEXT NOT NULL,
  property TEXT NOT NULL, resident TEXT NOT NULL, others TEXT NOT NULL,   -- others: further residents, comma separated
  actor TEXT NOT NULL, time BIGINT NOT NULL, recorded BIGINT NOT NULL, asof BIGINT NOT NULL, history BIGINT NOT NULL,
  data TEXT NOT NULL,
  PRIMARY KEY (org, part, seq)
) /*ROWID*/;
CREATE UNIQUE INDEX events_ident ON events (org, ident);
CREATE INDEX events_resident ON events (org, resident, time);

-- A household's event concerns more than one resident: one row for each further one.
CREATE TABLE event_also (
  org TEXT NOT NULL, resident TEXT NOT NULL, time BIGINT NOT NULL, part BIGINT NOT NULL, seq BIGINT NOT NULL,
  PRIMARY KEY (org, resident, time, part, seq)
) /*ROWID*/;

CREATE TABLE positions (
  org TEXT NOT NULL, follower TEXT NOT NULL, part BIGINT NOT NULL, seq BIGINT NOT NULL,
  node TEXT NOT NULL, epoch BIGINT NOT NULL, moved BIGINT NOT NULL,
  PRIMARY KEY (org, follower, part)
) /*ROWID*/;

-- Events whose subject nobody knows yet wait here in the order in which they came.
CREATE TABLE parked (
  org TEXT NOT NULL, ident BYTEA NOT NULL, n BIGINT NOT NULL, kind TEXT NOT NULL, ext TEXT NOT NULL, source TEXT NOT NULL,
  event TEXT NOT NULL, recorded BIGINT NOT NULL, ready BIGINT NOT NULL,
  PRIMARY KEY (org, ident)
) /*ROWID*/;
CREATE INDEX parked_subject ON parked (org, kind, ext);
CREATE INDEX parked_ready ON parked (org, ready, n);

-- ---------------------------------------------------------------- what waits for a time
CREATE TABLE due (
  org TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
  lane TEXT NOT NULL,                   -- "engine" is worked under a partition's lock; others are claimed
  part BIGINT NOT NULL, due_at BIGINT NOT NULL, payload TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting','handing','dead')),
  claim BIGINT NOT NULL, claimed_until BIGINT NOT NULL, node TEXT NOT NULL,
  attempts BIGINT NOT NULL, last_error TEXT NOT NULL,
  PRIMARY KEY (org, kind, key)
) /*ROWID*/;
CREATE INDEX due_at ON due (org, lane, part, due_at);

-- ---------------------------------------------------------------- records
CREATE TABLE properties (
  org TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
  address TEXT NOT NULL, city TEXT NOT NULL, state TEXT NOT NULL, zip TEXT NOT NULL, country TEXT NOT NULL,
  zone TEXT NOT NULL, zone_how TEXT NOT NULL, zone_confirmed BIGINT NOT NULL,
  settings TEXT NOT NULL,               -- JSON: hours, quiet hours, budgets, sender, postal address
  created BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE UNIQUE INDEX properties_name ON properties (org, name_key);
CREATE TABLE buildings (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE UNIQUE INDEX buildings_name ON buildings (org, property, name_key);
CREATE TABLE units (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, building TEXT NOT NULL,
  label TEXT NOT NULL, label_key TEXT NOT NULL, floor TEXT NOT NULL, kind TEXT NOT NULL,
  beds DOUBLE PRECISION NOT NULL, baths DOUBLE PRECISION NOT NULL, sqft BIGINT NOT NULL, market_cents BIGINT NOT NULL,
  address TEXT NOT NULL, created BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX units_label ON units (org, property, label_key);
CREATE INDEX units_any_label ON units (org, label_key);
CREATE TABLE households (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, created BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE TABLE residents (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, household TEXT NOT NULL, role TEXT NOT NULL,
  is_primary BIGINT NOT NULL,           -- speaks for the home
  first_name TEXT NOT NULL, last_name TEXT NOT NULL, preferred_name TEXT NOT NULL, name_key TEXT NOT NULL, last_key TEXT NOT NULL,
  email TEXT NOT NULL, email_key TEXT NOT NULL, phone TEXT NOT NULL, phone_key TEXT NOT NULL,
  language TEXT NOT NULL, created BIGINT NOT NULL, changed BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX residents_household ON residents (org, household);
CREATE INDEX residents_property ON residents (org, property, name_key);
CREATE INDEX residents_name ON residents (org, name_key);
CREATE INDEX residents_last ON residents (org, last_key);
CREATE INDEX residents_email ON residents (org, email_key);
CREATE INDEX residents_phone ON residents (org, phone_key);
CREATE TABLE leases (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, unit TEXT NOT NULL, household TEXT NOT NULL,
  rent_cents BIGINT NOT NULL, move_in BIGINT NOT NULL, move_out BIGINT NOT NULL, notice_on BIGINT NOT NULL,
  applied BIGINT NOT NULL, approved BIGINT NOT NULL, cancelled BIGINT NOT NULL, month_to_month BIGINT NOT NULL, under_eviction BIGINT NOT NULL,
  evicted BIGINT NOT NULL, offer_out BIGINT NOT NULL, created BIGINT NOT NULL, changed BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX leases_unit ON leases (org, unit);
CREATE INDEX leases_household ON leases (org, household);
CREATE TABLE terms (
  org TEXT NOT NULL, lease TEXT NOT NULL, n BIGINT NOT NULL, starts BIGINT NOT NULL, ends BIGINT NOT NULL, rent_cents BIGINT NOT NULL,
  PRIMARY KEY (org, lease, n)
) /*ROWID*/;
CREATE TABLE staff (
  org TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, name_key TEXT NOT NULL, email TEXT NOT NULL, email_key TEXT NOT NULL,
  phone TEXT NOT NULL, minutes_a_day BIGINT NOT NULL, active BIGINT NOT NULL, created BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE TABLE staff_roles (
  org TEXT NOT NULL, property TEXT NOT NULL, role TEXT NOT NULL, staff TEXT NOT NULL,
  PRIMARY KEY (org, property, role, staff)
) /*ROWID*/;
CREATE TABLE staff_hours (
  org TEXT NOT NULL, staff TEXT NOT NULL, weekday BIGINT NOT NULL, from_min BIGINT NOT NULL, to_min BIGINT NOT NULL,
  PRIMARY KEY (org, staff, weekday, from_min)
) /*ROWID*/;
CREATE TABLE absences (
  org TEXT NOT NULL, staff TEXT NOT NULL, from_day BIGINT NOT NULL, to_day BIGINT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (org, staff, from_day)
) /*ROWID*/;
CREATE TABLE preferences (
  org TEXT NOT NULL, resident TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, source TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, resident, name)
) /*ROWID*/;
CREATE TABLE external_ids (
  org TEXT NOT NULL, kind TEXT NOT NULL, ext TEXT NOT NULL, source TEXT NOT NULL, id TEXT NOT NULL,
  PRIMARY KEY (org, kind, ext, source)
) /*ROWID*/;
CREATE INDEX external_ids_id ON external_ids (org, kind, id);

-- ---------------------------------------------------------------- consent, accounts, settings
CREATE TABLE consents (                 -- by address, so that one property's STOP binds the next
  org TEXT NOT NULL, channel TEXT NOT NULL, address_key TEXT NOT NULL, purpose TEXT NOT NULL,  -- purpose '' = everything on the channel
  allowed BIGINT NOT NULL, resident TEXT NOT NULL, source TEXT NOT NULL, evidence TEXT NOT NULL, actor TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, channel, address_key, purpose)
) /*ROWID*/;
CREATE TABLE consent_log (
  org TEXT NOT NULL, channel TEXT NOT NULL, address_key TEXT NOT NULL, at BIGINT NOT NULL, n BIGINT NOT NULL, purpose TEXT NOT NULL,
  allowed BIGINT NOT NULL, resident TEXT NOT NULL, source TEXT NOT NULL, evidence TEXT NOT NULL, actor TEXT NOT NULL,
  PRIMARY KEY (org, channel, address_key, at, n)
) /*ROWID*/;
CREATE TABLE suppressions (
  org TEXT NOT NULL, channel TEXT NOT NULL, address_key TEXT NOT NULL, reason TEXT NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, channel, address_key)
) /*ROWID*/;
CREATE TABLE tokens (
  org TEXT NOT NULL, hash TEXT NOT NULL, name TEXT NOT NULL, scopes TEXT NOT NULL, created BIGINT NOT NULL, revoked BIGINT NOT NULL,
  PRIMARY KEY (org, hash)
) /*ROWID*/;
CREATE TABLE idempotency (
  org TEXT NOT NULL, token TEXT NOT NULL, key TEXT NOT NULL, request TEXT NOT NULL, status BIGINT NOT NULL,
  content_type TEXT NOT NULL, body BYTEA NOT NULL, at BIGINT NOT NULL,
  PRIMARY KEY (org, token, key)
) /*ROWID*/;
CREATE INDEX idempotency_at ON idempotency (org, at);
CREATE TABLE settings (
  org TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL,
  PRIMARY KEY (org, name)
) /*ROWID*/;

-- ---------------------------------------------------------------- import
CREATE TABLE sources (
  org TEXT NOT NULL, property TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, mapping TEXT NOT NULL,
  first_import TEXT NOT NULL, last_import TEXT NOT NULL, last_at BIGINT NOT NULL,
  PRIMARY KEY (org, property, source, kind)
) /*ROWID*/;
CREATE TABLE imports (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, files TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('staging','staged','applying','done','failed','undone')),
  history BIGINT NOT NULL, asof BIGINT NOT NULL, started BIGINT NOT NULL, finished BIGINT NOT NULL,
  lease_until BIGINT NOT NULL, node TEXT NOT NULL, report TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE TABLE import_rows (
  org TEXT NOT NULL, import TEXT NOT NULL, n BIGINT NOT NULL, line BIGINT NOT NULL, file TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('staged','added','changed','same','quarantined','vanished','skipped')),
  row_key TEXT NOT NULL, cells TEXT NOT NULL, what TEXT NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (org, import, n)
) /*ROWID*/;
CREATE INDEX import_rows_state ON import_rows (org, import, state, n);
CREATE TABLE import_seen (              -- what a source last said about each of its rows, to tell differences
  org TEXT NOT NULL, property TEXT NOT NULL, source TEXT NOT NULL, kind TEXT NOT NULL, row_key TEXT NOT NULL,
  digest TEXT NOT NULL, id TEXT NOT NULL, import TEXT NOT NULL,
  PRIMARY KEY (org, property, source, kind, row_key)
) /*ROWID*/;

-- ---------------------------------------------------------------- sense and decide
CREATE TABLE states (
  org TEXT NOT NULL, resident TEXT NOT NULL, part BIGINT NOT NULL, property TEXT NOT NULL, body BYTEA NOT NULL, edges BYTEA NOT NULL,
  PRIMARY KEY (org, resident, part)
) /*ROWID*/;
CREATE INDEX states_part ON states (org, part, resident);
CREATE TABLE playbooks (
  org TEXT NOT NULL, id TEXT NOT NULL, version BIGINT NOT NULL, body TEXT NOT NULL, digest TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active','retired')), activated BIGINT NOT NULL, include_a_day BIGINT NOT NULL,
  PRIMARY KEY (org, id, version)
) /*ROWID*/;
CREATE TABLE runs (
  org TEXT NOT NULL, id TEXT NOT NULL, part BIGINT NOT NULL, property TEXT NOT NULL, resident TEXT NOT NULL,
  playbook TEXT NOT NULL, version BIGINT NOT NULL, start_key TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active','ended','left')), ending TEXT NOT NULL,   -- ended: its own way; left: an exit
  step BIGINT NOT NULL, wake_at BIGINT NOT NULL, waits_for TEXT NOT NULL, facts TEXT NOT NULL,
  started BIGINT NOT NULL, ended BIGINT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX runs_resident ON runs (org, resident, state);
CREATE INDEX runs_playbook ON runs (org, playbook, state);
CREATE TABLE decisions (
  org TEXT NOT NULL, id TEXT NOT NULL, resident TEXT NOT NULL, property TEXT NOT NULL, at BIGINT NOT NULL,
  stage TEXT NOT NULL,                  -- trigger, run, desk, assign
  outcome TEXT NOT NULL,                -- started, held back, sent, held, merged, dropped, handed over …
  reason TEXT NOT NULL, facts TEXT NOT NULL,
  playbook TEXT NOT NULL, version BIGINT NOT NULL, run TEXT NOT NULL, object TEXT NOT NULL,    -- object: message or task id
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX decisions_resident ON decisions (org, resident, at);
CREATE INDEX decisions_at ON decisions (org, at);

-- ---------------------------------------------------------------- act
CREATE TABLE messages (
  org TEXT NOT NULL, id TEXT NOT NULL, part BIGINT NOT NULL, property TEXT NOT NULL, resident TEXT NOT NULL,
  direction TEXT NOT NULL CHECK (direction IN ('out','in')),
  state TEXT NOT NULL CHECK (state IN ('held','queued','sent','delivered','bounced','failed','unknown','dropped','merged','received')),
  class TEXT NOT NULL, purpose TEXT NOT NULL, topic TEXT NOT NULL, channel TEXT NOT NULL, address TEXT NOT NULL, address_key TEXT NOT NULL,
  subject TEXT NOT NULL, body TEXT NOT NULL, template TEXT NOT NULL, content_key TEXT NOT NULL,
  playbook TEXT NOT NULL, version BIGINT NOT NULL, run TEXT NOT NULL, reason TEXT NOT NULL,
  made BIGINT NOT NULL, at BIGINT NOT NULL,             -- at: when its state last changed
  error TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX messages_resident ON messages (org, resident, made);
CREATE INDEX messages_made ON messages (org, made, id);  -- the newest of all; new rows always land at its end
CREATE TABLE tasks (
  org TEXT NOT NULL, id TEXT NOT NULL, part BIGINT NOT NULL, property TEXT NOT NULL, resident TEXT NOT NULL,
  kind TEXT NOT NULL, title TEXT NOT NULL, why TEXT NOT NULL, context TEXT NOT NULL, checklist TEXT NOT NULL, asks TEXT NOT NULL, draft TEXT NOT NULL,
  role TEXT NOT NULL, owner TEXT NOT NULL,               -- owner '' = the property's queue
  state TEXT NOT NULL CHECK (state IN ('open','taken','done','declined','cancelled')),
  minutes BIGINT NOT NULL, due_at BIGINT NOT NULL, escalation TEXT NOT NULL, escalated BIGINT NOT NULL,
  playbook TEXT NOT NULL, run TEXT NOT NULL, facts TEXT NOT NULL,
  made BIGINT NOT NULL, closed BIGINT NOT NULL, closed_by TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX tasks_owner ON tasks (org, property, state, owner);
CREATE INDEX tasks_resident ON tasks (org, resident, made);
CREATE INDEX tasks_due ON tasks (org, state, due_at);
CREATE TABLE workorders (
  org TEXT NOT NULL, id TEXT NOT NULL, property TEXT NOT NULL, unit TEXT NOT NULL, resident TEXT NOT NULL,
  description TEXT NOT NULL, category TEXT NOT NULL, priority TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('submitted','triaged','assigned','scheduled','en_route','in_progress','waiting','complete','confirmed','returned','cancelled')),
  waiting_for TEXT NOT NULL, resolution TEXT NOT NULL, opened BIGINT NOT NULL, scheduled_from BIGINT NOT NULL, scheduled_to BIGINT NOT NULL,
  completed BIGINT NOT NULL, closed BIGINT NOT NULL, reopened BIGINT NOT NULL, source TEXT NOT NULL,
  PRIMARY KEY (org, id)
) /*ROWID*/;
CREATE INDEX workorders_unit ON workorders (org, unit, opened);
CREATE INDEX workorders_resident ON workorders (org, resident, opened);

-- +goose Down
-- Migrations go forward only.
