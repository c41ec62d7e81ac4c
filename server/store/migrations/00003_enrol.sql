-- The tables of server/enrol/enrolsql, word for word; a test holds them to it.

-- +goose Up
CREATE TABLE enrol_tokens (
	hash TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	takes_over BIGINT NOT NULL,
	issued_by TEXT NOT NULL,
	issued_at BIGINT NOT NULL,
	ends_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL
);
CREATE TABLE enrol_identities (
	name TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	id TEXT NOT NULL,
	state TEXT NOT NULL,
	why_zh TEXT NOT NULL,
	why_en TEXT NOT NULL,
	current_key TEXT NOT NULL,
	next_key TEXT NOT NULL,
	previous_key TEXT NOT NULL,
	renewals BIGINT NOT NULL,
	enrolled_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	not_after BIGINT NOT NULL,
	version BIGINT NOT NULL
);
CREATE INDEX enrol_identities_barred ON enrol_identities (name) WHERE state <> 'active';
-- Every key that was ever given a certificate: none is given a second one.
CREATE TABLE enrol_keys (
	key_id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	claimed_at BIGINT NOT NULL
);
