# A dump that is older than disposals, loaded into another cluster.  Proves that one
# export and one call bring it to where the first database is: rows that were deleted
# or dropped with their partition, values that were anonymized, and keys of subjects
# that were destroyed, are back, are found, and are gone again when the plans were
# approved and run; that nothing is planned that the list does not name; that nothing
# is done twice; and that what cannot be reapplied says why.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(refused);
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir;
my @planner = (extra_params => [ '-U', 'planner' ]);
my @custodian = (extra_params => [ '-U', 'custodian' ]);

sub cluster
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$node->append_conf('postgresql.conf', "autovacuum = off\nsoc2.disposal_delay = 0");
	$node->start;
	return $node;
}

# Load the dump into a new database of a cluster
sub restore
{
	my ($node, $db) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db") if $db ne 'postgres';
	$node->command_ok([ 'pg_restore', '-e', '-d', $node->connstr($db), "$dir/dump" ], "$db: the dump is restored");
	$node->safe_psql($db, 'GRANT soc2_admin TO planner; GRANT soc2_custodian TO custodian');
	$node->safe_psql($db, q{SELECT soc2.acknowledge_restore('loaded from a dump')}, @custodian)
		if $node->safe_psql($db, 'SELECT NOT soc2.is_known_cluster()') eq 't';
}

# Have a plan approved, and run it
sub dispose
{
	my ($node, $db, $plan) = @_;
	$node->safe_psql($db, "SELECT soc2.approve_disposal($plan)", @custodian);
	$node->safe_psql($db, "CALL soc2.run_disposal($plan)", @planner);
}

# What is back by the exported list; plans only if there are some
sub reapply
{
	my ($node, $db) = @_;
	return $node->safe_psql($db, <<"SQL", @planner);
CREATE TEMP TABLE list (item jsonb);
\\copy list FROM '$dir/disposals'
SELECT relation, sum(listed), sum(back), sum(due), sum(held), sum(retained), max(plan), string_agg(DISTINCT problem, '; ')
FROM soc2.reapply_disposals((SELECT jsonb_agg(item) FROM list))
GROUP BY relation, plan ORDER BY relation, max(plan);
SQL
}

my $content = <<'SQL';
SELECT 'ticket ' || t FROM ticket AS t UNION ALL
SELECT 'log ' || l FROM log AS l UNION ALL
SELECT 'person ' || p FROM person AS p UNION ALL
SELECT 'key ' || subject || ' ' || state FROM soc2.subject_key_status WHERE subject IS NOT NULL
ORDER BY 1
SQL

my $origin = cluster('origin');
$origin->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE planner LOGIN IN ROLE soc2_admin;
CREATE ROLE custodian LOGIN IN ROLE soc2_custodian;
SELECT soc2.create_retention_class('gone', '2 years', 'Contract');
SELECT soc2.create_retention_class('anonymous', '2 years', 'Contract', method => 'anonymize');
CREATE TABLE ticket (id integer PRIMARY KEY, closed date);
INSERT INTO ticket SELECT n, CASE n % 2 WHEN 0 THEN date '2001-01-01' ELSE '9000-01-01' END FROM generate_series(1, 50) AS n;
SELECT soc2.set_retention('ticket', 'gone', 'closed');
CREATE TABLE log (id integer, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE log_2001 PARTITION OF log FOR VALUES FROM ('2001-01-01') TO ('2002-01-01');
CREATE TABLE log_rest PARTITION OF log DEFAULT;
INSERT INTO log SELECT n, '2001-06-01' FROM generate_series(1, 20) AS n;
INSERT INTO log VALUES (1, '9000-01-01');
SELECT soc2.set_retention('log', 'gone', 'at');
-- one table with both methods
CREATE TABLE person (id integer PRIMARY KEY, left_at date, kind text, name text NOT NULL, mail text, phone text);
INSERT INTO person
SELECT n, CASE WHEN n > 40 THEN date '9000-01-01' ELSE '2001-01-01' END, CASE WHEN n % 4 = 0 THEN 'guest' ELSE 'member' END,
    'name ' || n, 'mail' || n, '0' || n FROM generate_series(1, 60) AS n;
SELECT soc2.set_retention('person', 'gone', 'left_at', predicate => $$kind = 'guest'$$, ordinal => 1);
SELECT soc2.set_retention('person', 'anonymous', 'left_at', ordinal => 2);
SELECT soc2.set_anonymization('person', 'name', 'constant', 'erased');
SELECT soc2.set_anonymization('person', 'mail', 'hash');
SELECT soc2.set_anonymization('person', 'phone', 'null');
SELECT soc2.set_subject('person', 'id', kind => 'person');
-- functions that play a service
CREATE SCHEMA kms;
CREATE FUNCTION kms.swap(reference text, key bytea) RETURNS bytea LANGUAGE sql SET search_path = pg_catalog AS
$$ SELECT string_agg(set_byte('\x00', 0, get_byte(key, i) # 90), '') FROM generate_series(0, length(key) - 1) AS i $$;
CREATE FUNCTION kms.destroy(reference text, key bytea) RETURNS text LANGUAGE sql SET search_path = pg_catalog AS
$$ SELECT 'receipt'::text $$;
SELECT soc2.register_shred_handler('kms', 'kms.swap(text,bytea)', 'kms.swap(text,bytea)', 'kms.destroy(text,bytea)');
SELECT soc2.register_wrapping_key('tenant', handler => 'kms', reference => 'alias');
SQL
$origin->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/empty", 'postgres' ], 'a dump from before any key');
$origin->safe_psql('postgres', q{SELECT soc2.create_subject_key('person:' || i, 'tenant') FROM generate_series(1, 5) AS i});
my $before = $origin->safe_psql('postgres', $content);
$origin->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'postgres' ], 'a dump from before the disposals');

# Delete, drop, anonymize and shred
for my $table (qw(ticket log person))
{
	dispose($origin, 'postgres', $origin->safe_psql('postgres', "SELECT soc2.plan_disposal('$table')", @planner));
}
dispose($origin, 'postgres', $origin->safe_psql('postgres', "SELECT soc2.plan_shred('{person:1,person:2}')", @planner));
dispose($origin, 'postgres', $origin->safe_psql('postgres', "SELECT soc2.plan_shred('{person:4}')", @planner));
my $after = $origin->safe_psql('postgres', $content);
isnt($after, $before, 'the content is another one');
$origin->safe_psql('postgres', "\\copy (SELECT soc2.export_disposals()) TO '$dir/disposals'", @custodian);
is($origin->safe_psql('postgres', q{SELECT payload ->> 'keys' FROM soc2.evidence WHERE payload ->> 'action' = 'exported'}), 3,
	'the export counts the keys');
is(reapply($origin, 'postgres'), <<'OUT' =~ s/\n\z//r, 'nothing is back where it was done');
public.log|20|0|0|0|0||
public.person|40|0|0|0|0||
public.ticket|25|0|0|0|0||
soc2.subject_keys|3|0|0|0|0||
OUT

# Elsewhere.  One of the keys is held, and one of the rows.
my $copy = cluster('copy');
$copy->safe_psql('postgres', 'CREATE ROLE planner LOGIN; CREATE ROLE custodian LOGIN;');
restore($copy, 'postgres');
is($copy->safe_psql('postgres', $content), $before, 'all of it is back');
$copy->safe_psql('postgres', q{INSERT INTO ticket VALUES (1000, '2001-01-01');
	INSERT INTO person VALUES (1000, '2001-01-01', 'member', 'new', 'new', '1'), (1004, '2001-01-01', 'guest', 'new', 'new', '1')});
$copy->safe_psql('postgres', q{SELECT soc2.open_matter('Inquiry', 'I-1'); SELECT soc2.place_hold('I-1', subject => 'person:2')}, @custodian);
my $found = reapply($copy, 'postgres');
like($found, qr/^public\.log\|20\|20\|20\|0\|0\|\d+\|$/m, 'rows of the partition are found');
like($found, qr/^public\.ticket\|25\|25\|25\|0\|0\|\d+\|$/m, 'rows that were deleted are found');
like($found, qr/^public\.person\|30\|30\|29\|1\|0\|\d+\|$/m, 'rows that were anonymized are found, and the held one');
like($found, qr/^public\.person\|10\|10\|10\|0\|0\|\d+\|$/m, 'rows of the same table that were deleted are found');
like($found, qr/^soc2\.subject_keys\|3\|3\|2\|1\|0\|\|$/m, 'keys are destroyed again, but for the held one');
is($copy->safe_psql('postgres', q{SELECT string_agg(subject, ',' ORDER BY subject) FROM soc2.subject_keys}), 'person:2,person:3,person:5',
	'at once');
dispose($copy, 'postgres', $_) for $found =~ /\|(\d+)\|$/mg;
is($copy->safe_psql('postgres', q{SELECT count(*) FROM person WHERE id IN (2, 1000, 1004) AND name <> 'erased'}), 3,
	'what is held, or the list does not name, stays as it is');
is($copy->safe_psql('postgres', q{SELECT string_agg(DISTINCT c #>> '{reapplied,0,method}' || (c #>> '{rows,destroyed}') || (c #>> '{set_hash,equal}'), ',')
	FROM soc2.disposal_plans AS p, soc2.certificate(p.plan_id) AS c WHERE p.relation = 'person'::regclass}, @planner),
	'anonymize29true,delete10true', 'the certificates say what was repeated');
my $held = $copy->safe_psql('postgres', q{SELECT hold_id FROM soc2.holds_active});
$copy->safe_psql('postgres', "SELECT soc2.release_hold($held, 'over', '0')", @custodian);
$found = reapply($copy, 'postgres');
like($found, qr/^public\.person\|30\|1\|1\|0\|0\|\d+\|$/m, 'what was held is found when it is not any more');
like($found, qr/^soc2\.subject_keys\|3\|1\|1\|0\|0\|\|$/m, 'so is its key');
dispose($copy, 'postgres', $_) for $found =~ /\|(\d+)\|$/mg;
$copy->safe_psql('postgres', 'DELETE FROM ticket WHERE id = 1000; DELETE FROM person WHERE id >= 1000');
is($copy->safe_psql('postgres', $content), $after, 'the content is that of the first database');
unlike(reapply($copy, 'postgres'), qr{\|\d+\|$}m, 'nothing is left to plan');
is($copy->safe_psql('postgres', q{SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')}), 0, 'the ledger is whole');

# What cannot be reapplied
restore($copy, 'changed');
$copy->safe_psql('changed', q{SELECT soc2.unset_anonymization('person', c) FROM unnest('{name,mail,phone}'::name[]) AS c});
like(reapply($copy, 'changed'), qr/^public\.person\|40\|\|\|\|\|\|the table has no rules of anonymization$/m,
	'a table without rules is told');
restore($copy, 'others');
$copy->safe_psql('others', q{SELECT soc2.set_retention('person', 'gone', 'left_at', ordinal => 2)});
like(reapply($copy, 'others'), qr/^public\.person\|30\|30\|0\|0\|0\|\|30 rows have a class with another method than "anonymize"$/m,
	'what was anonymized is not deleted');
$copy->safe_psql('postgres', 'CREATE DATABASE early');
$copy->command_ok([ 'pg_restore', '-e', '-d', $copy->connstr('early'), "$dir/empty" ], 'early: the first dump is restored');
$copy->safe_psql('early', 'GRANT soc2_admin TO planner');
like(reapply($copy, 'early'), qr/^soc2\.subject_keys\|3\|\|\|\|\|\|no subject has had a key in this database$/m,
	'keys that were made later are not back');
$_->stop for $origin, $copy;

done_testing();
