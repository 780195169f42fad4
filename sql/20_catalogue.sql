/* sql/20_catalogue.sql */

--
-- The catalogue of criteria.
--
-- Rows that the extension ships have shipped = true.  They belong to the
-- extension: an upgrade may correct them, users cannot change them, and they
-- are not dumped.  Rows that users add are theirs: dumped, and never touched
-- by an upgrade.
--

CREATE FUNCTION soc2.guard_shipped()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_guard_shipped'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.guard_shipped() IS
'trigger: refuses changes of rows that the extension ships (S2G01)';

--
-- Frameworks
--

CREATE TABLE soc2.frameworks (
    framework text NOT NULL,
    title text NOT NULL,
    edition text NOT NULL,
    source text NOT NULL,
    description text,
    shipped boolean NOT NULL DEFAULT false,
    CONSTRAINT soc2_frameworks_pkey PRIMARY KEY (framework),
    CONSTRAINT soc2_frameworks_shipped_check CHECK (shipped)
);
SELECT pg_catalog.pg_extension_config_dump('soc2.frameworks', 'WHERE NOT shipped');
COMMENT ON TABLE soc2.frameworks IS
'documents that define criteria; the type soc2.criterion knows these and no others';
COMMENT ON COLUMN soc2.frameworks.framework IS 'prefix of its criteria: outline or tsc';
COMMENT ON COLUMN soc2.frameworks.title IS 'title of the document';
COMMENT ON COLUMN soc2.frameworks.edition IS 'edition whose numbering is used';
COMMENT ON COLUMN soc2.frameworks.source IS 'where the texts come from';
COMMENT ON COLUMN soc2.frameworks.description IS 'what the document says of itself';
COMMENT ON COLUMN soc2.frameworks.shipped IS 'true: the row belongs to the extension';

--
-- Criteria
--

CREATE TABLE soc2.criteria (
    criterion soc2.criterion NOT NULL,
    framework text NOT NULL GENERATED ALWAYS AS (soc2.framework(criterion)) STORED,
    code text NOT NULL GENERATED ALWAYS AS (soc2.code(criterion)) STORED,
    level integer NOT NULL GENERATED ALWAYS AS (soc2.level(criterion)) STORED,
    parent soc2.criterion GENERATED ALWAYS AS (soc2.parent(criterion)) STORED,
    title text NOT NULL,
    description text,
    is_cuec boolean NOT NULL DEFAULT false,
    coded boolean NOT NULL DEFAULT false,
    source text NOT NULL DEFAULT 'user',
    source_line integer,
    position bigint NOT NULL GENERATED ALWAYS AS (soc2.document_position(criterion)) STORED,
    shipped boolean NOT NULL DEFAULT false,
    search tsvector NOT NULL GENERATED ALWAYS AS (
        pg_catalog.setweight(pg_catalog.to_tsvector('pg_catalog.english', title), 'A')
        OPERATOR(pg_catalog.||)
        pg_catalog.to_tsvector('pg_catalog.english', COALESCE(description, ''))) STORED,
    CONSTRAINT soc2_criteria_pkey PRIMARY KEY (criterion),
    CONSTRAINT soc2_criteria_framework_fkey
        FOREIGN KEY (framework) REFERENCES soc2.frameworks (framework),
    CONSTRAINT soc2_criteria_parent_fkey
        FOREIGN KEY (parent) REFERENCES soc2.criteria (criterion),
    CONSTRAINT soc2_criteria_title_check CHECK (title OPERATOR(pg_catalog.<>) ''),
    CONSTRAINT soc2_criteria_source_check CHECK (
        CASE
            WHEN shipped THEN source OPERATOR(pg_catalog.=) ANY ('{document,paraphrase,synthesised}'::text[])
            ELSE source OPERATOR(pg_catalog.=) 'user'
        END),
    CONSTRAINT soc2_criteria_own_point_check CHECK (
        shipped
        OR (soc2.level(criterion) OPERATOR(pg_catalog.=) 3
            AND soc2.document_position(criterion) OPERATOR(pg_catalog.%) 100000::bigint
                OPERATOR(pg_catalog.>=) 101::bigint))
);
CREATE UNIQUE INDEX soc2_criteria_code_key ON soc2.criteria (framework, code);
CREATE INDEX soc2_criteria_parent_idx ON soc2.criteria (parent);
CREATE INDEX soc2_criteria_search_idx ON soc2.criteria USING gin (search);
SELECT pg_catalog.pg_extension_config_dump('soc2.criteria', 'WHERE NOT shipped');
COMMENT ON TABLE soc2.criteria IS
'criteria of all frameworks with their categories, series and points of focus; users may add points of focus numbered from 101';
COMMENT ON COLUMN soc2.criteria.criterion IS 'the criterion';
COMMENT ON COLUMN soc2.criteria.framework IS 'its framework, as text';
COMMENT ON COLUMN soc2.criteria.code IS 'its code without the framework, as text';
COMMENT ON COLUMN soc2.criteria.level IS '0 category, 1 series, 2 criterion, 3 point of focus';
COMMENT ON COLUMN soc2.criteria.parent IS 'the criterion above; NULL for a category';
COMMENT ON COLUMN soc2.criteria.title IS 'one line; of the outline its exact words';
COMMENT ON COLUMN soc2.criteria.description IS 'longer text where there is one';
COMMENT ON COLUMN soc2.criteria.is_cuec IS
'true: a complementary user-entity control, the customer''s duty and never covered by the organisation';
COMMENT ON COLUMN soc2.criteria.coded IS
'true: the code is the framework''s own; false: it was given by the extension or a user';
COMMENT ON COLUMN soc2.criteria.source IS
'document: its words; paraphrase: the project''s own words for it; synthesised: supplied to complete the tree; user: added by a user';
COMMENT ON COLUMN soc2.criteria.source_line IS 'line of the document, from 1; NULL if not from it';
COMMENT ON COLUMN soc2.criteria.position IS
'document order within the framework as a number below 2^53, for tools that do not know the type';
COMMENT ON COLUMN soc2.criteria.shipped IS 'true: the row belongs to the extension';
COMMENT ON COLUMN soc2.criteria.search IS 'words of title (weight A) and description, English stems';

--
-- Crosswalk between the frameworks
--

-- No foreign keys to the criteria: both tables are dumped, and a parallel
-- restore loads such tables in any order. What is not in the catalogue is not
-- in force.
CREATE TABLE soc2.crosswalk (
    source soc2.criterion NOT NULL,
    target soc2.criterion NOT NULL,
    relation text NOT NULL,
    is_primary boolean NOT NULL DEFAULT false,
    rationale text,
    author text NOT NULL DEFAULT CURRENT_USER,
    status text NOT NULL DEFAULT 'draft',
    shipped boolean NOT NULL DEFAULT false,
    CONSTRAINT soc2_crosswalk_pkey PRIMARY KEY (source, target, shipped),
    CONSTRAINT soc2_crosswalk_frameworks_check CHECK (
        soc2.framework(source) OPERATOR(pg_catalog.<>) soc2.framework(target)),
    CONSTRAINT soc2_crosswalk_relation_check CHECK (
        relation OPERATOR(pg_catalog.=) ANY ('{equal-to,superset-of,subset-of,intersects-with}'::text[])),
    CONSTRAINT soc2_crosswalk_status_check CHECK (
        status OPERATOR(pg_catalog.=) ANY ('{draft,confirmed,rejected}'::text[]))
);
CREATE INDEX soc2_crosswalk_target_idx ON soc2.crosswalk (target);
SELECT pg_catalog.pg_extension_config_dump('soc2.crosswalk', 'WHERE NOT shipped');
COMMENT ON TABLE soc2.crosswalk IS
'relations between criteria of two frameworks, in the words of OSCAL; the shipped ones are drafts: a row of your own for the same pair replaces one';
COMMENT ON COLUMN soc2.crosswalk.source IS 'criterion that the relation starts from';
COMMENT ON COLUMN soc2.crosswalk.target IS 'criterion of another framework';
COMMENT ON COLUMN soc2.crosswalk.relation IS
'what the source is to the target: equal-to, superset-of, subset-of or intersects-with';
COMMENT ON COLUMN soc2.crosswalk.is_primary IS 'true: the target that fits the source best';
COMMENT ON COLUMN soc2.crosswalk.rationale IS 'why they are related';
COMMENT ON COLUMN soc2.crosswalk.author IS 'who says so';
COMMENT ON COLUMN soc2.crosswalk.status IS 'draft, confirmed or rejected; a rejected relation counts nowhere';
COMMENT ON COLUMN soc2.crosswalk.shipped IS 'true: the row belongs to the extension';

-- @data criteria

-- @data crosswalk

CREATE TRIGGER soc2_guard_shipped
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.frameworks
    FOR EACH ROW EXECUTE FUNCTION soc2.guard_shipped();
CREATE TRIGGER soc2_guard_shipped_truncate
    BEFORE TRUNCATE ON soc2.frameworks
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.guard_shipped();
ALTER TABLE soc2.frameworks ENABLE ALWAYS TRIGGER soc2_guard_shipped;
ALTER TABLE soc2.frameworks ENABLE ALWAYS TRIGGER soc2_guard_shipped_truncate;
COMMENT ON TRIGGER soc2_guard_shipped ON soc2.frameworks IS
'refuses changes of shipped rows (S2G01)';
COMMENT ON TRIGGER soc2_guard_shipped_truncate ON soc2.frameworks IS
'refuses TRUNCATE, which would remove shipped rows (S2G01)';

CREATE TRIGGER soc2_guard_shipped
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.criteria
    FOR EACH ROW EXECUTE FUNCTION soc2.guard_shipped();
CREATE TRIGGER soc2_guard_shipped_truncate
    BEFORE TRUNCATE ON soc2.criteria
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.guard_shipped();
ALTER TABLE soc2.criteria ENABLE ALWAYS TRIGGER soc2_guard_shipped;
ALTER TABLE soc2.criteria ENABLE ALWAYS TRIGGER soc2_guard_shipped_truncate;
COMMENT ON TRIGGER soc2_guard_shipped ON soc2.criteria IS
'refuses changes of shipped rows (S2G01)';
COMMENT ON TRIGGER soc2_guard_shipped_truncate ON soc2.criteria IS
'refuses TRUNCATE, which would remove shipped rows (S2G01)';

CREATE TRIGGER soc2_guard_shipped
    BEFORE INSERT OR UPDATE OR DELETE ON soc2.crosswalk
    FOR EACH ROW EXECUTE FUNCTION soc2.guard_shipped();
CREATE TRIGGER soc2_guard_shipped_truncate
    BEFORE TRUNCATE ON soc2.crosswalk
    FOR EACH STATEMENT EXECUTE FUNCTION soc2.guard_shipped();
ALTER TABLE soc2.crosswalk ENABLE ALWAYS TRIGGER soc2_guard_shipped;
ALTER TABLE soc2.crosswalk ENABLE ALWAYS TRIGGER soc2_guard_shipped_truncate;
COMMENT ON TRIGGER soc2_guard_shipped ON soc2.crosswalk IS
'refuses changes of shipped rows (S2G01)';
COMMENT ON TRIGGER soc2_guard_shipped_truncate ON soc2.crosswalk IS
'refuses TRUNCATE, which would remove shipped rows (S2G01)';

CREATE FUNCTION soc2.crosswalk_look()
    RETURNS trigger
    AS 'MODULE_PATHNAME', 'soc2_crosswalk_look'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.crosswalk_look() IS
'trigger: warns (23503) about a criterion that is not in the catalogue';

CREATE TRIGGER soc2_crosswalk_look
    AFTER INSERT OR UPDATE ON soc2.crosswalk
    FOR EACH ROW EXECUTE FUNCTION soc2.crosswalk_look();
COMMENT ON TRIGGER soc2_crosswalk_look ON soc2.crosswalk IS
'warns (23503) about a criterion that is not in the catalogue';

CREATE VIEW soc2.crosswalk_in_force AS
    SELECT x.source, x.target, x.relation, x.is_primary, x.rationale, x.author,
        x.status, x.shipped
    FROM soc2.crosswalk AS x
    JOIN soc2.criteria AS s ON s.criterion OPERATOR(soc2.=) x.source
    JOIN soc2.criteria AS t ON t.criterion OPERATOR(soc2.=) x.target
    WHERE x.status OPERATOR(pg_catalog.<>) 'rejected'
        AND NOT (x.shipped AND EXISTS (
            SELECT FROM soc2.crosswalk AS own
            WHERE NOT own.shipped
                AND ((own.source OPERATOR(soc2.=) x.source
                      AND own.target OPERATOR(soc2.=) x.target)
                     OR (own.source OPERATOR(soc2.=) x.target
                         AND own.target OPERATOR(soc2.=) x.source))));
COMMENT ON VIEW soc2.crosswalk_in_force IS
'which relations count? a row of your own in place of the shipped one for the same pair; none that is rejected or of a criterion that is not in the catalogue';
COMMENT ON COLUMN soc2.crosswalk_in_force.source IS 'criterion that the relation starts from';
COMMENT ON COLUMN soc2.crosswalk_in_force.target IS 'criterion of another framework';
COMMENT ON COLUMN soc2.crosswalk_in_force.relation IS
'what the source is to the target: equal-to, superset-of, subset-of or intersects-with';
COMMENT ON COLUMN soc2.crosswalk_in_force.is_primary IS 'true: the target that fits the source best';
COMMENT ON COLUMN soc2.crosswalk_in_force.rationale IS 'why they are related';
COMMENT ON COLUMN soc2.crosswalk_in_force.author IS 'who says so';
COMMENT ON COLUMN soc2.crosswalk_in_force.status IS 'draft or confirmed';
COMMENT ON COLUMN soc2.crosswalk_in_force.shipped IS 'true: the row belongs to the extension';

--
-- Scope
--

CREATE TABLE soc2.scope_changes (
    change_id bigint NOT NULL GENERATED ALWAYS AS IDENTITY,
    category text NOT NULL,
    in_scope boolean NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
    changed_by name NOT NULL DEFAULT CURRENT_USER,
    CONSTRAINT soc2_scope_changes_pkey PRIMARY KEY (change_id),
    CONSTRAINT soc2_scope_changes_category_check CHECK (
        category OPERATOR(pg_catalog.=) ANY ('{A,C,PI,P}'::text[]))
);
SELECT pg_catalog.pg_extension_config_dump('soc2.scope_changes', '');
SELECT pg_catalog.pg_extension_config_dump('soc2.scope_changes_change_id_seq', '');
COMMENT ON TABLE soc2.scope_changes IS
'every change of the scope, oldest first; written by soc2.set_scope()';
COMMENT ON COLUMN soc2.scope_changes.change_id IS 'number of the change';
COMMENT ON COLUMN soc2.scope_changes.category IS 'category that entered or left: A, C, PI or P';
COMMENT ON COLUMN soc2.scope_changes.in_scope IS 'true: it entered; false: it left';
COMMENT ON COLUMN soc2.scope_changes.changed_at IS 'when';
COMMENT ON COLUMN soc2.scope_changes.changed_by IS 'by which role';
COMMENT ON SEQUENCE soc2.scope_changes_change_id_seq IS 'numbers the changes of the scope';

CREATE VIEW soc2.scope AS
    SELECT 'CC'::text AS category, true AS in_scope, NULL::timestamptz AS since
    UNION ALL
    SELECT optional.category, COALESCE(latest.in_scope, false), latest.changed_at
    FROM (VALUES ('A'::text), ('C'), ('PI'), ('P')) AS optional (category)
    LEFT JOIN LATERAL (
        SELECT c.in_scope, c.changed_at
        FROM soc2.scope_changes AS c
        WHERE c.category OPERATOR(pg_catalog.=) optional.category
        ORDER BY c.change_id DESC
        LIMIT 1) AS latest ON true;
COMMENT ON VIEW soc2.scope IS
'which categories are in scope: CC always is, the others as chosen by soc2.set_scope()';
COMMENT ON COLUMN soc2.scope.category IS 'CC, A, C, PI or P';
COMMENT ON COLUMN soc2.scope.in_scope IS 'true: its criteria are assessed';
COMMENT ON COLUMN soc2.scope.since IS 'when it last entered or left; NULL: it never did';

CREATE FUNCTION soc2.set_scope(categories text[])
    RETURNS text[]
    AS 'MODULE_PATHNAME', 'soc2_set_scope'
    LANGUAGE C VOLATILE STRICT PARALLEL UNSAFE;
COMMENT ON FUNCTION soc2.set_scope(text[]) IS
'takes exactly these categories, and CC, into scope; returns what is in scope now; 22023 for an unknown category';

--
-- Questions to the catalogue
--
-- Their results are ordered by columns of built-in types: pg_upgrade creates
-- functions before operator classes, and without those ours have no order.
--

CREATE FUNCTION soc2.children(criterion soc2.criterion)
    RETURNS SETOF soc2.criterion
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 10
BEGIN ATOMIC
    SELECT c.criterion
    FROM soc2.criteria AS c
    WHERE c.parent OPERATOR(soc2.=) children.criterion
    ORDER BY c.position;
END;
COMMENT ON FUNCTION soc2.children(soc2.criterion) IS
'criteria directly below one, in document order, as the catalogue has them';

CREATE FUNCTION soc2.related("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT EXISTS (
        SELECT FROM soc2.crosswalk_in_force AS x
        WHERE (x.source OPERATOR(soc2.=) related."left"
               AND x.target OPERATOR(soc2.=) related."right")
            OR (x.source OPERATOR(soc2.=) related."right"
                AND x.target OPERATOR(soc2.=) related."left"));
END;
COMMENT ON FUNCTION soc2.related(soc2.criterion, soc2.criterion) IS
'does the crosswalk relate the two, in either direction? (operator ~)';

CREATE FUNCTION soc2.unrelated("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
BEGIN ATOMIC
    SELECT NOT soc2.related(unrelated."left", unrelated."right");
END;
COMMENT ON FUNCTION soc2.unrelated(soc2.criterion, soc2.criterion) IS
'does the crosswalk not relate the two? (operator !~)';

CREATE OPERATOR soc2.~ (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.related,
    COMMUTATOR = OPERATOR(soc2.~),
    NEGATOR = OPERATOR(soc2.!~),
    RESTRICT = pg_catalog.contsel,
    JOIN = pg_catalog.contjoinsel
);
COMMENT ON OPERATOR soc2.~ (soc2.criterion, soc2.criterion) IS
'related by the crosswalk';

CREATE OPERATOR soc2.!~ (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.unrelated,
    COMMUTATOR = OPERATOR(soc2.!~),
    NEGATOR = OPERATOR(soc2.~),
    RESTRICT = pg_catalog.neqsel,
    JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR soc2.!~ (soc2.criterion, soc2.criterion) IS
'not related by the crosswalk';

CREATE FUNCTION soc2.crosswalk_of(criterion soc2.criterion)
    RETURNS TABLE (
        criterion soc2.criterion,
        relation text,
        other soc2.criterion,
        title text,
        is_primary boolean,
        status text,
        rationale text)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 5
BEGIN ATOMIC
    SELECT x.criterion, x.relation, x.other, c.title, x.is_primary, x.status,
        x.rationale
    FROM (
        SELECT w.source AS criterion, w.relation, w.target AS other,
            w.is_primary, w.status, w.rationale
        FROM soc2.crosswalk_in_force AS w
        UNION ALL
        SELECT w.target,
            CASE
                WHEN w.relation OPERATOR(pg_catalog.=) 'superset-of' THEN 'subset-of'
                WHEN w.relation OPERATOR(pg_catalog.=) 'subset-of' THEN 'superset-of'
                ELSE w.relation
            END,
            w.source, w.is_primary, w.status, w.rationale
        FROM soc2.crosswalk_in_force AS w) AS x
    JOIN soc2.criteria AS c ON c.criterion OPERATOR(soc2.=) x.other
    WHERE x.criterion OPERATOR(soc2.&&) $1
    ORDER BY soc2.document_position(x.criterion), x.is_primary DESC, c.position;
END;
COMMENT ON FUNCTION soc2.crosswalk_of(soc2.criterion) IS
'what a criterion, and what lies above and below it, is to criteria of the other framework, read from its side; the best fit first';

CREATE FUNCTION soc2.search_criteria(query text)
    RETURNS TABLE (
        criterion soc2.criterion,
        title text,
        rank real)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 20
BEGIN ATOMIC
    SELECT c.criterion, c.title, pg_catalog.ts_rank(c.search, q.q)
    -- many hyphens in a row are too deep for the parser of such queries
    FROM pg_catalog.websearch_to_tsquery('pg_catalog.english',
        pg_catalog.regexp_replace(query, '(-\s*){2,}', '-', 'g')) AS q (q)
    JOIN soc2.criteria AS c ON c.search OPERATOR(pg_catalog.@@) q.q
    ORDER BY 3 DESC, c.framework, c.position;
END;
COMMENT ON FUNCTION soc2.search_criteria(text) IS
'criteria whose title or description has the words, whatever their ending; "quotes", or and - as in a web search; the best first';

CREATE FUNCTION soc2.criteria_tree(root soc2.criterion)
    RETURNS TABLE (
        criterion soc2.criterion,
        tree text)
    LANGUAGE sql STABLE STRICT PARALLEL SAFE ROWS 50
BEGIN ATOMIC
    SELECT c.criterion,
        pg_catalog.concat(
            pg_catalog.repeat('    ', c.level OPERATOR(pg_catalog.-) soc2.level(root)),
            c.code, '  ', c.title)
    FROM soc2.criteria AS c
    WHERE c.criterion OPERATOR(soc2.<@) root
    ORDER BY c.position;
END;
COMMENT ON FUNCTION soc2.criteria_tree(soc2.criterion) IS
'a criterion and everything below it, a line each, indented by level';

CREATE VIEW soc2.catalogue AS
    SELECT c.criterion, c.framework, f.title AS framework_title,
        soc2.category(c.criterion) AS category, c.code, c.level,
        soc2.code(c.parent) AS parent_code, c.title, c.description,
        c.is_cuec, c.coded, c.source, c.source_line, c.position, c.shipped,
        s.in_scope,
        (SELECT pg_catalog.count(*) FROM soc2.criteria AS k
         WHERE k.parent OPERATOR(soc2.=) c.criterion) AS children,
        (SELECT pg_catalog.count(*) FROM soc2.crosswalk_in_force AS x
         WHERE x.source OPERATOR(soc2.=) c.criterion
            OR x.target OPERATOR(soc2.=) c.criterion) AS crosswalks
    FROM soc2.criteria AS c
    JOIN soc2.frameworks AS f ON f.framework OPERATOR(pg_catalog.=) c.framework
    JOIN soc2.scope AS s
        ON s.category OPERATOR(pg_catalog.=) soc2.category(c.criterion);
COMMENT ON VIEW soc2.catalogue IS
'what criteria are there, and are they in scope? one row a criterion, category, series or point of focus';
COMMENT ON COLUMN soc2.catalogue.criterion IS 'the criterion';
COMMENT ON COLUMN soc2.catalogue.framework IS 'its framework, as text';
COMMENT ON COLUMN soc2.catalogue.framework_title IS 'title of the framework';
COMMENT ON COLUMN soc2.catalogue.category IS 'its category: CC, A, C, PI or P';
COMMENT ON COLUMN soc2.catalogue.code IS 'its code without the framework, as text';
COMMENT ON COLUMN soc2.catalogue.level IS '0 category, 1 series, 2 criterion, 3 point of focus';
COMMENT ON COLUMN soc2.catalogue.parent_code IS 'code of the criterion above; NULL for a category';
COMMENT ON COLUMN soc2.catalogue.title IS 'one line';
COMMENT ON COLUMN soc2.catalogue.description IS 'longer text where there is one';
COMMENT ON COLUMN soc2.catalogue.is_cuec IS 'true: a complementary user-entity control';
COMMENT ON COLUMN soc2.catalogue.coded IS 'true: the code is the framework''s own';
COMMENT ON COLUMN soc2.catalogue.source IS 'document, paraphrase, synthesised or user';
COMMENT ON COLUMN soc2.catalogue.source_line IS 'line of the document, from 1';
COMMENT ON COLUMN soc2.catalogue.position IS 'document order within the framework, below 2^53';
COMMENT ON COLUMN soc2.catalogue.shipped IS 'true: the row belongs to the extension';
COMMENT ON COLUMN soc2.catalogue.in_scope IS 'true: its category is in scope';
COMMENT ON COLUMN soc2.catalogue.children IS 'criteria directly below';
COMMENT ON COLUMN soc2.catalogue.crosswalks IS 'relations to the other framework that are in force';
