/* sql/65_reapply.sql */

--
-- After a restore: rows that were disposed of since the backup are back, clear
-- values of those that were anonymized, and keys of subjects that were destroyed.
--

CREATE FUNCTION soc2.acknowledge_restore(reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    made soc2.restore_acknowledgements;
BEGIN
    PERFORM soc2.require_text('reason', reason);
    IF soc2.is_known_cluster() THEN
        RAISE EXCEPTION 'there is no restore to acknowledge'
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'This is the cluster and the timeline that disposals know.';
    END IF;
    INSERT INTO soc2.restore_acknowledgements (system_identifier, timeline,
        acknowledged_by, acknowledged_session, reason)
    SELECT c.system_identifier, soc2.wal_timeline(), soc2.acting_role(), SESSION_USER,
        acknowledge_restore.reason
    FROM pg_control_system() AS c
    RETURNING * INTO made;
    PERFORM soc2.record_act('disposal', current_database()::text, jsonb_build_object(
        'action', 'restore acknowledged', 'system_identifier', made.system_identifier,
        'timeline', made.timeline, 'reason', reason, 'session_user', SESSION_USER),
        '{tsc:A1.2,tsc:C1.2,tsc:P4.3}');
END
$$;
COMMENT ON FUNCTION soc2.acknowledge_restore(text) IS
'lets disposals go on in a database that was restored, or a standby that was promoted; 55000 if there was nothing of that kind';

CREATE FUNCTION soc2.sort_key_hashes(hashes bytea)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_sort_key_hashes'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.sort_key_hashes(bytea) IS
'hashes of keys, 16 bytes each, in ascending order';

CREATE FUNCTION soc2.find_disposed(
        relation regclass, key_columns text[], keys bytea[], hashes bytea[],
        anonymized boolean)
    RETURNS TABLE (list integer, due bigint, held bigint, retained bigint, other bigint)
    AS 'MODULE_PATHNAME', 'soc2_find_disposed'
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.find_disposed(regclass, text[], bytea[], bytea[], boolean) IS
'how many rows of a table with retention, or of its partitions, are in each of some lists, which are a key and the sorted hashes of primary keys with it, by what retention and holds make of them now; other: their class deletes what the lists anonymized, or the other way round; rows that have the values of the rules are not counted if they were anonymized; reads the table once';

CREATE FUNCTION soc2.disposed_batches(since timestamptz)
    RETURNS SETOF jsonb
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_build_object(
        'format', 'soc2-disposal-1', 'system_identifier', p.system_identifier,
        'plan', p.plan_id, 'batch', b.batch, 'ended_at', b.ended_at,
        'table', p.relation_name, 'key_columns', p.key_columns, 'key_types', p.key_types,
        'method', CASE b.method WHEN 'anonymize' THEN 'anonymize' ELSE 'delete' END,
        'rows', b.rows, 'key', pg_catalog.encode(k.key, 'hex'),
        'hashes', pg_catalog.translate(pg_catalog.encode(
            COALESCE(b.key_hashes, t.key_hashes), 'base64'), pg_catalog.chr(10), ''))
    FROM soc2.disposal_batches AS b
    JOIN soc2.disposal_plans AS p ON p.plan_id OPERATOR(pg_catalog.=) b.plan_id
    JOIN soc2.disposal_keys AS k ON k.plan_id OPERATOR(pg_catalog.=) b.plan_id
    LEFT JOIN soc2.disposal_targets AS t
        ON t.plan_id OPERATOR(pg_catalog.=) b.plan_id AND t.whole
        AND t.relation_name OPERATOR(pg_catalog.=) b.relation_name
    WHERE b.method OPERATOR(pg_catalog.=) ANY ('{delete,drop,anonymize}'::text[])
        AND b.ended_at OPERATOR(pg_catalog.>=) since
    ORDER BY b.plan_id, b.batch;
END;
COMMENT ON FUNCTION soc2.disposed_batches(timestamptz) IS
'what soc2.export_disposals() returns of rows';

CREATE FUNCTION soc2.destroyed_keys(since timestamptz)
    RETURNS SETOF jsonb
    LANGUAGE sql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT pg_catalog.jsonb_build_object('format', 'soc2-shred-1', 'shred', e.shred)
    FROM pg_catalog.jsonb_array_elements(soc2.export_shreds()) AS e (shred)
    JOIN soc2.shreds AS s ON s.key_id OPERATOR(pg_catalog.=)
        (e.shred OPERATOR(pg_catalog.->>) 'key_id')::uuid
    WHERE s.shredded_at OPERATOR(pg_catalog.>=) since
    ORDER BY s.shredded_at, s.key_id;
END;
COMMENT ON FUNCTION soc2.destroyed_keys(timestamptz) IS
'what soc2.export_disposals() returns of keys of subjects: the elements of soc2.export_shreds()';

CREATE FUNCTION soc2.export_disposals(since timestamptz DEFAULT '-infinity')
    RETURNS SETOF jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN QUERY SELECT b FROM soc2.disposed_batches(since) AS b;
    RETURN QUERY SELECT k FROM soc2.destroyed_keys(since) AS k;
    PERFORM soc2.record_act('disposal', current_database()::text, jsonb_build_object(
        'action', 'exported', 'since', since, 'session_user', SESSION_USER,
        'batches', (SELECT count(*) FROM soc2.disposed_batches(since)),
        'keys', (SELECT count(*) FROM soc2.destroyed_keys(since))),
        '{tsc:C1.2,tsc:P4.3}');
END
$$;
COMMENT ON FUNCTION soc2.export_disposals(timestamptz) IS
'rows that were destroyed or anonymized since a time, one object a batch: keyed hashes of their primary keys, and the key, so that they are known again if a restore brings them back; then one object for each key of a subject that was destroyed; to be kept secret, and outside of this database';

CREATE FUNCTION soc2.read_disposals(list jsonb)
    RETURNS TABLE (
        relation_name text, source_system bigint, source_plan bigint, key_columns text[],
        key_types text[], key bytea, method text, key_hashes bytea, listed bigint)
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF jsonb_typeof(list) <> 'array' OR EXISTS (
            SELECT FROM jsonb_array_elements(list) AS l (item)
            WHERE CASE l.item ->> 'format'
                WHEN 'soc2-disposal-1' THEN
                    NOT l.item ?& '{system_identifier,plan,table,key_columns,key_types,key,method,hashes}'
                    OR jsonb_typeof(l.item -> 'key_columns') <> 'array'
                    OR jsonb_typeof(l.item -> 'key_types') <> 'array'
                    OR l.item ->> 'method' <> ALL ('{delete,anonymize}')
                WHEN 'soc2-shred-1' THEN
                    jsonb_typeof(l.item #> '{shred,plan_id}') IS DISTINCT FROM 'number'
                ELSE true END) THEN
        RAISE EXCEPTION 'list is not one of disposals'
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give an object that soc2.export_disposals() returned, or an array of them.';
    END IF;
    RETURN QUERY
        SELECT l.item ->> 'table', (l.item ->> 'system_identifier')::bigint,
            (l.item ->> 'plan')::bigint,
            ARRAY(SELECT jsonb_array_elements_text(l.item -> 'key_columns')),
            ARRAY(SELECT jsonb_array_elements_text(l.item -> 'key_types')),
            decode(l.item ->> 'key', 'hex'), l.item ->> 'method',
            soc2.sort_key_hashes(string_agg(decode(l.item ->> 'hashes', 'base64'), '')),
            sum(octet_length(decode(l.item ->> 'hashes', 'base64')) / 16)::bigint
        FROM jsonb_array_elements(list) AS l (item)
        WHERE l.item ->> 'format' = 'soc2-disposal-1'
        GROUP BY 1, 2, 3, 4, 5, 6, 7
        ORDER BY 1, 2, 3, 7;
END
$$;
COMMENT ON FUNCTION soc2.read_disposals(jsonb) IS
'rows that an export of disposals, an array, lists, the batches of each plan put together (22023 if it is none)';

CREATE FUNCTION soc2.reapply_keys(list jsonb)
    RETURNS TABLE (
        source_plan bigint, listed bigint, back bigint, due bigint, held bigint,
        retained bigint, problem text)
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    WITH element AS MATERIALIZED (
        SELECT DISTINCT l.item OPERATOR(pg_catalog.->) 'shred' AS shred,
            COALESCE(soc2.shred_seal(l.item OPERATOR(pg_catalog.->) 'shred') OPERATOR(pg_catalog.=)
                (l.item OPERATOR(pg_catalog.->) 'shred' OPERATOR(pg_catalog.->>) 'seal'), false) AS known
        FROM pg_catalog.jsonb_array_elements(list) AS l (item)
        WHERE (l.item OPERATOR(pg_catalog.->>) 'format') OPERATOR(pg_catalog.=) 'soc2-shred-1'
    ), done AS MATERIALIZED (
        SELECT r.key_id, r.outcome
        FROM soc2.reapply_shreds(COALESCE((
            SELECT pg_catalog.jsonb_agg(e.shred) FROM element AS e WHERE e.known), '[]')) AS r
    )
    SELECT (e.shred OPERATOR(pg_catalog.->>) 'plan_id')::bigint AS plan,
        pg_catalog.count(*),
        CASE WHEN e.known THEN pg_catalog.count(*) FILTER (WHERE d.outcome OPERATOR(pg_catalog.<>) 'gone') END,
        CASE WHEN e.known THEN pg_catalog.count(*) FILTER (WHERE d.outcome OPERATOR(pg_catalog.=) 'destroyed') END,
        CASE WHEN e.known THEN pg_catalog.count(*) FILTER (WHERE d.outcome OPERATOR(pg_catalog.=) 'held') END,
        CASE WHEN e.known THEN pg_catalog.count(*) FILTER (WHERE d.outcome OPERATOR(pg_catalog.=) 'retained') END,
        CASE WHEN e.known THEN NULL
             WHEN EXISTS (SELECT FROM soc2.shred_secrets)
                 THEN 'this database did not export it, or it was changed'
             ELSE 'no subject has had a key in this database' END
    FROM element AS e
    LEFT JOIN done AS d
        ON e.known AND d.key_id::text OPERATOR(pg_catalog.=) (e.shred OPERATOR(pg_catalog.->>) 'key_id')
    GROUP BY 1, e.known
    ORDER BY 1, e.known;
END;
COMMENT ON FUNCTION soc2.reapply_keys(jsonb) IS
'destroys the keys of subjects again that an export of disposals, an array, lists; due: so many were destroyed now';

CREATE FUNCTION soc2.reapply_disposals(
        list jsonb DEFAULT NULL, reason text DEFAULT 'rows came back',
        approvals integer DEFAULT 1, valid interval DEFAULT '7 days')
    RETURNS TABLE (
        relation text, source_plan bigint, listed bigint, back bigint, due bigint,
        held bigint, retained bigint, plan bigint, problem text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    target record;
    item record;
    problems text;
    number bigint;
BEGIN
    PERFORM soc2.require_known_cluster();
    IF list IS NULL THEN
        list := (SELECT COALESCE(jsonb_agg(b), '[]') FROM soc2.disposed_batches('-infinity') AS b)
            || (SELECT COALESCE(jsonb_agg(k), '[]') FROM soc2.destroyed_keys('-infinity') AS k);
    ELSIF jsonb_typeof(list) = 'object' THEN
        list := jsonb_build_array(list);
    END IF;
    FOR target IN
        SELECT d.relation_name, to_regclass(d.relation_name) AS oid, d.key_columns, d.key_types,
            d.method,
            array_agg(d.source_system) AS systems, array_agg(d.source_plan) AS plans,
            array_agg(d.key) AS keys, array_agg(d.key_hashes) AS hashes,
            array_agg(d.listed) AS listed
        FROM soc2.read_disposals(list) AS d
        GROUP BY 1, 2, 3, 4, 5
        ORDER BY d.relation_name COLLATE "C", d.key_columns, d.method DESC
    LOOP
        problems := soc2.reapply_problem(target.oid, target.key_columns, target.key_types,
                                         target.method);
        number := NULL;
        IF problems IS NULL THEN
            FOR item IN
                SELECT f.*, target.listed[f.list] AS listed FROM soc2.find_disposed(
                    target.oid, target.key_columns, target.keys, target.hashes,
                    target.method = 'anonymize') AS f
            LOOP
                IF item.due > 0 AND number IS NULL THEN
                    number := nextval('soc2.disposal_plans_plan_id_seq');
                END IF;
                relation := target.relation_name;
                source_plan := target.plans[item.list];
                listed := item.listed;
                back := item.due + item.held + item.retained + item.other;
                due := item.due;
                held := item.held;
                retained := item.retained;
                plan := CASE WHEN item.due > 0 THEN number END;
                problem := CASE WHEN item.other > 0 THEN format(
                    '%s rows have a class with another method than "%s"', item.other, target.method) END;
                IF item.due > 0 THEN
                    INSERT INTO soc2.disposal_reapplied
                    VALUES (number, target.systems[item.list], source_plan,
                        target.keys[item.list], target.hashes[item.list], listed, back,
                        target.method);
                END IF;
                RETURN NEXT;
            END LOOP;
            IF number IS NOT NULL THEN
                PERFORM soc2.make_disposal(number, target.oid, reapply_disposals.reason,
                                           approvals, valid);
            END IF;
        ELSE
            RETURN QUERY
                SELECT target.relation_name, u.plan, u.listed, NULL::bigint, NULL::bigint,
                    NULL::bigint, NULL::bigint, NULL::bigint, problems
                FROM unnest(target.plans, target.listed) AS u (plan, listed);
        END IF;
    END LOOP;
    RETURN QUERY
        SELECT soc2.table_name('soc2.subject_keys'), k.source_plan, k.listed, k.back, k.due,
            k.held, k.retained, NULL::bigint, k.problem
        FROM soc2.reapply_keys(list) AS k;
END
$$;
COMMENT ON FUNCTION soc2.reapply_disposals(jsonb, text, integer, interval) IS
'finds the rows that were destroyed or anonymized before and are back as they were, after a restore, by an export of disposals or by what the tables of the extension still tell, makes a plan for those of each table and method that may go, and destroys keys of subjects again at once; returns what is back, and why a list could not be looked for';

CREATE FUNCTION soc2.reapply_problem(
        relation regclass, key_columns text[], key_types text[], method text)
    RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN CASE
        WHEN relation IS NULL THEN 'the table is not there'
        WHEN NOT EXISTS (SELECT FROM soc2.retention_assignments AS a
                         WHERE a.relation = reapply_problem.relation)
            THEN 'the table has no retention of its own'
        WHEN NOT EXISTS (
                SELECT FROM soc2.disposal_key_columns(relation) AS k
                WHERE (k.columns, k.types) = (key_columns, key_types))
            THEN 'the table has another primary key'
        WHEN (method = 'anonymize' OR soc2.anonymizes(soc2.disposal_policy(relation)))
                AND soc2.anonymization_policy(relation) IS NULL
            THEN 'the table has no rules of anonymization' END;
END
$$;
COMMENT ON FUNCTION soc2.reapply_problem(regclass, text[], text[], text) IS
'why rows cannot be looked for in a table by hashes of these columns, to delete or anonymize them again; NULL if they can';
