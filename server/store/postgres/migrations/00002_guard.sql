-- What no program may do to the record, this one included.

-- +goose Up
-- Bodies come compressed.
ALTER TABLE snapshots ALTER COLUMN body SET STORAGE EXTERNAL;
ALTER TABLE refusals ALTER COLUMN body SET STORAGE EXTERNAL;

-- Few rows that change often: room for their next versions on the same page, and no long rows of dead ones to step over.
ALTER TABLE rollups SET (fillfactor = 40, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
ALTER TABLE rollup_days SET (fillfactor = 40);

-- +goose StatementBegin
CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the audit log is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_append_only();
CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only();

-- +goose StatementBegin
CREATE FUNCTION audit_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.n IS DISTINCT FROM (SELECT coalesce(max(n), 0) + 1 FROM audit) THEN
		RAISE EXCEPTION 'the audit log is append-only';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_in_order BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_in_order();

-- +goose StatementBegin
CREATE FUNCTION snapshots_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'snapshots are not deleted; retention leaves a tombstone';
END $$;
-- +goose StatementEnd
CREATE TRIGGER snapshots_no_delete BEFORE DELETE ON snapshots FOR EACH ROW EXECUTE FUNCTION snapshots_kept();
CREATE TRIGGER snapshots_no_truncate BEFORE TRUNCATE ON snapshots FOR EACH STATEMENT EXECUTE FUNCTION snapshots_kept();

-- +goose StatementBegin
CREATE FUNCTION snapshots_tombstone_only() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
	expected snapshots := OLD;
BEGIN
	expected.removed_at := NEW.removed_at;
	expected.removed_by := NEW.removed_by;
	expected.body := NULL;
	IF OLD.removed_at <> 0 OR NEW.removed_at <= 0 OR NEW.removed_by = '' OR NEW IS DISTINCT FROM expected THEN
		RAISE EXCEPTION 'snapshots never change; retention leaves a tombstone';
	END IF;
	RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER snapshots_no_update BEFORE UPDATE ON snapshots FOR EACH ROW EXECUTE FUNCTION snapshots_tombstone_only();
