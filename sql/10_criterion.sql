/* sql/10_criterion.sql */

--
-- soc2.criterion: one criterion of a framework, 8 bytes
--

CREATE TYPE soc2.criterion;

CREATE FUNCTION soc2.criterion_in(cstring)
    RETURNS soc2.criterion
    AS 'MODULE_PATHNAME', 'soc2_criterion_in'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_in(cstring) IS
'I/O: text "[framework:]code"; without a framework the setting soc2.framework decides; 22P02 for anything else';

CREATE FUNCTION soc2.criterion_out(soc2.criterion)
    RETURNS cstring
    AS 'MODULE_PATHNAME', 'soc2_criterion_out'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_out(soc2.criterion) IS
'I/O: text with the framework';

CREATE FUNCTION soc2.criterion_recv(internal)
    RETURNS soc2.criterion
    AS 'MODULE_PATHNAME', 'soc2_criterion_recv'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_recv(internal) IS
'I/O: 9 bytes, version 1 and the value; 22P03 for anything else';

CREATE FUNCTION soc2.criterion_send(soc2.criterion)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_criterion_send'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_send(soc2.criterion) IS
'I/O: 9 bytes, version 1 and the value';

CREATE TYPE soc2.criterion (
    INPUT = soc2.criterion_in,
    OUTPUT = soc2.criterion_out,
    RECEIVE = soc2.criterion_recv,
    SEND = soc2.criterion_send,
    INTERNALLENGTH = 8,
    PASSEDBYVALUE,
    ALIGNMENT = double,
    CATEGORY = 'c',
    PREFERRED = true
);
COMMENT ON TYPE soc2.criterion IS
'criterion of a framework: category CC, series CC6, criterion CC6.1 or point of focus CC6.1.3, in document order; 8 bytes';

CREATE CAST (soc2.criterion AS text) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (soc2.criterion AS text) IS
'criterion as text, with its framework';

CREATE CAST (text AS soc2.criterion) WITH INOUT;
COMMENT ON CAST (text AS soc2.criterion) IS
'criterion from text; 22P02 if it is none';

--
-- Functions on one criterion
--

CREATE FUNCTION soc2.make_criterion(framework text, code text)
    RETURNS soc2.criterion
    AS 'MODULE_PATHNAME', 'soc2_make_criterion'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.make_criterion(text, text) IS
'criterion of the framework and code given, independent of the setting soc2.framework; 22P02 if there can be none';

CREATE FUNCTION soc2.framework(criterion soc2.criterion)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_criterion_framework'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.framework(soc2.criterion) IS
'framework of a criterion: tsc or outline';

CREATE FUNCTION soc2.category(criterion soc2.criterion)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_criterion_category'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.category(soc2.criterion) IS
'category of a criterion: CC, A, C, PI or P';

CREATE FUNCTION soc2.code(criterion soc2.criterion)
    RETURNS text
    AS 'MODULE_PATHNAME', 'soc2_criterion_code'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.code(soc2.criterion) IS
'code of a criterion without its framework, as CC6.1';

CREATE FUNCTION soc2.level(criterion soc2.criterion)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_criterion_level_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.level(soc2.criterion) IS
'level of a criterion: 0 category, 1 series, 2 criterion, 3 point of focus';

CREATE FUNCTION soc2.parent(criterion soc2.criterion)
    RETURNS soc2.criterion
    AS 'MODULE_PATHNAME', 'soc2_criterion_parent_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.parent(soc2.criterion) IS
'criterion above; NULL for a category';

CREATE FUNCTION soc2.ancestors(criterion soc2.criterion)
    RETURNS SETOF soc2.criterion
    AS 'MODULE_PATHNAME', 'soc2_criterion_ancestors'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    ROWS 2;
COMMENT ON FUNCTION soc2.ancestors(soc2.criterion) IS
'everything above a criterion, from the category down';

CREATE FUNCTION soc2.subtree_end(criterion soc2.criterion)
    RETURNS soc2.criterion
    AS 'MODULE_PATHNAME', 'soc2_criterion_subtree_end_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.subtree_end(soc2.criterion) IS
'greatest value that can stand at or below a criterion: c <@ x is c BETWEEN x AND subtree_end(x)';

CREATE FUNCTION soc2.document_position(criterion soc2.criterion)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'soc2_criterion_position'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.document_position(soc2.criterion) IS
'place of a criterion in its document as a number below 2^53: category, then five decimal digits each for series, criterion and point';

--
-- Comparison, in document order
--

CREATE FUNCTION soc2.criterion_eq("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_eq'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_eq(soc2.criterion, soc2.criterion) IS
'is the left equal to the right? (operator =)';

CREATE FUNCTION soc2.criterion_ne("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_ne'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_ne(soc2.criterion, soc2.criterion) IS
'is the left not equal to the right? (operator <>)';

CREATE FUNCTION soc2.criterion_lt("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_lt'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_lt(soc2.criterion, soc2.criterion) IS
'is the left before the right? (operator <)';

CREATE FUNCTION soc2.criterion_le("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_le'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_le(soc2.criterion, soc2.criterion) IS
'is the left before or equal to the right? (operator <=)';

CREATE FUNCTION soc2.criterion_gt("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_gt'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_gt(soc2.criterion, soc2.criterion) IS
'is the left after the right? (operator >)';

CREATE FUNCTION soc2.criterion_ge("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_ge'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_ge(soc2.criterion, soc2.criterion) IS
'is the left after or equal to the right? (operator >=)';

CREATE OPERATOR soc2.= (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.criterion_eq,
    COMMUTATOR = OPERATOR(soc2.=),
    NEGATOR = OPERATOR(soc2.<>),
    RESTRICT = pg_catalog.eqsel,
    JOIN = pg_catalog.eqjoinsel,
    HASHES,
    MERGES
);
COMMENT ON OPERATOR soc2.= (soc2.criterion, soc2.criterion) IS
'equal to';

CREATE OPERATOR soc2.<> (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.criterion_ne,
    COMMUTATOR = OPERATOR(soc2.<>),
    NEGATOR = OPERATOR(soc2.=),
    RESTRICT = pg_catalog.neqsel,
    JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR soc2.<> (soc2.criterion, soc2.criterion) IS
'not equal to';

CREATE OPERATOR soc2.< (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.criterion_lt,
    COMMUTATOR = OPERATOR(soc2.>),
    NEGATOR = OPERATOR(soc2.>=),
    RESTRICT = pg_catalog.scalarltsel,
    JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR soc2.< (soc2.criterion, soc2.criterion) IS
'before';

CREATE OPERATOR soc2.<= (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.criterion_le,
    COMMUTATOR = OPERATOR(soc2.>=),
    NEGATOR = OPERATOR(soc2.>),
    RESTRICT = pg_catalog.scalarlesel,
    JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR soc2.<= (soc2.criterion, soc2.criterion) IS
'before or equal to';

CREATE OPERATOR soc2.> (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.criterion_gt,
    COMMUTATOR = OPERATOR(soc2.<),
    NEGATOR = OPERATOR(soc2.<=),
    RESTRICT = pg_catalog.scalargtsel,
    JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR soc2.> (soc2.criterion, soc2.criterion) IS
'after';

CREATE OPERATOR soc2.>= (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.criterion_ge,
    COMMUTATOR = OPERATOR(soc2.<=),
    NEGATOR = OPERATOR(soc2.<),
    RESTRICT = pg_catalog.scalargesel,
    JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR soc2.>= (soc2.criterion, soc2.criterion) IS
'after or equal to';

CREATE FUNCTION soc2.criterion_cmp("left" soc2.criterion, "right" soc2.criterion)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_criterion_cmp'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_cmp(soc2.criterion, soc2.criterion) IS
'less than, equal to or greater than 0 as the left sorts before, with or after the right';

CREATE FUNCTION soc2.criterion_smaller("left" soc2.criterion, "right" soc2.criterion)
    RETURNS soc2.criterion
    AS 'MODULE_PATHNAME', 'soc2_criterion_smaller'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_smaller(soc2.criterion, soc2.criterion) IS
'the one of the two that comes first in document order';

CREATE FUNCTION soc2.criterion_larger("left" soc2.criterion, "right" soc2.criterion)
    RETURNS soc2.criterion
    AS 'MODULE_PATHNAME', 'soc2_criterion_larger'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_larger(soc2.criterion, soc2.criterion) IS
'the one of the two that comes last in document order';

CREATE AGGREGATE soc2.min(soc2.criterion) (
    SFUNC = soc2.criterion_smaller,
    STYPE = soc2.criterion,
    COMBINEFUNC = soc2.criterion_smaller,
    SORTOP = OPERATOR(soc2.<),
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE soc2.min(soc2.criterion) IS
'the first of all criteria in document order; NULL is skipped';

CREATE AGGREGATE soc2.max(soc2.criterion) (
    SFUNC = soc2.criterion_larger,
    STYPE = soc2.criterion,
    COMBINEFUNC = soc2.criterion_larger,
    SORTOP = OPERATOR(soc2.>),
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE soc2.max(soc2.criterion) IS
'the last of all criteria in document order; NULL is skipped';

CREATE FUNCTION soc2.criterion_sortsupport(internal)
    RETURNS void
    AS 'MODULE_PATHNAME', 'soc2_criterion_sortsupport'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_sortsupport(internal) IS
'fast sorting of criteria';

CREATE FUNCTION soc2.criterion_hash(soc2.criterion)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_criterion_hash'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_hash(soc2.criterion) IS
'hash of a criterion';

CREATE FUNCTION soc2.criterion_hash_extended(soc2.criterion, bigint)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'soc2_criterion_hash_extended'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_hash_extended(soc2.criterion, bigint) IS
'hash of a criterion with a seed';

CREATE OPERATOR FAMILY soc2.criterion_ops USING btree;
COMMENT ON OPERATOR FAMILY soc2.criterion_ops USING btree IS
'criteria in document order';

CREATE OPERATOR CLASS soc2.criterion_ops
    DEFAULT FOR TYPE soc2.criterion USING btree FAMILY soc2.criterion_ops AS
    OPERATOR 1 soc2.<,
    OPERATOR 2 soc2.<=,
    OPERATOR 3 soc2.=,
    OPERATOR 4 soc2.>=,
    OPERATOR 5 soc2.>,
    FUNCTION 1 soc2.criterion_cmp(soc2.criterion, soc2.criterion),
    FUNCTION 2 soc2.criterion_sortsupport(internal),
    FUNCTION 4 pg_catalog.btequalimage(oid);
COMMENT ON OPERATOR CLASS soc2.criterion_ops USING btree IS
'criteria in document order; serves @> and <@ too';

CREATE OPERATOR FAMILY soc2.criterion_hash_ops USING hash;
COMMENT ON OPERATOR FAMILY soc2.criterion_hash_ops USING hash IS
'equality of criteria';

CREATE OPERATOR CLASS soc2.criterion_hash_ops
    DEFAULT FOR TYPE soc2.criterion USING hash FAMILY soc2.criterion_hash_ops AS
    OPERATOR 1 soc2.=,
    FUNCTION 1 soc2.criterion_hash(soc2.criterion),
    FUNCTION 2 soc2.criterion_hash_extended(soc2.criterion, bigint);
COMMENT ON OPERATOR CLASS soc2.criterion_hash_ops USING hash IS
'equality of criteria';

--
-- Containment of one criterion in another
--

CREATE FUNCTION soc2.criterion_covers_support(internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_covers_support'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_covers_support(internal) IS
'planner support: containment as a btree condition';

CREATE FUNCTION soc2.criterion_covered_by_support(internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_covered_by_support'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_covered_by_support(internal) IS
'planner support: containment as a btree condition';

CREATE FUNCTION soc2.criterion_covered_by_set_support(internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_covered_by_set_support'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_covered_by_set_support(internal) IS
'planner support: containment as a btree condition';

CREATE FUNCTION soc2.criterion_set_covers_criterion_support(internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_covers_criterion_support'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_covers_criterion_support(internal) IS
'planner support: containment as a btree condition';

CREATE FUNCTION soc2.covers("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_covers_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    SUPPORT soc2.criterion_covers_support;
COMMENT ON FUNCTION soc2.covers(soc2.criterion, soc2.criterion) IS
'is the left the right or an ancestor of it? (operator @>)';

CREATE FUNCTION soc2.covered_by("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_covered_by'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    SUPPORT soc2.criterion_covered_by_support;
COMMENT ON FUNCTION soc2.covered_by(soc2.criterion, soc2.criterion) IS
'is the right the left or an ancestor of it? (operator <@)';

CREATE FUNCTION soc2.overlaps("left" soc2.criterion, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_overlaps'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.overlaps(soc2.criterion, soc2.criterion) IS
'does one of the two cover the other? (operator &&)';

CREATE OPERATOR soc2.@> (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.covers,
    COMMUTATOR = OPERATOR(soc2.<@),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.@> (soc2.criterion, soc2.criterion) IS
'is the right or an ancestor of it';

CREATE OPERATOR soc2.<@ (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.covered_by,
    COMMUTATOR = OPERATOR(soc2.@>),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.<@ (soc2.criterion, soc2.criterion) IS
'is the left or below it: the right is it or an ancestor of it';

CREATE OPERATOR soc2.&& (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.overlaps,
    COMMUTATOR = OPERATOR(soc2.&&),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.&& (soc2.criterion, soc2.criterion) IS
'one covers the other';

--
-- soc2.criterion_set: a normalised set of criteria
--

CREATE TYPE soc2.criterion_set;

CREATE FUNCTION soc2.criterion_set_in(cstring)
    RETURNS soc2.criterion_set
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_in'
    LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_in(cstring) IS
'I/O: text "{CC6.1,outline:A1}", or one criterion without braces; 22P02 for anything else';

CREATE FUNCTION soc2.criterion_set_out(soc2.criterion_set)
    RETURNS cstring
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_out'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_out(soc2.criterion_set) IS
'I/O: text in document order';

CREATE FUNCTION soc2.criterion_set_recv(internal)
    RETURNS soc2.criterion_set
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_recv'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_recv(internal) IS
'I/O: version 1, 32-bit count, 8 bytes a member; 22P03 for anything else';

CREATE FUNCTION soc2.criterion_set_send(soc2.criterion_set)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_send'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_send(soc2.criterion_set) IS
'I/O: version 1, 32-bit count, 8 bytes a member';

CREATE TYPE soc2.criterion_set (
    INPUT = soc2.criterion_set_in,
    OUTPUT = soc2.criterion_set_out,
    RECEIVE = soc2.criterion_set_recv,
    SEND = soc2.criterion_set_send,
    INTERNALLENGTH = VARIABLE,
    ALIGNMENT = double,
    STORAGE = extended,
    CATEGORY = 'c'
);
COMMENT ON TYPE soc2.criterion_set IS
'set of criteria in document order without doubles; a member that another one covers is dropped; 8 bytes and 8 more a member';

CREATE CAST (soc2.criterion_set AS text) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (soc2.criterion_set AS text) IS
'set of criteria as text, with their frameworks';

CREATE CAST (text AS soc2.criterion_set) WITH INOUT;
COMMENT ON CAST (text AS soc2.criterion_set) IS
'set of criteria from text; 22P02 if it is none';

CREATE FUNCTION soc2.to_set(criterion soc2.criterion)
    RETURNS soc2.criterion_set
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_from_criterion'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.to_set(soc2.criterion) IS
'set with one member';

CREATE FUNCTION soc2.to_set(criteria soc2.criterion[])
    RETURNS soc2.criterion_set
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_from_array'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.to_set(soc2.criterion[]) IS
'set of the elements of an array; 22004 if one is NULL';

CREATE FUNCTION soc2.to_array(criteria soc2.criterion_set)
    RETURNS soc2.criterion[]
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_to_array'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.to_array(soc2.criterion_set) IS
'members of a set in document order';

CREATE FUNCTION soc2.size(criteria soc2.criterion_set)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_size'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.size(soc2.criterion_set) IS
'number of members of a set';

CREATE CAST (soc2.criterion AS soc2.criterion_set)
    WITH FUNCTION soc2.to_set(soc2.criterion) AS IMPLICIT;
COMMENT ON CAST (soc2.criterion AS soc2.criterion_set) IS
'set with one member';

CREATE CAST (soc2.criterion[] AS soc2.criterion_set)
    WITH FUNCTION soc2.to_set(soc2.criterion[]) AS ASSIGNMENT;
COMMENT ON CAST (soc2.criterion[] AS soc2.criterion_set) IS
'set of the elements of an array; 22004 if one is NULL';

CREATE CAST (soc2.criterion_set AS soc2.criterion[])
    WITH FUNCTION soc2.to_array(soc2.criterion_set) AS ASSIGNMENT;
COMMENT ON CAST (soc2.criterion_set AS soc2.criterion[]) IS
'members of a set in document order';

--
-- Comparison of sets, member by member
--

CREATE FUNCTION soc2.criterion_set_eq("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_eq'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_eq(soc2.criterion_set, soc2.criterion_set) IS
'is the left the same set as the right? (operator =)';

CREATE FUNCTION soc2.criterion_set_ne("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_ne'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_ne(soc2.criterion_set, soc2.criterion_set) IS
'is the left another set than the right? (operator <>)';

CREATE FUNCTION soc2.criterion_set_lt("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_lt'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_lt(soc2.criterion_set, soc2.criterion_set) IS
'is the left before, member by member, the right? (operator <)';

CREATE FUNCTION soc2.criterion_set_le("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_le'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_le(soc2.criterion_set, soc2.criterion_set) IS
'is the left before, member by member, or equal to the right? (operator <=)';

CREATE FUNCTION soc2.criterion_set_gt("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_gt'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_gt(soc2.criterion_set, soc2.criterion_set) IS
'is the left after, member by member, the right? (operator >)';

CREATE FUNCTION soc2.criterion_set_ge("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_ge'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_ge(soc2.criterion_set, soc2.criterion_set) IS
'is the left after, member by member, or equal to the right? (operator >=)';

CREATE OPERATOR soc2.= (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_eq,
    COMMUTATOR = OPERATOR(soc2.=),
    NEGATOR = OPERATOR(soc2.<>),
    RESTRICT = pg_catalog.eqsel,
    JOIN = pg_catalog.eqjoinsel,
    HASHES,
    MERGES
);
COMMENT ON OPERATOR soc2.= (soc2.criterion_set, soc2.criterion_set) IS
'the same set as';

CREATE OPERATOR soc2.<> (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_ne,
    COMMUTATOR = OPERATOR(soc2.<>),
    NEGATOR = OPERATOR(soc2.=),
    RESTRICT = pg_catalog.neqsel,
    JOIN = pg_catalog.neqjoinsel
);
COMMENT ON OPERATOR soc2.<> (soc2.criterion_set, soc2.criterion_set) IS
'another set than';

CREATE OPERATOR soc2.< (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_lt,
    COMMUTATOR = OPERATOR(soc2.>),
    NEGATOR = OPERATOR(soc2.>=),
    RESTRICT = pg_catalog.scalarltsel,
    JOIN = pg_catalog.scalarltjoinsel
);
COMMENT ON OPERATOR soc2.< (soc2.criterion_set, soc2.criterion_set) IS
'before, member by member,';

CREATE OPERATOR soc2.<= (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_le,
    COMMUTATOR = OPERATOR(soc2.>=),
    NEGATOR = OPERATOR(soc2.>),
    RESTRICT = pg_catalog.scalarlesel,
    JOIN = pg_catalog.scalarlejoinsel
);
COMMENT ON OPERATOR soc2.<= (soc2.criterion_set, soc2.criterion_set) IS
'before, member by member, or equal to';

CREATE OPERATOR soc2.> (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_gt,
    COMMUTATOR = OPERATOR(soc2.<),
    NEGATOR = OPERATOR(soc2.<=),
    RESTRICT = pg_catalog.scalargtsel,
    JOIN = pg_catalog.scalargtjoinsel
);
COMMENT ON OPERATOR soc2.> (soc2.criterion_set, soc2.criterion_set) IS
'after, member by member,';

CREATE OPERATOR soc2.>= (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_ge,
    COMMUTATOR = OPERATOR(soc2.<=),
    NEGATOR = OPERATOR(soc2.<),
    RESTRICT = pg_catalog.scalargesel,
    JOIN = pg_catalog.scalargejoinsel
);
COMMENT ON OPERATOR soc2.>= (soc2.criterion_set, soc2.criterion_set) IS
'after, member by member, or equal to';

CREATE FUNCTION soc2.criterion_set_cmp("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_cmp'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_cmp(soc2.criterion_set, soc2.criterion_set) IS
'less than, equal to or greater than 0 as the left sorts before, with or after the right';

CREATE FUNCTION soc2.criterion_set_hash(soc2.criterion_set)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_hash'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_hash(soc2.criterion_set) IS
'hash of a set of criteria';

CREATE FUNCTION soc2.criterion_set_hash_extended(soc2.criterion_set, bigint)
    RETURNS bigint
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_hash_extended'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_hash_extended(soc2.criterion_set, bigint) IS
'hash of a set of criteria with a seed';

CREATE OPERATOR FAMILY soc2.criterion_set_ops USING btree;
COMMENT ON OPERATOR FAMILY soc2.criterion_set_ops USING btree IS
'sets of criteria, member by member';

CREATE OPERATOR CLASS soc2.criterion_set_ops
    DEFAULT FOR TYPE soc2.criterion_set USING btree
    FAMILY soc2.criterion_set_ops AS
    OPERATOR 1 soc2.<,
    OPERATOR 2 soc2.<=,
    OPERATOR 3 soc2.=,
    OPERATOR 4 soc2.>=,
    OPERATOR 5 soc2.>,
    FUNCTION 1 soc2.criterion_set_cmp(soc2.criterion_set, soc2.criterion_set);
COMMENT ON OPERATOR CLASS soc2.criterion_set_ops USING btree IS
'sets of criteria, member by member';

CREATE OPERATOR FAMILY soc2.criterion_set_hash_ops USING hash;
COMMENT ON OPERATOR FAMILY soc2.criterion_set_hash_ops USING hash IS
'equality of sets of criteria';

CREATE OPERATOR CLASS soc2.criterion_set_hash_ops
    DEFAULT FOR TYPE soc2.criterion_set USING hash
    FAMILY soc2.criterion_set_hash_ops AS
    OPERATOR 1 soc2.=,
    FUNCTION 1 soc2.criterion_set_hash(soc2.criterion_set),
    FUNCTION 2 soc2.criterion_set_hash_extended(soc2.criterion_set, bigint);
COMMENT ON OPERATOR CLASS soc2.criterion_set_hash_ops USING hash IS
'equality of sets of criteria';

--
-- Containment and overlap of sets
--

CREATE FUNCTION soc2.covers("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_covers_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.covers(soc2.criterion_set, soc2.criterion_set) IS
'is every member of the right covered by a member of the left? (operator @>)';

CREATE FUNCTION soc2.covered_by("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_covered_by'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.covered_by(soc2.criterion_set, soc2.criterion_set) IS
'is every member of the left covered by a member of the right? (operator <@)';

CREATE FUNCTION soc2.covers("left" soc2.criterion_set, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_covers_criterion'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    SUPPORT soc2.criterion_set_covers_criterion_support;
COMMENT ON FUNCTION soc2.covers(soc2.criterion_set, soc2.criterion) IS
'is a member of the left the right or an ancestor of it? (operator @>)';

CREATE FUNCTION soc2.covered_by("left" soc2.criterion, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_covered_by_set'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
    SUPPORT soc2.criterion_covered_by_set_support;
COMMENT ON FUNCTION soc2.covered_by(soc2.criterion, soc2.criterion_set) IS
'is a member of the right the left or an ancestor of it? (operator <@)';

CREATE FUNCTION soc2.overlaps("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_overlaps_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.overlaps(soc2.criterion_set, soc2.criterion_set) IS
'does a member of one cover a member of the other? (operator &&)';

CREATE FUNCTION soc2.overlaps("left" soc2.criterion_set, "right" soc2.criterion)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_overlaps_criterion'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.overlaps(soc2.criterion_set, soc2.criterion) IS
'does a member of the left cover the right or the right a member of the left? (operator &&)';

CREATE FUNCTION soc2.overlaps("left" soc2.criterion, "right" soc2.criterion_set)
    RETURNS boolean
    AS 'MODULE_PATHNAME', 'soc2_criterion_overlaps_set'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.overlaps(soc2.criterion, soc2.criterion_set) IS
'does the left cover a member of the right or a member of the right the left? (operator &&)';

CREATE OPERATOR soc2.@> (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.covers,
    COMMUTATOR = OPERATOR(soc2.<@),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.@> (soc2.criterion_set, soc2.criterion_set) IS
'covers every member of';

CREATE OPERATOR soc2.<@ (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.covered_by,
    COMMUTATOR = OPERATOR(soc2.@>),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.<@ (soc2.criterion_set, soc2.criterion_set) IS
'has every member covered by';

CREATE OPERATOR soc2.@> (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.covers,
    COMMUTATOR = OPERATOR(soc2.<@),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.@> (soc2.criterion_set, soc2.criterion) IS
'covers';

CREATE OPERATOR soc2.<@ (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.covered_by,
    COMMUTATOR = OPERATOR(soc2.@>),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.<@ (soc2.criterion, soc2.criterion_set) IS
'is covered by';

CREATE OPERATOR soc2.&& (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.overlaps,
    COMMUTATOR = OPERATOR(soc2.&&),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.&& (soc2.criterion_set, soc2.criterion_set) IS
'overlaps';

CREATE OPERATOR soc2.&& (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion,
    FUNCTION = soc2.overlaps,
    COMMUTATOR = OPERATOR(soc2.&&),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.&& (soc2.criterion_set, soc2.criterion) IS
'overlaps';

CREATE OPERATOR soc2.&& (
    LEFTARG = soc2.criterion,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.overlaps,
    COMMUTATOR = OPERATOR(soc2.&&),
    RESTRICT = pg_catalog.matchingsel,
    JOIN = pg_catalog.matchingjoinsel
);
COMMENT ON OPERATOR soc2.&& (soc2.criterion, soc2.criterion_set) IS
'overlaps';

--
-- Algebra of sets
--

CREATE FUNCTION soc2.criterion_set_union("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS soc2.criterion_set
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_union_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_union(soc2.criterion_set, soc2.criterion_set) IS
'what either set covers (operator +)';

CREATE FUNCTION soc2.criterion_set_difference("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS soc2.criterion_set
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_difference_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_difference(soc2.criterion_set, soc2.criterion_set) IS
'members of the left that the right does not cover; one covered in part stays (operator -)';

CREATE FUNCTION soc2.criterion_set_intersection("left" soc2.criterion_set, "right" soc2.criterion_set)
    RETURNS soc2.criterion_set
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_intersection_sql'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_intersection(soc2.criterion_set, soc2.criterion_set) IS
'what both sets cover (operator *)';

CREATE OPERATOR soc2.+ (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_union,
    COMMUTATOR = OPERATOR(soc2.+)
);
COMMENT ON OPERATOR soc2.+ (soc2.criterion_set, soc2.criterion_set) IS
'union';

CREATE OPERATOR soc2.- (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_difference
);
COMMENT ON OPERATOR soc2.- (soc2.criterion_set, soc2.criterion_set) IS
'difference: members of the left that the right does not cover';

CREATE OPERATOR soc2.* (
    LEFTARG = soc2.criterion_set,
    RIGHTARG = soc2.criterion_set,
    FUNCTION = soc2.criterion_set_intersection,
    COMMUTATOR = OPERATOR(soc2.*)
);
COMMENT ON OPERATOR soc2.* (soc2.criterion_set, soc2.criterion_set) IS
'intersection';

--
-- Index on sets
--

CREATE FUNCTION soc2.criterion_set_gin_extract_value(soc2.criterion_set, internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_gin_extract_value'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_gin_extract_value(soc2.criterion_set, internal) IS
'GIN: keys of a stored set';

CREATE FUNCTION soc2.criterion_set_gin_extract_query(soc2.criterion_set, internal, smallint, internal, internal, internal, internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_gin_extract_query'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_gin_extract_query(soc2.criterion_set, internal, smallint, internal, internal, internal, internal) IS
'GIN: keys of a query';

CREATE FUNCTION soc2.criterion_set_gin_compare_partial(soc2.criterion, soc2.criterion, smallint, internal)
    RETURNS integer
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_gin_compare_partial'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_gin_compare_partial(soc2.criterion, soc2.criterion, smallint, internal) IS
'GIN: does a key lie at or below the one asked for?';

CREATE FUNCTION soc2.criterion_set_gin_triconsistent(internal, smallint, soc2.criterion_set, integer, internal, internal, internal)
    RETURNS "char"
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_gin_triconsistent'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_gin_triconsistent(internal, smallint, soc2.criterion_set, integer, internal, internal, internal) IS
'GIN: does a stored set satisfy the query?';

CREATE OPERATOR FAMILY soc2.criterion_set_gin_ops USING gin;
COMMENT ON OPERATOR FAMILY soc2.criterion_set_gin_ops USING gin IS
'containment and overlap of sets of criteria';

CREATE OPERATOR CLASS soc2.criterion_set_gin_ops
    DEFAULT FOR TYPE soc2.criterion_set USING gin
    FAMILY soc2.criterion_set_gin_ops AS
    OPERATOR 1 soc2.@> (soc2.criterion_set, soc2.criterion_set),
    OPERATOR 2 soc2.@> (soc2.criterion_set, soc2.criterion),
    OPERATOR 3 soc2.<@ (soc2.criterion_set, soc2.criterion_set),
    OPERATOR 4 soc2.&& (soc2.criterion_set, soc2.criterion_set),
    OPERATOR 5 soc2.&& (soc2.criterion_set, soc2.criterion),
    OPERATOR 6 soc2.= (soc2.criterion_set, soc2.criterion_set),
    FUNCTION 1 soc2.criterion_cmp(soc2.criterion, soc2.criterion),
    FUNCTION 2 soc2.criterion_set_gin_extract_value(soc2.criterion_set, internal),
    FUNCTION 3 soc2.criterion_set_gin_extract_query(soc2.criterion_set, internal, smallint, internal, internal, internal, internal),
    FUNCTION 5 soc2.criterion_set_gin_compare_partial(soc2.criterion, soc2.criterion, smallint, internal),
    FUNCTION 6 soc2.criterion_set_gin_triconsistent(internal, smallint, soc2.criterion_set, integer, internal, internal, internal),
    STORAGE soc2.criterion;
COMMENT ON OPERATOR CLASS soc2.criterion_set_gin_ops USING gin IS
'serves @>, <@, && and = on a column of sets';

--
-- Aggregates
--

CREATE FUNCTION soc2.criterion_agg_transition(internal, soc2.criterion)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_agg_transition'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_agg_transition(internal, soc2.criterion) IS
'aggregate: add one criterion';

CREATE FUNCTION soc2.criterion_set_agg_transition(internal, soc2.criterion_set)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_agg_transition'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_agg_transition(internal, soc2.criterion_set) IS
'aggregate: add a set';

CREATE FUNCTION soc2.criterion_set_agg_combine(internal, internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_agg_combine'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_agg_combine(internal, internal) IS
'aggregate: add the state of another worker';

CREATE FUNCTION soc2.criterion_set_agg_serialize(internal)
    RETURNS bytea
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_agg_serialize'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_agg_serialize(internal) IS
'aggregate: state as bytes';

CREATE FUNCTION soc2.criterion_set_agg_deserialize(bytea, internal)
    RETURNS internal
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_agg_deserialize'
    LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_agg_deserialize(bytea, internal) IS
'aggregate: bytes as state';

CREATE FUNCTION soc2.criterion_set_agg_final(internal)
    RETURNS soc2.criterion_set
    AS 'MODULE_PATHNAME', 'soc2_criterion_set_agg_final'
    LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION soc2.criterion_set_agg_final(internal) IS
'aggregate: state as set';

CREATE AGGREGATE soc2.criterion_set_agg(soc2.criterion) (
    SFUNC = soc2.criterion_agg_transition,
    STYPE = internal,
    SSPACE = 600,
    COMBINEFUNC = soc2.criterion_set_agg_combine,
    SERIALFUNC = soc2.criterion_set_agg_serialize,
    DESERIALFUNC = soc2.criterion_set_agg_deserialize,
    FINALFUNC = soc2.criterion_set_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE soc2.criterion_set_agg(soc2.criterion) IS
'set of all the criteria; NULL is skipped, no rows give NULL';

CREATE AGGREGATE soc2.criterion_set_agg(soc2.criterion_set) (
    SFUNC = soc2.criterion_set_agg_transition,
    STYPE = internal,
    SSPACE = 600,
    COMBINEFUNC = soc2.criterion_set_agg_combine,
    SERIALFUNC = soc2.criterion_set_agg_serialize,
    DESERIALFUNC = soc2.criterion_set_agg_deserialize,
    FINALFUNC = soc2.criterion_set_agg_final,
    PARALLEL = SAFE
);
COMMENT ON AGGREGATE soc2.criterion_set_agg(soc2.criterion_set) IS
'union of all the sets; NULL is skipped, no rows give NULL';
