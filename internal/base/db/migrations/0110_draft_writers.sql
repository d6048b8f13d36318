-- +goose Up
-- Everybody who wrote a draft of a playbook since it began: where a property wants a second person, none of them switches it on. Its revisions do not
-- tell it, as only the last of them are kept.
CREATE TABLE playbook_draft_writers (
  org TEXT NOT NULL, id TEXT NOT NULL, writer TEXT NOT NULL,
  PRIMARY KEY (org, id, writer)
) /*ROWID*/;
INSERT INTO playbook_draft_writers (org, id, writer) SELECT DISTINCT p.org, p.id, p.saved_by FROM playbook_draft_past p JOIN playbook_drafts d ON d.org = p.org AND d.id = p.id;
INSERT INTO playbook_draft_writers (org, id, writer) SELECT org, id, saved_by FROM playbook_drafts WHERE saved_by <> '' ON CONFLICT DO NOTHING;

-- +goose Down
-- Migrations go forward only.
