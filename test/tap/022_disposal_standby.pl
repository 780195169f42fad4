# A disposal and a standby.  Proves that a run destroys nothing while a standby is
# further behind than it was told, and goes on by itself once that has caught up;
# and that a standby that took over plans and runs nothing until a custodian has
# said that it is known, and then goes on with the plans that there are.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(refused);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nsoc2.disposal_delay = 0");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE planner LOGIN IN ROLE soc2_admin;
CREATE ROLE custodian LOGIN IN ROLE soc2_custodian;
CREATE TABLE ticket (id bigint PRIMARY KEY, closed date);
INSERT INTO ticket SELECT n, '2001-01-01' FROM generate_series(1, 5000) AS n;
SELECT soc2.create_retention_class('support', '2 years', 'Contract');
SELECT soc2.set_retention('ticket', 'support', 'closed');
SQL
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);

my $plan = $node->safe_psql('postgres', "SELECT soc2.plan_disposal('ticket')", extra_params => [ '-U', 'planner' ]);
$node->safe_psql('postgres', "SELECT soc2.approve_disposal($plan)", extra_params => [ '-U', 'custodian' ]);

# What a run says that has time for one step, and how many rows are left
sub step
{
	my ($arguments) = @_;
	my (undef, undef, $err) = $node->psql('postgres',
		"CALL soc2.run_disposal($plan, batch_pages => 1, max_duration => '0', $arguments)", extra_params => [ '-U', 'planner' ]);
	unlike($err, qr/ERROR/, "$arguments: no error");
	return $node->safe_psql('postgres', 'SELECT count(*) FROM ticket');
}

$node->wait_for_catchup($standby);
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_pause()');
$standby->poll_query_until('postgres', q{SELECT pg_get_wal_replay_pause_state() = 'paused'});
$node->safe_psql('postgres', q{SELECT pg_logical_emit_message(false, 'filler', repeat('x', 100000))});
is(step("max_lag => '50 kB'"), 5000, 'nothing is destroyed while the standby is behind');
my $some = step("max_lag => '1 GB'");
cmp_ok($some, '<', 5000, 'a standby that is behind less is no reason to wait');
my $left = step('max_lag => NULL');
cmp_ok($left, '<', $some, 'nor is any without a limit');

my $client = IPC::Run::start(
	[ 'psql', '-X', '-U', 'planner', '-d', $node->connstr('postgres'), '-c',
		"CALL soc2.run_disposal($plan, batch_pages => 1, max_duration => '1 h', max_lag => '50 kB')" ],
	'<', \undef, '>', \my $out, '2>', \my $err);
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_stat_activity WHERE query LIKE 'CALL soc2.run_disposal%' AND pid <> pg_backend_pid()});
is($node->safe_psql('postgres', 'SELECT count(*) FROM ticket'), $left, 'a run waits');
$standby->safe_psql('postgres', 'SELECT pg_wal_replay_resume()');
$client->finish;
is($node->safe_psql('postgres', "SELECT state FROM soc2.disposal_progress WHERE plan_id = $plan"), 'finished',
	'and goes on to its end once the standby has caught up');
is($node->safe_psql('postgres', 'SELECT count(*) FROM ticket'), 0, 'all rows are gone');
$node->wait_for_catchup($standby);
is($node->safe_psql('postgres', "SELECT reached FROM soc2.verify_disposal($plan) WHERE level = 'L4'"), 't', 'the standby has passed the end');

# The standby takes over, with a plan that was approved and one that was not
$node->safe_psql('postgres', "INSERT INTO ticket SELECT n, '2001-01-01' FROM generate_series(1, 10) AS n");
$plan = $node->safe_psql('postgres', "SELECT soc2.plan_disposal('ticket')", extra_params => [ '-U', 'planner' ]);
$node->safe_psql('postgres', "SELECT soc2.approve_disposal($plan)", extra_params => [ '-U', 'custodian' ]);
refused($node, 'postgres', q{SELECT soc2.acknowledge_restore('nothing happened')}, '55000', 'there is nothing to acknowledge');
$node->wait_for_catchup($standby);
$node->stop;
$standby->promote;
$standby->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
refused($standby, 'postgres', q{SELECT soc2.plan_disposal('ticket')}, 'S2D01', 'a standby that took over makes no plan');
refused($standby, 'postgres', "CALL soc2.run_disposal($plan)", 'S2D01', 'and runs none');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM ticket'), 10, 'nothing is destroyed');
refused($standby, 'postgres', q{SET SESSION AUTHORIZATION planner; SELECT soc2.acknowledge_restore('failover')}, '42501', 'this is not for planners');
refused($standby, 'postgres', q{SELECT soc2.acknowledge_restore(' ')}, '22023', 'nor without a reason');
$standby->safe_psql('postgres', q{SELECT soc2.acknowledge_restore('failover, the standby was in sync')}, extra_params => [ '-U', 'custodian' ]);
$standby->safe_psql('postgres', "CALL soc2.run_disposal($plan)", extra_params => [ '-U', 'planner' ]);
is($standby->safe_psql('postgres', 'SELECT count(*) FROM ticket'), 0, 'after that plans are run');
is( $standby->safe_psql('postgres', q{SELECT recorded_by, payload ->> 'timeline', payload ->> 'reason' FROM soc2.evidence WHERE payload ->> 'action' = 'restore acknowledged'}),
	'custodian|2|failover, the standby was in sync', 'who said so is evidence');
is($standby->safe_psql('postgres', q{SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')}), 0, 'which is whole');
$standby->stop;

done_testing();
