-- +goose Up
-- Whoever serves looks several times a second for imports that nobody is at; done ones are never among them.
CREATE INDEX imports_open ON imports (org, started, id) WHERE state IN ('staging', 'staged', 'applying');
