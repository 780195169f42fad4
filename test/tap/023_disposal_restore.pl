# Disposals and a recovery to a point in time.  Proves that a database that was
# recovered to before a disposal, with which every record of it is gone, disposes of
# nothing until a custodian acknowledged that; that an export that was kept elsewhere
# finds what came back in it, and also in a dump that was loaded into another
# cluster; that holds placed meanwhile are respected; and that the ledger is whole.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(refused);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(has_archiving => 1, allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nsoc2.disposal_delay = 0");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
my @planner = (extra_params => [ '-U', 'planner' ]);
my @custodian = (extra_params => [ '-U', 'custodian' ]);

# Make a plan, have it approved, and run it
sub dispose
{
	my ($on, $plan) = @_;
	$plan //= $on->safe_psql('postgres', "SELECT soc2.plan_disposal('ticket')", @planner);
	$on->safe_psql('postgres', "SELECT soc2.approve_disposal($plan)", @custodian);
	$on->safe_psql('postgres', "CALL soc2.run_disposal($plan)", @planner);
	return $plan;
}

# What is back by a list of disposals, and how many rows there are
sub reapply
{
	my ($on) = @_;
	return $on->safe_psql('postgres', <<"SQL", @planner);
CREATE TEMP TABLE list (item jsonb);
\\copy list FROM '$dir/disposals'
SELECT relation, source_plan, listed, back, due, held, retained, plan FROM soc2.reapply_disposals((SELECT jsonb_agg(item) FROM list));
SQL
}

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE planner LOGIN IN ROLE soc2_admin;
CREATE ROLE custodian LOGIN IN ROLE soc2_custodian;
CREATE TABLE ticket (id bigint PRIMARY KEY, closed date);
INSERT INTO ticket SELECT n, CASE n % 2 WHEN 0 THEN date '2001-01-01' ELSE '9000-01-01' END FROM generate_series(1, 1000) AS n;
SELECT soc2.create_retention_class('support', '2 years', 'Contract');
SELECT soc2.set_retention('ticket', 'support', 'closed');
SELECT soc2.open_matter('Inquiry', 'I-1');
SQL
# a plan before the backup, which the recovered database knows of
is(dispose($node), 1, 'the first plan');
$node->safe_psql('postgres', "INSERT INTO ticket SELECT n, '2001-01-01' FROM generate_series(2000, 2099) AS n");
$node->backup('backup');
$node->safe_psql('postgres', q{SELECT pg_create_restore_point('here')});
my $gone = dispose($node);
$node->safe_psql('postgres', "\\copy (SELECT soc2.export_disposals()) TO '$dir/disposals'", @custodian);
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');
is($node->safe_psql('postgres', 'SELECT count(*) FROM ticket'), 500, 'what was due is gone');

my $copy = PostgreSQL::Test::Cluster->new('copy');
$copy->init_from_backup($node, 'backup', has_restoring => 1, standby => 0);
$copy->append_conf('postgresql.conf', "recovery_target_name = 'here'\nrecovery_target_action = promote\narchive_mode = off");
$copy->start;
$copy->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
is($copy->safe_psql('postgres', 'SELECT count(*) FROM ticket'), 600, 'a recovery brings it back');
is($copy->safe_psql('postgres', "SELECT count(*) FROM soc2.disposal_plans WHERE plan_id = $gone"), 0, 'and forgets the plan');
refused($copy, 'postgres', q{SELECT soc2.plan_disposal('ticket')}, 'S2D01', 'no plan is made');
refused($copy, 'postgres', q{SELECT * FROM soc2.reapply_disposals()}, 'S2D01', 'not even to do it again');
$copy->safe_psql('postgres', q{SELECT soc2.acknowledge_restore('recovered to before the disposal')}, @custodian);
is($copy->safe_psql('postgres', q{SELECT source_plan, back, plan IS NULL FROM soc2.reapply_disposals()}), '1|0|t', 'what the database knows is not back');
$copy->safe_psql('postgres', q{SELECT soc2.place_hold('I-1', 'ticket', 'id = 2001')}, @custodian);
$copy->safe_psql('postgres', "INSERT INTO ticket VALUES (3000, '2001-01-01')");
my $found = reapply($copy);
my ($again) = $found =~ /\|(\d+)\z/;
is($found, "public.ticket|1|500|0|0|0|0|\npublic.ticket|$gone|100|100|99|1|0|$again", 'the list finds what is back');
refused($copy, 'postgres', "CALL soc2.run_disposal($again)", 'S2D01', 'which takes an approval');
dispose($copy, $again);
is($copy->safe_psql('postgres', 'SELECT array_agg(id ORDER BY id) FROM ticket WHERE id >= 2000'), '{2001,3000}', 'then it is gone again, but for what is held or was not there');
is( $copy->safe_psql('postgres', "SELECT c #>> '{reapplied,0,plan}', c #>> '{rows,destroyed}', c ->> 'level' FROM soc2.certificate($again) AS c", @custodian),
	"$gone|99|L1", 'the certificate names the plan');
is($copy->safe_psql('postgres', q{SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')}), 0, 'the ledger is whole');

# The same list, for a dump from before the disposal in another cluster
my $other = PostgreSQL::Test::Cluster->new('other');
$other->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$other->append_conf('postgresql.conf', "autovacuum = off\nsoc2.disposal_delay = 0");
$other->start;
$other->safe_psql('postgres', "CREATE ROLE planner LOGIN; CREATE ROLE custodian LOGIN;");
$copy->safe_psql('postgres', "INSERT INTO ticket SELECT n, '2001-01-01' FROM generate_series(2002, 2004) AS n");
my $unused = $copy->safe_psql('postgres', "SELECT soc2.plan_disposal('ticket')", @planner);
$copy->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'postgres' ], 'pg_dump');
$other->command_ok([ 'pg_restore', '-e', '-d', 'postgres', "$dir/dump" ], 'pg_restore');
$other->safe_psql('postgres', 'GRANT soc2_admin TO planner; GRANT soc2_custodian TO custodian');
refused($other, 'postgres', q{SELECT soc2.plan_disposal('ticket')}, 'S2D01', 'another cluster disposes of nothing either');
$other->safe_psql('postgres', q{SELECT soc2.acknowledge_restore('loaded from a dump')}, @custodian);
$other->safe_psql('postgres', "SELECT soc2.approve_disposal($unused)", @custodian);
refused($other, 'postgres', "CALL soc2.run_disposal($unused)", 'S2D01', 'nor do plans of the first one run there later');
($again) = reapply($other) =~ /^public\.ticket\|$gone\|100\|4\|3\|1\|0\|(\d+)$/m;
ok($again, 'the list finds what is back there too');
dispose($other, $again);
is($other->safe_psql('postgres', 'SELECT array_agg(id ORDER BY id) FROM ticket WHERE id >= 2000'), '{2001,3000}', 'and it is gone again');
$_->stop for $node, $copy, $other;

done_testing();
