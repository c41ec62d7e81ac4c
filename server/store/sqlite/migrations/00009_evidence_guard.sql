-- What no program may do to the evidence log, this one included.

-- +goose Up
-- +goose StatementBegin
CREATE TRIGGER evidence_leaves_no_update BEFORE UPDATE ON evidence_leaves
BEGIN
	SELECT RAISE(ABORT, 'the evidence log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER evidence_leaves_no_delete BEFORE DELETE ON evidence_leaves
BEGIN
	SELECT RAISE(ABORT, 'the evidence log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER evidence_hashes_no_update BEFORE UPDATE ON evidence_hashes
BEGIN
	SELECT RAISE(ABORT, 'the evidence log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER evidence_hashes_no_delete BEFORE DELETE ON evidence_hashes
BEGIN
	SELECT RAISE(ABORT, 'the evidence log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER evidence_checkpoints_no_update BEFORE UPDATE ON evidence_checkpoints
BEGIN
	SELECT RAISE(ABORT, 'the evidence log is append-only');
END;
-- +goose StatementEnd

-- +goose StatementBegin
CREATE TRIGGER evidence_checkpoints_no_delete BEFORE DELETE ON evidence_checkpoints
BEGIN
	SELECT RAISE(ABORT, 'the evidence log is append-only');
END;
-- +goose StatementEnd
