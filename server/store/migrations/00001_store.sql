-- One text for SQLite and PostgreSQL. Times are UTC milliseconds, 0 is "never"; SQLite takes BYTEA as any other name of a type.

-- +goose Up
CREATE TABLE meta (
	name TEXT PRIMARY KEY,
	value TEXT NOT NULL
);

-- How far each sender's spools have come.
CREATE TABLE spools (
	sender TEXT NOT NULL,
	epoch BIGINT NOT NULL,
	highest BIGINT NOT NULL,
	contact_at BIGINT NOT NULL,
	PRIMARY KEY (sender, epoch)
);

-- The id of a delivery is "sender.epoch.sequence": the idempotency key, unique among snapshots and among refusals.
CREATE TABLE refusals (
	id TEXT PRIMARY KEY,
	sender TEXT NOT NULL,
	epoch BIGINT NOT NULL,
	sequence BIGINT NOT NULL,
	received_at BIGINT NOT NULL,
	reason_zh TEXT NOT NULL,
	reason_en TEXT NOT NULL,
	size BIGINT NOT NULL,
	sha256 BYTEA NOT NULL,
	body BYTEA
);
CREATE INDEX refusals_received ON refusals (received_at, id);

-- The baselines that snapshots were judged by, a line each; most snapshots share one.
CREATE TABLE baseline_sets (
	digest BYTEA PRIMARY KEY,
	list TEXT NOT NULL
);

-- The sorted ids of findings, 16 bytes each; a target's snapshots mostly share one.
CREATE TABLE shapes (
	digest BYTEA PRIMARY KEY,
	ids BYTEA NOT NULL
);

-- body stands last: what lists read comes before it and needs none of its pages.
CREATE TABLE snapshots (
	id TEXT PRIMARY KEY,
	sender TEXT NOT NULL,
	epoch BIGINT NOT NULL,
	sequence BIGINT NOT NULL,
	target_id TEXT NOT NULL,
	at BIGINT NOT NULL,
	started_at BIGINT NOT NULL,
	finished_at BIGINT NOT NULL,
	received_at BIGINT NOT NULL,
	driver TEXT NOT NULL,
	driver_version TEXT NOT NULL,
	program_version TEXT NOT NULL,
	visit INTEGER NOT NULL,
	baselines BYTEA NOT NULL,
	shape BYTEA NOT NULL,
	status BYTEA NOT NULL,
	size BIGINT NOT NULL,
	sha256 BYTEA NOT NULL,
	removed_at BIGINT NOT NULL,
	removed_by TEXT NOT NULL,
	body BYTEA
);
CREATE INDEX snapshots_target ON snapshots (target_id, at, id);
CREATE INDEX snapshots_at ON snapshots (at, id);

-- Where each target stands: its newest snapshot and the counts of its current findings.
CREATE TABLE target_states (
	target_id TEXT PRIMARY KEY,
	zone TEXT NOT NULL,
	listed INTEGER NOT NULL,
	snapshot_id TEXT NOT NULL,
	sender TEXT NOT NULL,
	epoch BIGINT NOT NULL,
	sequence BIGINT NOT NULL,
	at BIGINT NOT NULL,
	visit INTEGER NOT NULL,
	baselines BYTEA NOT NULL,
	shape BYTEA NOT NULL,
	status BYTEA NOT NULL,
	read_at BIGINT NOT NULL,
	read_id TEXT NOT NULL,
	failed BIGINT NOT NULL,
	unknown BIGINT NOT NULL,
	passed BIGINT NOT NULL,
	inapplicable BIGINT NOT NULL
);
CREATE INDEX target_states_worst ON target_states (failed, unknown, target_id);
CREATE INDEX target_states_read ON target_states (read_at, target_id);

-- A row changes only when the finding does. present: it is in the newest snapshot of its target, so it was last seen then.
CREATE TABLE findings (
	id TEXT PRIMARY KEY,
	target_id TEXT NOT NULL,
	baseline TEXT NOT NULL,
	clause TEXT NOT NULL,
	check_id TEXT NOT NULL,
	control TEXT NOT NULL,
	scope TEXT NOT NULL,
	level TEXT NOT NULL,
	outcome INTEGER NOT NULL,
	reason INTEGER NOT NULL,
	since BIGINT NOT NULL,
	previous INTEGER NOT NULL,
	first_seen BIGINT NOT NULL,
	last_seen BIGINT NOT NULL,
	changed_at BIGINT NOT NULL,
	gone_at BIGINT NOT NULL,
	present INTEGER NOT NULL,
	snapshot_id TEXT NOT NULL
);
CREATE INDEX findings_target ON findings (target_id);
CREATE INDEX findings_changed ON findings (changed_at, id);
CREATE INDEX findings_clause ON findings (baseline, clause, outcome, id);

-- Counts of current findings; zone '*' is all of them. findings counts findings, targets counts targets by their worst.
CREATE TABLE rollups (
	zone TEXT NOT NULL,
	baseline TEXT NOT NULL,
	clause TEXT NOT NULL,
	outcome INTEGER NOT NULL,
	findings BIGINT NOT NULL,
	targets BIGINT NOT NULL,
	PRIMARY KEY (zone, baseline, clause, outcome)
);

-- By how much the counts moved on a day of the server's clock: their sum up to a day is how things stood at its end.
CREATE TABLE rollup_days (
	zone TEXT NOT NULL,
	day BIGINT NOT NULL,
	baseline TEXT NOT NULL,
	clause TEXT NOT NULL,
	outcome INTEGER NOT NULL,
	findings BIGINT NOT NULL,
	targets BIGINT NOT NULL,
	PRIMARY KEY (zone, day, baseline, clause, outcome)
);

CREATE TABLE targets (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	address TEXT NOT NULL,
	port BIGINT NOT NULL,
	driver TEXT NOT NULL,
	transports TEXT NOT NULL,
	zone TEXT NOT NULL,
	role TEXT NOT NULL,
	owner TEXT NOT NULL,
	labels TEXT NOT NULL,
	credential TEXT NOT NULL,
	snmp_credential TEXT NOT NULL,
	account TEXT NOT NULL,
	jump TEXT NOT NULL,
	algorithms TEXT NOT NULL,
	encoding TEXT NOT NULL,
	sudo INTEGER NOT NULL,
	reader TEXT NOT NULL,
	added_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE target_labels (
	target_id TEXT NOT NULL REFERENCES targets (id) ON DELETE CASCADE,
	name TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (target_id, name)
);
CREATE INDEX target_labels_value ON target_labels (name, value);

CREATE TABLE site_versions (
	version BIGINT PRIMARY KEY,
	text TEXT NOT NULL,
	sha256 TEXT NOT NULL,
	author TEXT NOT NULL,
	at BIGINT NOT NULL
);

CREATE TABLE users (
	name TEXT PRIMARY KEY,
	role TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	state TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE api_tokens (
	hash TEXT PRIMARY KEY,
	id TEXT NOT NULL UNIQUE,
	user_name TEXT NOT NULL REFERENCES users (name),
	role TEXT NOT NULL,
	scopes TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	expires_at BIGINT NOT NULL,
	revoked_at BIGINT NOT NULL,
	used_at BIGINT NOT NULL
);

CREATE TABLE sweeps (
	id TEXT PRIMARY KEY,
	schedule_id TEXT NOT NULL,
	state TEXT NOT NULL,
	plan TEXT NOT NULL,
	planned BIGINT NOT NULL,
	requested_by TEXT NOT NULL,
	reason TEXT NOT NULL,
	authorised_by TEXT NOT NULL,
	created_at BIGINT NOT NULL,
	started_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL
);
CREATE INDEX sweeps_created ON sweeps (created_at, id);

CREATE TABLE sweep_targets (
	sweep_id TEXT NOT NULL REFERENCES sweeps (id),
	target_id TEXT NOT NULL,
	state TEXT NOT NULL,
	order_id TEXT NOT NULL,
	sender TEXT NOT NULL,
	visit INTEGER NOT NULL,
	detail_zh TEXT NOT NULL,
	detail_en TEXT NOT NULL,
	handed_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL,
	snapshot_id TEXT NOT NULL,
	PRIMARY KEY (sweep_id, target_id)
);
CREATE INDEX sweep_targets_sender ON sweep_targets (sender, state);

CREATE TABLE schedules (
	id TEXT PRIMARY KEY,
	name TEXT NOT NULL,
	cron TEXT NOT NULL,
	zone TEXT NOT NULL,
	plan TEXT NOT NULL,
	enabled INTEGER NOT NULL,
	last_at BIGINT NOT NULL,
	next_at BIGINT NOT NULL,
	updated_at BIGINT NOT NULL
);

CREATE TABLE audit (
	n BIGINT PRIMARY KEY,
	at BIGINT NOT NULL,
	actor TEXT NOT NULL,
	action TEXT NOT NULL,
	object TEXT NOT NULL,
	outcome TEXT NOT NULL,
	detail TEXT NOT NULL,
	previous BYTEA NOT NULL,
	hash BYTEA NOT NULL
);
