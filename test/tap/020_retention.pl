# Retention beyond one session.  Proves that policies guard after a restart and
# after a crash; that a dump restores, by psql and by parallel pg_restore, into
# a database that guards the same rows, also where columns were dropped and the
# anchor renamed, and that policies of dropped tables are left behind; and that
# logical replication is let through where a person is not.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(dump_as_text dump_both_ways refused);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nautovacuum = off");
$node->start;

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.create_retention_class('ten years', '10 years', 'Tax Code', max_retain => '11 years');
SELECT soc2.create_retention_class('unassigned', '1 year 2 months 3 days 04:05:06.7',
    'Contract "x"', '{outline:P3.1,tsc:P4.2}');
CREATE ROLE keeper;
GRANT USAGE ON SCHEMA soc2 TO keeper;
GRANT EXECUTE ON FUNCTION soc2.set_retention(regclass, text, name, text, integer, name[]),
    soc2.retention_guard() TO keeper;
CREATE SCHEMA "Odd ""Schema" AUTHORIZATION keeper;
SET ROLE keeper;
CREATE TABLE "Odd ""Schema"."Invoices.x" (first integer, second text, id integer PRIMARY KEY,
    "Closed at" timestamptz, other timestamptz DEFAULT '1990-01-01');
SELECT soc2.set_retention('"Odd ""Schema"."Invoices.x"', 'ten years', 'Closed at');
INSERT INTO "Odd ""Schema"."Invoices.x" (id, "Closed at") VALUES
    (1, '2100-01-01'), (2, '1990-01-01'), (3, NULL);
ALTER TABLE "Odd ""Schema"."Invoices.x" DROP COLUMN first, DROP COLUMN second;
ALTER TABLE "Odd ""Schema"."Invoices.x" RENAME "Closed at" TO "Ended";
CREATE TABLE "Odd ""Schema".gone (at date);
SELECT soc2.set_retention('"Odd ""Schema".gone', 'ten years', 'at');
DROP TABLE "Odd ""Schema".gone;
SQL

my $table = '"Odd ""Schema"."Invoices.x"';
my $policies = q{SELECT class, anchor, ordinal, assigned_at, assigned_by, relation::text
	FROM soc2.retention_assignments WHERE relation::text !~ '^[0-9]+$'};
my $classes = 'SELECT * FROM soc2.retention_classes ORDER BY class';

# The same rows are guarded as at first
sub guards
{
	my ($db, $when) = @_;
	refused($node, $db, "DELETE FROM $table WHERE id = 1", 'S2R01', "$when: a retained row stays");
	refused($node, $db, "DELETE FROM $table WHERE id = 3", 'S2R01', "$when: so does a pending one");
	refused($node, $db, "UPDATE $table SET \"Ended\" = '1990-01-01' WHERE id = 1",
		'S2R02', "$when: a row cannot be back-dated");
	refused($node, $db, "TRUNCATE $table", 'S2R01', "$when: the table cannot be truncated");
	is($node->safe_psql($db,
			"BEGIN; DELETE FROM $table WHERE id = 2 RETURNING id; ROLLBACK"),
		'2', "$when: an expired row may go");
	is($node->safe_psql($db, q{SELECT relation, anchor, guarded FROM soc2.retention_status
			WHERE present}),
		"$table|Ended|t", "$when: the policy is in force");
	refused($node, $db, "DELETE FROM soc2.retention_classes WHERE class = 'ten years'",
		'S2G01', "$when: its class is guarded");
}

guards('origin', 'at first');
$node->restart;
guards('origin', 'after a restart');
$node->stop('immediate');
$node->start;
guards('origin', 'after a crash');

# Dump and restore, in two ways
is($node->safe_psql('origin', 'SELECT count(*) FROM soc2.retention_status WHERE NOT present'),
	'1', 'a dropped table leaves its policy');
dump_both_ways($node, 'origin');

for my $db (qw(plain parallel))
{
	guards($db, $db);
	is($node->safe_psql($db, $classes), $node->safe_psql('origin', $classes),
		"$db: the classes are the same");
	is($node->safe_psql($db, $policies), $node->safe_psql('origin', $policies),
		"$db: the policies are the same");
	is($node->safe_psql($db, 'SELECT count(*) FROM soc2.retention_assignments'),
		'1', "$db: the policy of a dropped table is left behind");
	is( $node->safe_psql($db, "SELECT attnum FROM pg_attribute
			WHERE attrelid = '$table'::regclass AND attname = 'Ended'"),
		'2', "$db: although the number of the anchor is another");
	is( $node->safe_psql($db, "SELECT count(*) FROM pg_trigger
			WHERE tgrelid = '$table'::regclass AND tgenabled = 'A'
			AND obj_description(oid, 'pg_trigger') IS NOT NULL"),
		'4', "$db: its triggers are enabled always and commented");
}

# A restored database dumps and restores as well
dump_as_text($node, 'plain', 'again');
guards('again', 'again');

# Logical replication: the apply worker is let through, a person is not
$node->safe_psql('postgres', 'CREATE DATABASE publisher');
my $replicated = q{CREATE TABLE record (id integer PRIMARY KEY, at timestamptz);
	CREATE TABLE other (id integer PRIMARY KEY, at timestamptz)};
$node->safe_psql('publisher', qq{$replicated;
	INSERT INTO record VALUES (1, '2100-01-01'), (2, '2100-01-01'), (3, '2100-01-01');
	INSERT INTO other VALUES (1, '2100-01-01');
	CREATE PUBLICATION p FOR TABLE record, other;
	SELECT pg_create_logical_replication_slot('s', 'pgoutput')});
$node->safe_psql('origin', qq{$replicated;
	SELECT soc2.set_retention('record', 'ten years', 'at');
	SELECT soc2.set_retention('other', 'ten years', 'at')});
my $connection = $node->connstr . ' dbname=publisher';
$node->safe_psql('origin', qq{CREATE SUBSCRIPTION s CONNECTION '$connection'
	PUBLICATION p WITH (create_slot = false)});
$node->poll_query_until('origin',
	q{SELECT count(*) = 2 FROM pg_subscription_rel WHERE srsubstate = 'r'})
  or die 'the tables are not synchronised';
is($node->safe_psql('origin', 'SELECT count(*) FROM record'), '3', 'rows are copied');
refused($node, 'origin', 'DELETE FROM record', 'S2R01', 'a person cannot delete them');
refused($node, 'origin', 'SET session_replication_role = replica; DELETE FROM record',
	'S2R01', 'nor by posing as a replica');
$node->safe_psql('publisher', q{DELETE FROM record WHERE id = 1;
	UPDATE record SET at = '1990-01-01' WHERE id = 2;
	TRUNCATE other});
$node->wait_for_catchup('s');
is($node->safe_psql('origin', 'SELECT id, at FROM record ORDER BY id'),
	"2|1990-01-01 00:00:00+00\n3|2100-01-01 00:00:00+00",
	'what the publisher deletes and changes is applied');
is($node->safe_psql('origin', 'SELECT count(*) FROM other'), '0', 'and what it truncates');
like(slurp_file($node->logfile), qr/LOG:  guard of table "public\.record" lets subscription "s" through/,
	'and the server log says that the guard let it through');
$node->safe_psql('origin', 'DROP SUBSCRIPTION s');

$node->stop;
done_testing();
