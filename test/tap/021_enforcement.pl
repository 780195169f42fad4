# What stops whom.  Each attack on a row that is retained, held or in a ledger is
# tried in both tiers, without and with shared_preload_libraries = 'soc2', as an
# application role, as the owner of the table and as a superuser; a table says of
# each whether it is prevented, and by which SQLSTATE, or "gone": the row was
# destroyed, and "seen" if a view then says that its guard is down.  Proves also
# that what has to work with the second tier does: pg_dump and a restore into an
# empty database, autovacuum, temporary tables, databases without the extension,
# and DROP DATABASE where nothing has to stay.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;

my $setup = <<'SQL';
CREATE EXTENSION soc2 CASCADE;
SET client_min_messages = warning;
SELECT soc2.create_retention_class('ten years', '10 years', 'Tax Code');
GRANT USAGE ON SCHEMA soc2 TO owner;
CREATE SCHEMA shop AUTHORIZATION owner;
GRANT USAGE ON SCHEMA shop TO app;
SET ROLE owner;
CREATE TABLE shop.customer (id integer PRIMARY KEY);
CREATE TABLE shop.invoice (id integer PRIMARY KEY, at date, note text, customer integer REFERENCES shop.customer ON DELETE CASCADE);
CREATE TABLE shop.log (id integer, at date, note text) PARTITION BY RANGE (id);
CREATE TABLE shop.log_1 PARTITION OF shop.log FOR VALUES FROM (0) TO (10);
SELECT soc2.set_retention('shop.invoice', 'ten years', 'at'), soc2.set_retention('shop.log', 'ten years', 'at');
CREATE TABLE shop.paper (id integer, note text);
CREATE TABLE shop.book (id integer, note text);
INSERT INTO shop.customer VALUES (1);
INSERT INTO shop.invoice VALUES (1, '2100-01-01', 'n', 1);
INSERT INTO shop.log VALUES (1, '2100-01-01', 'n');
INSERT INTO shop.paper VALUES (1, 'n');
INSERT INTO shop.book VALUES (1, 'n');
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA shop TO app;
RESET ROLE;
SELECT soc2.open_matter('A matter', 'm'), soc2.place_hold('m', 'shop.paper');
SELECT soc2.create_ledger('shop.book');
SQL
my $rows = q{(SELECT count(*) FROM shop.invoice WHERE note = 'n' AND at = '2100-01-01' AND customer = 1)
	+ (SELECT count(*) FROM shop.log WHERE note = 'n' AND at = '2100-01-01')
	+ (SELECT count(*) FROM shop.paper WHERE note = 'n') + (SELECT count(*) FROM shop.book WHERE note = 'n')};
my $seen = q{CASE WHEN EXISTS (SELECT FROM soc2.retention_status WHERE NOT (present AND guarded)) THEN 'seen' ELSE 'unseen' END};

# The outcome of an attack, which is undone
sub attack
{
	my ($role, $sql) = @_;
	my $set = $role eq 'superuser' ? '' : "SET LOCAL ROLE $role;";
	my ($ret, $out, $err) = $node->psql('shop', "\\set VERBOSITY sqlstate\nBEGIN;\n$set\n$sql;\nRESET ROLE;\nSET client_min_messages = error;\nSELECT 'rows', $rows, $seen;\nROLLBACK", on_error_stop => 1);
	return $1 if $err =~ /ERROR:  (\w{5})/;
	return "gone, $1" if $out =~ /^rows\|[0-3]\|(\w+)$/m;
	return $out =~ /^rows\|4\|/m ? 'kept' : "unclear: $out $err";
}

# The SQLSTATE of a statement of a superuser, or "done"
sub attack_in
{
	my ($db, $sql) = @_;
	my ($ret, $out, $err) = $node->psql($db, "\\set VERBOSITY sqlstate\n$sql");
	return $err =~ /ERROR:  (\w{5})/ ? $1 : 'done';
}

my $del = 'DELETE FROM shop.invoice';
# name, SQL, and the outcomes: application, owner, superuser; without and with preloading
my @attacks = (
	[ 'DELETE', $del, 'S2R01 S2R01 S2R01', 'S2R01 S2R01 S2R01' ],
	[ 'DELETE as a replica', "SET LOCAL session_replication_role = replica; $del", '42501 42501 S2R01', '42501 42501 S2R01' ],
	[ 'MERGE', q{MERGE INTO shop.invoice AS i USING (VALUES (1)) AS v (id) ON i.id = v.id WHEN MATCHED THEN DELETE}, 'S2R01 S2R01 S2R01', 'S2R01 S2R01 S2R01' ],
	[ 'writable CTE', "WITH d AS ($del RETURNING id) SELECT FROM d", 'S2R01 S2R01 S2R01', 'S2R01 S2R01 S2R01' ],
	[ 'cascade', 'DELETE FROM shop.customer', 'S2R01 S2R01 S2R01', 'S2R01 S2R01 S2R01' ],
	[ 'back-dating', q{UPDATE shop.invoice SET at = '1990-01-01'}, 'S2R02 S2R02 S2R02', 'S2R02 S2R02 S2R02' ],
	[ 'setting for bypass alone', "SET LOCAL soc2.bypass = 'x'; $del", 'S2R01 S2R01 S2R01', 'S2R01 S2R01 S2R01' ],
	[ 'TRUNCATE', 'TRUNCATE shop.invoice', 'S2R01 S2R01 S2R01', 'S2R01 S2R01 S2R01' ],
	[ 'TRUNCATE by cascade', 'TRUNCATE shop.customer CASCADE', 'S2R01 S2R01 S2R01', 'S2R01 S2R01 S2R01' ],
	[ 'TRUNCATE of a partition', 'TRUNCATE shop.log_1', 'S2R01 S2R01 S2R01', 'S2R01 S2R01 S2R01' ],
	[ 'DELETE of a held row', 'DELETE FROM shop.paper', 'S2H01 S2H01 S2H01', 'S2H01 S2H01 S2H01' ],
	[ 'DELETE from a ledger', 'DELETE FROM shop.book', 'S2L01 S2L01 S2L01', 'S2L01 S2L01 S2L01' ],
	[ 'DROP TABLE', 'DROP TABLE shop.invoice', '42501 S2R01 S2R01', '42501 S2R01 S2R01' ],
	[ 'DROP TABLE of a partition', 'DROP TABLE shop.log_1', '42501 S2R01 S2R01', '42501 S2R01 S2R01' ],
	[ 'DROP TABLE, held', 'DROP TABLE shop.paper', '42501 S2H01 S2H01', '42501 S2H01 S2H01' ],
	[ 'DROP TABLE of a ledger', 'DROP TABLE shop.book', '42501 S2L01 S2L01', '42501 S2L01 S2L01' ],
	[ 'DROP OWNED', 'DROP OWNED BY owner CASCADE', '42501 S2L01 S2L01', '42501 S2L01 S2L01' ],
	[ 'DETACH', "ALTER TABLE shop.log DETACH PARTITION shop.log_1; DELETE FROM shop.log_1", '42501 S2R01 S2R01', '42501 S2R01 S2R01' ],
	[ 'ALTER TYPE', q{ALTER TABLE shop.invoice ALTER COLUMN note TYPE text USING 'x'}, '42501 S2R01 S2R01', '42501 S2R01 S2R01' ],
	[ 'SET UNLOGGED', 'ALTER TABLE shop.invoice SET UNLOGGED', '42501 S2G01 S2G01', '42501 S2G01 S2G01' ],
	[ 'DISABLE TRIGGER', "ALTER TABLE shop.invoice DISABLE TRIGGER USER; $del", '42501 S2G01 S2G01', '42501 S2G01 S2G01' ],
	[ 'DISABLE TRIGGER of a ledger', 'ALTER TABLE shop.book DISABLE TRIGGER USER; DELETE FROM shop.book', '42501 S2L03 S2L03', '42501 S2L03 S2L03' ],
	[ 'DROP TRIGGER', "DROP TRIGGER soc2_retention_delete ON shop.invoice; $del", '42501 S2R01 S2R01', '42501 S2R01 S2R01' ],
	[ 'renaming it away', 'ALTER TABLE shop.invoice RENAME TO old; ALTER TABLE shop.old RENAME TO invoice', '42501 kept kept', '42501 kept kept' ],
	[ 'replacing a function', q{CREATE OR REPLACE FUNCTION soc2.retention_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN OLD; END'}, '42501 42501 S2G01', '42501 42501 S2G01' ],
	[ 'removing the policy', 'DELETE FROM soc2.retention_assignments', '42501 42501 S2G01', '42501 42501 S2G01' ],
	[ 'removing the guard of policies', 'ALTER TABLE soc2.retention_assignments DISABLE TRIGGER ALL', '42501 42501 S2G01', '42501 42501 S2G01' ],
	[ 'DROP EXTENSION', 'DROP EXTENSION soc2 CASCADE', 'S2L01 S2L01 S2L01', 'S2L01 S2L01 S2L01' ],
	# only the second tier stops a superuser here
	[ 'DROP after event triggers', 'ALTER EVENT TRIGGER soc2_ddl_start DISABLE; ALTER TABLE shop.invoice DISABLE TRIGGER ALL; DELETE FROM shop.invoice', '42501 42501 gone,seen', '42501 42501 S2G01' ],
	[ 'the same with a ledger', 'ALTER EVENT TRIGGER soc2_ddl_start DISABLE; ALTER TABLE shop.book DISABLE TRIGGER ALL; DELETE FROM shop.book', '42501 42501 gone,unseen', '42501 42501 S2L03' ],
	[ 'SET UNLOGGED after that', q{ALTER EVENT TRIGGER soc2_ddl_start DISABLE; ALTER TABLE shop.invoice SET UNLOGGED; UPDATE shop.invoice SET note = 'unlogged'}, '42501 42501 gone,unseen', '42501 42501 S2G01' ],
	[ 'pg_trigger disabled', "UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname = 'soc2_retention_delete'; SELECT pg_catalog.pg_sleep(0); $del", '42501 42501 gone,seen', '42501 42501 S2G01' ],
	[ 'pg_trigger emptied', "DELETE FROM pg_trigger WHERE tgname ~ 'soc2_retention'; UPDATE pg_class SET relhastriggers = false WHERE relname = 'invoice'; $del", '42501 42501 gone,seen', '42501 42501 S2G01' ],
	[ 'pg_class, no triggers', "UPDATE pg_class SET relhastriggers = false WHERE relname = 'invoice'; $del", '42501 42501 gone,seen', '42501 42501 S2G01' ],
	[ 'catalog by COPY', q{COPY pg_catalog.pg_depend FROM PROGRAM 'true'; UPDATE shop.invoice SET note = 'copied'}, '42501 42501 gone,unseen', '42501 42501 S2G01' ]);

sub attack_all
{
	my ($tier) = @_;
	for my $attack (@attacks)
	{
		my ($name, $sql, @expected) = @$attack;
		my @outcomes = map { my $o = attack($_, $sql); $o =~ s/, /,/; $o } qw(app owner superuser);
		is("@outcomes", $expected[$tier - 1], "tier $tier, application, owner and superuser: $name");
	}
}

$node->safe_psql('postgres', 'CREATE ROLE app; CREATE ROLE owner; CREATE DATABASE shop; CREATE DATABASE scratch');
$node->safe_psql('shop', $setup);
attack_all(1);
$node->safe_psql('scratch', $setup);
$node->safe_psql('postgres', 'DROP DATABASE scratch');
pass('tier 1: DROP DATABASE is not prevented');

is($node->safe_psql('shop', 'SELECT count(*) FROM soc2.refused_attempts'), '0', 'tier 1: attempts are not kept');
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'soc2'\nsoc2.seal_interval = 1");
$node->restart;
attack_all(2);

# attempts are kept, though each was rolled back, and sealed
ok($node->poll_query_until('shop', q{SELECT count(*) = 4 FROM (
	SELECT FROM soc2.refused_attempts WHERE sqlstate = 'S2R01' AND role = 'app' AND subject = 'shop.invoice'
		AND login NOT IN ('app', 'owner') AND message LIKE 'row of table "invoice" is retained until %' AND lost = 0 GROUP BY role
	UNION ALL SELECT FROM soc2.refused_attempts WHERE sqlstate = 'S2R01' AND role = 'owner' GROUP BY role
	UNION ALL SELECT FROM soc2.refused_attempts WHERE sqlstate = 'S2H01' AND role = 'owner' GROUP BY role
	UNION ALL SELECT FROM soc2.refused_attempts WHERE message = 'system catalog "pg_trigger" is guarded' GROUP BY role) AS x}),
	'tier 2: attempts of each role are kept');
ok($node->poll_query_until('shop', q{SELECT unsealed = 0 FROM soc2.ledger_status WHERE relation = 'soc2.evidence'}),
	'tier 2: the worker seals');
is($node->safe_psql('shop', q{SELECT * FROM soc2.verify_ledger('soc2.evidence')}), '', 'tier 2: and they verify');
my ($ret, $out, $err) = $node->psql('postgres', "\\set VERBOSITY sqlstate\nDROP DATABASE shop");
like($err, qr/S2G01/, 'tier 2: DROP DATABASE is prevented, from another database');
$node->safe_psql('postgres', 'CREATE DATABASE plain');
$node->safe_psql('plain', 'CREATE TABLE t (id integer); CREATE TEMP TABLE u (id integer); DROP TABLE t; CREATE SCHEMA s; DROP SCHEMA s; CREATE EXTENSION soc2 CASCADE');
$node->safe_psql('postgres', 'DROP DATABASE plain');
pass('tier 2: a database where nothing has to stay can go');

# attempts in a database that goes before they are kept are forgotten: what comes
# later is kept in the order of the attempts, and then nobody looks for them again
sub attempt_is_kept
{
	my ($name) = @_;
	$node->psql('shop', "DO \$\$ BEGIN RAISE EXCEPTION '$name' USING ERRCODE = 'S2G01'; END \$\$");
	ok($node->poll_query_until('shop', "SELECT count(*) = 1 FROM soc2.refused_attempts WHERE message = '$name'"),
		"tier 2: an attempt is kept: $name");
}
for (1 .. 3)
{
	$node->safe_psql('postgres', 'CREATE DATABASE brief');
	$node->psql('brief', q{DO $$ BEGIN RAISE EXCEPTION 'brief' USING ERRCODE = 'S2G01'; END $$});
	$node->safe_psql('postgres', 'DROP DATABASE brief');
}
attempt_is_kept('after databases were dropped');
my $logged = -s $node->logfile;
attempt_is_kept($_) for 'later', 'later still';
unlike(slurp_file($node->logfile, $logged), qr/FATAL/, 'tier 2: no worker is started in a database that is gone');

# what has to work
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'shop' ], 'tier 2: pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-e', '-j', '2', '-d', 'restored', "$dir/dump" ], 'tier 2: pg_restore into an empty database');
is($node->safe_psql('restored', "SELECT $rows"), '4', 'tier 2: the rows are there');
is($node->safe_psql('restored', q{SELECT bool_and(guarded) FROM soc2.retention_status}), 't', 'tier 2: and guarded');
# held through a subject alone, and a table away
$node->safe_psql('restored', <<'SQL');
CREATE TABLE person (id integer PRIMARY KEY);
CREATE TABLE letter (person integer REFERENCES person) PARTITION BY LIST (person);
CREATE TABLE letter_1 PARTITION OF letter DEFAULT;
INSERT INTO person VALUES (1), (2);
INSERT INTO letter VALUES (1);
SELECT soc2.set_subject('person', 'id', 'person'), soc2.set_subject('letter', 'person', via => 'person');
SELECT soc2.place_hold('m', subject => 'person:1');
SQL
$node->safe_psql('shop', 'VACUUM (FULL, ANALYZE) shop.invoice; REINDEX TABLE shop.invoice; CLUSTER shop.invoice USING invoice_pkey');
is($node->safe_psql('shop', "SELECT $rows"), '4', 'tier 2: maintenance leaves the rows alone');

# how much is said to be guarded
my $level = q{SELECT string_agg(relation::text || ' ' || tier, ', ' ORDER BY relation::text) FROM (VALUES ('shop.invoice'::regclass),
	('shop.log'), ('shop.log_1'), ('shop.paper'), ('shop.book'), ('shop.customer')) AS t (relation), soc2.enforcement_level(relation)};
my $all = 'shop.book 2, shop.customer 0, shop.invoice 2, shop.log 2, shop.log_1 2, shop.paper 2';
is($node->safe_psql('shop', $level), $all, 'tier 2: every table but one says so');

# two persons
$node->safe_psql('postgres', 'CREATE ROLE one LOGIN; CREATE ROLE two LOGIN; CREATE ROLE three LOGIN; GRANT soc2_admin TO one, two; GRANT soc2_bypass TO three');
sub retire
{
	my ($user) = @_;
	my ($ret, $out, $err) = $node->psql('restored', "\\set VERBOSITY sqlstate\nSELECT soc2.retire('moved')", extra_params => [ '-U', $user ]);
	return $err =~ /ERROR:  (\w{5})/ ? $1 : $out;
}
is(attack_in('restored', 'DROP EXTENSION soc2 CASCADE'), 'S2L01', 'tier 2: DROP EXTENSION is refused');
is(retire('three'), '42501', 'who is no administrator cannot retire it');
is(retire('one'), 'f', 'one person asks');
is(retire('one'), 'S2A01', 'and cannot approve');
is(attack_in('restored', 'INSERT INTO soc2.retirements VALUES (now(), true, $$two$$, $$x$$)'), 'S2G01', 'nor can a superuser write it down');
is(attack_in('restored', 'ALTER TABLE soc2.retirements DISABLE TRIGGER ALL'), 'S2G01', 'or take its guard away');
is(attack_in('restored', 'DROP EXTENSION soc2 CASCADE'), 'S2L01', 'that is not enough');
is(retire('two'), 't', 'another one approves');
is(attack_in('restored', 'DROP EXTENSION soc2 CASCADE'), 'S2H01', 'legal holds stay in force');
$node->safe_psql('restored', q{SELECT soc2.release_hold(hold_id, 'over', '0') FROM soc2.holds_active WHERE subject IS NULL});
is(attack_in('restored', 'DROP EXTENSION soc2 CASCADE'), 'S2H01', 'those on subjects too');
$node->safe_psql('restored', q{DELETE FROM person WHERE id = 2; SELECT soc2.release_hold(hold_id, 'over', '0') FROM soc2.holds_active});
is(attack_in('restored', 'ALTER TABLE shop.invoice DISABLE TRIGGER ALL'), 'S2G01', 'and all else is guarded up to the end');
$node->safe_psql('postgres', 'CREATE ROLE boss SUPERUSER LOGIN');
is($node->safe_psql('restored', q{SELECT count(*) FROM soc2.evidence WHERE kind = 'retirement'}), '2', 'both steps are evidence');
is(attack_in('restored', 'DROP EXTENSION soc2 CASCADE'), 'done', 'then it can be dropped');
is($node->safe_psql('restored', 'SELECT count(*) FROM shop.invoice'), '1', 'and takes no rows along but its own');
$node->safe_psql('postgres', 'DROP DATABASE restored');
pass('and the database too');

# the way out of it, for a server that does not work with it
$node->append_conf('postgresql.conf', 'soc2.enforcement = off');
$node->restart;
is(attack('superuser', 'ALTER EVENT TRIGGER soc2_ddl_start DISABLE; DROP TABLE shop.invoice; CREATE TABLE shop.invoice (at date, note text, customer integer)'),
	'gone, seen', 'without enforcement it is tier 1');
is($node->safe_psql('shop', $level), $all =~ s/ 2/ 1/gr, 'and says so');
$node->stop;
done_testing();
