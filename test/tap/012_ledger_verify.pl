# The tamper matrix: a ledger of one's own with a column of each common type, two
# seals and rows that are not sealed yet, in the hands of a superuser who takes
# every guard down and puts them back.  Proves that soc2.verify_ledger() names
# each change by its problem and its row; that what the chain alone cannot show,
# a removed end and a chain written anew, shows in the log or by a checkpoint
# that was kept; that damaged values and a lying index are named; and that a
# clean ledger is silent, on a standby and after a restore too.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(guards_down guards_up);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ], allows_streaming => 1);
$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE TYPE mood AS ENUM ('fine', 'bad');
CREATE TABLE t (
    id bigint PRIMARY KEY, b boolean, i2 smallint, i4 integer, f4 real, f8 double precision, num numeric,
    txt text, vc varchar(20), ch char(5), n name, by bytea, d date, tm time, tmz timetz, ts timestamp,
    tz timestamptz, iv interval, u uuid, ip inet, js json, jb jsonb, bits bit(4), arr integer[], r int4range,
    m mood, c soc2.criterion, cs soc2.criterion_set, secret text, secret_bytes bytea);
SELECT soc2.create_ledger('t', '{secret,secret_bytes}');
CREATE FUNCTION add_rows(first integer, last integer) RETURNS void LANGUAGE sql AS $$
    INSERT INTO t
    SELECT i, true, 1, i, 0.5, 0.25, 1.50, 'text ' || i, 'v', 'c', 'n', '\x0102', '2024-01-01', '12:00',
        '12:00+00', '2024-01-01 12:00', '2024-01-01 12:00+00', '1 day', '6b86b273-ff34-4ce1-9d6b-804eff5a3f57',
        '10.0.0.1', '{"a":1}', '{"a":1}', '1010', '{1,2}', '[1,5)', 'fine', 'CC6.1', '{CC6.1}', 'secret ' || i,
        '\x0304'
    FROM generate_series(first, last) AS i;
$$;
SQL
# All rows go through one session, and so into one lane, but for one of another.
$node->safe_psql('postgres', <<'SQL');
SELECT add_rows(1, 8);
SELECT * FROM soc2.seal('t');
CREATE TABLE kept AS SELECT 1 AS n, soc2.checkpoint('t') AS checkpoint;
SELECT add_rows(9, 16);
SELECT * FROM soc2.seal('t');
INSERT INTO kept SELECT 2, soc2.checkpoint('t');
SELECT add_rows(17, 20);
SELECT soc2.redact('t', ledger_lane, 3, 'test') FROM t WHERE id = 3;
CREATE TABLE backup AS SELECT * FROM t WHERE id <= 12;
SQL
my $lane = $node->safe_psql('postgres', 'SELECT DISTINCT ledger_lane FROM t');
like($lane, qr/^\d+$/, 'all rows are in one lane');

my @own = map { "soc2.$_" } qw(ledgers ledger_seals ledger_seal_ranges ledger_tiles ledger_redactions ledger_prunes);
my $unguarded = "ALTER EVENT TRIGGER soc2_ddl_start DISABLE;\n";
my $guarded = "ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;\n";
my $down = guards_down('t', @own);
my $up = guards_up('t', @own);

# What verifying says after some SQL, which is undone: "seq problem" for each.
# Workers have to say the same, word for word and in the same order.
sub verified
{
	my ($sql, $checkpoint) = @_;
	my $argument = $checkpoint ? "(SELECT checkpoint FROM kept WHERE n = $checkpoint)" : 'NULL';
	my $verify = "SELECT format('%s: %s', concat_ws(' ', seq, problem), v::text) FROM soc2.verify_ledger('t', $argument) AS v";
	my ($alone, $workers) = split /^workers\n?/m, $node->safe_psql('postgres', <<"SQL");
SET client_min_messages = error;
BEGIN;
$sql;
SET LOCAL max_parallel_maintenance_workers = 0;
$verify;
SELECT 'workers';
SET LOCAL max_parallel_maintenance_workers = 2;
SET LOCAL min_parallel_table_scan_size = 0;
$verify;
ROLLBACK;
SQL
	is($workers // '', $alone =~ s/\n\z//r, 'workers find the same');
	return join ', ', map { s/: .*//r } split /\n/, $alone;
}

# SQL that sets what is declared NOT NULL to NULL
sub nulled
{
	my ($table, $column, $where) = @_;
	return "ALTER TABLE soc2.$table ALTER $column DROP NOT NULL; UPDATE soc2.$table SET $column = NULL WHERE $where";
}

# Tamper with the guards down, put them back, and verify
sub tamper
{
	my ($name, $sql, $expected, $checkpoint) = @_;
	my $found = verified("$down\n$sql;\n$up", $checkpoint);
	return ref $expected ? like($found, $expected, $name) : is($found, $expected, $name);
}

is(verified('SELECT'), '', 'a clean ledger: nothing');
is(verified('SELECT', $_), '', "a clean ledger and checkpoint $_: nothing") for 1, 2;
is(verified("$down$up"), '', 'guards taken down and put back: nothing');

# each type of column, of a row that is sealed and of one that is not
my %changed = (
	id => '500', b => 'false', i2 => '2', i4 => '-1', f4 => '0.5000001', f8 => '0.25000000000000006', num => '1.5',
	txt => q{'other'}, vc => q{'w'}, ch => q{'d'}, n => q{'m'}, by => q{'\x0103'}, d => q{'2024-01-02'},
	tm => q{'12:00:00.000001'}, tmz => q{'13:00+01'}, ts => q{'infinity'}, tz => q{'2024-01-01 12:00:00.000001+00'},
	iv => q{'24 hours'}, u => 'gen_random_uuid()', ip => q{'10.0.0.1/24'}, js => q{'{"a": 1}'}, jb => q{'{"a":1.0}'},
	bits => q{B'1011'}, arr => q{'[0:1]={1,2}'}, r => q{'[1,6)'}, m => q{'bad'}, c => q{'outline:CC6.1'},
	cs => q{'{}'}, secret => q{'another'}, secret_bytes => 'NULL');
for my $column (sort keys %changed)
{
	tamper("$column changed, row sealed", "UPDATE t SET $column = $changed{$column} WHERE id = 5", '5 content');
	tamper("$column changed, row not sealed", "UPDATE t SET $column = $changed{$column} WHERE id = 18", '18 content');
}
tamper('a redacted row changed', q{UPDATE t SET txt = 'x' WHERE id = 3}, '3 content');
tamper('rows swapped', <<'SQL', qr/^(?=.*\b5 content)(?=.*\b6 content)(?=.*\b5 log)(?=.*\b6 log)/);
UPDATE t SET ledger_seq = 99 WHERE id = 5;
UPDATE t SET ledger_seq = 5 WHERE id = 6;
UPDATE t SET ledger_seq = 6 WHERE id = 5
SQL

# rows removed
tamper('first row', 'DELETE FROM t WHERE id = 1', '1 gap');
tamper('middle rows', 'DELETE FROM t WHERE id IN (5, 6, 12)', '5 gap, 12 gap');
tamper('the last rows, sealed ones among them', 'DELETE FROM t WHERE id > 10', '11 truncated');
tamper('the last rows, none sealed: not found, as documented', 'DELETE FROM t WHERE id > 16', '');
tamper('the whole lane', 'DELETE FROM t', '3 truncated, 1 truncated');
tamper('TRUNCATE', 'TRUNCATE t', '3 truncated, 1 truncated');

# rows added
tamper('a row forged at the end', <<"SQL", '21 content, 21 link');
INSERT INTO t (id, ledger_lane, ledger_seq, ledger_prev, ledger_hash)
VALUES (21, $lane, 21, sha256('a')::soc2.digest, sha256('b')::soc2.digest)
SQL
tamper('a row in a lane of its own', <<"SQL", '1 content, 1 link');
INSERT INTO t (id, ledger_lane, ledger_seq, ledger_prev, ledger_hash)
VALUES (21, $lane + 1, 1, sha256('a')::soc2.digest, sha256('b')::soc2.digest)
SQL

# the chain written anew from some row on, with hashes that fit: the chaining
# trigger makes them, in the lane that they were in
sub rewrite
{
	my ($from) = @_;
	my $after = $from - 1;
	return <<"SQL";
CREATE TEMP TABLE copied AS SELECT * FROM t WHERE id > $after ORDER BY id;
CREATE TEMP TABLE old_lane AS SELECT * FROM t WHERE id <= $after;
UPDATE copied SET txt = 'rewritten', ledger_lane = NULL, ledger_seq = NULL, ledger_prev = NULL, ledger_hash = NULL,
    ledger_salt = NULL;
DELETE FROM t;
ALTER TABLE t ENABLE TRIGGER ALL;
INSERT INTO t SELECT * FROM copied ORDER BY id LIMIT 1;
CREATE TEMP TABLE session_lane AS SELECT ledger_lane FROM t;
ALTER TABLE t DISABLE TRIGGER ALL;
DELETE FROM t;
INSERT INTO t SELECT * FROM old_lane;
ALTER TABLE t ENABLE TRIGGER ALL;
INSERT INTO t SELECT * FROM copied ORDER BY id
SQL
}
# Where the session has another lane, its rows cannot follow those of the first.
my $same_lane = $node->safe_psql('postgres', <<'SQL');
BEGIN; SELECT FROM add_rows(21, 21); SELECT (SELECT count(DISTINCT ledger_lane) = 1 FROM t); ROLLBACK;
SQL
SKIP:
{
	skip 'sessions have lanes of their own', 4 if $same_lane !~ /^t$/m;
	tamper('unsealed rows written anew: not found, as documented', rewrite(17), '');
	tamper('sealed rows written anew', rewrite(12), '12 log, 13 log, 14 log, 15 log, 16 log');
	my $no_log = join ";\n", map { "DELETE FROM soc2.$_" } qw(ledger_seals ledger_seal_ranges ledger_tiles);
	tamper('the log removed with them: not found without a checkpoint', rewrite(12) . ";$no_log", '');
	tamper('the log removed with them, and a checkpoint', rewrite(12) . ";$no_log", 'checkpoint', 1);
}

# an older copy of the table in its place
tamper('an old backup', 'DELETE FROM t; INSERT INTO t SELECT * FROM backup', '13 truncated');
tamper('an old backup of table and log', <<'SQL', '9 truncated');
DELETE FROM t; INSERT INTO t SELECT * FROM backup WHERE id <= 8
SQL
tamper('an old backup of table and log, and the checkpoint after it', <<'SQL', 'checkpoint', 2);
DELETE FROM t WHERE id > 8;
DELETE FROM soc2.ledger_seals WHERE seal_id = 2;
DELETE FROM soc2.ledger_seal_ranges WHERE seal_id = 2;
DELETE FROM soc2.ledger_tiles WHERE width = 16
SQL

# the log
my %log = (
	'seals removed' => [ 'DELETE FROM soc2.ledger_seals', qr/^log(, log)*$/ ],
	'the first seal removed' => [ 'DELETE FROM soc2.ledger_seals WHERE seal_id = 1', qr/^log(, log)*$/ ],
	'the last seal removed' => [ 'DELETE FROM soc2.ledger_seals WHERE seal_id = 2', 'log' ],
	'ranges removed' => [ 'DELETE FROM soc2.ledger_seal_ranges', qr/^log(, log)*$/ ],
	'a range removed' => [ 'DELETE FROM soc2.ledger_seal_ranges WHERE seal_id = 1', qr/^log(, log)*$/ ],
	'a range cut' => [ 'UPDATE soc2.ledger_seal_ranges SET last_seq = 15 WHERE seal_id = 2', qr/^log(, log)*$/ ],
	'a range without an end' =>
	  [ 'UPDATE soc2.ledger_seal_ranges SET last_seq = 9223372036854775807 WHERE seal_id = 2', qr/^log(, log)*$/ ],
	'tiles removed' => [ 'DELETE FROM soc2.ledger_tiles', 'log' ],
	'the last tile removed' => [ 'DELETE FROM soc2.ledger_tiles WHERE width = 16', 'log' ],
	'a root changed' => [ q{UPDATE soc2.ledger_seals SET root = sha256('x')::soc2.digest WHERE seal_id = 1}, 'log' ],
	'the last root changed' => [ q{UPDATE soc2.ledger_seals SET root = sha256('x')::soc2.digest WHERE seal_id = 2}, 'log' ],
	'a size changed' => [ 'UPDATE soc2.ledger_seals SET size = 15 WHERE seal_id = 2', 'log' ],
	'an incarnation skipped' => [ 'UPDATE soc2.ledger_seals SET incarnation = 3 WHERE seal_id = 2', 'log' ],
	'an incarnation without a past' => [ 'UPDATE soc2.ledger_seals SET incarnation = 2, incarnation_id = gen_random_uuid() WHERE seal_id = 2', 'log' ],
	'an incarnation without a past and an id' => [ 'UPDATE soc2.ledger_seals SET incarnation = 2 WHERE seal_id = 2', 'log, log' ],
	'an id within an incarnation' => [ 'UPDATE soc2.ledger_seals SET incarnation_id = gen_random_uuid() WHERE seal_id = 2', 'log' ],
	'a hash in a tile changed' => [
		'UPDATE soc2.ledger_tiles SET hashes = set_byte(hashes, 330, get_byte(hashes, 330) # 1) WHERE width = 16',
		'log, 11 log' ],
	'a hash in all tiles changed' => [
		'UPDATE soc2.ledger_tiles SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1)', 'log, log, 1 log' ],
	'a root gone' => [ nulled('ledger_seals', 'root', 'seal_id = 1'), 'log' ],
	'the last root gone' => [ nulled('ledger_seals', 'root', 'seal_id = 2'), 'log' ],
	'a size gone' => [ nulled('ledger_seals', 'size', 'seal_id = 2'), qr/^log(, log)*$/ ],
	'a range without a place' => [ nulled('ledger_seal_ranges', 'position', 'seal_id = 2'), qr/^log(, log)*$/ ],
	'a tile without hashes' => [ nulled('ledger_tiles', 'hashes', 'width = 16'), qr/^log(, log)*$/ ],
	'a commitment gone' => [ nulled('ledger_redactions', 'commitment', 'true'), '3 content, 3 content' ],
	'a tile cut' => [ q{UPDATE soc2.ledger_tiles SET hashes = '\x00' WHERE width = 16}, qr/^log(, log)*$/ ],
	'a tile too many' => [
		q{INSERT INTO soc2.ledger_tiles SELECT ledger_id, 1, 0, 1, decode(repeat('00', 32), 'hex') FROM soc2.ledgers
		  WHERE relation = 't'::regclass}, 'log' ]);
for my $name (sort keys %log)
{
	tamper($name, $log{$name}[0], $log{$name}[1]);
}
# with rows enough for a tile above the lowest
is(verified(<<"SQL"), 'log', 'a hash above the lowest tiles changed');
DO 'BEGIN PERFORM add_rows(21, 300); PERFORM FROM soc2.seal(\$\$t\$\$); END';
$down
UPDATE soc2.ledger_tiles SET hashes = set_byte(hashes, 0, get_byte(hashes, 0) # 1) WHERE level = 1;
$up
SQL
tamper('a hash and all that was sealed of it', <<'SQL', qr/^log, log, 5 content, 6 link$|^log, log, 5 content, 5 log, 6 link$/);
UPDATE t SET ledger_hash = sha256('x')::soc2.digest WHERE id = 5;
UPDATE soc2.ledger_tiles SET hashes = overlay(hashes PLACING
    sha256('\x00' || sha256('x')) FROM 129 FOR 32)
SQL

# checkpoints
like(verified(q{UPDATE kept SET checkpoint = replace(checkpoint, E'\n8\n', E'\n9\n')}, 1), qr/^checkpoint$/,
	'a checkpoint of another size');
like(verified(q{UPDATE kept SET checkpoint = replace(checkpoint, E'\n16\n', E'\n17\n')}, 2), qr/^checkpoint$/,
	'a checkpoint beyond the log');
is(verified(q{UPDATE kept SET checkpoint = replace(checkpoint, E'/1\n', E'/2\n')}, 2), '',
	'a checkpoint of another incarnation counts');
for my $bad (q{''}, q{'x'}, q{checkpoint || 'x'}, q{replace(checkpoint, E'\n8\n', E'\n08\n')}, q{replace(checkpoint, '/', '/0')})
{
	my ($code, $out, $error) = $node->psql('postgres',
		"\\set VERBOSITY verbose\nSELECT * FROM soc2.verify_ledger('t', (SELECT $bad FROM kept WHERE n = 1))");
	like($error, qr/ERROR:  22023:/, "no checkpoint of the ledger: $bad");
}

# the definition of the table
is(verified("$unguarded$_->[1];\n$guarded"), $_->[2], $_->[0]) for (
	[ 'a guard dropped', 'DROP TRIGGER ' . trigger('UPDATE') . ' ON t', 'catalog' ],
	[ 'triggers disabled', 'ALTER TABLE t DISABLE TRIGGER ALL', 'catalog, catalog, catalog, catalog' ],
	[ 'the guard replaced', <<'SQL', 'catalog' ],
CREATE OR REPLACE FUNCTION soc2.ledger_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'
SQL
	[ 'the chain replaced', <<'SQL', 'catalog' ],
CREATE OR REPLACE FUNCTION soc2.ledger_chain() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'
SQL
	[ 'guards of the seals down', 'ALTER TABLE soc2.ledger_seals DISABLE TRIGGER ALL', 'catalog, catalog, catalog' ],
	[ 'not logged', 'ALTER TABLE t SET UNLOGGED', 'catalog' ],
	[ 'the unique index dropped', unique_index() , 'catalog' ],
	[ 'a rule', 'CREATE RULE r AS ON INSERT TO t DO INSTEAD NOTHING', 'catalog' ]);
is(verified("${unguarded}ALTER TABLE t ALTER COLUMN num TYPE numeric(10,3) USING num;\n$guarded"), join(', ', map { "$_ content" } 1 .. 20),
	'a type changed');
is(verified("${unguarded}ALTER TABLE t ALTER COLUMN i4 TYPE bigint USING i4 + (id = 7)::integer;\n$guarded"), '7 content',
	'one value changed while its type was');
is(verified("${unguarded}ALTER TABLE t ADD COLUMN more text DEFAULT 'x';\n$guarded"), join(', ', map { "$_ content" } 1 .. 20),
	'a column added with a default');
is(verified('ALTER TABLE t ADD COLUMN more text'), '', 'a column added without: nothing');
is(verified('ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t'), '', 'the table renamed: nothing');

# Name of the trigger of a guard
sub trigger
{
	my ($event) = @_;
	my %bit = (UPDATE => 16, DELETE => 8);
	return $node->safe_psql('postgres', <<"SQL");
SELECT quote_ident(tgname) FROM pg_trigger
WHERE tgrelid = 't'::regclass AND tgfoid = 'soc2.ledger_guard'::regproc AND tgtype & $bit{$event} <> 0
SQL
}

# SQL that drops the unique index of the ledger
sub unique_index
{
	return $node->safe_psql('postgres', <<'SQL');
SELECT coalesce((SELECT format('ALTER TABLE t DROP CONSTRAINT %I', conname) FROM pg_constraint WHERE conindid = i.indexrelid),
                format('DROP INDEX %s', i.indexrelid::regclass))
FROM pg_index AS i WHERE i.indrelid = 't'::regclass AND i.indisunique AND NOT i.indisprimary
SQL
}

# a value whose output fails hides no other row: a label of the enum is gone
sub unlabelled
{
	my ($label) = @_;
	return <<"SQL";
SET LOCAL allow_system_table_mods = on;
DELETE FROM pg_enum WHERE enumtypid = 'mood'::regtype AND enumlabel = '$label'
SQL
}
tamper('a value that cannot be read', "UPDATE t SET m = 'bad' WHERE id = 9;\n" . unlabelled('bad'), '9 content');
# in the order of the table, where the redacted row is the last
tamper('no row can be read', unlabelled('fine'), join(', ', map { "$_ content" } 1, 2, 4 .. 20, 3));
tamper('rows that cannot be read, and others that are wrong',
	"UPDATE t SET m = 'bad' WHERE id IN (2, 9); UPDATE t SET txt = '' WHERE id = 4; DELETE FROM t WHERE id = 6;\n"
	  . unlabelled('bad'), '2 content, 9 content, 4 content, 6 gap');

# an index that was not kept while rows were written
my $index = $node->safe_psql('postgres', <<'SQL');
SELECT indexrelid FROM pg_index WHERE indrelid = 't'::regclass AND indisunique AND NOT indisprimary
SQL
sub unindexed
{
	my ($sql) = @_;
	return <<"SQL";
SET LOCAL allow_system_table_mods = on;
UPDATE pg_index SET indisready = false, indislive = false WHERE indexrelid = $index;
$sql;
UPDATE pg_index SET indisready = true, indislive = true WHERE indexrelid = $index
SQL
}
tamper('a row that the index does not have', unindexed(<<"SQL"), '21 content, 21 link, 21 index');
INSERT INTO t (id, ledger_lane, ledger_seq, ledger_prev, ledger_hash)
VALUES (21, $lane, 21, sha256('a')::soc2.digest, sha256('b')::soc2.digest)
SQL
tamper('a position that the index does not have', unindexed('UPDATE t SET ledger_seq = 25 WHERE id = 20'),
	'20 gap, 25 content, 20 index, 25 index');

# a standby, and a table that is all visible
$node->safe_psql('postgres', 'VACUUM t');
is(verified('SELECT', 2), '', 'a clean ledger after VACUUM: nothing');
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;
is($standby->safe_psql('postgres', "SELECT * FROM soc2.verify_ledger('t', (SELECT checkpoint FROM kept WHERE n = 2))"),
	'', 'a clean ledger on a standby: nothing');
$node->safe_psql('postgres', "$down UPDATE t SET txt = 'x' WHERE id = 5; $up");
$node->wait_for_catchup($standby, 'replay', $node->lsn('write'));
is($standby->safe_psql('postgres', "SELECT concat_ws(' ', seq, problem) FROM soc2.verify_ledger('t')"),
	'5 content', 'and one that was tampered with');

# what was redacted and pruned goes along with a dump
$node->safe_psql('postgres', "$down UPDATE t SET txt = 'text 5' WHERE id = 5; $up");
is($node->safe_psql('postgres', "SELECT soc2.prune_ledger('t', $lane, 2, 'test')"), '2', 'rows pruned');
is(verified('SELECT', 1), '', 'after pruning: nothing');
tamper('hash of the last row that was pruned gone', nulled('ledger_prunes', 'last_hash', 'true'), '1 gap');
tamper('evidence of the prune gone', nulled('ledger_prunes', 'evidence_id', 'true'), '1 gap');

# tables of an older version of the extension, which ended before some column
for my $end (
	[ 'ledgers', 'ledger_id' ], [ 'ledgers', 'redactable' ], [ 'ledger_seals', 'incarnation_id' ],
	[ 'ledger_seal_ranges', 'position' ], [ 'ledger_tiles', 'hashes' ], [ 'ledger_prunes', 'evidence_id' ])
{
	my ($table, $column) = @$end;
	my ($columns, $key) = split /\|/, $node->safe_psql('postgres', <<"SQL");
SELECT string_agg(a.attname, ', ' ORDER BY a.attnum), (SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'soc2_${table}_pkey')
FROM pg_attribute AS a JOIN pg_attribute AS e ON e.attrelid = a.attrelid AND e.attnum > a.attnum
WHERE a.attrelid = 'soc2.$table'::regclass AND a.attnum > 0 AND e.attname = '$column'
SQL
	my ($code, $out, $error) = $node->psql('postgres', <<"SQL");
\\set VERBOSITY sqlstate
BEGIN;
$unguarded
ALTER TABLE soc2.$table RENAME TO newer;
ALTER INDEX soc2.soc2_${table}_pkey RENAME TO newer_pkey;
CREATE TABLE soc2.$table AS SELECT $columns FROM soc2.newer;
ALTER TABLE soc2.$table ADD CONSTRAINT soc2_${table}_pkey $key;
SELECT * FROM soc2.verify_ledger('t');
SQL
	like($error, qr/ERROR:  55000/, "a table $table without $column: an older version");
}

my $dump = $node->data_dir . '/../t.dump';
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, 'postgres' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE copy');
$node->command_ok([ 'pg_restore', '-j', '2', '-d', 'copy', $dump ], 'pg_restore in parallel');
is( $node->safe_psql('copy', "SELECT * FROM soc2.verify_ledger('t', (SELECT checkpoint FROM kept WHERE n = 1))"),
	'', 'a restored ledger: nothing');

done_testing();
