# The guard of ledgers against DROP and ALTER, beyond one session.  Proves that it
# is up in sessions that have done nothing else; that dumping and restoring
# several ledgers, sealed ones too, works in every way that pg_restore knows and
# leaves verify_ledger() silent and the guard up; that a restore may first drop
# ledgers that are empty; that a DROP waits for writers and their rows count; that
# neither replication roles nor other libraries' sessions get around it; and that
# single-user mode and dropping the database do.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_prepared_transactions = 5");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;

# The SQLSTATE that a session of its own gets, or "done"
sub state_of
{
	my ($db, $sql) = @_;
	my ($ret, $out, $err) = $node->psql($db, "\\set VERBOSITY sqlstate\n$sql");
	return $err =~ /ERROR:  (\w{5})/ ? $1 : 'done';
}

# ---- dump and restore of several ledgers -------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE keeper;
CREATE SCHEMA books AUTHORIZATION keeper;
SET client_min_messages = warning;
CREATE TYPE books.mood AS ENUM ('fine', 'bad');
CREATE TYPE books.pair AS (a integer, b text);
CREATE TABLE books.one (id integer PRIMARY KEY, state books.mood DEFAULT 'fine', value books.pair, secret text,
    twice integer GENERATED ALWAYS AS (id * 2) STORED);
CREATE TABLE books.two (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, one integer REFERENCES books.one, note text);
CREATE TABLE books.empty (id integer);
CREATE TABLE plain (id integer);
ALTER TABLE books.one OWNER TO keeper;
SELECT soc2.create_ledger('books.one', '{secret}');
SELECT soc2.create_ledger('books.two');
SELECT soc2.create_ledger('books.empty');
INSERT INTO books.one (id, value, secret) SELECT i, ROW(i, 'b')::books.pair, 'secret' FROM generate_series(1, 20) AS i;
INSERT INTO books.two (one, note) SELECT i, 'note' FROM generate_series(1, 20) AS i;
INSERT INTO plain VALUES (1);
SELECT soc2.record_evidence('review') FROM generate_series(1, 5);
SELECT soc2.seal();
INSERT INTO books.two (one, note) VALUES (1, 'not sealed');
CREATE INDEX ON books.two (note);
ALTER TABLE books.two ENABLE ROW LEVEL SECURITY;
CREATE POLICY everybody ON books.two USING (true);
ALTER TABLE books.two ADD COLUMN later text;
SQL
my @ledgers = qw(soc2.evidence books.one books.two books.empty);
my $problems = join ' UNION ALL ', map { "SELECT '$_', problem, detail FROM soc2.verify_ledger('$_')" } @ledgers;
my $rows = join ' UNION ALL ', map { "(SELECT '$_', md5(string_agg(t::text, ';' ORDER BY t::text)) FROM $_ AS t)" } @ledgers;
is($node->safe_psql('origin', $problems), '', 'the ledgers are intact');
my $content = $node->safe_psql('origin', $rows);

# Judge a restored database
sub restored
{
	my ($db, $name) = @_;
	is($node->safe_psql($db, $rows), $content, "$name: the rows are the same");
	is($node->safe_psql($db, $problems), '', "$name: verifying is silent");
	is(state_of($db, 'DROP TABLE books.two'), 'S2L01', "$name: DROP is refused");
	is(state_of($db, 'ALTER TABLE books.one DISABLE TRIGGER ALL'), 'S2L03', "$name: ALTER is refused");
	is(state_of($db, 'BEGIN; DROP TABLE books.empty; DROP TABLE plain; ROLLBACK'), 'done', "$name: what is empty can go");
	is(state_of($db, q{INSERT INTO books.two (one, note) VALUES (2, 'after')}), 'done', "$name: recording goes on");
	is($node->safe_psql($db, $problems), '', "$name: and verifies");
	$node->safe_psql('postgres', "DROP DATABASE $db");
}

$node->command_ok([ 'pg_dump', '-f', "$dir/plain", 'origin' ], 'pg_dump');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", 'origin' ], 'pg_dump -Fc');
$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', "$dir/directory", 'origin' ], 'pg_dump -Fd -j');
$node->command_ok([ 'pg_dump', '--clean', '--if-exists', '-f', "$dir/clean", 'origin' ], 'pg_dump --clean');

$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain", 'd' ], 'psql');
restored('d', 'psql');
$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->command_ok([ 'pg_restore', '-e', '-1', '-d', 'd', "$dir/custom" ], 'pg_restore in one transaction');
restored('d', 'one transaction');
$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->command_ok([ 'pg_restore', '-e', '-j', '3', '-d', 'd', "$dir/directory" ], 'pg_restore -j');
restored('d', 'pg_restore -j');

# definitions first, which leaves the ledgers empty; then they are dropped again
$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->command_ok([ 'pg_restore', '-e', '-s', '-d', 'd', "$dir/custom" ], 'pg_restore of definitions');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/clean", 'd' ], 'psql of a dump with --clean');
restored('d', '--clean');
$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->command_ok([ 'pg_restore', '-e', '-s', '-d', 'd', "$dir/custom" ], 'pg_restore of definitions');
$node->command_ok([ 'pg_restore', '-e', '--clean', '--if-exists', '-d', 'd', "$dir/custom" ], 'pg_restore --clean');
restored('d', 'pg_restore --clean');

# data alone, with triggers off: their guards are enabled again, but not always
$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->command_ok([ 'pg_restore', '-e', '-s', '-d', 'd', "$dir/custom" ], 'pg_restore of definitions');
$node->command_ok([ 'pg_restore', '-e', '-a', '--disable-triggers', '-d', 'd', "$dir/custom" ], 'pg_restore --disable-triggers');
is($node->safe_psql('d', $rows), $content, '--disable-triggers: the rows are the same');
like($node->safe_psql('d', $problems), qr/\A(?:[\w.]+\|catalog\|Trigger "soc2_guard_\w+" .* is not enabled always\.\n?)+\z/,
	'--disable-triggers: weaker guards are all that is named');
$node->safe_psql('d', $node->safe_psql('d', <<'SQL'));
SELECT format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I;', tgrelid::regclass, tgname)
FROM pg_trigger WHERE tgfoid = 'soc2.ledger_guard'::regproc
SQL
restored('d', '--disable-triggers');

# what was tampered with arrives as it was
$node->safe_psql('postgres', 'CREATE DATABASE tampered TEMPLATE origin');
$node->safe_psql('tampered', <<'SQL');
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE books.one DISABLE TRIGGER soc2_guard_delete;
CREATE RULE swallow AS ON INSERT TO books.one DO INSTEAD NOTHING;
CREATE TABLE books.child () INHERITS (books.two);
ALTER TABLE books.empty SET UNLOGGED;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SQL
my $found = $node->safe_psql('tampered', $problems);
like($found, qr/"soc2_guard_delete".*has rules.*takes part in inheritance.*not logged/s, 'tampering with four definitions is found');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/tampered", 'tampered' ], 'pg_dump of it');
$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->command_ok([ 'pg_restore', '-e', '-d', 'd', "$dir/tampered" ], 'pg_restore of it');
is($node->safe_psql('d', $problems), $found, 'and found in what was restored');
$node->command_ok([ 'pg_dump', '-f', "$dir/tampered.sql", 'd' ], 'pg_dump once more');
$node->safe_psql('postgres', 'DROP DATABASE d');
$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/tampered.sql", 'd' ], 'psql of it');
is($node->safe_psql('d', $problems), $found, 'and found there too');
$node->safe_psql('postgres', 'DROP DATABASE d');

# a dump does not go over what is there: the rows stay
$node->safe_psql('postgres', 'CREATE DATABASE d TEMPLATE origin');
$node->command_fails([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/clean", 'd' ], '--clean over ledgers with rows fails');
restored('d', '--clean over ledgers with rows');

# ---- dropping the extension -----------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE d');
$node->safe_psql('d', 'CREATE EXTENSION soc2 CASCADE; CREATE TABLE t (id integer); SELECT soc2.create_ledger($$t$$)');
is(state_of('d', 'DROP EXTENSION soc2'), '2BP01', 'the extension stays while a ledger needs it');
is(state_of('d', 'BEGIN; INSERT INTO t VALUES (1); DROP EXTENSION soc2 CASCADE; COMMIT'), 'S2L01', 'and while it has rows');
$node->safe_psql('d', q{CREATE ROLE installer SUPERUSER});
is($node->safe_psql('d', <<'SQL'), "0\n1\n0", 'else it goes, and leaves the table');
DROP EXTENSION soc2 CASCADE;
SELECT count(*) FROM pg_event_trigger;
SELECT count(*) FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'ledger_seq';
SELECT count(*) FROM pg_trigger WHERE tgrelid = 't'::regclass;
SQL
$node->safe_psql('d', <<'SQL');
DROP TABLE t;
SET ROLE installer;
CREATE EXTENSION soc2;
RESET ROLE;
CREATE TABLE t (id integer);
SELECT soc2.create_ledger('t');
INSERT INTO t VALUES (1);
SQL
is(state_of('d', 'DROP OWNED BY installer CASCADE'), 'S2L01', 'DROP OWNED of who installed it is refused');
is($node->safe_psql('d', q{SELECT count(*), (SELECT count(*) FROM soc2.verify_ledger('t')) FROM t}), '1|0', 'and took nothing');
is(state_of('d', 'SET session_replication_role = replica; DROP TABLE t'), 'S2L01', 'a replication role changes nothing');

# ---- a DROP waits for writers, and their rows count -------------------------------

$node->safe_psql('d', 'CREATE TABLE fresh (id integer); SELECT soc2.create_ledger($$fresh$$)');
my $writer = $node->background_psql('d');
$writer->query_safe('BEGIN; INSERT INTO fresh VALUES (1)');
my ($out, $err) = ('', '');
my $dropper = IPC::Run::start(
	[ 'psql', '-X', '-q', '-v', 'VERBOSITY=sqlstate', '-c', 'DROP TABLE fresh', $node->connstr('d') ],
	'>', \$out, '2>', \$err);
ok($node->poll_query_until('d', q{SELECT count(*) = 1 FROM pg_locks WHERE relation = 'fresh'::regclass AND NOT granted}),
	'DROP waits for a writer');
$writer->query_safe('COMMIT');
$writer->quit;
$dropper->finish;
like($err, qr/S2L01/, 'and its row counts');
is($node->safe_psql('d', q{SELECT count(*), (SELECT count(*) FROM soc2.verify_ledger('fresh')) FROM fresh}), '1|0', 'the ledger is intact');

# ---- what it does not stop, as documented -----------------------------------------

$node->stop;
run_log([ 'postgres', '--single', '-D', $node->data_dir, 'd' ], '<', \"DROP TABLE fresh\n");
$node->start;
is($node->safe_psql('d', q{SELECT to_regclass('fresh') IS NULL}), 't', 'single-user mode is past all event triggers');
is(state_of('postgres', 'DROP DATABASE d'), 'done', 'so is DROP DATABASE');

done_testing();
