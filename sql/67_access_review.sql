/* sql/67_access_review.sql */

--
-- Reviews of access: a campaign freezes what each role may do, somebody else
-- than who holds it decides, and closing it looks at the catalogs whether that
-- was done.
--
-- Rows are written by functions that run as the owner of the tables.  Entries
-- never change: what they were is evidence by its hash.
--

INSERT INTO soc2.registers (register, relation, title, criteria, key_columns,
    title_column, owner_column, state_column, opened_column, due_column)
VALUES
    ('access_review', 'soc2.access_reviews', 'Reviews of who may do what',
     '{tsc:CC6.1,tsc:CC6.2,tsc:CC6.3,outline:CC6.1.6}', '{review_id}',
     'title', 'opened_by', 'state', 'opened_at', 'due_at'),
    ('roster', 'soc2.roster', 'Persons, when they joined and left, and their roles',
     '{tsc:CC6.2,outline:CC6.1.6}', '{person}',
     'person', NULL, NULL, 'joined_on', NULL);
INSERT INTO soc2.register_transitions (register, from_state, to_state, act, stamp)
VALUES
    ('access_review', NULL, 'open', 'start', 'opened'),
    ('access_review', 'open', 'incomplete', 'try to close', NULL),
    ('access_review', 'open', 'closed', 'close', 'closed'),
    ('access_review', 'incomplete', 'closed', 'close', 'closed'),
    ('access_review', 'open', 'cancelled', 'cancel', 'closed'),
    ('access_review', 'incomplete', 'cancelled', 'cancel', 'closed');

CREATE TABLE soc2.access_reviews (
    review_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    title text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    opened_by name NOT NULL DEFAULT soc2.login_role(),
    state text NOT NULL DEFAULT 'open',
    due_at timestamptz,
    shipped boolean NOT NULL DEFAULT false,
    entries integer NOT NULL DEFAULT 0,
    entries_sha256 soc2.digest,
    taken_in text,
    notes text[] NOT NULL DEFAULT '{}',
    attempts integer NOT NULL DEFAULT 0,
    closed_at timestamptz,
    closed_by name,
    closing_note text,
    CONSTRAINT soc2_access_reviews_pkey PRIMARY KEY (review_id),
    CONSTRAINT soc2_access_reviews_title_check CHECK (
        pg_catalog.btrim(title) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_access_reviews_closing_note_check CHECK (
        pg_catalog.btrim(closing_note) OPERATOR(pg_catalog.<>) '')
);
SELECT soc2.install_register('access_review');
COMMENT ON TABLE soc2.access_reviews IS
'reviews of who may do what; written by soc2.start_access_review(), soc2.close_campaign() and soc2.cancel_access_review()';
COMMENT ON COLUMN soc2.access_reviews.review_id IS 'id of the review';
COMMENT ON COLUMN soc2.access_reviews.title IS 'its name';
COMMENT ON COLUMN soc2.access_reviews.opened_at IS 'when it was opened';
COMMENT ON COLUMN soc2.access_reviews.opened_by IS 'by which role';
COMMENT ON COLUMN soc2.access_reviews.state IS
'open; incomplete: closing it found that not all was done; closed; cancelled';
COMMENT ON COLUMN soc2.access_reviews.due_at IS 'until when it is to be closed';
COMMENT ON COLUMN soc2.access_reviews.shipped IS
'true: its entries are also what the server and extensions bring';
COMMENT ON COLUMN soc2.access_reviews.entries IS 'how many entries it has';
COMMENT ON COLUMN soc2.access_reviews.entries_sha256 IS
'SHA-256 of its entries when they were frozen; NULL: it has none';
COMMENT ON COLUMN soc2.access_reviews.taken_in IS
'cluster and database that the entries are of: system identifier and number of the database';
COMMENT ON COLUMN soc2.access_reviews.notes IS 'what could not be read';
COMMENT ON COLUMN soc2.access_reviews.attempts IS 'how often soc2.close_campaign() looked at it';
COMMENT ON COLUMN soc2.access_reviews.closed_at IS 'when it was closed or cancelled';
COMMENT ON COLUMN soc2.access_reviews.closed_by IS 'by which role';
COMMENT ON COLUMN soc2.access_reviews.closing_note IS 'why it was cancelled';

CREATE TABLE soc2.access_review_entries (
    review_id uuid NOT NULL,
    role_name name NOT NULL,
    privilege text NOT NULL,
    entry_no integer NOT NULL,
    kind text NOT NULL,
    object_type text NOT NULL,
    object text NOT NULL,
    column_name name NOT NULL,
    grantor name NOT NULL,
    grantable boolean NOT NULL,
    options text NOT NULL,
    by_owner boolean NOT NULL,
    is_default boolean NOT NULL,
    role_oid oid NOT NULL,
    object_oid oid NOT NULL,
    CONSTRAINT soc2_access_review_entries_pkey PRIMARY KEY (review_id, entry_no)
);
CREATE INDEX soc2_access_review_entries_role_name_idx
    ON soc2.access_review_entries (review_id, role_name);
SELECT pg_catalog.pg_extension_config_dump('soc2.access_review_entries', '');
COMMENT ON TABLE soc2.access_review_entries IS
'what a review has to decide, as it was when the review began';
COMMENT ON COLUMN soc2.access_review_entries.review_id IS 'the review';
COMMENT ON COLUMN soc2.access_review_entries.role_name IS
'role that holds it; public: everybody; a number: a role that is gone';
COMMENT ON COLUMN soc2.access_review_entries.privilege IS
'LOGIN, an attribute as SUPERUSER, member of a role, OWNER, a privilege as SELECT, USER MAPPING, BYPASS of row security, CONNECT or REPLICATION by a rule of pg_hba.conf';
COMMENT ON COLUMN soc2.access_review_entries.entry_no IS 'number within the review, from 1';
COMMENT ON COLUMN soc2.access_review_entries.kind IS
'attribute, membership, ownership, privilege, default_privilege, user_mapping, row_security or hba';
COMMENT ON COLUMN soc2.access_review_entries.object_type IS
'what kind of object it is on; for default privileges, on which kind of objects yet to come';
COMMENT ON COLUMN soc2.access_review_entries.object IS
'the object as statements name it; for default privileges, FOR ROLE and IN SCHEMA; empty for attributes';
COMMENT ON COLUMN soc2.access_review_entries.column_name IS 'column that the privilege is on; empty: it is on none';
COMMENT ON COLUMN soc2.access_review_entries.grantor IS 'who granted it; empty where nobody does';
COMMENT ON COLUMN soc2.access_review_entries.grantable IS 'with grant option, or with admin option';
COMMENT ON COLUMN soc2.access_review_entries.options IS
'INHERIT and SET of a membership, limits of LOGIN, local or remote for rules of pg_hba.conf';
COMMENT ON COLUMN soc2.access_review_entries.by_owner IS
'the owner of the object granted it, or nobody had to; for memberships, the first superuser did';
COMMENT ON COLUMN soc2.access_review_entries.is_default IS
'nobody granted it: it holds for PUBLIC as long as nobody grants or revokes anything on the object';
COMMENT ON COLUMN soc2.access_review_entries.role_oid IS 'number of the role; 0: everybody';
COMMENT ON COLUMN soc2.access_review_entries.object_oid IS 'number of the object; 0: it has none';

CREATE TABLE soc2.access_decisions (
    decision_id uuid NOT NULL DEFAULT pg_catalog.gen_random_uuid(),
    review_id uuid NOT NULL,
    entry_no integer NOT NULL,
    decision text NOT NULL,
    reason text NOT NULL,
    change_to text,
    expires_at timestamptz,
    decided_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    decided_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_access_decisions_pkey PRIMARY KEY (review_id, entry_no, decision_id),
    CONSTRAINT soc2_access_decisions_decision_check CHECK (
        decision OPERATOR(pg_catalog.=) ANY ('{keep,revoke,change,expires}'::text[])),
    CONSTRAINT soc2_access_decisions_reason_check CHECK (
        pg_catalog.btrim(reason) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_access_decisions_change_to_check CHECK (
        (change_to IS NOT NULL) OPERATOR(pg_catalog.=) (decision OPERATOR(pg_catalog.=) 'change')),
    CONSTRAINT soc2_access_decisions_expires_at_check CHECK (
        (expires_at IS NOT NULL) OPERATOR(pg_catalog.=) (decision OPERATOR(pg_catalog.=) 'expires')
        AND pg_catalog.isfinite(expires_at) IS NOT FALSE
        AND (expires_at OPERATOR(pg_catalog.>) decided_at) IS NOT FALSE)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.access_decisions', '');
SELECT soc2.track_member('soc2.access_decisions', 'review_id', 'entry_no', 'decision_id');
COMMENT ON TABLE soc2.access_decisions IS
'decisions of reviews, the newest of an entry counts; written by soc2.decide_access(), soc2.decide_access_entries() and soc2.decide_access_sheet()';
COMMENT ON COLUMN soc2.access_decisions.decision_id IS
'id of the decision, the same for all entries that were decided at once';
COMMENT ON COLUMN soc2.access_decisions.review_id IS 'the review';
COMMENT ON COLUMN soc2.access_decisions.entry_no IS 'the entry';
COMMENT ON COLUMN soc2.access_decisions.decision IS 'keep, revoke, change or expires';
COMMENT ON COLUMN soc2.access_decisions.reason IS 'why';
COMMENT ON COLUMN soc2.access_decisions.change_to IS
'what it is to become: no grant option, no admin option, no inherit option, no set option, or owner and a role';
COMMENT ON COLUMN soc2.access_decisions.expires_at IS 'until when it may stay';
COMMENT ON COLUMN soc2.access_decisions.decided_at IS 'when';
COMMENT ON COLUMN soc2.access_decisions.decided_by IS 'who decided: the role that logged in';

CREATE TABLE soc2.access_reviewers (
    review_id uuid NOT NULL,
    entry_no integer NOT NULL,
    reviewer name NOT NULL,
    assigned_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    assigned_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_access_reviewers_pkey PRIMARY KEY (review_id, entry_no, reviewer)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.access_reviewers', '');
COMMENT ON TABLE soc2.access_reviewers IS
'who is to decide which entries; written by soc2.assign_reviewer()';
COMMENT ON COLUMN soc2.access_reviewers.review_id IS 'the review';
COMMENT ON COLUMN soc2.access_reviewers.entry_no IS 'the entry';
COMMENT ON COLUMN soc2.access_reviewers.reviewer IS 'role of the reviewer';
COMMENT ON COLUMN soc2.access_reviewers.assigned_at IS 'when it was assigned';
COMMENT ON COLUMN soc2.access_reviewers.assigned_by IS 'by which role';

CREATE TABLE soc2.access_review_results (
    review_id uuid NOT NULL,
    attempt integer NOT NULL,
    result_no integer NOT NULL,
    problem text NOT NULL,
    entry_no integer,
    detail text NOT NULL,
    checked_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    CONSTRAINT soc2_access_review_results_pkey PRIMARY KEY (review_id, attempt, result_no)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.access_review_results', '');
COMMENT ON TABLE soc2.access_review_results IS
'what was not carried out when somebody tried to close a review; written by soc2.close_campaign()';
COMMENT ON COLUMN soc2.access_review_results.review_id IS 'the review';
COMMENT ON COLUMN soc2.access_review_results.attempt IS 'number of the attempt, from 1';
COMMENT ON COLUMN soc2.access_review_results.result_no IS 'number within the attempt, from 1';
COMMENT ON COLUMN soc2.access_review_results.problem IS
'undecided, not_revoked, not_changed, expired, granted_again or tampered';
COMMENT ON COLUMN soc2.access_review_results.entry_no IS 'the entry; NULL: the review as such';
COMMENT ON COLUMN soc2.access_review_results.detail IS 'what is wrong with it';
COMMENT ON COLUMN soc2.access_review_results.checked_at IS 'when it was looked at';

CREATE TABLE soc2.roster (
    person text NOT NULL,
    role_names text[] NOT NULL DEFAULT '{}',
    joined_on date,
    left_on date,
    recorded_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    recorded_by name NOT NULL DEFAULT soc2.login_role(),
    CONSTRAINT soc2_roster_pkey PRIMARY KEY (person),
    CONSTRAINT soc2_roster_person_check CHECK (
        pg_catalog.btrim(person) OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_roster_left_on_check CHECK (
        left_on OPERATOR(pg_catalog.>=) joined_on)
);
SELECT soc2.install_register('roster');
COMMENT ON TABLE soc2.roster IS
'persons as those who employ them know them; filled by COPY';
COMMENT ON COLUMN soc2.roster.person IS 'the person, as soc2.identities has it in owner';
COMMENT ON COLUMN soc2.roster.role_names IS 'roles that the person is to have';
COMMENT ON COLUMN soc2.roster.joined_on IS 'first day; NULL: it is not known';
COMMENT ON COLUMN soc2.roster.left_on IS 'last day; NULL: there is none yet';
COMMENT ON COLUMN soc2.roster.recorded_at IS 'when the row was imported';
COMMENT ON COLUMN soc2.roster.recorded_by IS 'by which role';

--
-- Who is who
--

CREATE FUNCTION soc2.roles_of_person(role name)
    RETURNS TABLE (role_name name, direct boolean)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH RECURSIVE person AS (
        SELECT soc2.person_of(roles_of_person.role) AS name),
    own (name) AS (
        SELECT roles_of_person.role
        UNION
        SELECT r.rolname
        FROM pg_roles AS r
        LEFT JOIN soc2.identities AS i ON i.role_name = r.rolname
        WHERE COALESCE(i.owner, r.rolname) = (SELECT p.name FROM person AS p)
            OR r.rolname = ANY (ARRAY(
                SELECT u.name FROM soc2.roster AS x CROSS JOIN LATERAL unnest(x.role_names) AS u (name)
                WHERE x.person = (SELECT p.name FROM person AS p) OR roles_of_person.role = ANY (x.role_names)))),
    held (oid) AS (
        SELECT r.oid FROM pg_roles AS r JOIN own AS o ON o.name = r.rolname
        UNION
        SELECT m.roleid FROM held AS h JOIN pg_auth_members AS m ON m.member = h.oid)
    SELECT r.rolname, EXISTS (SELECT FROM own AS o WHERE o.name = r.rolname)
    FROM held AS h
    JOIN pg_roles AS r ON r.oid = h.oid;
$function$;
COMMENT ON FUNCTION soc2.roles_of_person(name) IS
'roles of the person behind a role, by soc2.identities and soc2.roster, and all that these are members of; direct: the person''s own';

CREATE FUNCTION soc2.like_pattern(pattern text)
    RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT pg_catalog.replace(
        pg_catalog.regexp_replace(pattern, '([\\%_])', '\\\1', 'g'), '*', '%');
END;
COMMENT ON FUNCTION soc2.like_pattern(text) IS
'a pattern in which * stands for any characters, as LIKE has it';

CREATE FUNCTION soc2.access_review_picked(
        review_id uuid, reviewer name,
        role_names text[], kinds text[], objects text, privileges text[], entry_nos integer[], undecided boolean)
    RETURNS TABLE (
        entry_no integer, role_name name, kind text, grantable boolean, options text,
        is_own boolean, is_others boolean, is_unassigned boolean)
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    WITH own AS MATERIALIZED (
        SELECT o.role_name, o.direct FROM soc2.roles_of_person(access_review_picked.reviewer) AS o),
    reviewer AS MATERIALIZED (
        SELECT r.reviewer, soc2.same_person(r.reviewer, access_review_picked.reviewer) AS is_same
        FROM soc2.access_reviewers AS r
        WHERE r.review_id = access_review_picked.review_id
        GROUP BY r.reviewer)
    SELECT e.entry_no, e.role_name, e.kind, e.grantable, e.options,
        -- that a group is there gives its members nothing
        o.role_name IS NOT NULL AND (o.direct OR e.privilege <> 'NOLOGIN'),
        a.is_others, a.is_others IS NULL
    FROM soc2.access_review_entries AS e
    LEFT JOIN own AS o ON o.role_name = e.role_name
    LEFT JOIN (
        SELECT r.entry_no, NOT bool_or(k.is_same) AS is_others
        FROM soc2.access_reviewers AS r
        JOIN reviewer AS k ON k.reviewer = r.reviewer
        WHERE r.review_id = access_review_picked.review_id
        GROUP BY r.entry_no) AS a ON a.entry_no = e.entry_no
    WHERE e.review_id = access_review_picked.review_id
        AND (role_names IS NULL OR e.role_name = ANY (role_names))
        AND (kinds IS NULL OR e.kind = ANY (kinds))
        AND (objects IS NULL OR e.object LIKE soc2.like_pattern(objects))
        AND (privileges IS NULL OR e.privilege = ANY (privileges))
        -- hashed: an array would be searched for each entry
        AND (entry_nos IS NULL OR e.entry_no IN (SELECT n.entry_no FROM unnest(entry_nos) AS n (entry_no)))
        AND (undecided IS NOT TRUE OR NOT EXISTS (
            SELECT FROM soc2.access_decisions AS d
            WHERE d.review_id = e.review_id AND d.entry_no = e.entry_no));
$function$;
COMMENT ON FUNCTION soc2.access_review_picked(uuid, name, text[], text[], text, text[], integer[], boolean) IS
'entries of a review that a filter takes: whether the reviewer holds them, and whether they are assigned, and to others alone';

--
-- Freezing
--

CREATE FUNCTION soc2.access_entries_sha256(review_id uuid)
    RETURNS soc2.digest
    AS 'MODULE_PATHNAME', 'soc2_access_entries_sha256'
    LANGUAGE C STABLE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.access_entries_sha256(uuid) IS
'SHA-256 of the entries of a review as they are now: rows as text in their order, a line each';

CREATE FUNCTION soc2.cluster_database()
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT format('%s/%s', c.system_identifier, d.oid)
    FROM pg_control_system() AS c, pg_database AS d
    WHERE d.datname = current_database();
$function$;
COMMENT ON FUNCTION soc2.cluster_database() IS
'system identifier of this cluster and number of this database: where numbers of objects mean the same';

CREATE FUNCTION soc2.freeze_access(
        review_id uuid, title text, due interval, zone text, shipped boolean)
    RETURNS uuid
    LANGUAGE sql VOLATILE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    INSERT INTO soc2.access_review_entries (review_id, role_name, privilege, entry_no, kind, object_type, object,
        column_name, grantor, grantable, options, by_owner, is_default, role_oid, object_oid)
    SELECT freeze_access.review_id, a.role_name, a.privilege,
        row_number() OVER (ORDER BY a.role_name, a.kind, a.object_type, a.object COLLATE "C", a.column_name, a.privilege, a.grantor),
        a.kind, a.object_type, a.object, a.column_name, a.grantor, a.grantable, a.options, a.by_owner, a.is_default,
        a.role_oid, a.object_oid
    FROM soc2.access_now(COALESCE(freeze_access.shipped, false)) AS a;
    INSERT INTO soc2.access_reviews (review_id, title, due_at, shipped, entries, entries_sha256, taken_in, notes)
    SELECT freeze_access.review_id, freeze_access.title, soc2.deadline(now(), freeze_access.due, freeze_access.zone),
        COALESCE(freeze_access.shipped, false), count(*), soc2.access_entries_sha256(freeze_access.review_id),
        soc2.cluster_database(),
        CASE WHEN soc2.hba_readable() THEN '{}'::text[]
            ELSE '{the rules of pg_hba.conf could not be read}' END
    FROM soc2.access_review_entries AS e
    WHERE e.review_id = freeze_access.review_id;
    SELECT soc2.record_act('access_review', v.title,
        jsonb_build_object('action', 'start', 'review_id', v.review_id, 'entries', v.entries,
            'entries_sha256', v.entries_sha256::text, 'kinds', (
                SELECT jsonb_object_agg(k.kind, k.entries)
                FROM (SELECT e.kind, count(*) AS entries FROM soc2.access_review_entries AS e
                      WHERE e.review_id = v.review_id GROUP BY e.kind) AS k),
            'due_at', v.due_at, 'notes', v.notes, 'login', soc2.login_role()),
        '{tsc:CC6.2,tsc:CC6.3,outline:CC6.1.6}')
    FROM soc2.access_reviews AS v
    WHERE v.review_id = freeze_access.review_id;
    SELECT freeze_access.review_id;
$function$;
COMMENT ON FUNCTION soc2.freeze_access(uuid, text, interval, text, boolean) IS
'what soc2.start_access_review() does, for a new id';

CREATE FUNCTION soc2.start_access_review(
        title text, due interval DEFAULT '30 days', zone text DEFAULT 'UTC',
        shipped boolean DEFAULT false)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.freeze_access(gen_random_uuid(), title, due, zone, shipped);
$function$;
COMMENT ON FUNCTION soc2.start_access_review(text, interval, text, boolean) IS
'begins a review of what each role may do, freezing it in one snapshot, to be closed when due; with shipped also what the server and extensions bring; becomes evidence; returns its review_id';

--
-- Deciding
--

CREATE FUNCTION soc2.require_open_review(review_id uuid, decides boolean)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_require_open_review'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.require_open_review(uuid, boolean) IS
'true for a review of access that is neither closed nor cancelled, which it keeps so to the end of the transaction: for one who decides, or else for one who closes it; 42704 if there is none, 55000 if it is over';

CREATE FUNCTION soc2.access_change(kind text, grantable boolean, options text, change_to text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT CASE
        WHEN kind IN ('privilege', 'default_privilege') AND grantable THEN
            CASE WHEN COALESCE(change_to, 'no grant option') = 'no grant option' THEN 'no grant option' END
        WHEN kind = 'membership' AND grantable AND COALESCE(change_to, 'no admin option') = 'no admin option' THEN
            'no admin option'
        WHEN kind = 'membership' AND current_setting('server_version_num')::integer >= 160000
            AND (change_to = 'no inherit option' AND options ~ 'INHERIT' OR change_to = 'no set option' AND options ~ 'SET') THEN
            change_to
        WHEN kind = 'ownership' AND starts_with(change_to, 'owner ')
            AND EXISTS (SELECT FROM pg_roles AS r WHERE r.rolname = substr(change_to, 7)) THEN
            change_to
        END;
$function$;
COMMENT ON FUNCTION soc2.access_change(text, boolean, text, text) IS
'what an entry of a review can be changed to; without change_to, to being no longer grantable; NULL: it cannot be changed to that';

CREATE FUNCTION soc2.record_access_decisions(
        decision_id uuid, review_id uuid, decision text, reason text, role_names text[], kinds text[],
        objects text, privileges text[], entry_nos integer[], undecided boolean, others_only boolean,
        expires_at timestamptz, change_to text)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'soc2_record_access_decisions'
    LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.record_access_decisions(uuid, uuid, text, text, text[], text[], text, text[], integer[], boolean, boolean, timestamptz, text) IS
'what soc2.decide_access() and soc2.decide_access_entries() do under an id; returns how many entries were decided';

CREATE FUNCTION soc2.decide_access(
    review_id uuid,
    role_name name,
    privilege text,
    decision text,
    reason text,
    object text DEFAULT NULL,
    expires_at timestamptz DEFAULT NULL,
    change_to text DEFAULT NULL)
    RETURNS uuid
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.require_registered('entry of an access review',
        concat_ws(', ', decide_access.review_id, quote_ident(decide_access.role_name), decide_access.privilege,
            decide_access.object),
        EXISTS (
            SELECT FROM soc2.access_review_entries AS e
            WHERE e.review_id = decide_access.review_id AND e.role_name = decide_access.role_name
                AND e.privilege = decide_access.privilege
                AND (decide_access.object IS NULL OR e.object LIKE soc2.like_pattern(decide_access.object))));
    WITH decided AS MATERIALIZED (SELECT gen_random_uuid() AS decision_id)
    SELECT d.decision_id
    FROM decided AS d
    WHERE soc2.record_access_decisions(d.decision_id, decide_access.review_id, decide_access.decision, decide_access.reason,
        ARRAY[decide_access.role_name::text], NULL, decide_access.object, ARRAY[decide_access.privilege], NULL, NULL, NULL,
        decide_access.expires_at, decide_access.change_to) > 0;
$function$;
COMMENT ON FUNCTION soc2.decide_access(uuid, name, text, text, text, text, timestamptz, text) IS
'decides what a role has by one privilege, on all objects or on those that match: keep, revoke, change to something, or expires at some time; nothing is revoked by it; returns the decision_id; 42704 for an unknown entry, S2A01 for one''s own, 55000 for a review that is over';

CREATE FUNCTION soc2.decide_access_entries(
    review_id uuid,
    decision text,
    reason text,
    role_names text[] DEFAULT NULL,
    kinds text[] DEFAULT NULL,
    objects text DEFAULT NULL,
    privileges text[] DEFAULT NULL,
    entry_nos integer[] DEFAULT NULL,
    undecided boolean DEFAULT false,
    others_only boolean DEFAULT false,
    expires_at timestamptz DEFAULT NULL,
    change_to text DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.record_access_decisions(gen_random_uuid(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);
$function$;
COMMENT ON FUNCTION soc2.decide_access_entries(uuid, text, text, text[], text[], text, text[], integer[], boolean, boolean, timestamptz, text) IS
'decides all entries of a review that the filters take, in objects * stands for any characters: undecided leaves alone those that have a decision, others_only those that are not the reviewer''s to decide; returns how many; errors as soc2.decide_access()';

CREATE FUNCTION soc2.assign_reviewer(
    review_id uuid,
    reviewer name,
    role_names text[] DEFAULT NULL,
    kinds text[] DEFAULT NULL,
    objects text DEFAULT NULL,
    privileges text[] DEFAULT NULL)
    RETURNS bigint
    LANGUAGE sql VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT soc2.require_open_review(assign_reviewer.review_id, true),
        soc2.require_registered('role', assign_reviewer.reviewer, EXISTS (
            SELECT FROM pg_roles AS r WHERE r.rolname = assign_reviewer.reviewer));
    WITH assigned AS (
        INSERT INTO soc2.access_reviewers (review_id, entry_no, reviewer)
        SELECT assign_reviewer.review_id, p.entry_no, assign_reviewer.reviewer
        FROM soc2.access_review_picked(assign_reviewer.review_id, assign_reviewer.reviewer,
            role_names, kinds, objects, privileges, NULL, NULL) AS p
        WHERE NOT p.is_own
        ON CONFLICT DO NOTHING
        RETURNING 1)
    SELECT count(*) FROM assigned;
$function$;
COMMENT ON FUNCTION soc2.assign_reviewer(uuid, name, text[], text[], text, text[]) IS
'assigns the entries of a review that the filters take to a reviewer, but for those that the reviewer holds: only those to whom an entry is assigned decide it, and members of soc2_admin those that are assigned to nobody; returns how many are new';

CREATE VIEW soc2.access_review_status AS
    SELECT e.review_id, e.entry_no, e.role_name, e.kind, e.object_type, e.object, e.column_name, e.privilege,
        e.grantor, e.grantable, e.options, e.by_owner, e.is_default, e.role_oid, e.object_oid,
        d.decision, d.reason, d.change_to, d.expires_at, d.decided_at, d.decided_by, d.decision_id
    FROM soc2.access_review_entries AS e
    LEFT JOIN (
        SELECT DISTINCT ON (k.review_id, k.entry_no) k.review_id, k.entry_no, k.decision, k.reason, k.change_to,
            k.expires_at, k.decided_at, k.decided_by, k.decision_id
        FROM soc2.access_decisions AS k
        ORDER BY k.review_id, k.entry_no, k.decided_at DESC, k.decision_id) AS d
        ON d.review_id OPERATOR(pg_catalog.=) e.review_id AND d.entry_no OPERATOR(pg_catalog.=) e.entry_no;
COMMENT ON VIEW soc2.access_review_status IS
'what has each review to decide, and what was decided last? one row an entry';
COMMENT ON COLUMN soc2.access_review_status.review_id IS 'the review';
COMMENT ON COLUMN soc2.access_review_status.entry_no IS 'number within the review';
COMMENT ON COLUMN soc2.access_review_status.role_name IS 'role that holds it; public: everybody';
COMMENT ON COLUMN soc2.access_review_status.kind IS 'kind of the entry';
COMMENT ON COLUMN soc2.access_review_status.object_type IS 'what kind of object it is on';
COMMENT ON COLUMN soc2.access_review_status.object IS 'the object, quoted where needed';
COMMENT ON COLUMN soc2.access_review_status.column_name IS 'the column; empty: none';
COMMENT ON COLUMN soc2.access_review_status.privilege IS 'what may be done';
COMMENT ON COLUMN soc2.access_review_status.grantor IS 'who granted it; empty where nobody does';
COMMENT ON COLUMN soc2.access_review_status.grantable IS 'with grant option, or with admin option';
COMMENT ON COLUMN soc2.access_review_status.options IS 'options of a membership, limits of LOGIN';
COMMENT ON COLUMN soc2.access_review_status.by_owner IS 'did the owner of the object grant it, or did nobody have to?';
COMMENT ON COLUMN soc2.access_review_status.is_default IS 'does it hold because nobody granted or revoked anything?';
COMMENT ON COLUMN soc2.access_review_status.role_oid IS 'number of the role';
COMMENT ON COLUMN soc2.access_review_status.object_oid IS 'number of the object';
COMMENT ON COLUMN soc2.access_review_status.decision IS 'keep, revoke, change or expires; NULL: nobody decided';
COMMENT ON COLUMN soc2.access_review_status.reason IS 'why';
COMMENT ON COLUMN soc2.access_review_status.change_to IS 'what it is to become';
COMMENT ON COLUMN soc2.access_review_status.expires_at IS 'until when it may stay';
COMMENT ON COLUMN soc2.access_review_status.decided_at IS 'when it was decided';
COMMENT ON COLUMN soc2.access_review_status.decided_by IS 'who decided';
COMMENT ON COLUMN soc2.access_review_status.decision_id IS 'id of the decision';

CREATE FUNCTION soc2.my_access_reviews()
    RETURNS TABLE (
        review_id uuid, title text, due_at timestamptz, entry_no integer, role_name name, kind text, object_type text,
        object text, column_name name, privilege text, grantor name, grantable boolean, options text, decision text)
    LANGUAGE sql STABLE PARALLEL RESTRICTED SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp
    AS $function$
    SELECT v.review_id, v.title, v.due_at, s.entry_no, s.role_name, s.kind, s.object_type, s.object, s.column_name,
        s.privilege, s.grantor, s.grantable, s.options, s.decision
    FROM soc2.access_reviews AS v
    JOIN soc2.access_reviewers AS a ON a.review_id = v.review_id AND a.reviewer = soc2.login_role()
    JOIN soc2.access_review_status AS s ON s.review_id = v.review_id AND s.entry_no = a.entry_no
    WHERE v.state IN ('open', 'incomplete')
    ORDER BY v.opened_at, v.review_id, s.entry_no;
$function$;
COMMENT ON FUNCTION soc2.my_access_reviews() IS
'what is assigned to the role that logged in, in reviews that are not over';
