-- What people accept as an exception, and what they state of clauses that no scanner sees. Expiry is not stored: the clock tells.

-- +goose Up
-- Empty words of the scope say nothing; the others must all hold. Whoever asked does not decide.
CREATE TABLE waivers (
	id TEXT PRIMARY KEY,
	finding_id TEXT NOT NULL,
	target_id TEXT NOT NULL,
	zone TEXT NOT NULL,
	role TEXT NOT NULL,
	label_name TEXT NOT NULL,
	label_value TEXT NOT NULL,
	baseline TEXT NOT NULL,
	clause TEXT NOT NULL,
	check_id TEXT NOT NULL,
	reason TEXT NOT NULL,
	requested_by TEXT NOT NULL,
	requested_at BIGINT NOT NULL,
	from_at BIGINT NOT NULL,
	until_at BIGINT NOT NULL,
	time_zone TEXT NOT NULL,
	remind_days BIGINT NOT NULL,
	state INTEGER NOT NULL,
	decided_by TEXT NOT NULL,
	decided_at BIGINT NOT NULL,
	decision TEXT NOT NULL,
	withdrawn_by TEXT NOT NULL,
	withdrawn_at BIGINT NOT NULL,
	CHECK (requested_by <> '' AND decided_by <> requested_by),
	CHECK (state NOT IN (2, 3) OR decided_by <> ''),
	CHECK (until_at > from_at AND from_at > 0),
	CHECK (finding_id <> '' OR clause <> '' OR check_id <> '' OR (target_id <> '' AND baseline <> ''))
);
CREATE INDEX waivers_requested ON waivers (requested_at, id);
-- The few that may cover a finding are found by what it is.
CREATE INDEX waivers_finding ON waivers (finding_id);
CREATE INDEX waivers_clause ON waivers (clause);
CREATE INDEX waivers_check ON waivers (check_id);

CREATE TABLE attestations (
	id TEXT PRIMARY KEY,
	baseline TEXT NOT NULL,
	clause TEXT NOT NULL,
	target_id TEXT NOT NULL,
	site TEXT NOT NULL,
	statement INTEGER NOT NULL,
	remark TEXT NOT NULL,
	evidence TEXT NOT NULL,
	stated_by TEXT NOT NULL,
	stated_at BIGINT NOT NULL,
	until_at BIGINT NOT NULL,
	time_zone TEXT NOT NULL,
	state INTEGER NOT NULL,
	confirmed_by TEXT NOT NULL,
	confirmed_at BIGINT NOT NULL,
	withdrawn_by TEXT NOT NULL,
	withdrawn_at BIGINT NOT NULL,
	CHECK (stated_by <> '' AND confirmed_by <> stated_by),
	CHECK (state <> 2 OR confirmed_by <> '')
);
CREATE INDEX attestations_stated ON attestations (stated_at, id);
CREATE INDEX attestations_clause ON attestations (baseline, clause);
