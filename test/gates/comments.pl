#!/usr/bin/perl
# test/gates/comments.pl
#
# What the installed extension consists of, asked of the catalogues: everything
# is described, functions pin what they must, tables travel with pg_dump and
# pg_upgrade, and operators tell the planner what is true of them.
#
# Needs a running server that has the extension's files (PGHOST, PGPORT, PGUSER,
# PGDATABASE); works in a database of its own.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Gate;
use Test::More;

# Functions that may be LEAKPROOF, as regprocedure prints them without schema.
my @leakproof = ();

# Tables and sequences whose content pg_dump need not save, without schema.
my @not_dumped = ('retirements', 'registers', 'register_transitions');

my $database = "soc2_gate_$$";
my $home = $ENV{PGDATABASE} // 'postgres';

# A list of SQL strings, never empty.
sub sql_list
{
    return join ', ', map { my $s = $_; $s =~ s/'/''/g; "'$s'" } '', @_;
}

# What every query starts with: the members of the extension, by catalogue.
sub members
{
    my ($extension) = @_;
    return <<"SQL";
WITH RECURSIVE member AS (
    SELECT d.classid, d.objid
    FROM pg_depend AS d JOIN pg_extension AS e ON d.refobjid = e.oid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = '$extension'),
  relation AS (
    SELECT c.* FROM pg_class AS c JOIN member AS m ON m.classid = 'pg_class'::regclass AND m.objid = c.oid),
  routine AS (
    SELECT p.*, l.lanname FROM pg_proc AS p JOIN pg_language AS l ON l.oid = p.prolang
    JOIN member AS m ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid),
  type AS (
    SELECT t.* FROM pg_type AS t JOIN member AS m ON m.classid = 'pg_type'::regclass AND m.objid = t.oid),
  operator AS (
    SELECT o.*, o.oid::regoperator::text AS name FROM pg_operator AS o
    JOIN member AS m ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid),
  composite AS (
    SELECT c.* FROM pg_class AS c JOIN type AS t ON t.typrelid = c.oid WHERE c.relkind = 'c'),
  col AS (
    SELECT c.oid AS relid, c.relkind, c.relnamespace, a.*, format('%s.%I', c.oid::regclass, a.attname) AS name
    FROM (SELECT * FROM relation WHERE relkind IN ('r', 'p', 'v', 'm', 'f') UNION ALL SELECT * FROM composite) AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
SQL
}

# A further part of WITH: the types that satisfy a condition, and all types made
# of them: domains, arrays, ranges and composite types.
sub types_made_of
{
    my ($condition) = @_;
    return <<"SQL";
, made_of (oid) AS (
    SELECT oid FROM pg_type WHERE $condition
  UNION
    SELECT x.oid
    FROM made_of AS b, LATERAL (
        SELECT t.oid FROM pg_type AS t WHERE t.typbasetype = b.oid
        UNION ALL SELECT t.typarray FROM pg_type AS t WHERE t.oid = b.oid AND t.typarray <> 0
        UNION ALL SELECT r.rngtypid FROM pg_range AS r WHERE r.rngsubtype = b.oid
        UNION ALL SELECT r.rngmultitypid FROM pg_range AS r WHERE r.rngsubtype = b.oid
        UNION ALL SELECT c.reltype FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
            WHERE c.relkind = 'c' AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = b.oid) AS x)
SQL
}

# Index operators of a strategy.
sub index_operators
{
    my ($method, $strategy) = @_;
    return "(SELECT a.amopopr FROM pg_amop AS a JOIN pg_am AS m ON m.oid = a.amopmethod
        WHERE m.amname = '$method' AND a.amopstrategy = $strategy)";
}

# For self-tests: a function on two points, and an operator on it.
my $bad_function = 'CREATE FUNCTION bad_f(point, point) RETURNS boolean LANGUAGE sql IMMUTABLE RETURN true;';

# The DDL that makes operators and puts them into the extension.
sub bad_operators
{
    my (%options) = @_;
    return $bad_function
      . join '', map { "CREATE OPERATOR public.$_ (LEFTARG = point, RIGHTARG = point, FUNCTION = bad_f $options{$_});"
          . "ALTER EXTENSION plpgsql ADD OPERATOR public.$_ (point, point);" } sort keys %options;
}

# Each check: name; a query for offences behind members(); for the self-test
# something bad (it may use the extension plpgsql, which every database has) and
# what the query must then report.
my @checks = (
    [
        'every member has a comment',
        q{SELECT pg_describe_object(classid, objid, 0) FROM member
          WHERE obj_description(objid, classid::regclass::name) IS NULL
            AND NOT (classid = 'pg_type'::regclass AND EXISTS (     -- since 17 these are members
              SELECT FROM pg_type AS t WHERE t.oid = objid AND (t.typelem <> 0 AND t.typlen = -1 OR t.typrelid <> 0)))},
        'CREATE TABLE bad_t (); ALTER EXTENSION plpgsql ADD TABLE bad_t;',
        qr/table public\.bad_t/,
    ],
    [
        'every column has a comment',
        q{SELECT name FROM col WHERE col_description(relid, attnum) IS NULL},
        'CREATE VIEW bad_v AS SELECT 1 AS a; ALTER EXTENSION plpgsql ADD VIEW bad_v;',
        qr/public\.bad_v\.a/,
    ],
    [
        'every column of a composite type has a comment',
        q{SELECT name FROM col WHERE relkind = 'c' AND col_description(relid, attnum) IS NULL},
        'CREATE TYPE bad_c AS (a int); ALTER EXTENSION plpgsql ADD TYPE bad_c;',
        qr/public\.bad_c\.a/,
    ],
    [
        'every trigger, policy and rule has a comment',
        q{SELECT pg_describe_object('pg_trigger'::regclass, t.oid, 0) FROM pg_trigger AS t
          JOIN relation AS c ON c.oid = t.tgrelid
          WHERE NOT t.tgisinternal AND obj_description(t.oid, 'pg_trigger') IS NULL
          UNION ALL
          SELECT pg_describe_object('pg_policy'::regclass, p.oid, 0) FROM pg_policy AS p
          JOIN relation AS c ON c.oid = p.polrelid WHERE obj_description(p.oid, 'pg_policy') IS NULL
          UNION ALL
          SELECT pg_describe_object('pg_rewrite'::regclass, r.oid, 0) FROM pg_rewrite AS r
          JOIN relation AS c ON c.oid = r.ev_class
          WHERE r.rulename <> '_RETURN' AND obj_description(r.oid, 'pg_rewrite') IS NULL},
        'CREATE TABLE bad_t (a tsvector); ALTER EXTENSION plpgsql ADD TABLE bad_t; CREATE TRIGGER bad_g BEFORE INSERT
         ON bad_t FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(a); CREATE POLICY bad_p ON bad_t;',
        qr/(?s)policy bad_p|trigger bad_g/,
    ],
    [
        'constraints are named soc2_... or after their table',
        q{SELECT k.conname || ' on ' || k.conrelid::regclass FROM pg_constraint AS k JOIN relation AS c ON c.oid = k.conrelid
          WHERE k.contype NOT IN ('n', 't') AND NOT starts_with(k.conname, 'soc2_') AND NOT starts_with(k.conname, c.relname || '_')
          UNION ALL
          SELECT k.conname || ' on ' || k.contypid::regtype FROM pg_constraint AS k JOIN type AS t ON t.oid = k.contypid
          WHERE k.contype <> 'n' AND NOT starts_with(k.conname, 'soc2_') AND NOT starts_with(k.conname, t.typname || '_')},
        'CREATE TABLE bad_t (a int CONSTRAINT positive CHECK (a > 0)); ALTER EXTENSION plpgsql ADD TABLE bad_t;',
        qr/positive on public\.bad_t/,
    ],
    [
        'SECURITY DEFINER functions pin search_path to pg_catalog, pg_temp',
        q{SELECT oid::regprocedure FROM routine
          WHERE prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (proconfig), false)},
        'CREATE FUNCTION bad_f() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog RETURN 1;
         ALTER EXTENSION plpgsql ADD FUNCTION bad_f();',
        qr/public\.bad_f\(\)/,
    ],
    [
        'functions not in C set search_path or have a parsed body (procedures that COMMIT cannot)',
        q{SELECT oid::regprocedure FROM routine
          WHERE lanname NOT IN ('c', 'internal') AND prosqlbody IS NULL AND prokind <> 'a'
          AND NOT (prokind = 'p' AND NOT prosecdef AND prosrc ~* '\mCOMMIT\M')
          AND NOT EXISTS (SELECT FROM unnest(proconfig) AS c WHERE c LIKE 'search\_path=%')},
        q{CREATE FUNCTION bad_f() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER EXTENSION plpgsql ADD FUNCTION bad_f();},
        qr/public\.bad_f\(\)/,
    ],
    [
        'tables, views and sequences grant nothing to PUBLIC',
        q{SELECT c.oid::regclass || ' ' || a.privilege_type FROM relation AS c, aclexplode(c.relacl) AS a WHERE a.grantee = 0
          UNION ALL
          SELECT c.name || ' ' || a.privilege_type FROM col AS c, aclexplode(c.attacl) AS a WHERE a.grantee = 0},
        'CREATE TABLE bad_t (a int, b int); ALTER EXTENSION plpgsql ADD TABLE bad_t; GRANT SELECT (a) ON bad_t TO PUBLIC;',
        qr/public\.bad_t\.a SELECT/,
    ],
    [
        'schemas do not let PUBLIC create',
        q{SELECT n.nspname FROM pg_namespace AS n JOIN member AS m ON m.classid = 'pg_namespace'::regclass AND m.objid = n.oid,
          aclexplode(n.nspacl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'},
        'CREATE SCHEMA bad_s; GRANT CREATE ON SCHEMA bad_s TO PUBLIC; ALTER EXTENSION plpgsql ADD SCHEMA bad_s;',
        qr/bad_s/,
    ],
    [
        'no column is of a reg* type that pg_upgrade refuses',
        types_made_of(q{oid IN ('regproc'::regtype, 'regprocedure'::regtype, 'regoper'::regtype, 'regoperator'::regtype,
            'regnamespace'::regtype, 'regconfig'::regtype, 'regdictionary'::regtype, 'regcollation'::regtype)})
          . q{SELECT name FROM col WHERE relkind <> 'v' AND atttypid IN (SELECT oid FROM made_of)},
        'CREATE DOMAIN bad_d AS regproc; CREATE TABLE bad_t (a bad_d[]); ALTER EXTENSION plpgsql ADD TABLE bad_t;',
        qr/public\.bad_t\.a/,
    ],
    [
        'no composite values are stored',
        types_made_of(q{typtype = 'c' OR oid IN ('record'::regtype, '_record'::regtype)})
          . q{SELECT name FROM col WHERE relkind IN ('r', 'p', 'm', 'f') AND atttypid IN (SELECT oid FROM made_of)},
        'CREATE TYPE bad_c AS (a int); CREATE TABLE bad_t (a bad_c[]); ALTER EXTENSION plpgsql ADD TABLE bad_t;',
        qr/public\.bad_t\.a/,
    ],
    [
        'views in soc2_bi have only plain types',
        q{SELECT name || ' ' || format_type(atttypid, atttypmod) FROM col WHERE relnamespace::regnamespace::text = 'soc2_bi'
          AND atttypid NOT IN ('text'::regtype, 'bool'::regtype, 'int4'::regtype, 'int8'::regtype, 'float8'::regtype,
            'date'::regtype, 'timestamptz'::regtype) AND NOT (atttypid = 'numeric'::regtype AND atttypmod <> -1)},
        'CREATE SCHEMA soc2_bi; CREATE VIEW soc2_bi.bad_v AS SELECT 1::numeric AS a; ALTER EXTENSION plpgsql ADD VIEW soc2_bi.bad_v;',
        qr/soc2_bi\.bad_v\.a numeric/,
    ],
    [
        'views over tables with row security are security_invoker',
        q{SELECT DISTINCT v.oid::regclass FROM relation AS v JOIN pg_rewrite AS r ON r.ev_class = v.oid
          JOIN pg_depend AS d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid AND d.refclassid = 'pg_class'::regclass
          JOIN pg_class AS t ON t.oid = d.refobjid
          WHERE v.relkind = 'v' AND t.relrowsecurity
          AND NOT coalesce(v.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)},
        'CREATE TABLE bad_t (a int); ALTER TABLE bad_t ENABLE ROW LEVEL SECURITY; CREATE VIEW bad_v AS SELECT a FROM bad_t;
         ALTER EXTENSION plpgsql ADD VIEW bad_v;',
        qr/public\.bad_v/,
    ],
    [
        'tables and sequences are registered for pg_dump',
        q{SELECT c.oid::regclass FROM relation AS c
          WHERE c.relkind IN ('r', 'p', 'S') AND c.relname NOT IN (} . sql_list(@not_dumped) . q{)
          AND NOT EXISTS (SELECT FROM pg_extension AS e WHERE c.oid = ANY (e.extconfig))},
        'CREATE TABLE bad_t (a int GENERATED ALWAYS AS IDENTITY); ALTER EXTENSION plpgsql ADD TABLE bad_t;',
        qr/public\.bad_t/,
    ],
    [
        'objects are in the schemas soc2 and soc2_bi',
        q{SELECT pg_describe_object(m.classid, m.objid, 0) FROM member AS m, pg_identify_object(m.classid, m.objid, 0) AS i
          WHERE i.schema NOT IN ('soc2', 'soc2_bi')},
        'CREATE TABLE bad_t (); ALTER EXTENSION plpgsql ADD TABLE bad_t;',
        qr/table public\.bad_t/,
    ],
    [
        'no operator is an empty shell',
        q{SELECT name FROM operator WHERE oprcode = 0},
        bad_operators('@#@' => ', COMMUTATOR = OPERATOR(public.@##@)') . 'ALTER EXTENSION plpgsql ADD OPERATOR public.@##@ (point, point);',
        qr/\@##\@/,
    ],
    [
        'boolean operators, and + and * on one type, have a commutator',
        q{SELECT name FROM operator WHERE oprkind = 'b' AND oprcom = 0
          AND (oprresult = 'bool'::regtype OR (oprname IN ('+', '*') AND oprleft = oprright))},
        bad_operators('@#@' => ''),
        qr/\@#\@/,
    ],
    [
        'commutators are each other\'s, with the arguments exchanged',
        q{SELECT o.name FROM operator AS o LEFT JOIN pg_operator AS k ON k.oid = o.oprcom
          WHERE o.oprcom <> 0 AND (k.oid IS NULL OR k.oprcom <> o.oid OR k.oprresult <> o.oprresult
            OR k.oprleft <> o.oprright OR k.oprright <> o.oprleft)},
        bad_operators('@#@' => '') . q{UPDATE pg_operator SET oprcom = '=(int4,int4)'::regoperator WHERE oprname = '@#@';},
        qr/\@#\@/,
    ],
    [
        'negators are each other\'s, on the same arguments, and = has one',
        q{SELECT o.name FROM operator AS o LEFT JOIN pg_operator AS k ON k.oid = o.oprnegate
          WHERE o.oprnegate <> 0 AND (k.oid IS NULL OR k.oid = o.oid OR k.oprnegate <> o.oid OR k.oprresult <> 'bool'::regtype
            OR o.oprresult <> 'bool'::regtype OR k.oprleft <> o.oprleft OR k.oprright <> o.oprright)
          OR o.oprnegate = 0 AND o.oprname = '='},
        bad_operators('=' => ''),
        qr/public\.=\(point,point\)/,
    ],
    [
        'boolean operators have selectivity estimators',
        q{SELECT name FROM operator WHERE oprresult = 'bool'::regtype AND (oprrest = 0 OR oprkind = 'b' AND oprjoin = 0)},
        bad_operators('@#@' => ', RESTRICT = contsel'),
        qr/\@#\@/,
    ],
    [
        'operators that hash are in a hash class, and the other way round',
        q{SELECT name FROM operator WHERE oprcanhash <> (oid IN } . index_operators('hash', 1) . q{)},
        bad_operators('=' => ', HASHES'),
        qr/public\.=/,
    ],
    [
        'operators that merge are equality of a btree class, and the other way round',
        q{SELECT name FROM operator WHERE oprcanmerge <> (oid IN } . index_operators('btree', 3) . q{)},
        bad_operators('=' => ', MERGES'),
        qr/public\.=/,
    ],
    [
        'functions of operators have comments and are not volatile',
        q{SELECT o.name FROM operator AS o JOIN pg_proc AS p ON p.oid = o.oprcode
          WHERE p.provolatile = 'v' OR obj_description(p.oid, 'pg_proc') IS NULL},
        bad_operators('@#@' => ''),
        qr/\@#\@/,
    ],
    [
        'operator classes are complete',
        q{SELECT pg_describe_object('pg_opclass'::regclass, oc.oid, 0) FROM pg_opclass AS oc
          JOIN member AS m ON m.classid = 'pg_opclass'::regclass AND m.objid = oc.oid WHERE NOT amvalidate(oc.oid)},
        bad_operators('=' => '') . 'CREATE OPERATOR CLASS bad_o FOR TYPE point USING btree AS OPERATOR 3 public.=;
         ALTER EXTENSION plpgsql ADD OPERATOR CLASS bad_o USING btree;',
        qr/bad_o/,
    ],
    [
        'input and output functions are strict, parallel safe and not volatile',
        q{SELECT p.oid::regprocedure FROM type AS t JOIN pg_proc AS p ON p.oid IN (t.typinput, t.typoutput, t.typreceive, t.typsend)
          WHERE t.typtype = 'b' AND (p.provolatile = 'v' OR p.proparallel <> 's' OR NOT p.proisstrict)},
        q{CREATE TYPE bad_b; CREATE FUNCTION bad_in(cstring) RETURNS bad_b LANGUAGE internal STRICT AS 'int4in';
          CREATE FUNCTION bad_out(bad_b) RETURNS cstring LANGUAGE internal STRICT IMMUTABLE PARALLEL SAFE AS 'int4out';
          CREATE TYPE bad_b (INPUT = bad_in, OUTPUT = bad_out, LIKE = int4); ALTER EXTENSION plpgsql ADD TYPE bad_b;},
        qr/bad_in/,
    ],
    [
        'functions of operators, operator classes and casts are parallel safe; support functions are immutable',
        q{SELECT p.oid::regprocedure FROM routine AS p
          WHERE p.oid IN (SELECT oprcode FROM pg_operator UNION SELECT castfunc FROM pg_cast) AND p.proparallel <> 's'
          OR p.oid IN (SELECT amproc FROM pg_amproc) AND (p.proparallel <> 's' OR p.provolatile <> 'i')},
        bad_operators('@#@' => '') . 'ALTER EXTENSION plpgsql ADD FUNCTION bad_f(point, point);',
        qr/bad_f/,
    ],
    [
        'only listed functions are leakproof',
        q{SELECT oid::regprocedure FROM routine WHERE proleakproof
          AND regexp_replace(oid::regprocedure::text, '^[^.(]*\.', '') NOT IN (} . sql_list(@leakproof) . q{)},
        "$bad_function ALTER FUNCTION bad_f(point, point) LEAKPROOF; ALTER EXTENSION plpgsql ADD FUNCTION bad_f(point, point);",
        qr/bad_f/,
    ],
    [
        'functions on one C symbol have the same attributes',
        q{SELECT string_agg(oid::regprocedure::text, ', ' ORDER BY oid) FROM routine WHERE lanname IN ('c', 'internal')
          GROUP BY probin, prosrc HAVING count(DISTINCT (proisstrict, provolatile, proparallel, proleakproof)) > 1},
        q{CREATE FUNCTION bad_1(int4) RETURNS int4 LANGUAGE internal STRICT AS 'int4um';
          CREATE FUNCTION bad_2(int4) RETURNS int4 LANGUAGE internal AS 'int4um';
          ALTER EXTENSION plpgsql ADD FUNCTION bad_1(int4); ALTER EXTENSION plpgsql ADD FUNCTION bad_2(int4);},
        qr/bad_1.*bad_2/,
    ],
);

# The offences that a check finds among the members of an extension; a failing
# query is one.
sub offences
{
    my ($check, $extension, $before, $after) = @_;
    my ($status, @rows) = psql_rows($database,
        join "\n", $before // '', 'SET search_path = pg_catalog;', members($extension) . "$check->[1]\nORDER BY 1;", $after // '');
    return $status == 0 ? @rows : join "\n  ", "the query fails with status $status", @rows;
}

# Drop the database at the end, whatever the end is.
my $created;
END
{
    my $status = $?;
    psql_rows($home, qq{DROP DATABASE IF EXISTS "$database" WITH (FORCE);}) if $created;
    $? = $status;
}

my ($status, @output) = psql_rows($home, qq{CREATE DATABASE "$database" TEMPLATE template0;});
$created = $status == 0;
if (!$created)
{
    fail('a server is running and lets us create a database');
    diag(join "\n", @output);
    done_testing();
    exit 1;
}

# Self-tests, undone one by one. System catalogues are written to make an
# operator that no command would make.
for my $check (@checks)
{
    my $before = "BEGIN; SET LOCAL allow_system_table_mods = on; SET search_path = public; $check->[2]";
    my @found = offences($check, 'plpgsql', $before, 'ROLLBACK;');
    diag(grep { /^the query fails/ } @found);
    finds("the opposite of: $check->[0]", $check->[3], grep { !/^the query fails/ } @found);
}

# The extension.

($status, @output) = psql_rows($database, 'CREATE EXTENSION soc2 CASCADE;');
if (!ok($status == 0, 'CREATE EXTENSION soc2 CASCADE'))
{
    diag(join "\n", @output);
    done_testing();
    exit 1;
}
my (undef, $members) = psql_rows($database, members('soc2') . 'SELECT count(*) FROM member;');
cmp_ok($members, '>', 0, 'the extension has members');
{
    my (undef, $found) = psql_rows($database,
        members('soc2') . "SELECT count(*) FROM member
            WHERE classid = 'pg_namespace'::regclass AND objid::regnamespace::text = 'soc2';");
    is($found, 1, 'schema soc2 is a member');
}
no_offences($_->[0], offences($_, 'soc2')) for @checks;

# No rule for the rest: a list to look at.
my (undef, @unsafe) = psql_rows($database,
    members('soc2') . q{SELECT oid::regprocedure FROM routine WHERE lanname = 'c' AND provolatile = 'v' AND proparallel = 'u'
      AND prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype) ORDER BY oid::regprocedure::text;});
note('C functions, not of triggers, that are VOLATILE and PARALLEL UNSAFE: ' . (join(', ', @unsafe) || 'none'));
my (undef, @unpinned) = psql_rows($database,
    members('soc2') . q{SELECT oid::regprocedure FROM routine
      WHERE prokind = 'p' AND lanname <> 'c' AND proconfig IS NULL ORDER BY 1;});
note('procedures that cannot pin search_path: ' . (join(', ', @unpinned) || 'none'));

done_testing();
