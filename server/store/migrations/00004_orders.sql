-- Orders: what was handed to whom, until when, and what came of it. Schedules that a second person approved.

-- +goose Up
ALTER TABLE sweeps ADD COLUMN not_after BIGINT NOT NULL DEFAULT 0;

-- reader is the name of the agent or collector that is to read the target, attempts how often it was handed out, due_at when it may be
-- handed out again.
ALTER TABLE sweep_targets ADD COLUMN reader TEXT NOT NULL DEFAULT '';
ALTER TABLE sweep_targets ADD COLUMN attempts BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sweep_targets ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
CREATE INDEX sweep_targets_order ON sweep_targets (order_id);
CREATE INDEX sweep_targets_waiting ON sweep_targets (reader, due_at) WHERE state = 'planned';
-- A target stands in one open order, of whatever sweep.
CREATE UNIQUE INDEX sweep_targets_open ON sweep_targets (target_id) WHERE state = 'handed';

-- sender is the id of the identity that has it. seen_at is when that one was last heard, ended_at 0 while it is open.
CREATE TABLE orders (
	id TEXT PRIMARY KEY,
	sweep_id TEXT NOT NULL REFERENCES sweeps (id),
	sender TEXT NOT NULL,
	reader TEXT NOT NULL,
	made_at BIGINT NOT NULL,
	seen_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	why TEXT NOT NULL
);
CREATE INDEX orders_open ON orders (sender) WHERE ended_at = 0;
CREATE INDEX orders_sweep ON orders (sweep_id);

-- The orders that snapshots say they fulfil.
CREATE TABLE commissions (
	order_id TEXT NOT NULL,
	target_id TEXT NOT NULL,
	snapshot_id TEXT NOT NULL,
	PRIMARY KEY (order_id, target_id, snapshot_id)
);

-- jitter is in milliseconds, freezes is JSON. A schedule fires only while approved_by names somebody.
ALTER TABLE schedules ADD COLUMN jitter BIGINT NOT NULL DEFAULT 0;
ALTER TABLE schedules ADD COLUMN freezes TEXT NOT NULL DEFAULT '';
ALTER TABLE schedules ADD COLUMN changed_by TEXT NOT NULL DEFAULT '';
ALTER TABLE schedules ADD COLUMN approved_by TEXT NOT NULL DEFAULT '';
