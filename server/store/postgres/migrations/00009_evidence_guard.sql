-- What no program may do to the evidence log, this one included.

-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION evidence_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the evidence log is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER evidence_leaves_no_change BEFORE UPDATE OR DELETE ON evidence_leaves FOR EACH ROW EXECUTE FUNCTION evidence_append_only();
CREATE TRIGGER evidence_leaves_no_truncate BEFORE TRUNCATE ON evidence_leaves FOR EACH STATEMENT EXECUTE FUNCTION evidence_append_only();
CREATE TRIGGER evidence_hashes_no_change BEFORE UPDATE OR DELETE ON evidence_hashes FOR EACH ROW EXECUTE FUNCTION evidence_append_only();
CREATE TRIGGER evidence_hashes_no_truncate BEFORE TRUNCATE ON evidence_hashes FOR EACH STATEMENT EXECUTE FUNCTION evidence_append_only();
CREATE TRIGGER evidence_checkpoints_no_change BEFORE UPDATE OR DELETE ON evidence_checkpoints FOR EACH ROW EXECUTE FUNCTION evidence_append_only();
CREATE TRIGGER evidence_checkpoints_no_truncate BEFORE TRUNCATE ON evidence_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION evidence_append_only();
