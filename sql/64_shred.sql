/* sql/64_shred.sql */

--
-- Crypto-shredding: keys of subjects, whose destruction makes unreadable what
-- was encrypted with them, wherever a copy of that is.
--
-- How keys are made, opened and destroyed says src/shred.h, what an encrypted
-- value looks like src/core/sealed.h.  A key is destroyed by a plan of disposal
-- (sql/63_disposal.sql) whose table is soc2.subject_keys: it is approved,
-- revoked, run and certified as any other.
--
-- No foreign keys: see sql/40_control.sql.
--

--
-- What wraps keys
--

CREATE TABLE soc2.shred_handlers (
    handler text COLLATE pg_catalog."C" NOT NULL,
    wrap text NOT NULL,
    unwrap text NOT NULL,
    destroy text,
    owner name NOT NULL,
    registered_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    registered_by name NOT NULL,
    CONSTRAINT soc2_shred_handlers_pkey PRIMARY KEY (handler)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.shred_handlers', '');
COMMENT ON TABLE soc2.shred_handlers IS
'functions that call services which wrap keys; registered with soc2.register_shred_handler()';
COMMENT ON COLUMN soc2.shred_handlers.handler IS 'what they are called together';
COMMENT ON COLUMN soc2.shred_handlers.wrap IS 'signature of the function that wraps a key';
COMMENT ON COLUMN soc2.shred_handlers.unwrap IS 'of the one that unwraps it';
COMMENT ON COLUMN soc2.shred_handlers.destroy IS 'of the one that destroys what the service keeps of a key; NULL: nothing is to be destroyed there';
COMMENT ON COLUMN soc2.shred_handlers.owner IS 'role that owned them then; they are not called when they have another owner';
COMMENT ON COLUMN soc2.shred_handlers.registered_at IS 'when they were registered';
COMMENT ON COLUMN soc2.shred_handlers.registered_by IS 'by which role';

CREATE TABLE soc2.wrapping_keys (
    name text COLLATE pg_catalog."C" NOT NULL,
    version integer NOT NULL,
    public_key bytea,
    key_id text,
    handler text COLLATE pg_catalog."C",
    reference text,
    registered_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    registered_by name NOT NULL,
    CONSTRAINT soc2_wrapping_keys_pkey PRIMARY KEY (name, version),
    CONSTRAINT soc2_wrapping_keys_kind_check CHECK (
        pg_catalog.num_nonnulls(public_key, handler) OPERATOR(pg_catalog.=) 1
        AND (public_key IS NULL) OPERATOR(pg_catalog.=) (key_id IS NULL)
        AND (handler IS NULL) OPERATOR(pg_catalog.=) (reference IS NULL))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.wrapping_keys', '');
COMMENT ON TABLE soc2.wrapping_keys IS
'keys that wrap those of subjects, and whose secret is held outside of the database; registered with soc2.register_wrapping_key(), a row is never changed or removed';
COMMENT ON COLUMN soc2.wrapping_keys.name IS 'what the key is called';
COMMENT ON COLUMN soc2.wrapping_keys.version IS 'number of its version, from 1; the last one wraps new keys';
COMMENT ON COLUMN soc2.wrapping_keys.public_key IS 'public OpenPGP key; NULL: a handler wraps';
COMMENT ON COLUMN soc2.wrapping_keys.key_id IS 'id of that, as pgcrypto tells it';
COMMENT ON COLUMN soc2.wrapping_keys.handler IS 'handler that wraps';
COMMENT ON COLUMN soc2.wrapping_keys.reference IS 'what its service calls the key; the first argument of its functions';
COMMENT ON COLUMN soc2.wrapping_keys.registered_at IS 'when it was registered';
COMMENT ON COLUMN soc2.wrapping_keys.registered_by IS 'by which role';

CREATE TABLE soc2.wrapping_key_ends (
    name text COLLATE pg_catalog."C" NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    ended_by name NOT NULL,
    ended_session name NOT NULL,
    CONSTRAINT soc2_wrapping_key_ends_pkey PRIMARY KEY (name, version, state),
    CONSTRAINT soc2_wrapping_key_ends_state_check CHECK (
        state OPERATOR(pg_catalog.=) ANY ('{retired,destroyed}'::text[])),
    CONSTRAINT soc2_wrapping_key_ends_reason_check CHECK (
        pg_catalog.btrim(reason) OPERATOR(pg_catalog.<>) '')
);
SELECT pg_catalog.pg_extension_config_dump('soc2.wrapping_key_ends', '');
COMMENT ON TABLE soc2.wrapping_key_ends IS
'wrapping keys that are not used any more; a row is never changed or removed';
COMMENT ON COLUMN soc2.wrapping_key_ends.name IS 'name of the key';
COMMENT ON COLUMN soc2.wrapping_key_ends.version IS 'its version';
COMMENT ON COLUMN soc2.wrapping_key_ends.state IS 'retired: it wraps no new keys; destroyed: somebody said that its secret was destroyed';
COMMENT ON COLUMN soc2.wrapping_key_ends.reason IS 'why it was retired, or the receipt for its destruction';
COMMENT ON COLUMN soc2.wrapping_key_ends.ended_at IS 'when that was said';
COMMENT ON COLUMN soc2.wrapping_key_ends.ended_by IS 'by which role';
COMMENT ON COLUMN soc2.wrapping_key_ends.ended_session IS 'role that was logged in then';

--
-- Keys of subjects, and what is left of those that were destroyed
--

CREATE TABLE soc2.subject_keys (
    key_id uuid NOT NULL,
    subject text COLLATE pg_catalog."C" NOT NULL,
    wrapping_key text COLLATE pg_catalog."C" NOT NULL,
    wrapping_version integer NOT NULL,
    wrapped bytea NOT NULL,
    check_value bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT pg_catalog.now(),
    created_by name NOT NULL,
    CONSTRAINT soc2_subject_keys_pkey PRIMARY KEY (key_id),
    CONSTRAINT soc2_subject_keys_subject_key UNIQUE (subject),
    CONSTRAINT soc2_subject_keys_check_value_check CHECK (
        pg_catalog.octet_length(check_value) OPERATOR(pg_catalog.=) 16)
);
-- statistics would keep values of rows that are gone
ALTER TABLE soc2.subject_keys
    ALTER COLUMN key_id SET STATISTICS 0,
    ALTER COLUMN subject SET STATISTICS 0,
    ALTER COLUMN wrapped SET STATISTICS 0,
    ALTER COLUMN check_value SET STATISTICS 0;
SELECT pg_catalog.pg_extension_config_dump('soc2.subject_keys', '');
COMMENT ON TABLE soc2.subject_keys IS
'keys of subjects, wrapped; made with soc2.create_subject_key(), a row goes when a plan destroys it';
COMMENT ON COLUMN soc2.subject_keys.key_id IS 'id of the key, random; values that were encrypted with it name it';
COMMENT ON COLUMN soc2.subject_keys.subject IS 'whose key it is, kind:key';
COMMENT ON COLUMN soc2.subject_keys.wrapping_key IS 'wrapping key that it is wrapped with';
COMMENT ON COLUMN soc2.subject_keys.wrapping_version IS 'version of that';
COMMENT ON COLUMN soc2.subject_keys.wrapped IS 'the key, wrapped: an OpenPGP message, or what a handler made of it';
COMMENT ON COLUMN soc2.subject_keys.check_value IS 'its fingerprint, which does not reveal it: the first 16 bytes of the HMAC-SHA-256 of the id with the key';
COMMENT ON COLUMN soc2.subject_keys.created_at IS 'when it was made';
COMMENT ON COLUMN soc2.subject_keys.created_by IS 'by which role';

CREATE FUNCTION soc2.subject_key_guard()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_subject_key_guard'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.subject_key_guard() IS
'refuses to change and to delete keys of subjects (S2G01) other than by the functions of the extension';
CREATE TRIGGER soc2_subject_key_guard
    BEFORE UPDATE OR DELETE ON soc2.subject_keys
    FOR EACH ROW EXECUTE FUNCTION soc2.subject_key_guard();
COMMENT ON TRIGGER soc2_subject_key_guard ON soc2.subject_keys IS
'refuses UPDATE and DELETE';
CREATE TRIGGER soc2_subject_key_guard_truncate
    BEFORE TRUNCATE ON soc2.subject_keys
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.subject_key_guard();
COMMENT ON TRIGGER soc2_subject_key_guard_truncate ON soc2.subject_keys IS
'refuses TRUNCATE';
ALTER TABLE soc2.subject_keys
    ENABLE ALWAYS TRIGGER soc2_subject_key_guard,
    ENABLE ALWAYS TRIGGER soc2_subject_key_guard_truncate;

CREATE TABLE soc2.shred_secrets (
    only_one boolean NOT NULL DEFAULT true,
    secret bytea NOT NULL,
    CONSTRAINT soc2_shred_secrets_pkey PRIMARY KEY (only_one),
    CONSTRAINT soc2_shred_secrets_only_one_check CHECK (only_one),
    CONSTRAINT soc2_shred_secrets_secret_check CHECK (
        pg_catalog.octet_length(secret) OPERATOR(pg_catalog.=) 32)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.shred_secrets', '');
COMMENT ON TABLE soc2.shred_secrets IS
'what subjects whose keys were destroyed are hashed with, for functions of the extension alone';
COMMENT ON COLUMN soc2.shred_secrets.only_one IS 'true: there is one row';
COMMENT ON COLUMN soc2.shred_secrets.secret IS '32 random bytes, made with the first key of a subject';

CREATE TABLE soc2.shreds (
    key_id uuid NOT NULL,
    subject_hash text COLLATE pg_catalog."C" NOT NULL,
    check_value bytea NOT NULL,
    wrapping_key text COLLATE pg_catalog."C" NOT NULL,
    wrapping_version integer NOT NULL,
    created_at timestamptz NOT NULL,
    plan_id bigint NOT NULL,
    shredded_at timestamptz NOT NULL,
    shredded_by name NOT NULL,
    shredded_session name NOT NULL,
    receipt text,
    system_identifier bigint NOT NULL,
    CONSTRAINT soc2_shreds_pkey PRIMARY KEY (key_id)
);
CREATE INDEX soc2_shreds_subject_hash_idx ON soc2.shreds (subject_hash);
SELECT pg_catalog.pg_extension_config_dump('soc2.shreds', '');
COMMENT ON TABLE soc2.shreds IS
'keys of subjects that were destroyed; a row is never changed or removed';
COMMENT ON COLUMN soc2.shreds.key_id IS 'id of the key';
COMMENT ON COLUMN soc2.shreds.subject_hash IS 'keyed hash of the subject';
COMMENT ON COLUMN soc2.shreds.check_value IS 'fingerprint of the key';
COMMENT ON COLUMN soc2.shreds.wrapping_key IS 'wrapping key that it was wrapped with last';
COMMENT ON COLUMN soc2.shreds.wrapping_version IS 'version of that';
COMMENT ON COLUMN soc2.shreds.created_at IS 'when the key was made';
COMMENT ON COLUMN soc2.shreds.plan_id IS 'plan of disposal that destroyed it';
COMMENT ON COLUMN soc2.shreds.shredded_at IS 'when it was destroyed';
COMMENT ON COLUMN soc2.shreds.shredded_by IS 'by which role';
COMMENT ON COLUMN soc2.shreds.shredded_session IS 'role that was logged in then';
COMMENT ON COLUMN soc2.shreds.receipt IS 'what the service said that destroyed its part; NULL: there is none';
COMMENT ON COLUMN soc2.shreds.system_identifier IS 'cluster that it was destroyed in';

CREATE TABLE soc2.shred_targets (
    plan_id bigint NOT NULL,
    key_id uuid NOT NULL,
    CONSTRAINT soc2_shred_targets_pkey PRIMARY KEY (plan_id, key_id)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.shred_targets', '');
COMMENT ON TABLE soc2.shred_targets IS
'keys that plans of disposal destroy; a row is never changed or removed';
COMMENT ON COLUMN soc2.shred_targets.plan_id IS 'number of the plan';
COMMENT ON COLUMN soc2.shred_targets.key_id IS 'id of the key';

CREATE TRIGGER soc2_record_guard
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.wrapping_keys
    FOR EACH ROW EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard ON soc2.wrapping_keys IS
'refuses UPDATE and DELETE';
CREATE TRIGGER soc2_record_guard_truncate
    BEFORE TRUNCATE ON soc2.wrapping_keys
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard_truncate ON soc2.wrapping_keys IS
'refuses TRUNCATE';
ALTER TABLE soc2.wrapping_keys
    ENABLE ALWAYS TRIGGER soc2_record_guard,
    ENABLE ALWAYS TRIGGER soc2_record_guard_truncate;

CREATE TRIGGER soc2_record_guard
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.wrapping_key_ends
    FOR EACH ROW EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard ON soc2.wrapping_key_ends IS
'refuses UPDATE and DELETE';
CREATE TRIGGER soc2_record_guard_truncate
    BEFORE TRUNCATE ON soc2.wrapping_key_ends
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard_truncate ON soc2.wrapping_key_ends IS
'refuses TRUNCATE';
ALTER TABLE soc2.wrapping_key_ends
    ENABLE ALWAYS TRIGGER soc2_record_guard,
    ENABLE ALWAYS TRIGGER soc2_record_guard_truncate;

CREATE TRIGGER soc2_record_guard
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.shred_secrets
    FOR EACH ROW EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard ON soc2.shred_secrets IS
'refuses UPDATE and DELETE';
CREATE TRIGGER soc2_record_guard_truncate
    BEFORE TRUNCATE ON soc2.shred_secrets
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard_truncate ON soc2.shred_secrets IS
'refuses TRUNCATE';
ALTER TABLE soc2.shred_secrets
    ENABLE ALWAYS TRIGGER soc2_record_guard,
    ENABLE ALWAYS TRIGGER soc2_record_guard_truncate;

CREATE TRIGGER soc2_record_guard
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.shreds
    FOR EACH ROW EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard ON soc2.shreds IS
'refuses UPDATE and DELETE';
CREATE TRIGGER soc2_record_guard_truncate
    BEFORE TRUNCATE ON soc2.shreds
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard_truncate ON soc2.shreds IS
'refuses TRUNCATE';
ALTER TABLE soc2.shreds
    ENABLE ALWAYS TRIGGER soc2_record_guard,
    ENABLE ALWAYS TRIGGER soc2_record_guard_truncate;

CREATE TRIGGER soc2_record_guard
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.shred_targets
    FOR EACH ROW EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard ON soc2.shred_targets IS
'refuses UPDATE and DELETE';
CREATE TRIGGER soc2_record_guard_truncate
    BEFORE TRUNCATE ON soc2.shred_targets
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.record_guard();
COMMENT ON TRIGGER soc2_record_guard_truncate ON soc2.shred_targets IS
'refuses TRUNCATE';
ALTER TABLE soc2.shred_targets
    ENABLE ALWAYS TRIGGER soc2_record_guard,
    ENABLE ALWAYS TRIGGER soc2_record_guard_truncate;

CREATE FUNCTION soc2.shred_secret()
    RETURNS bytea
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    INSERT INTO soc2.shred_secrets (secret)
    VALUES (sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())))
    ON CONFLICT DO NOTHING;
    RETURN (SELECT s.secret FROM soc2.shred_secrets AS s);
END
$$;
COMMENT ON FUNCTION soc2.shred_secret() IS
'the key of the hashes of subjects, which the first call makes';

CREATE FUNCTION soc2.subject_hash(subject text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.keyed_hash(s.secret, subject_hash.subject)
    FROM soc2.shred_secrets AS s;
END;
COMMENT ON FUNCTION soc2.subject_hash(text) IS
'keyed hash that soc2.shreds has of a subject; NULL if no key was ever made';

--
-- Wrapping keys and handlers.  Each act is recorded as evidence of kind key.
--

CREATE FUNCTION soc2.pgp_key_id(public_key text, OUT key bytea, OUT key_id text)
    AS 'MODULE_PATHNAME', 'soc2_pgp_key_id'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.pgp_key_id(text) IS
'a public OpenPGP key without its armor, and its id; an error of pgcrypto if it cannot encrypt';

CREATE FUNCTION soc2.handler_function(
        signature text, result regtype, OUT function text, OUT owner name)
    AS 'MODULE_PATHNAME', 'soc2_handler_function'
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.handler_function(text, regtype) IS
'full signature and owner of a function that can handle keys; 42883 if there is none, 42P13 if it cannot';

CREATE FUNCTION soc2.call_handler(
        function text, owner name, reference text, wrapped bytea)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_call_handler'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.call_handler(text, name, text, bytea) IS
'calls a registered function that destroys, as its owner, and returns its receipt; S2G01 if it has another owner';

CREATE FUNCTION soc2.register_shred_handler(
        handler text, wrap text, unwrap text, destroy text DEFAULT NULL)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    found record;
    owners name[] := '{}';
    signatures text[] := '{}';
BEGIN
    PERFORM soc2.require_text('handler', handler);
    PERFORM soc2.require_text('wrap', wrap);
    PERFORM soc2.require_text('unwrap', unwrap);
    FOR found IN
        SELECT f.* FROM (VALUES (1, wrap, 'bytea'::regtype), (2, unwrap, 'bytea'),
                             (3, destroy, 'text')) AS g (place, signature, result),
            soc2.handler_function(g.signature, g.result) AS f
        WHERE g.signature IS NOT NULL ORDER BY g.place
    LOOP
        IF NOT pg_has_role(soc2.acting_role(), found.owner, 'USAGE') THEN
            RAISE EXCEPTION 'must be owner of function %', found.function
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        owners := owners || found.owner;
        signatures := signatures || found.function;
    END LOOP;
    IF owners[1] <> ANY (owners) THEN
        RAISE EXCEPTION 'the functions of a handler must have one owner'
            USING ERRCODE = 'invalid_function_definition';
    END IF;
    INSERT INTO soc2.shred_handlers AS h (handler, wrap, unwrap, destroy, owner, registered_by)
    VALUES (register_shred_handler.handler, signatures[1], signatures[2], signatures[3],
            owners[1], soc2.acting_role())
    ON CONFLICT ON CONSTRAINT soc2_shred_handlers_pkey DO UPDATE
    SET wrap = excluded.wrap, unwrap = excluded.unwrap, destroy = excluded.destroy,
        owner = excluded.owner, registered_at = now(), registered_by = excluded.registered_by;
    PERFORM soc2.record_act('key', handler, jsonb_build_object(
        'action', 'handler registered', 'functions', signatures, 'owner', owners[1],
        'session_user', SESSION_USER), '{tsc:C1.1,tsc:C1.2}');
END
$$;
COMMENT ON FUNCTION soc2.register_shred_handler(text, text, text, text) IS
'registers functions that call a service which wraps keys, given by their signatures as in kms.wrap(text,bytea), or other ones for the same name; 42883 or 42P13 for functions that cannot, 42501 for those of somebody else';

CREATE FUNCTION soc2.register_wrapping_key(
        name text, public_key text DEFAULT NULL, handler text DEFAULT NULL,
        reference text DEFAULT NULL)
    RETURNS integer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    pgp record;
    added integer;
BEGIN
    PERFORM soc2.require_text('name', name);
    IF num_nonnulls(public_key, handler) <> 1 OR num_nonnulls(handler, reference) = 1 THEN
        RAISE EXCEPTION 'a key wraps with a public key or by a handler'
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give public_key, or handler and reference, which is what its service calls the key.';
    END IF;
    IF handler IS NOT NULL AND NOT EXISTS (
            SELECT FROM soc2.shred_handlers AS h
            WHERE h.handler = register_wrapping_key.handler) THEN
        RAISE EXCEPTION 'handler "%" does not exist', handler
            USING ERRCODE = 'undefined_object',
            HINT = 'Register it with soc2.register_shred_handler().';
    END IF;
    SELECT k.key, k.key_id INTO pgp FROM soc2.pgp_key_id(public_key) AS k;
    LOCK TABLE soc2.wrapping_keys IN SHARE ROW EXCLUSIVE MODE;
    added := 1 + COALESCE((SELECT max(w.version) FROM soc2.wrapping_keys AS w
                          WHERE w.name = register_wrapping_key.name), 0);
    INSERT INTO soc2.wrapping_keys
        (name, version, public_key, key_id, handler, reference, registered_by)
    VALUES (register_wrapping_key.name, added, pgp.key, pgp.key_id,
            register_wrapping_key.handler, register_wrapping_key.reference, soc2.acting_role());
    PERFORM soc2.record_act('key', name, jsonb_build_object(
        'action', 'wrapping key registered', 'version', added, 'key_id', pgp.key_id,
        'handler', handler, 'reference', reference, 'session_user', SESSION_USER),
        '{tsc:C1.1,tsc:C1.2}');
    RETURN added;
END
$$;
COMMENT ON FUNCTION soc2.register_wrapping_key(text, text, text, text) IS
'registers a key that wraps those of subjects: a public OpenPGP key in armor, or one of a service; returns the number of its version, which wraps new keys from now on';

CREATE FUNCTION soc2.end_wrapping_key(
        name text, version integer, state text, reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM soc2.wrapping_keys AS w
                   WHERE w.name = end_wrapping_key.name
                       AND w.version = end_wrapping_key.version) THEN
        RAISE EXCEPTION 'wrapping key "%" has no version %', name, version
            USING ERRCODE = 'undefined_object',
            HINT = 'The keys are in soc2.wrapping_key_status.';
    END IF;
    INSERT INTO soc2.wrapping_key_ends (name, version, state, reason, ended_by, ended_session)
    VALUES (end_wrapping_key.name, end_wrapping_key.version, end_wrapping_key.state,
            end_wrapping_key.reason, soc2.acting_role(), SESSION_USER)
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'version % of wrapping key "%" is % already', version, name, state
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    PERFORM soc2.record_act('key', name, jsonb_build_object(
        'action', 'wrapping key ' || state, 'version', version, 'reason', reason,
        'session_user', SESSION_USER), '{tsc:C1.1,tsc:C1.2}');
END
$$;
COMMENT ON FUNCTION soc2.end_wrapping_key(text, integer, text, text) IS
'notes that a version of a wrapping key is retired or destroyed; 42704 if there is none, 55000 if it was noted before';

CREATE FUNCTION soc2.retire_wrapping_key(name text, version integer, reason text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM soc2.require_text('reason', reason);
    PERFORM soc2.end_wrapping_key(name, version, 'retired', reason);
END
$$;
COMMENT ON FUNCTION soc2.retire_wrapping_key(text, integer, text) IS
'a version of a wrapping key wraps no new keys any more; those it has wrapped can be opened';

CREATE FUNCTION soc2.record_wrapping_key_destruction(
        name text, version integer, receipt text)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    PERFORM soc2.require_text('receipt', receipt);
    IF EXISTS (SELECT FROM soc2.subject_keys AS k
               WHERE k.wrapping_key = record_wrapping_key_destruction.name
                   AND k.wrapping_version = record_wrapping_key_destruction.version) THEN
        RAISE EXCEPTION 'version % of wrapping key "%" still wraps keys of subjects', version, name
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'Without its secret nobody can open them, as nobody approved.',
            HINT = 'Wrap them anew with soc2.rewrap_subject_key(), or have them destroyed by a plan.';
    END IF;
    PERFORM soc2.end_wrapping_key(name, version, 'destroyed', receipt);
END
$$;
COMMENT ON FUNCTION soc2.record_wrapping_key_destruction(text, integer, text) IS
'notes that the secret of a version of a wrapping key was destroyed outside, and the receipt for that; 55000 while it wraps keys of subjects';

CREATE FUNCTION soc2.current_wrapping_key(
        name text, OUT version integer, OUT public_key bytea, OUT function text,
        OUT owner name, OUT reference text)
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    SELECT w.version, w.public_key, h.wrap, h.owner, w.reference
    INTO version, public_key, function, owner, reference
    FROM soc2.wrapping_keys AS w
    LEFT JOIN soc2.shred_handlers AS h ON h.handler = w.handler
    WHERE w.name = current_wrapping_key.name AND NOT EXISTS (
        SELECT FROM soc2.wrapping_key_ends AS e
        WHERE e.name = w.name AND e.version = w.version)
    ORDER BY w.version DESC LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'wrapping key "%" does not exist, or all its versions are retired', name
            USING ERRCODE = 'undefined_object',
            HINT = 'Register one with soc2.register_wrapping_key().';
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.current_wrapping_key(text) IS
'the version of a wrapping key that wraps new keys; 42704 if there is none';

--
-- Keys of subjects
--

CREATE FUNCTION soc2.new_subject_key(
        key_id uuid, subject text, public_key bytea, function text, owner name,
        reference text, OUT wrapped bytea, OUT check_value bytea)
    AS 'MODULE_PATHNAME', 'soc2_new_subject_key'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.new_subject_key(uuid, text, bytea, text, name, text) IS
'makes a key of 32 random bytes, leaves it open in the transaction, and returns it wrapped, by a public key or a function, and its fingerprint';

CREATE FUNCTION soc2.rewrap_opened_key(
        subject text, public_key bytea, function text, owner name, reference text)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_rewrap_opened_key'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.rewrap_opened_key(text, bytea, text, name, text) IS
'the open key of a subject, wrapped by a public key or a function; 55000 if it is not open';

CREATE FUNCTION soc2.change_subject_key(
        key_id uuid, wrapping_key text, wrapping_version integer, wrapped bytea)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_change_subject_key'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.change_subject_key(uuid, text, integer, bytea) IS
'stores a key of a subject wrapped in another way; false if there is none';

CREATE FUNCTION soc2.lock_subject_key(key_id uuid)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_lock_subject_key'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.lock_subject_key(uuid) IS
'waits for the transactions that have a key of a subject open, and keeps others from opening it to the end of this one';

CREATE FUNCTION soc2.destroy_subject_key(key_id uuid)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_destroy_subject_key'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.destroy_subject_key(uuid) IS
'deletes a key of a subject, and nothing else: soc2.shred_key() does the rest; false if there is none';

CREATE FUNCTION soc2.create_subject_key(
        subject text, wrapping_key text, again boolean DEFAULT false)
    RETURNS uuid
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    kind text := soc2.subject_kind(subject);
    wrapping record;
    made record;
    key uuid := gen_random_uuid();
    hash text := soc2.keyed_hash(soc2.shred_secret(), subject);
BEGIN
    IF again IS NOT TRUE AND EXISTS (
            SELECT FROM soc2.shreds AS s WHERE s.subject_hash = hash) THEN
        RAISE EXCEPTION 'the key of subject "%" was destroyed', subject
            USING ERRCODE = 'S2K01',
            HINT = 'Give again => true if it is to have another one.';
    END IF;
    SELECT w.* INTO wrapping FROM soc2.current_wrapping_key(wrapping_key) AS w;
    SELECT n.* INTO made FROM soc2.new_subject_key(
        key, subject, wrapping.public_key, wrapping.function, wrapping.owner,
        wrapping.reference) AS n;
    INSERT INTO soc2.subject_keys (key_id, subject, wrapping_key, wrapping_version, wrapped,
                                   check_value, created_by)
    VALUES (key, create_subject_key.subject, create_subject_key.wrapping_key,
            wrapping.version, made.wrapped, made.check_value, soc2.acting_role())
    ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'subject "%" has a key', subject
            USING ERRCODE = 'duplicate_object';
    END IF;
    PERFORM soc2.record_act('key', key::text, jsonb_build_object(
        'action', 'key created', 'kind', kind, 'again', again,
        'check_value', encode(made.check_value, 'hex'), 'wrapping_key', wrapping_key,
        'version', wrapping.version, 'session_user', SESSION_USER), '{tsc:C1.1,tsc:P4.3}');
    RETURN key;
END
$$;
COMMENT ON FUNCTION soc2.create_subject_key(text, text, boolean) IS
'makes a random key for a subject, stores it wrapped, leaves it open in this transaction, and returns its id; 42710 if the subject has one, S2K01 if that was destroyed, unless it is to get one again';

CREATE FUNCTION soc2.rewrap_subject_key(subject text, wrapping_key text DEFAULT NULL)
    RETURNS integer
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    old soc2.subject_keys;
    wrapping record;
BEGIN
    SELECT k.* INTO old FROM soc2.subject_keys AS k
    WHERE k.subject = rewrap_subject_key.subject FOR UPDATE;
    IF NOT FOUND THEN
        PERFORM soc2.wrapped_subject_key(subject);
    END IF;
    wrapping_key := COALESCE(wrapping_key, old.wrapping_key);
    SELECT w.* INTO wrapping FROM soc2.current_wrapping_key(wrapping_key) AS w;
    PERFORM soc2.change_subject_key(old.key_id, wrapping_key, wrapping.version,
        soc2.rewrap_opened_key(subject, wrapping.public_key, wrapping.function,
                               wrapping.owner, wrapping.reference));
    PERFORM soc2.record_act('key', old.key_id::text, jsonb_build_object(
        'action', 'key wrapped anew', 'wrapping_key', wrapping_key,
        'version', wrapping.version, 'session_user', SESSION_USER), '{tsc:C1.1,tsc:P4.3}');
    RETURN wrapping.version;
END
$$;
COMMENT ON FUNCTION soc2.rewrap_subject_key(text, text) IS
'wraps the open key of a subject with the current version of a wrapping key, that of its own if none is named, and returns the number of the version';

CREATE FUNCTION soc2.open_subject_key(
        subject text, secret_key text DEFAULT NULL, password text DEFAULT NULL)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_open_subject_key'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.open_subject_key(text, text, text) IS
'opens the key of a subject to the end of the transaction: by its handler, or with a secret OpenPGP key in armor and its password, which must be arguments of the statement and not in its text; S2K01 if the key was destroyed';

CREATE FUNCTION soc2.session_key()
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_session_public_key'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.session_key() IS
'public key of this session, in PEM, which keys for soc2.open_sealed_subject_key() are encrypted with; RSA of 3072 bits, made when it is first asked for, and gone with the session';

CREATE FUNCTION soc2.wrapped_subject_key(subject text)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_wrapped_subject_key'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.wrapped_subject_key(text) IS
'the key of a subject as it is stored, to be unwrapped outside; S2K01 if it was destroyed';

CREATE FUNCTION soc2.open_sealed_subject_key(subject text, sealed bytea)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_open_sealed_subject_key'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.open_sealed_subject_key(text, bytea) IS
'opens the key of a subject to the end of the transaction, given by who has unwrapped it: encrypted by RSAES-OAEP with SHA-256 and the key of this session';

CREATE FUNCTION soc2.encrypt_for(subject text, value bytea)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_encrypt_bytea_for'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.encrypt_for(text, bytea) IS
'encrypts a value with the open key of a subject; 55000 if it is not open, S2K01 if it was destroyed';

CREATE FUNCTION soc2.encrypt_for(subject text, value text)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_encrypt_text_for'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.encrypt_for(text, text) IS
'encrypts a text, in UTF-8, with the open key of a subject; 55000 if it is not open, S2K01 if it was destroyed';

CREATE FUNCTION soc2.decrypt_for(subject text, value bytea)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_decrypt_bytea_for'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.decrypt_for(text, bytea) IS
'decrypts a value with the open key of a subject; 22P03 for one that was changed or is of another subject, 55000 if the key is not open, S2K01 if it was destroyed';

CREATE FUNCTION soc2.decrypt_text_for(subject text, value bytea)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_decrypt_text_for'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.decrypt_text_for(text, bytea) IS
'the same for what was text; 42804 for what was not';

CREATE FUNCTION soc2.value_key(value bytea)
    RETURNS uuid
    AS 'MODULE_PATHNAME', 'soc2_value_key'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.value_key(bytea) IS
'id of the key that a value was encrypted with; NULL for what soc2.encrypt_for() did not make';

--
-- Destroying keys
--

CREATE FUNCTION soc2.is_held(relation oid, place tid)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_is_held'
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.is_held(oid, tid) IS
'true if the row that the calling query sees at a place is held now';

CREATE FUNCTION soc2.uses_key(relation regclass, alias text, key text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT COALESCE(pg_catalog.string_agg(pg_catalog.format(
            'soc2.value_key(%I.%I) OPERATOR(pg_catalog.=) %s', alias, a.attname, key),
            ' OR ' ORDER BY a.attnum), 'false')
    FROM pg_catalog.pg_attribute AS a
    JOIN pg_catalog.pg_type AS t ON t.oid OPERATOR(pg_catalog.=) a.atttypid
    WHERE a.attrelid OPERATOR(pg_catalog.=) uses_key.relation::oid
        AND a.attnum OPERATOR(pg_catalog.>) 0 AND NOT a.attisdropped
        AND (t.oid OPERATOR(pg_catalog.=) 'bytea'::pg_catalog.regtype
             OR t.typbasetype OPERATOR(pg_catalog.=) 'bytea'::pg_catalog.regtype);
END;
COMMENT ON FUNCTION soc2.uses_key(regclass, text, text) IS
'SQL condition on a row of a table, by its alias, that a value of it was encrypted with the key whose id is an expression; false if no column can hold such values';

CREATE FUNCTION soc2.shred_problem(subject text, key_id uuid, OUT state text, OUT detail text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    wanted text := soc2.subject_kind(subject);
    edge soc2.subject_edges;
    condition text;
    hold record;
    held boolean;
    kept boolean;
BEGIN
    SELECT h.hold_id, h.matter_ref INTO hold FROM soc2.holds AS h
    WHERE h.subject = shred_problem.subject AND NOT EXISTS (
        SELECT FROM soc2.hold_releases AS r
        WHERE r.hold_id = h.hold_id AND r.ends_at <= now())
    LIMIT 1;
    IF FOUND THEN
        state := 'held';
        detail := format('Hold %s of matter "%s" is on the subject.', hold.hold_id, hold.matter_ref);
        RETURN;
    END IF;
    FOR edge IN
        SELECT e.* FROM soc2.subject_edges AS e
        JOIN soc2.subject_tables(wanted) AS t ON t.relation = e.relation
        ORDER BY e.relation::oid, e.column_name
    LOOP
        condition := soc2.subject_condition(edge, 't', wanted, substr(subject, length(wanted) + 2));
        CONTINUE WHEN condition IS NULL;
        EXECUTE format('SELECT COALESCE(bool_or(soc2.is_held(t.tableoid, t.ctid)), false),'
                       ' COALESCE(bool_or((%s) AND soc2.is_kept(t.tableoid, t.ctid)), false)'
                       ' FROM %s AS t WHERE %s',
                       soc2.uses_key(edge.relation, 't', '$1'), soc2.table_name(edge.relation), condition)
        INTO held, kept USING key_id;
        IF held OR kept AND state IS NULL THEN
            state := CASE WHEN held THEN 'held' ELSE 'retained' END;
            detail := CASE WHEN held THEN format('Rows of it in table %s are on legal hold.', soc2.table_name(edge.relation))
                ELSE format('Rows of it in table %s are retained and were encrypted with the key.', soc2.table_name(edge.relation)) END;
            EXIT WHEN held;
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION soc2.shred_problem(text, uuid) IS
'why the key of a subject must stay: held, if a hold is on the subject or on a row of it, or retained, if a row is that was encrypted with the key; NULL if it may go';

CREATE FUNCTION soc2.require_shreddable(subject text, key_id uuid)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    problem record;
BEGIN
    SELECT p.* INTO problem FROM soc2.shred_problem(subject, key_id) AS p;
    IF problem.state = 'held' THEN
        RAISE EXCEPTION 'subject "%" is on legal hold and its key cannot be destroyed', subject
            USING ERRCODE = 'S2H01', DETAIL = problem.detail;
    ELSIF problem.state = 'retained' THEN
        RAISE EXCEPTION 'subject "%" has retained rows and its key cannot be destroyed', subject
            USING ERRCODE = 'S2R01', DETAIL = problem.detail;
    END IF;
END
$$;
COMMENT ON FUNCTION soc2.require_shreddable(text, uuid) IS
'refuses to destroy a key that must stay: S2H01 or S2R01';

CREATE FUNCTION soc2.lock_subject(subject text, key_id uuid)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    relation regclass;
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'keys are destroyed in transactions with isolation level read committed only'
            USING ERRCODE = 'object_not_in_prerequisite_state',
            DETAIL = 'Another level does not see rows and holds that were committed meanwhile.';
    END IF;
    -- who encrypts is waited for, and then, as who places a hold does it, who
    -- writes rows, and who places a hold
    PERFORM soc2.lock_subject_key(key_id);
    FOR relation IN
        SELECT t.relation FROM soc2.subject_tables(split_part(subject, ':', 1)) AS t
        ORDER BY t.relation::oid
    LOOP
        EXECUTE format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', soc2.table_name(relation));
    END LOOP;
    LOCK TABLE soc2.holds IN ROW EXCLUSIVE MODE;
END
$$;
COMMENT ON FUNCTION soc2.lock_subject(text, uuid) IS
'waits for those who have the key of a subject open, and for those who place holds, and keeps others from both; 55000 in another isolation level than read committed';

CREATE FUNCTION soc2.shred_key(key soc2.subject_keys, tombstone soc2.shreds)
    RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    handler record;
BEGIN
    IF NOT soc2.destroy_subject_key(key.key_id) THEN
        RAISE EXCEPTION 'key % does not exist', key.key_id USING ERRCODE = 'undefined_object';
    END IF;
    -- what cannot be taken back comes last
    SELECT h.destroy, h.owner, w.reference INTO handler
    FROM soc2.wrapping_keys AS w JOIN soc2.shred_handlers AS h ON h.handler = w.handler
    WHERE w.name = key.wrapping_key AND w.version = key.wrapping_version;
    tombstone.receipt := COALESCE(
        soc2.call_handler(handler.destroy, handler.owner, handler.reference, key.wrapped),
        tombstone.receipt);
    INSERT INTO soc2.shreds SELECT (tombstone).* ON CONFLICT DO NOTHING;
    PERFORM soc2.record_act('key', key.key_id::text, jsonb_build_object(
        'action', 'key destroyed', 'plan', tombstone.plan_id,
        'check_value', encode(key.check_value, 'hex'), 'wrapping_key', key.wrapping_key,
        'version', key.wrapping_version, 'receipt', tombstone.receipt,
        'session_user', SESSION_USER), '{tsc:C1.2,tsc:P4.3}');
    RETURN tombstone.receipt;
END
$$;
COMMENT ON FUNCTION soc2.shred_key(soc2.subject_keys, soc2.shreds) IS
'destroys a key, here and by its handler, and leaves what says so; returns the receipt of the handler';

CREATE FUNCTION soc2.plan_shred(
        subjects text[], reason text DEFAULT NULL, approvals integer DEFAULT 1,
        valid interval DEFAULT '7 days')
    RETURNS bigint
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    plan soc2.disposal_plans;
    secret bytea := sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
                           || uuid_send(gen_random_uuid()));
    wanted text;
    key soc2.subject_keys;
    keys uuid[] := '{}';
BEGIN
    PERFORM soc2.require_known_cluster();
    IF approvals IS NULL OR approvals < 1 OR valid IS NULL OR valid <= '0' THEN
        RAISE EXCEPTION 'a plan needs at least one approval, and time for it'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF subjects IS NULL OR cardinality(subjects) = 0 THEN
        RAISE EXCEPTION 'a plan needs at least one subject'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    FOREACH wanted IN ARRAY subjects LOOP
        SELECT k.* INTO key FROM soc2.subject_keys AS k WHERE k.subject = wanted;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'subject "%" has no key', wanted
                USING ERRCODE = 'undefined_object';
        END IF;
        CONTINUE WHEN key.key_id = ANY (keys);
        PERFORM soc2.require_shreddable(wanted, key.key_id);
        keys := keys || key.key_id;
    END LOOP;
    plan.plan_id := nextval('soc2.disposal_plans_plan_id_seq');
    plan.relation := 'soc2.subject_keys';
    plan.relation_name := soc2.table_name(plan.relation);
    plan.cutoff := now();
    plan.seen := pg_current_snapshot();
    plan.system_identifier := (SELECT c.system_identifier FROM pg_control_system() AS c);
    plan.timeline := soc2.wal_timeline();
    plan.policy := '[]';
    plan.key_columns := '{key_id}';
    plan.key_types := '{uuid}';
    plan.rows := cardinality(keys);
    plan.held := 0;
    plan.blocked := 0;
    plan.blockers := '{}';
    plan.set_hash := soc2.key_set_hash(secret, keys);
    plan.approvals := plan_shred.approvals;
    plan.reason := plan_shred.reason;
    plan.requested_at := now();
    plan.requested_by := soc2.acting_role();
    plan.requested_session := SESSION_USER;
    plan.expires_at := soc2.retained_until(now(), valid);
    INSERT INTO soc2.disposal_plans SELECT (plan).*;
    INSERT INTO soc2.disposal_keys VALUES (plan.plan_id, secret);
    INSERT INTO soc2.shred_targets SELECT plan.plan_id, k FROM unnest(keys) AS k;
    INSERT INTO soc2.disposal_targets (plan_id, relation, relation_name, owner, tablespace,
        filenode, rows, set_hash, whole, blocks, current_filenode)
    SELECT plan.plan_id, plan.relation, plan.relation_name, pg_get_userbyid(c.relowner),
        COALESCE(s.spcname, d.spcname), f.node, plan.rows, plan.set_hash, false,
        pg_relation_size(plan.relation) / current_setting('block_size')::bigint, f.node
    FROM pg_class AS c
    CROSS JOIN pg_relation_filenode(plan.relation) AS f (node)
    LEFT JOIN pg_tablespace AS s ON s.oid = c.reltablespace
    JOIN pg_tablespace AS d ON d.oid = (
        SELECT b.dattablespace FROM pg_database AS b WHERE b.datname = current_database())
    WHERE c.oid = plan.relation;
    PERFORM soc2.record_disposal(plan, 'planned', jsonb_build_object(
        'keys', keys, 'rows', plan.rows, 'set_hash', encode(plan.set_hash, 'hex'),
        'approvals', plan.approvals, 'reason', plan.reason, 'expires_at', plan.expires_at));
    RETURN plan.plan_id;
END
$$;
COMMENT ON FUNCTION soc2.plan_shred(text[], text, integer, interval) IS
'plans that the keys of subjects are destroyed, destroys nothing, and returns the number of the plan, which is approved and run as any plan of disposal; 42704 for a subject without a key, S2H01 and S2R01 for one whose key must stay';

CREATE FUNCTION soc2.key_set_hash(secret bytea, keys uuid[])
    RETURNS bytea
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.sum_set_hash(pg_catalog.decode(soc2.keyed_hash(secret, k::text), 'hex'))
    FROM pg_catalog.unnest(keys) AS k;
END;
COMMENT ON FUNCTION soc2.key_set_hash(bytea, uuid[]) IS
'sum of the keyed hashes of ids of keys';

CREATE FUNCTION soc2.run_shred(plan soc2.disposal_plans)
    RETURNS void
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    secret bytea := (SELECT k.key FROM soc2.disposal_keys AS k WHERE k.plan_id = plan.plan_id);
    target soc2.disposal_targets;
    key soc2.subject_keys;
    keys uuid[] := '{}';
    started_lsn pg_lsn := pg_current_wal_insert_lsn();
    started_at timestamptz := clock_timestamp();
    cluster bigint := (SELECT c.system_identifier FROM pg_control_system() AS c);
BEGIN
    SELECT t.* INTO target FROM soc2.disposal_targets AS t WHERE t.plan_id = plan.plan_id;
    -- all may go before one does: what a service destroys cannot be taken back
    FOR key IN
        SELECT k.* FROM soc2.subject_keys AS k
        JOIN soc2.shred_targets AS t ON t.key_id = k.key_id
        WHERE t.plan_id = plan.plan_id ORDER BY k.key_id
    LOOP
        PERFORM soc2.lock_subject(key.subject, key.key_id);
        PERFORM soc2.require_shreddable(key.subject, key.key_id);
    END LOOP;
    FOR key IN
        SELECT k.* FROM soc2.subject_keys AS k
        JOIN soc2.shred_targets AS t ON t.key_id = k.key_id
        WHERE t.plan_id = plan.plan_id ORDER BY k.key_id
    LOOP
        PERFORM soc2.shred_key(key, ROW(key.key_id, soc2.subject_hash(key.subject),
            key.check_value, key.wrapping_key, key.wrapping_version, key.created_at,
            plan.plan_id, now(), soc2.acting_role(), SESSION_USER, NULL, cluster)::soc2.shreds);
        keys := keys || key.key_id;
    END LOOP;
    IF keys <> '{}' THEN
        PERFORM soc2.record_batch(plan, target, 'shred', NULL, cardinality(keys),
            soc2.key_set_hash(secret, keys), (
                SELECT string_agg(soc2.disposal_key_hash(secret, '{uuid}'::regtype[]::oid[], ARRAY[k::text]), '')
                FROM unnest(keys) AS k),
            started_lsn, started_at);
    END IF;
    UPDATE soc2.disposal_targets SET done_at = clock_timestamp()
    WHERE plan_id = plan.plan_id;
END
$$;
COMMENT ON FUNCTION soc2.run_shred(soc2.disposal_plans) IS
'destroys all keys of a plan, or none: S2H01 or S2R01 if one must stay';

CREATE FUNCTION soc2.keys_left(plan bigint)
    RETURNS bigint
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.count(*)
    FROM soc2.shred_targets AS t
    JOIN soc2.subject_keys AS k ON k.key_id OPERATOR(pg_catalog.=) t.key_id
    WHERE t.plan_id OPERATOR(pg_catalog.=) keys_left.plan;
END;
COMMENT ON FUNCTION soc2.keys_left(bigint) IS
'how many keys that a plan destroys are there?';

CREATE FUNCTION soc2.shred_certificate(plan bigint)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    keys jsonb;
    conditions jsonb;
BEGIN
    IF NOT EXISTS (SELECT FROM soc2.shred_targets AS t WHERE t.plan_id = plan) THEN
        RETURN '{}';
    END IF;
    keys := (
        SELECT jsonb_agg(jsonb_build_object('key', t.key_id, 'check_value', encode(s.check_value, 'hex'),
            'created_at', s.created_at, 'shredded_at', s.shredded_at, 'wrapping_key', s.wrapping_key,
            'version', s.wrapping_version, 'receipt', s.receipt,
            'wrapping_key_destroyed_at', e.ended_at, 'wrapping_key_receipt', e.reason)
            ORDER BY t.key_id)
        FROM soc2.shred_targets AS t
        LEFT JOIN soc2.shreds AS s ON s.key_id = t.key_id
        LEFT JOIN soc2.wrapping_key_ends AS e ON e.name = s.wrapping_key
            AND e.version = s.wrapping_version AND e.state = 'destroyed'
        WHERE t.plan_id = plan);
    conditions := jsonb_build_array(
        jsonb_build_object('condition', 'each key was random, and its wrapped form is gone from this database',
            'met', soc2.keys_left(plan) = 0 AND NOT jsonb_path_exists(keys, '$[*] ? (@.shredded_at == null)')),
        jsonb_build_object('condition', 'what unwraps copies of it in backups, WAL and standbys was destroyed outside, with a receipt: the secret of the wrapping key, or the part of the service',
            'met', NOT jsonb_path_exists(keys, '$[*] ? (@.receipt == null && @.wrapping_key_receipt == null)')),
        jsonb_build_object('condition', 'no value was kept unencrypted, and no client kept a key: somebody who neither made nor ran the plan concluded that it was effective',
            'met', EXISTS (SELECT FROM soc2.disposal_validations AS v
                           WHERE v.plan_id = plan AND v.conclusion = 'effective')));
    RETURN jsonb_build_object(
        'method', 'crypto-erase',
        'keys', keys,
        'purge', jsonb_build_object(
            'claimed', NOT jsonb_path_exists(conditions, '$[*] ? (@.met == false)'),
            'conditions', conditions),
        'limits', 'This says which keys were destroyed in this database, and how far that was looked at. What was encrypted with them stays where it is, and is unreadable only as long as no copy of a key can be opened: backups, WAL and standbys from before the destruction have the wrapped keys, and the secret of the wrapping key opens those until it is destroyed outside. Receipts are what services and persons said; nothing here has seen them destroy anything. "Purge" of NIST SP 800-88 is claimed only if all conditions under "purge" are met, the last of which is what a person concluded. Whoever can write the tables of the extension can write another certificate; the evidence in the ledger then differs.');
END
$$;
COMMENT ON FUNCTION soc2.shred_certificate(bigint) IS
'what the certificate of a plan that destroys keys says otherwise than others; {} for other plans';

--
-- After a restore: keys that were destroyed are back
--

CREATE FUNCTION soc2.shred_seal(tombstone jsonb)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT soc2.keyed_hash(s.secret, 'shred ' OPERATOR(pg_catalog.||) (tombstone OPERATOR(pg_catalog.-) 'seal'::text)::text)
    FROM soc2.shred_secrets AS s;
END;
COMMENT ON FUNCTION soc2.shred_seal(jsonb) IS
'keyed hash that shows that soc2.export_shreds() wrote an element';

CREATE FUNCTION soc2.export_shreds()
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
    RETURN (
        SELECT COALESCE(jsonb_agg(t.shred || jsonb_build_object('seal', soc2.shred_seal(t.shred))
                                  ORDER BY t.shred ->> 'shredded_at', t.shred ->> 'key_id'), '[]')
        FROM (SELECT to_jsonb(s) || jsonb_build_object('check_value', encode(s.check_value, 'hex'))
              FROM soc2.shreds AS s) AS t (shred));
END
$$;
COMMENT ON FUNCTION soc2.export_shreds() IS
'which keys were destroyed, an array to be kept outside of the database, for soc2.reapply_shreds() after a restore; nobody can add to it without it being noticed';

CREATE FUNCTION soc2.reapply_shred(tombstone soc2.shreds)
    RETURNS text
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    key soc2.subject_keys;
    problem record;
BEGIN
    SELECT k.* INTO key FROM soc2.subject_keys AS k WHERE k.key_id = tombstone.key_id;
    IF NOT FOUND THEN
        INSERT INTO soc2.shreds SELECT (tombstone).* ON CONFLICT DO NOTHING;
        RETURN 'gone';
    END IF;
    PERFORM soc2.lock_subject(key.subject, key.key_id);
    SELECT p.* INTO problem FROM soc2.shred_problem(key.subject, key.key_id) AS p;
    IF problem.state IS NOT NULL THEN
        RETURN problem.state;
    END IF;
    PERFORM soc2.shred_key(key, tombstone);
    RETURN 'destroyed';
END
$$;
COMMENT ON FUNCTION soc2.reapply_shred(soc2.shreds) IS
'destroys a key that was destroyed before; returns destroyed, gone (it was not there), held or retained';

CREATE FUNCTION soc2.reapply_shreds(shreds jsonb DEFAULT NULL)
    RETURNS TABLE (key_id uuid, outcome text)
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
    element jsonb;
    tombstone soc2.shreds;
BEGIN
    shreds := COALESCE(shreds, soc2.export_shreds());
    IF jsonb_typeof(shreds) <> 'array' THEN
        RAISE EXCEPTION 'an array is expected'
            USING ERRCODE = 'invalid_parameter_value',
            HINT = 'Give what soc2.export_shreds() returned.';
    END IF;
    FOR element IN SELECT e FROM jsonb_array_elements(shreds) AS e ORDER BY e ->> 'key_id' LOOP
        IF jsonb_typeof(element) <> 'object' OR element ->> 'seal' IS NULL
            OR soc2.shred_seal(element) IS DISTINCT FROM element ->> 'seal' THEN
            RAISE EXCEPTION 'an element was not exported by this database, or was changed'
                USING ERRCODE = 'invalid_parameter_value',
                DETAIL = format('It is about key %s.', COALESCE(element ->> 'key_id', 'null')),
                HINT = 'What cannot be shown to have been approved needs a plan; see soc2.plan_shred().';
        END IF;
        tombstone := jsonb_populate_record(NULL::soc2.shreds,
            element || jsonb_build_object('check_value', '\x' || (element ->> 'check_value')));
        key_id := tombstone.key_id;
        outcome := soc2.reapply_shred(tombstone);
        RETURN NEXT;
    END LOOP;
END
$$;
COMMENT ON FUNCTION soc2.reapply_shreds(jsonb) IS
'after a restore, destroys keys again that soc2.export_shreds() wrote had been destroyed, or those that this database knows of; says for each what came of it: destroyed, gone (it was not there), held or retained; 22023 if somebody else wrote an element';

CREATE VIEW soc2.wrapping_key_status AS
    SELECT w.name, w.version, w.key_id, w.handler, w.reference,
        CASE WHEN d.ended_at IS NOT NULL THEN 'destroyed'
             WHEN r.ended_at IS NOT NULL THEN 'retired'
             WHEN EXISTS (
                 SELECT FROM soc2.wrapping_keys AS x
                 WHERE x.name OPERATOR(pg_catalog.=) w.name
                     AND x.version OPERATOR(pg_catalog.>) w.version
                     AND NOT EXISTS (
                         SELECT FROM soc2.wrapping_key_ends AS e
                         WHERE e.name OPERATOR(pg_catalog.=) x.name
                             AND e.version OPERATOR(pg_catalog.=) x.version)) THEN 'superseded'
             ELSE 'current' END AS state,
        (SELECT pg_catalog.count(*) FROM soc2.subject_keys AS k
         WHERE k.wrapping_key OPERATOR(pg_catalog.=) w.name
             AND k.wrapping_version OPERATOR(pg_catalog.=) w.version) AS subject_keys,
        w.registered_at, w.registered_by, r.ended_at AS retired_at,
        d.ended_at AS destroyed_at, d.reason AS receipt
    FROM soc2.wrapping_keys AS w
    LEFT JOIN soc2.wrapping_key_ends AS r
        ON r.name OPERATOR(pg_catalog.=) w.name
        AND r.version OPERATOR(pg_catalog.=) w.version
        AND r.state OPERATOR(pg_catalog.=) 'retired'
    LEFT JOIN soc2.wrapping_key_ends AS d
        ON d.name OPERATOR(pg_catalog.=) w.name
        AND d.version OPERATOR(pg_catalog.=) w.version
        AND d.state OPERATOR(pg_catalog.=) 'destroyed';
COMMENT ON VIEW soc2.wrapping_key_status IS
'which keys wrap those of subjects, and what is the state of each version?';
COMMENT ON COLUMN soc2.wrapping_key_status.name IS 'what the key is called';
COMMENT ON COLUMN soc2.wrapping_key_status.version IS 'number of the version';
COMMENT ON COLUMN soc2.wrapping_key_status.key_id IS 'id of the OpenPGP key';
COMMENT ON COLUMN soc2.wrapping_key_status.handler IS 'handler that wraps';
COMMENT ON COLUMN soc2.wrapping_key_status.reference IS 'what its service calls the key';
COMMENT ON COLUMN soc2.wrapping_key_status.state IS 'current: it wraps new keys; superseded, retired, destroyed (somebody said so)';
COMMENT ON COLUMN soc2.wrapping_key_status.subject_keys IS 'how many keys of subjects it wraps';
COMMENT ON COLUMN soc2.wrapping_key_status.registered_at IS 'when it was registered';
COMMENT ON COLUMN soc2.wrapping_key_status.registered_by IS 'by which role';
COMMENT ON COLUMN soc2.wrapping_key_status.retired_at IS 'when it was retired';
COMMENT ON COLUMN soc2.wrapping_key_status.destroyed_at IS 'when it was noted that its secret was destroyed';
COMMENT ON COLUMN soc2.wrapping_key_status.receipt IS 'receipt for that';

CREATE VIEW soc2.subject_key_status AS
    SELECT COALESCE(k.key_id, s.key_id) AS key_id, k.subject,
        COALESCE(k.wrapping_key, s.wrapping_key) AS wrapping_key,
        COALESCE(k.wrapping_version, s.wrapping_version) AS wrapping_version,
        CASE WHEN s.key_id IS NULL THEN 'live'
             WHEN k.key_id IS NULL THEN 'shredded'
             ELSE 'returned' END AS state,
        COALESCE(k.created_at, s.created_at) AS created_at,
        s.shredded_at, s.plan_id, s.receipt
    FROM soc2.subject_keys AS k
    FULL JOIN soc2.shreds AS s ON s.key_id OPERATOR(pg_catalog.=) k.key_id;
COMMENT ON VIEW soc2.subject_key_status IS
'which subjects have keys, and which keys were destroyed?';
COMMENT ON COLUMN soc2.subject_key_status.key_id IS 'id of the key';
COMMENT ON COLUMN soc2.subject_key_status.subject IS 'whose key it is; NULL once it was destroyed';
COMMENT ON COLUMN soc2.subject_key_status.wrapping_key IS 'wrapping key that it is wrapped with';
COMMENT ON COLUMN soc2.subject_key_status.wrapping_version IS 'version of that';
COMMENT ON COLUMN soc2.subject_key_status.state IS 'live, shredded, or returned: it was destroyed, a restore has brought it back, and it cannot be opened here';
COMMENT ON COLUMN soc2.subject_key_status.created_at IS 'when it was made';
COMMENT ON COLUMN soc2.subject_key_status.shredded_at IS 'when it was destroyed';
COMMENT ON COLUMN soc2.subject_key_status.plan_id IS 'plan that destroyed it';
COMMENT ON COLUMN soc2.subject_key_status.receipt IS 'what the service said that destroyed its part';
