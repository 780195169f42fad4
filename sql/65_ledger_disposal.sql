/* sql/65_ledger_disposal.sql */

--
-- Disposal of rows of ledgers: those that a class says may go leave from the front
-- of each lane, by soc2.prune_ledger(), so that the ledger can still be verified.
--

CREATE FUNCTION soc2.is_ledger(relation regclass)
    RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT EXISTS (SELECT FROM soc2.ledgers AS l
                   WHERE l.relation OPERATOR(pg_catalog.=) is_ledger.relation);
END;
COMMENT ON FUNCTION soc2.is_ledger(regclass) IS
'is a table a ledger?';

CREATE FUNCTION soc2.require_prunable(relation regclass)
    RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF soc2.is_ledger(relation) AND soc2.anonymizes(soc2.disposal_policy(relation)) THEN
        RAISE EXCEPTION 'rows of ledger % cannot be anonymized', soc2.table_name(relation)
            USING ERRCODE = 'feature_not_supported',
            DETAIL = 'Their hashes are chained.',
            HINT = 'Give it a class with the method "delete", or take values away with soc2.redact().';
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.require_prunable(regclass) IS
'refuses a ledger that plans cannot be made for, as its class anonymizes (0A000)';

CREATE TABLE soc2.disposal_lanes (
    plan_id bigint NOT NULL,
    lane integer NOT NULL,
    last_seq bigint NOT NULL,
    rows bigint NOT NULL,
    done_at timestamptz,
    CONSTRAINT soc2_disposal_lanes_pkey PRIMARY KEY (plan_id, lane)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.disposal_lanes', '');
COMMENT ON TABLE soc2.disposal_lanes IS
'lanes of a ledger whose first rows a plan would remove';
COMMENT ON COLUMN soc2.disposal_lanes.plan_id IS 'number of the plan';
COMMENT ON COLUMN soc2.disposal_lanes.lane IS 'the lane';
COMMENT ON COLUMN soc2.disposal_lanes.last_seq IS 'position of the last row that it would remove';
COMMENT ON COLUMN soc2.disposal_lanes.rows IS 'how many rows these are';
COMMENT ON COLUMN soc2.disposal_lanes.done_at IS 'when they were gone, or one of them was found to stay';

CREATE FUNCTION soc2.ledger_front(
        relation regclass, lane integer, through bigint, cutoff timestamptz,
        seen pg_snapshot, key bytea, key_columns text[], whole boolean,
        OUT last bigint, OUT rows bigint, OUT held bigint, OUT blocked bigint,
        OUT changed bigint, OUT others bigint, OUT set_hash bytea, OUT key_hashes bytea)
    AS 'MODULE_PATHNAME', 'soc2_ledger_front'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.ledger_front(regclass, integer, bigint, timestamptz, pg_snapshot, bytea, text[], boolean) IS
'the first rows of a lane that a plan takes, up to a position, with the hashes of their keys; if the whole lane is to be read, also how many others are held, blocked (due, but behind one that stays), due but written later, or not due';

CREATE FUNCTION soc2.plan_lanes(
        plan soc2.disposal_plans, secret bytea,
        OUT rows bigint, OUT held bigint, OUT blocked bigint, OUT changed bigint,
        OUT others bigint, OUT set_hash bytea, OUT key_hashes bytea)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    item record;
BEGIN
    SELECT 0, 0, 0, 0, 0 INTO rows, held, blocked, changed, others;
    set_hash := decode(repeat('00', 32), 'hex');
    FOR item IN
        SELECT h.lane, f.*
        FROM soc2.ledger_heads(plan.relation) AS h,
            soc2.ledger_front(plan.relation, h.lane, least(h.seq - 1, (
                SELECT COALESCE(max(r.last_seq), 0)
                FROM soc2.ledger_seal_ranges AS r
                JOIN soc2.ledgers AS l ON l.ledger_id = r.ledger_id
                WHERE l.relation = plan.relation AND r.lane = h.lane)),
                plan.cutoff, plan.seen, secret, plan.key_columns, true) AS f
        ORDER BY h.lane
    LOOP
        IF item.rows > 0 THEN
            INSERT INTO soc2.disposal_lanes (plan_id, lane, last_seq, rows)
            VALUES (plan.plan_id, item.lane, item.last, item.rows);
        END IF;
        rows := rows + item.rows;
        held := held + item.held;
        blocked := blocked + item.blocked;
        changed := changed + item.changed;
        others := others + item.others;
        set_hash := soc2.add_set_hash(set_hash, item.set_hash);
    END LOOP;
END
$$;
COMMENT ON FUNCTION soc2.plan_lanes(soc2.disposal_plans, bytea) IS
'freezes which rows of a ledger a plan would remove: of each lane the first ones, as far as they were sealed, but for its last row; returns the sums of all lanes';

CREATE FUNCTION soc2.plan_ledger(INOUT plan soc2.disposal_plans, secret bytea)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found_rows record;
    target record;
    target_rows bigint;
BEGIN
    SELECT * INTO found_rows FROM soc2.plan_lanes(plan, secret);
    plan.rows := found_rows.rows;
    plan.held := found_rows.held;
    plan.blocked := found_rows.blocked;
    plan.set_hash := found_rows.set_hash;
    FOR target IN
        SELECT f.*, count(*) OVER () = 1 AS alone FROM soc2.disposal_files(plan.relation) AS f
    LOOP
        EXECUTE format('SELECT count(*) FROM ONLY %s AS r JOIN soc2.disposal_lanes AS l'
                       ' ON r.ledger_lane = l.lane AND r.ledger_seq <= l.last_seq'
                       ' WHERE l.plan_id = $1', soc2.table_name(target.member))
        INTO target_rows USING plan.plan_id;
        INSERT INTO soc2.disposal_targets (plan_id, relation, relation_name, owner,
            tablespace, filenode, rows, set_hash, whole, blocks, current_filenode)
        VALUES (plan.plan_id, target.member, soc2.table_name(target.member), target.owner,
            target.tablespace, target.filenode, target_rows,
            CASE WHEN target.alone THEN plan.set_hash ELSE decode(repeat('00', 32), 'hex') END,
            false, target.blocks, target.filenode);
    END LOOP;
END
$$;
COMMENT ON FUNCTION soc2.plan_ledger(soc2.disposal_plans, bytea) IS
'makes a plan for a ledger: which rows go, and which tables they are in; returns it with what was found';

CREATE FUNCTION soc2.prune_target(
        plan soc2.disposal_plans, target soc2.disposal_targets, pages integer)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    started_lsn pg_lsn := pg_current_wal_insert_lsn();
    started_at timestamptz := clock_timestamp();
    own soc2.disposal_lanes;
    through bigint;
    front record;
BEGIN
    SELECT d.* INTO own FROM soc2.disposal_lanes AS d
    WHERE d.plan_id = plan.plan_id AND d.done_at IS NULL ORDER BY d.lane LIMIT 1;
    IF NOT FOUND THEN
        -- partitions together: a lane goes through all of them
        UPDATE soc2.disposal_targets SET done_at = clock_timestamp()
        WHERE plan_id = plan.plan_id;
        RETURN;
    END IF;
    target.relation := plan.relation;
    target.relation_name := plan.relation_name;
    -- some rows at a time, behind those that are gone
    through := least(own.last_seq, pages * 100::bigint + (
        SELECT COALESCE(max(p.last_seq), 0) FROM soc2.ledger_prunes AS p
        JOIN soc2.ledgers AS l ON l.ledger_id = p.ledger_id
        WHERE l.relation = target.relation AND p.lane = own.lane));
    SELECT f.* INTO front FROM soc2.ledger_front(
        target.relation, own.lane, through, plan.cutoff, plan.seen,
        (SELECT k.key FROM soc2.disposal_keys AS k WHERE k.plan_id = plan.plan_id),
        plan.key_columns, false) AS f;
    IF front.rows > 0 THEN
        PERFORM soc2.prune_ledger(target.relation, own.lane, front.last,
                                  format('disposal plan %s', plan.plan_id));
        PERFORM soc2.record_batch(plan, target, 'prune', NULL, front.rows, front.set_hash,
                                  front.key_hashes, started_lsn, started_at);
    END IF;
    IF front.last < through OR through >= own.last_seq THEN
        UPDATE soc2.disposal_lanes SET done_at = clock_timestamp()
        WHERE plan_id = plan.plan_id AND lane = own.lane;
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.prune_target(soc2.disposal_plans, soc2.disposal_targets, integer) IS
'removes the next rows of a ledger that the plan takes, 100 for each page of a batch';

CREATE FUNCTION soc2.lanes_left(
        plan soc2.disposal_plans, OUT rows bigint, OUT held bigint, OUT blocked bigint,
        OUT changed bigint)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT COALESCE(pg_catalog.sum(f.rows), 0)::bigint,
        COALESCE(pg_catalog.sum(f.held), 0)::bigint,
        COALESCE(pg_catalog.sum(f.blocked), 0)::bigint,
        COALESCE(pg_catalog.sum(f.changed), 0)::bigint
    FROM soc2.ledger_heads((plan).relation) AS h
    LEFT JOIN soc2.disposal_lanes AS d
        ON d.plan_id OPERATOR(pg_catalog.=) (plan).plan_id
        AND d.lane OPERATOR(pg_catalog.=) h.lane,
        soc2.ledger_front((plan).relation, h.lane, COALESCE(d.last_seq, 0), (plan).cutoff,
            (plan).seen, '\x00', (plan).key_columns, true) AS f;
END;
COMMENT ON FUNCTION soc2.lanes_left(soc2.disposal_plans) IS
'rows of a ledger that a plan was to remove and that are there still, and due ones that are held, stand behind others, or came later';
