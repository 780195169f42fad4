# A disposal whose server is killed amid its batches, again and again.  Proves
# that it goes on where it stopped; that no row that is retained, held, or written
# since is lost; that no row is left that was due; that what the batches and the
# certificate count is exactly what is gone, row by row; and that the ledger that
# they are evidence in is whole.
#
#   SOC2_DISPOSAL_ROWS=4000000  rows, half of them due
#   SOC2_DISPOSAL_CRASHES=10    crashes
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(start_after_crash refused);
use Test::More;
use Time::HiRes qw(sleep time);

my $rows = $ENV{SOC2_DISPOSAL_ROWS} || 100_000;
my $crashes = $ENV{SOC2_DISPOSAL_CRASHES} || 10;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
fsync = on
synchronous_commit = on
full_page_writes = on
autovacuum = off
timezone = 'America/St_Johns'
soc2.disposal_delay = 0
CONF
$node->start;
# Every second row is due; of 1000 one is held, and one is written after the plan.
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE planner LOGIN IN ROLE soc2_admin;
CREATE ROLE custodian LOGIN IN ROLE soc2_custodian;
CREATE TABLE ticket (id bigint PRIMARY KEY, closed date, note text);
INSERT INTO ticket
SELECT n, CASE n % 2 WHEN 0 THEN date '2001-01-01' + (n % 1000)::int ELSE date '9000-01-01' END, 'note ' || n
FROM generate_series(1, $rows) AS n;
SELECT soc2.create_retention_class('support', '2 years', 'Contract');
SELECT soc2.set_retention('ticket', 'support', 'closed');
SELECT soc2.open_matter('Inquiry', 'I-1');
SELECT soc2.place_hold('I-1', 'ticket', 'id % 1000 = 500');
SQL
my $plan = $node->safe_psql('postgres', "SELECT soc2.plan_disposal('ticket')", extra_params => [ '-U', 'planner' ]);
$node->safe_psql('postgres', "SELECT soc2.approve_disposal($plan)", extra_params => [ '-U', 'custodian' ]);
$node->safe_psql('postgres', <<"SQL");
UPDATE ticket SET note = 'changed' WHERE id % 1000 = 2;
CREATE TABLE expected AS SELECT id FROM ticket WHERE id % 2 = 1 OR id % 1000 IN (500, 2);
VACUUM ticket;
SQL

sub progress
{
	return $node->safe_psql('postgres',
		"SELECT state, destroyed, blocks_done, blocks FROM soc2.disposal_progress WHERE plan_id = $plan");
}

# Several batches for each crash, so that one comes amid them.
my $blocks = (split /\|/, progress())[3];
my $pages = 1 + int($blocks / (6 * $crashes));
my $resumed = 1;
my $last = 0;
my $amid = 0;

for my $crash (1 .. $crashes)
{
	my $client = IPC::Run::start(
		[ 'psql', '-X', '-U', 'planner', '-d', $node->connstr('postgres'), '-c',
			"CALL soc2.run_disposal($plan, batch_pages => $pages)" ],
		'<', \undef, '>', \my $out, '2>', \my $err);

	# the next batch has been committed, or nothing is left: then at once
	my $end = time + 60;
	my $done = $last;
	while (time < $end)
	{
		my ($state, undef, $now) = split /\|/, progress();
		$done = $now;
		last if $done > $last || $state eq 'finished';
	}
	$amid++ if $done < $blocks;
	$node->kill9;
	$client->finish;
	start_after_crash($node) or BAIL_OUT('the server does not start after a crash');
	my (undef, $destroyed, $now) = split /\|/, progress();
	$resumed &&= $now >= $done;
	my $gone = $node->safe_psql('postgres', "SELECT $rows - count(*) FROM ticket");
	is($gone, $destroyed, "crash $crash: what is gone is what the batches count, $gone rows at block $now of $blocks");
	$last = $now;
}
ok($resumed, 'no committed batch was done again');
ok($amid > 0, "crashes came amid the blocks: $amid of $crashes");

$node->safe_psql('postgres', "CALL soc2.run_disposal($plan)", extra_params => [ '-U', 'planner' ])
  if (split /\|/, progress())[0] ne 'finished';
is((split /\|/, progress())[0], 'finished', 'the plan is finished');
is($node->safe_psql('postgres', 'SELECT count(*) FROM (TABLE expected EXCEPT SELECT id FROM ticket) AS lost'), 0, 'nothing is lost that was to stay');
is($node->safe_psql('postgres', 'SELECT count(*) FROM (SELECT id FROM ticket EXCEPT TABLE expected) AS due'), 0, 'nothing is left that was due');
my $due = int($rows / 2) - 2 * int($rows / 1000);
is( $node->safe_psql('postgres', <<"SQL", extra_params => [ '-U', 'custodian' ]),
SELECT c #>> '{rows,destroyed}', c ->> 'level' FROM soc2.certificate($plan) AS c
SQL
	"$due|L1", 'the certificate counts the rows');
is( $node->safe_psql('postgres', <<"SQL"),
SELECT sum(rows), sum(length(key_hashes)) FROM soc2.disposal_batches WHERE plan_id = $plan
SQL
	"$due|" . 16 * $due, 'and so do the batches and the hashes of keys');
is( $node->safe_psql('postgres', <<"SQL"),
SELECT count(*), count(DISTINCT h) FROM soc2.disposal_batches AS b,
    LATERAL (SELECT substr(b.key_hashes, 16 * i + 1, 16) FROM generate_series(0, length(b.key_hashes) / 16 - 1) AS i) AS k (h)
SQL
	"$due|$due", 'each row was destroyed once');
is( $node->safe_psql('postgres', <<"SQL"),
SELECT bool_and(soc2.was_disposed($plan, id::text) = (id % 2 = 0 AND id % 1000 NOT IN (500, 2)))
FROM (SELECT generate_series(1, $rows, $rows / 100 + 1) AS id UNION SELECT 500 UNION SELECT 2) AS s
SQL
	't', 'the hashes tell what was destroyed');
is($node->safe_psql('postgres', "SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')"), 0, 'the evidence is whole');
refused($node, 'postgres', "CALL soc2.run_disposal($plan);", 'S2D01', 'the plan is used');
$node->stop;

done_testing();
