# Ledgers through recovery to a point in time before the last checkpoint.
# Proves that a recovered database verifies, with checkpoints from before that
# point; that a later one, which somebody kept, shows what is gone, in the server
# and in an export, also when the log has grown beyond its size again; that
# sealing starts the next incarnation; and that two recoveries of one backup, of
# the same cluster and on the same timeline, never speak under one origin.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(has_archiving => 1, allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
chomp(my $bindir = `pg_config --bindir`);
my $uuid = qr/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

# Record rows, and seal
sub record
{
	my ($on, $count) = @_;
	$on->safe_psql('postgres', "SELECT count(soc2.record_evidence('x', expires_at => '2020-01-01')) FROM generate_series(1, $count)");
	$on->safe_psql('postgres', 'SELECT soc2.seal()');
	return checkpoint($on);
}

sub checkpoint
{
	my ($on) = @_;
	return $on->safe_psql('postgres', q{SELECT soc2.checkpoint('soc2.evidence')});
}

# Problems that verifying reports
sub problems
{
	my ($on, $checkpoint) = @_;
	return $on->safe_psql('postgres', "SELECT problem, detail FROM soc2.verify_ledger('soc2.evidence', \$c\$$checkpoint\$c\$)");
}

# What soc2-verify says to an export and a checkpoint
sub exit_status
{
	my ($on, $checkpoint) = @_;
	unlink "$dir/checkpoint", "$dir/bundle";
	append_to_file("$dir/checkpoint", $checkpoint);
	append_to_file("$dir/bundle", $on->safe_psql('postgres', q{SELECT soc2.export_ledger('soc2.evidence')}) . "\n");
	return system("'$bindir/soc2-verify' --quiet --checkpoint '$dir/checkpoint' '$dir/bundle' > '$dir/out' 2>&1") >> 8;
}

$node->safe_psql('postgres', 'CREATE EXTENSION soc2 CASCADE');
my $first = record($node, 10);
$node->backup('backup');
my $second = record($node, 10);
# of what follows nothing is left after the recovery
$node->safe_psql('postgres', q{SELECT pg_create_restore_point('here')});
$node->safe_psql('postgres', q{SELECT soc2.prune_ledger('soc2.evidence', ledger_lane, 1, 'expired') FROM soc2.evidence GROUP BY ledger_lane HAVING count(*) > 1});
my $third = record($node, 10);
is(problems($node, $third), '', 'nothing is wrong with the original');
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');

my (@recovered, @origins);
for my $name ('one', 'other')
{
	my $copy = PostgreSQL::Test::Cluster->new($name);
	$copy->init_from_backup($node, 'backup', has_restoring => 1, standby => 0);
	$copy->append_conf('postgresql.conf', "recovery_target_name = 'here'\nrecovery_target_action = promote\narchive_mode = off");
	$copy->start;
	$copy->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
	push @recovered, $copy;
	is($copy->safe_psql('postgres', 'SELECT count(*) FROM soc2.evidence'), '20', "$name: recovered to before the last checkpoint");
	is(checkpoint($copy), $second, "$name: its checkpoint is the one of then");
	is(problems($copy, $_), '', "$name: verifies with an older checkpoint") for $first, $second;
	like(problems($copy, $third), qr/\Acheckpoint\|The log has 20 rows, the checkpoint 3\d\.\z/, "$name: the one that was kept shows that rows are gone");
	is(exit_status($copy, $second), 0, "$name: soc2-verify accepts its export");
	is(exit_status($copy, $third), 1, "$name: but not with the one that was kept");
}
for my $copy (@recovered)
{
	my $name = $copy->name;
	my ($before) = $second =~ /\n(\d+)\n/;
	my $checkpoint = record($copy, 20);
	my ($origin, $size) = split /\n/, $checkpoint;
	like($origin, qr{^soc2/$uuid/$uuid/2$}, "$name: seals in the second incarnation");
	push @origins, $origin;
	is($copy->safe_psql('postgres', 'SELECT previous_size FROM soc2.ledger_seals WHERE incarnation = 2'), $before, "$name: which goes on from where it was recovered to");
	cmp_ok($size, '>', (split /\n/, $third)[1], "$name: its log is larger than that of the original");
	is(problems($copy, $_), '', "$name: and verifies with every checkpoint of its own") for $first, $second, $checkpoint;
	is(problems($copy, $third), 'checkpoint|The log has another root at size ' . (split /\n/, $third)[1] . '.', "$name: not with that of the other history");
	is(exit_status($copy, $checkpoint), 0, "$name: soc2-verify accepts it");
	is(exit_status($copy, $third), 1, "$name: and refuses the other history");
}
is($recovered[0]->safe_psql('postgres', 'SELECT system_identifier, timeline FROM soc2.ledger_seals ORDER BY seal_id DESC LIMIT 1'),
	$recovered[1]->safe_psql('postgres', 'SELECT system_identifier, timeline FROM soc2.ledger_seals ORDER BY seal_id DESC LIMIT 1'),
	'both have the same system identifier and timeline');
isnt($origins[0], $origins[1], 'and not the same origin');
like(record($node, 1), qr{^soc2/$uuid/1\n}, 'the original goes on in its first incarnation');
$_->stop for @recovered, $node;

done_testing();
