-- What becomes of findings, in the order in which it was committed, and how far each outlet has come with telling it.

-- +goose Up
-- The last number that was given out. Its row is the lock that makes numbers follow the order of commits.
CREATE TABLE feeds (
	name TEXT PRIMARY KEY,
	seq BIGINT NOT NULL
);

-- One row for each snapshot with which a finding came, changed, went or came back; moves are 17 bytes each.
CREATE TABLE changes (
	seq BIGINT PRIMARY KEY,
	at BIGINT NOT NULL,
	target_id TEXT NOT NULL,
	snapshot_id TEXT NOT NULL,
	before_id TEXT NOT NULL,
	moves BYTEA NOT NULL
);
CREATE INDEX changes_at ON changes (at, seq);

-- seq and step: everything up to there was taken, or is in outlet_refusals. holder is the server that serves it. version
-- grows with every write but that of the holder.
CREATE TABLE outlet_states (
	name TEXT PRIMARY KEY,
	kind TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	step BIGINT NOT NULL,
	delivered BIGINT NOT NULL,
	refused BIGINT NOT NULL,
	failed BIGINT NOT NULL,
	error TEXT NOT NULL,
	since BIGINT NOT NULL,
	delivered_at BIGINT NOT NULL,
	full_run TEXT NOT NULL,
	version BIGINT NOT NULL,
	holder TEXT NOT NULL,
	held_until BIGINT NOT NULL
);

-- Events that an outlet will never take, passed over.
CREATE TABLE outlet_refusals (
	outlet TEXT NOT NULL,
	event_id TEXT NOT NULL,
	finding_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	reason TEXT NOT NULL,
	PRIMARY KEY (outlet, event_id)
);
