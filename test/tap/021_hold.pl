# Holds and subjects beyond one session.  Proves that they hold after a crash; that
# a dump restores, by psql and by parallel pg_restore, into a database that holds
# the same rows and numbers the next hold after the others; that releases, erasures
# and detached partitions come along; and that logical replication is let through
# where a person is not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(dump_both_ways refused start_after_crash);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nautovacuum = off");
$node->start;

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE SCHEMA "Odd ""Schema";
CREATE TABLE "Odd ""Schema"."Mail.x" (gone integer, id integer PRIMARY KEY, "Region" text);
ALTER TABLE "Odd ""Schema"."Mail.x" DROP COLUMN gone;
INSERT INTO "Odd ""Schema"."Mail.x" VALUES (1, 'EU'), (2, 'US'), (3, 'EU');
CREATE TABLE client (id integer PRIMARY KEY, name text);
CREATE TABLE orders (id integer PRIMARY KEY, client integer REFERENCES client);
CREATE TABLE item (orders integer REFERENCES orders, no integer);
INSERT INTO client VALUES (1, 'a'), (2, 'b'), (3, 'c');
INSERT INTO orders VALUES (10, 1), (20, 2), (30, 3);
INSERT INTO item VALUES (10, 1), (20, 1), (30, 1);
CREATE TABLE parts (id integer) PARTITION BY RANGE (id);
CREATE TABLE part_1 PARTITION OF parts FOR VALUES FROM (1) TO (10);
CREATE TABLE part_2 PARTITION OF parts FOR VALUES FROM (10) TO (20);
INSERT INTO parts VALUES (1), (11);
SELECT soc2.set_subject('client', 'id', kind => 'client');
SELECT soc2.set_subject('orders', 'client', via => 'client');
SELECT soc2.set_subject('item', 'orders', via => 'orders');
SELECT soc2.open_matter('Smith v Acme', 'L-1');
SELECT soc2.place_hold('L-1', '"Odd ""Schema"."Mail.x"', $$"Region" = 'EU' AND id = 1$$);
SELECT soc2.place_hold('L-1', subject => 'client:1');
SELECT soc2.place_hold('L-1', 'parts');
SELECT soc2.place_hold('L-1', '"Odd ""Schema"."Mail.x"', 'id = 2');
SELECT soc2.release_hold(4, 'settled', '0');
SELECT soc2.place_hold('L-1', '"Odd ""Schema"."Mail.x"', 'id = 3');
SELECT soc2.release_hold(5, 'settled', '1000 years');
ALTER TABLE parts DETACH PARTITION part_2;
SELECT soc2.request_erasure('client:2');
CALL soc2.run_erasure(1);
SQL

my $table = '"Odd ""Schema"."Mail.x"';

# The same rows are held as at first
sub holds
{
	my ($db, $when) = @_;
	refused($node, $db, "DELETE FROM $table WHERE id = 1", 'S2H01', "$when: a held row stays");
	refused($node, $db, "UPDATE $table SET \"Region\" = 'US' WHERE id = 1", 'S2H01', "$when: as it is");
	refused($node, $db, "DELETE FROM $table WHERE id = 3", 'S2H01', "$when: one in grace too");
	refused($node, $db, "TRUNCATE $table", 'S2H01', "$when: the table cannot be truncated");
	refused($node, $db, 'DELETE FROM item WHERE orders = 10', 'S2H01', "$when: rows of a subject stay");
	refused($node, $db, 'DELETE FROM client WHERE id = 1', 'S2H01', "$when: and the subject");
	refused($node, $db, 'DELETE FROM part_1', 'S2H01', "$when: a partition is held");
	refused($node, $db, 'TRUNCATE part_1', 'S2H01', "$when: against TRUNCATE too");
	refused($node, $db, 'DELETE FROM part_2', 'S2H01', "$when: and one that was detached");
	is($node->safe_psql($db, "BEGIN; DELETE FROM $table WHERE id = 2 RETURNING id; ROLLBACK"),
		'2', "$when: a row is free when its hold is over");
	is($node->safe_psql($db, 'BEGIN; DELETE FROM item WHERE orders = 30 RETURNING no; ROLLBACK'),
		'1', "$when: one of another subject is free");
	is($node->safe_psql($db, 'SELECT bool_and(guarded) FROM soc2.holds_active'), 't',
		"$when: all tables are guarded");
	is( $node->safe_psql($db, q{SELECT string_agg(hold_id || ' ' || state, ', ' ORDER BY hold_id)
			FROM soc2.hold_status}),
		'1 in force, 2 in force, 3 in force, 4 over, 5 in grace', "$when: holds are what they were");
	is($node->safe_psql($db, 'SELECT state, erased, withheld FROM soc2.erasure_status'),
		'done|3|0', "$when: and so is the erasure");
	is($node->safe_psql($db, q{SELECT soc2.was_erased(1, 'public.orders', '(20)')}), 't',
		"$when: it can be shown that a row was erased");
}

holds('origin', 'at first');
$node->stop('immediate');
ok(start_after_crash($node), 'the server starts after a crash');
holds('origin', 'after a crash');

dump_both_ways($node, 'origin');
for my $db (qw(plain parallel))
{
	holds($db, $db);
	is($node->safe_psql($db, "SELECT soc2.place_hold('L-1', subject => 'client:3') > 5"), 't',
		"$db: the next hold has another number");
	refused($node, $db, 'DELETE FROM item WHERE orders = 30', 'S2H01', "$db: and holds");
	is($node->safe_psql($db, "SELECT soc2.request_erasure('client:3') > 1"), 't',
		"$db: as has the next erasure");
}

# Logical replication: the apply worker is let through, a person is not
$node->safe_psql('postgres', 'CREATE DATABASE publisher');
my $replicated = 'CREATE TABLE record (id integer PRIMARY KEY, note text)';
$node->safe_psql('publisher', qq{$replicated;
	INSERT INTO record VALUES (1, 'a'), (2, 'b');
	CREATE PUBLICATION p FOR TABLE record;
	SELECT pg_create_logical_replication_slot('s', 'pgoutput')});
$node->safe_psql('origin', qq{$replicated; SELECT soc2.place_hold('L-1', 'record')});
my $connection = $node->connstr . ' dbname=publisher';
$node->safe_psql('origin', qq{CREATE SUBSCRIPTION s CONNECTION '$connection'
	PUBLICATION p WITH (create_slot = false)});
$node->poll_query_until('origin',
	q{SELECT count(*) = 1 FROM pg_subscription_rel WHERE srsubstate = 'r'})
  or die 'the table is not synchronised';
refused($node, 'origin', 'DELETE FROM record', 'S2H01', 'a person cannot delete held rows');
$node->safe_psql('publisher',
	q{DELETE FROM record WHERE id = 1; UPDATE record SET note = 'c' WHERE id = 2});
$node->wait_for_catchup('s');
is($node->safe_psql('origin', 'SELECT id, note FROM record'), '2|c',
	'what the publisher deletes and changes is applied');
like(slurp_file($node->logfile), qr/LOG:  guard of table "public\.record" lets subscription "s" through/,
	'and the server log says that the guard let it through');
$node->safe_psql('origin', 'DROP SUBSCRIPTION s');

$node->stop;
done_testing();
