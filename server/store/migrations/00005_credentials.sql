-- Credentials, sealed by keys that are not in this database (server/secrets).

-- +goose Up
-- state: current (seals), former (a rotation is under way), retired. print_key is the key of fingerprints, wrapped by this one.
CREATE TABLE credential_keys (
	id TEXT PRIMARY KEY,
	state TEXT NOT NULL,
	puts BIGINT NOT NULL,
	made_at BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	print_key BYTEA NOT NULL
);
CREATE UNIQUE INDEX credential_keys_current ON credential_keys (state) WHERE state = 'current';

CREATE TABLE credentials (
	name TEXT PRIMARY KEY,
	version BIGINT NOT NULL,
	kinds TEXT NOT NULL,
	fingerprint TEXT NOT NULL,
	put_by TEXT NOT NULL,
	put_at BIGINT NOT NULL,
	key_id TEXT NOT NULL REFERENCES credential_keys (id),
	wrap BYTEA NOT NULL,
	body BYTEA NOT NULL
);
CREATE INDEX credentials_key ON credentials (key_id);

-- What was handed to whom: a credential goes to one identity for one target of one order, and not often.
CREATE TABLE credential_reveals (
	order_id TEXT NOT NULL,
	target_id TEXT NOT NULL,
	credential TEXT NOT NULL,
	identity TEXT NOT NULL,
	given BIGINT NOT NULL,
	first_at BIGINT NOT NULL,
	last_at BIGINT NOT NULL,
	PRIMARY KEY (order_id, target_id, credential)
);
CREATE INDEX credential_reveals_last ON credential_reveals (last_at);
