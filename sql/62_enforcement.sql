/* sql/62_enforcement.sql */

--
-- What the guard can and cannot stop, and the way out of it: two persons.
--

CREATE TABLE soc2.retirements (
    at       timestamp with time zone NOT NULL,
    approval boolean NOT NULL,
    person   text NOT NULL,
    reason   text NOT NULL,
    CONSTRAINT soc2_retirements_pkey PRIMARY KEY (at)
);

COMMENT ON TABLE soc2.retirements IS
'requests to retire the extension and their approvals; not dumped';
COMMENT ON COLUMN soc2.retirements.at IS
'when; it is good for a day';
COMMENT ON COLUMN soc2.retirements.approval IS
'true: somebody else approved the request before it';
COMMENT ON COLUMN soc2.retirements.person IS
'role that logged in';
COMMENT ON COLUMN soc2.retirements.reason IS
'why';

CREATE FUNCTION soc2.retirement_guard()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_retirement_guard'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.retirement_guard() IS
'refuses statements that write soc2.retirements (S2G01)';

CREATE TRIGGER soc2_retirement_guard
    BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON soc2.retirements
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.retirement_guard();

COMMENT ON TRIGGER soc2_retirement_guard ON soc2.retirements IS
'refuses statements: only soc2.retire() writes it';

ALTER TABLE soc2.retirements ENABLE ALWAYS TRIGGER soc2_retirement_guard;

CREATE FUNCTION soc2.retire(reason text)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_retire'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;

COMMENT ON FUNCTION soc2.retire(text) IS
'asks to let the extension be dropped with its ledgers and retained rows, or approves what somebody else asked for within a day (S2A01); true if it may be dropped, for a day';

CREATE FUNCTION soc2.guard_tier(relation regclass)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_guard_tier'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;

COMMENT ON FUNCTION soc2.guard_tier(regclass) IS
'what guards the rows of a table: 0 nothing, 1 triggers, 2 event triggers too, 3 the preloaded library too';

CREATE FUNCTION soc2.enforcement_level(
    relation regclass,
    OUT tier integer, OUT stops text, OUT cannot_stop text)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT v.tier, v.stops, v.cannot_stop
    FROM (VALUES
        (0, 0, 'nothing', 'anybody who may write the table'),
        (1, 1, 'statements of any role that delete, truncate or change rows',
         'the owner and superusers: DROP, ALTER TABLE, disabling triggers'),
        (2, 1, 'the same, and DROP and ALTER by the owner and by superusers',
         'superusers who first disable an event trigger, write system catalogs or drop the database'),
        (3, 2, 'the same, and superusers who disable event triggers, write system catalogs or drop the database',
         'whoever can restart the server without the library, change its files, or run code in it: untrusted languages, COPY ... PROGRAM, C functions such as pg_surgery')
    ) AS v (found, tier, stops, cannot_stop)
    WHERE v.found OPERATOR(pg_catalog.=) soc2.guard_tier(relation);
END;

COMMENT ON FUNCTION soc2.enforcement_level(regclass) IS
'which tier guards the rows of a table now, 0 for none, what it stops and what it cannot stop';

CREATE VIEW soc2.refused_attempts AS
    SELECT (e.payload OPERATOR(pg_catalog.->>) 'at')::timestamptz AS at,
           e.payload OPERATOR(pg_catalog.->>) 'login' AS login,
           e.payload OPERATOR(pg_catalog.->>) 'role' AS role,
           e.payload OPERATOR(pg_catalog.->>) 'sqlstate' AS sqlstate,
           e.subject,
           e.payload OPERATOR(pg_catalog.->>) 'message' AS message,
           (e.payload OPERATOR(pg_catalog.->>) 'lost')::bigint AS lost,
           e.evidence_id
    FROM soc2.evidence AS e
    WHERE e.kind OPERATOR(pg_catalog.=) 'refused_attempt';

COMMENT ON VIEW soc2.refused_attempts IS
'what was refused with an SQLSTATE of the extension, where the library is preloaded';
COMMENT ON COLUMN soc2.refused_attempts.at IS
'when it was refused';
COMMENT ON COLUMN soc2.refused_attempts.login IS
'role that logged in';
COMMENT ON COLUMN soc2.refused_attempts.role IS
'role that acted';
COMMENT ON COLUMN soc2.refused_attempts.sqlstate IS
'error that refused it';
COMMENT ON COLUMN soc2.refused_attempts.subject IS
'schema and name of the table, where the error names one; else soc2';
COMMENT ON COLUMN soc2.refused_attempts.message IS
'message of the error, cut to 255 bytes';
COMMENT ON COLUMN soc2.refused_attempts.lost IS
'how many attempts found no place in the queue since the server started, up to when this one was recorded';
COMMENT ON COLUMN soc2.refused_attempts.evidence_id IS
'evidence of it';
