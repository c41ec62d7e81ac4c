-- What no program may do to the record, this one included.

-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit
BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit
BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit
WHEN NEW.n IS NOT (SELECT coalesce(max(n), 0) + 1 FROM audit)
BEGIN
	SELECT RAISE(ABORT, 'the audit log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER snapshots_no_delete BEFORE DELETE ON snapshots
BEGIN
	SELECT RAISE(ABORT, 'snapshots are not deleted; retention leaves a tombstone');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER snapshots_no_update BEFORE UPDATE ON snapshots
WHEN NOT (OLD.removed_at = 0 AND NEW.removed_at > 0 AND NEW.removed_by <> '' AND NEW.body IS NULL
	AND NEW.id = OLD.id AND NEW.sender = OLD.sender AND NEW.epoch = OLD.epoch AND NEW.sequence = OLD.sequence
	AND NEW.target_id = OLD.target_id AND NEW.at = OLD.at AND NEW.started_at = OLD.started_at
	AND NEW.finished_at = OLD.finished_at AND NEW.received_at = OLD.received_at AND NEW.driver = OLD.driver
	AND NEW.driver_version = OLD.driver_version AND NEW.program_version = OLD.program_version AND NEW.visit = OLD.visit
	AND NEW.baselines = OLD.baselines AND NEW.shape = OLD.shape AND NEW.status = OLD.status
	AND NEW.size = OLD.size AND NEW.sha256 = OLD.sha256)
BEGIN
	SELECT RAISE(ABORT, 'snapshots never change; retention leaves a tombstone');
END;
-- +goose StatementEnd
