# soc2.verify_ledger() by several processes, on a ledger of many pages in several
# lanes.  Proves that workers take part; that they report what one process does,
# word for word and in the same order, where rows are malformed, wrong, missing or
# cannot be read; that there are none where there can be none; that they see the
# snapshot of the caller, also on a standby; and that an error or a cancelled
# statement ends them and leaves no memory or file behind.
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
# shared memory that is a file can be counted
$node->append_conf('postgresql.conf', <<'CONF');
autovacuum = off
dynamic_shared_memory_type = mmap
min_parallel_table_scan_size = 0
CONF
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE TYPE mood AS ENUM ('fine', 'bad');
CREATE TABLE t (id bigint, txt text, m mood, secret text);
SELECT soc2.create_ledger('t', '{secret}');
SQL
my $segments = segments();
my $script = $node->data_dir . '/../rows.sql';
append_to_file($script, <<'SQL');
INSERT INTO t SELECT 1000 * :client_id + i, repeat('text ', 10), 'fine', 'secret ' || i FROM generate_series(1, 50) AS i;
SQL
$node->command_ok([ 'pgbench', '-n', '-c', 4, '-t', 20, '-f', $script, 'postgres' ], 'rows by several clients');
$node->safe_psql('postgres', <<'SQL');
INSERT INTO t SELECT 10000 + i, repeat('text ', 10), 'fine', 'secret ' || i FROM generate_series(1, 4000) AS i;
SELECT FROM soc2.seal('t');
SELECT soc2.redact('t', ledger_lane, ledger_seq, 'test') FROM t WHERE id % 1000 = 7 AND id < 10000 LIMIT 5;
SQL

my $alone = 'SET LOCAL max_parallel_maintenance_workers = 0';
my $verify = q{SELECT v::text FROM soc2.verify_ledger('t') AS v};

# Segments of dynamic shared memory: in a session there is one that goes with it
sub segments
{
	$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE backend_type = 'client backend'});
	return join ' ', map { s{.*/}{}r } sort glob $node->data_dir . '/pg_dynshmem/*';
}

# What one process finds after some SQL, which is undone; workers find the same.
# The number of workers that there were, or that they failed, is the second value.
sub found
{
	my ($sql, $name) = @_;
	my ($out, $err) = ('', '');
	$node->psql('postgres', <<"SQL", stdout => \$out, stderr => \$err, on_error_stop => 1);
BEGIN;
SET LOCAL client_min_messages = error;
$sql;
SET LOCAL client_min_messages = debug1;
$verify;
\\qecho then
$alone;
$verify;
ROLLBACK;
SQL
	unlike($err, qr/ERROR/, "$name: no error");
	my ($workers, $one) = $out =~ /\A(.*?)^then\n?(.*)\z/ms;
	is($workers, $one =~ s/(?<=.)\z/\n/r, "$name: workers find what one process does");
	my ($count) = $err =~ /verifying table "t" with (\d+) parallel workers/;
	$count = 'failed' if $err =~ /verifying without workers after:/;
	return ($one, $count // 'none');
}

# SQL as a superuser with the guards down
sub tamper
{
	my ($sql) = @_;
	return guards_down('t') . "$sql;\n" . guards_up('t');
}

# problem => how often
sub kinds
{
	my ($found) = @_;
	my %count;
	$count{$_}++ for $found =~ /^\(\d*,\d*,(\w+),/mg;
	return join ', ', map { "$count{$_} $_" } sort keys %count;
}

my ($found, $workers) = found('SELECT', 'a clean ledger');
is($found, '', 'a clean ledger: nothing');
is($workers, 2, 'two workers take part');

for my $case (
	[ 'values changed', q{UPDATE t SET txt = 'x' WHERE id % 500 = 3}, qr/^\d+ content$/ ],
	[ 'every value changed', q{UPDATE t SET txt = 'x'}, qr/^8000 content$/ ],
	[ 'rows removed', 'DELETE FROM t WHERE id % 700 = 8', qr/^\d+ gap$/ ],
	[ 'the end removed', 'DELETE FROM t WHERE id > 13000', qr/^1 truncated$/ ],
	[ 'hashes changed', q{UPDATE t SET ledger_hash = sha256('x')::soc2.digest WHERE id % 900 = 9}, qr/content.*link.*log/ ],
	[ 'malformed rows', <<'SQL', qr/format/ ],
ALTER TABLE t ALTER ledger_lane DROP NOT NULL, ALTER ledger_prev DROP NOT NULL, ALTER ledger_hash DROP NOT NULL;
UPDATE t SET ledger_prev = NULL, ledger_hash = NULL, ledger_salt = 'x' WHERE id % 300 = 1;
UPDATE t SET ledger_salt = NULL WHERE id % 300 = 2;
UPDATE t SET ledger_lane = NULL WHERE id % 300 = 3;
UPDATE t SET ledger_seq = -ledger_seq WHERE id % 300 = 4
SQL
	[ 'rows twice', <<'SQL', qr/catalog.*duplicate/ ])
DO $do$ BEGIN
    EXECUTE (SELECT format('ALTER TABLE t DROP CONSTRAINT %I', conname) FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'u');
END $do$;
INSERT INTO t SELECT * FROM t WHERE id % 500 = 3;
UPDATE t SET txt = 'x' WHERE id = 10003
SQL
{
	my ($name, $sql, $expected) = @$case;
	($found, $workers) = found(tamper($sql), $name);
	like(kinds($found), $expected, $name);
	is($workers, 2, "$name: two workers");
}

# A value that cannot be read ends the workers; one process reads on alone.
($found, $workers) = found(tamper(<<'SQL') . 'ALTER EVENT TRIGGER soc2_ddl_start DISABLE', 'a value that cannot be read');
UPDATE t SET m = 'bad' WHERE id % 1000 = 5;
SET LOCAL allow_system_table_mods = on;
DELETE FROM pg_enum WHERE enumtypid = 'mood'::regtype AND enumlabel = 'bad'
SQL
like(kinds($found), qr/^1 catalog, \d+ content$/, 'values that cannot be read');
is($workers, 'failed', 'workers do not get past it');

# where there are none
for my $case (
	[ 'SET LOCAL max_parallel_workers = 0', 'max_parallel_workers' ],
	[ q{SET LOCAL min_parallel_table_scan_size = '1GB'}, 'a small ledger' ],
	[ 'ALTER FUNCTION pg_catalog.enum_out(anyenum) PARALLEL UNSAFE', 'an output function that is not parallel safe' ],
	[ 'SET LOCAL max_parallel_maintenance_workers = 0', 'max_parallel_maintenance_workers' ])
{
	($found, $workers) = found(@$case);
	is($workers, 'none', "$case->[1]: no workers");
}
# a temporary ledger, and one that is empty
is($node->safe_psql('postgres', <<'SQL'), '0|0', 'a temporary and an empty ledger');
SET client_min_messages = error;
CREATE TEMP TABLE passing (LIKE t INCLUDING DEFAULTS);
CREATE TABLE empty (v text);
SELECT FROM soc2.create_ledger('empty');
INSERT INTO empty VALUES ('x');
SELECT (SELECT count(*) FROM soc2.verify_ledger('empty')), (SELECT count(*) FROM passing);
SQL
# in a parallel query, by a function that is labelled as if it could be there
is($node->safe_psql('postgres', <<'SQL'), 'on|0', 'in a parallel worker');
CREATE FUNCTION problems() RETURNS bigint LANGUAGE sql PARALLEL SAFE AS $$ SELECT count(*) FROM soc2.verify_ledger('t') $$;
SELECT set_config(CASE WHEN current_setting('server_version_num')::integer < 160000
                  THEN 'force_parallel_mode' ELSE 'debug_parallel_query' END, 'on', false), problems();
SQL

# the snapshot of the caller
for my $level ('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE')
{
	my $session = $node->background_psql('postgres', on_error_stop => 1);
	$session->query_safe("BEGIN ISOLATION LEVEL $level READ ONLY; SELECT count(*) FROM t");
	$node->safe_psql('postgres', q{INSERT INTO t VALUES (20001, 'more', 'fine', 's'); SELECT FROM soc2.seal('t')});
	is($session->query_safe($verify), '', "$level, and rows are added: nothing");
	$session->quit;
}
is($node->safe_psql('postgres', <<'SQL'), '0', 'rows of the transaction itself, and of a savepoint');
BEGIN;
INSERT INTO t VALUES (20002, 'own', 'fine', 's');
SAVEPOINT s;
INSERT INTO t VALUES (20003, 'own', 'fine', 's');
SELECT count(*) FROM soc2.verify_ledger('t');
COMMIT;
SQL

# an error of a worker, and a statement that is cancelled
my ($code, $out, $err) = $node->psql('postgres', "SET temp_file_limit = 0;\n\\set VERBOSITY sqlstate\n$verify");
like($err, qr/ERROR:  53400/, 'an error of a worker is raised');
for my $most (0, 2)
{
	is($node->safe_psql('postgres', <<"SQL"), 'cancelled|0', "cancelled with up to $most workers, and again");
SET max_parallel_maintenance_workers = $most;
SET client_min_messages = error;
CREATE TEMP TABLE what (v text);
CREATE FUNCTION pg_temp.slow(text) RETURNS text LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.001); RETURN \$1; END';
SET statement_timeout = 10;
DO \$do\$
BEGIN
    PERFORM FROM soc2.verify_ledger('t'), generate_series(1, 1000);
    INSERT INTO what VALUES ('not cancelled');
EXCEPTION WHEN query_canceled THEN
    INSERT INTO what VALUES ('cancelled');
END \$do\$;
SET statement_timeout = 0;
VACUUM what; -- fails if a transaction was left open
SELECT (SELECT v FROM what), (SELECT count(*) FROM soc2.verify_ledger('t'));
SQL
}

# a standby
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;
($code, $out, $err) = $standby->psql('postgres', "SET client_min_messages = debug1;\n$verify");
is($out, '', 'a clean ledger on a standby: nothing');
like($err, qr/with 2 parallel workers/, 'by workers');
$standby->stop;

# Nothing is left.  The segment of a session goes with the session.
ok($node->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type = 'parallel worker'}),
	'no worker is left');
is($node->safe_psql('postgres', 'SELECT count(*) FROM pg_ls_tmpdir()'), '0', 'no temporary file is left');
is(segments(), $segments, 'no shared memory is left');

# all slots are taken: one process does all
$node->append_conf('postgresql.conf', "max_worker_processes = 0\nmax_logical_replication_workers = 0");
$node->restart;
($found, $workers) = found('SELECT', 'no slot for a worker');
is($found, '', 'no slot for a worker: nothing is found');
is($workers, 0, 'and no worker takes part');

done_testing();
