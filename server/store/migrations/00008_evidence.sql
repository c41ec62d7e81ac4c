-- The tamper-evident log: a leaf for every snapshot that was taken in, with the hashes of its Merkle tree and signed checkpoints.

-- +goose Up
-- Who delivered, as he proved it: his name and the serial of his certificate.
ALTER TABLE snapshots ADD COLUMN sender_name TEXT NOT NULL DEFAULT '';
ALTER TABLE snapshots ADD COLUMN certificate TEXT NOT NULL DEFAULT '';

-- Snapshots that are not in the log yet; written with them, so that none is forgotten.
CREATE TABLE evidence_pending (
	snapshot_id TEXT PRIMARY KEY,
	received_at BIGINT NOT NULL
);
CREATE INDEX evidence_pending_received ON evidence_pending (received_at, snapshot_id);
INSERT INTO evidence_pending (snapshot_id, received_at) SELECT id, received_at FROM snapshots;

-- n counts from 0 without gaps. object is what the leaf is about: a snapshot's id, or how long the audit log was.
CREATE TABLE evidence_leaves (
	n BIGINT PRIMARY KEY,
	kind TEXT NOT NULL,
	object TEXT NOT NULL,
	data TEXT NOT NULL,
	at BIGINT NOT NULL
);
CREATE UNIQUE INDEX evidence_leaves_object ON evidence_leaves (kind, object);

-- The hashes of the tree in the order of golang.org/x/mod/sumdb/tlog.
CREATE TABLE evidence_hashes (
	n BIGINT PRIMARY KEY,
	hash BYTEA NOT NULL
);

CREATE TABLE evidence_checkpoints (
	size BIGINT PRIMARY KEY,
	at BIGINT NOT NULL,
	note TEXT NOT NULL
);
