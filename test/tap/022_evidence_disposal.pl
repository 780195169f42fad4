# Retention of the extension's own ledgers.  Proves that soc2.evidence and soc2.ddl_log
# take a class, and only one that a dump keeps; that nothing changes where they have
# none; that a plan removes what has expired from the front of each lane, keeps what
# is held or retained, and leaves a certificate in the ledger, which verifies; that
# nobody prunes what is retained without a plan either; and that class, guards and
# plans work in a database that was restored from a dump.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(dump_both_ways refused);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nsoc2.disposal_delay = 0\nsoc2.max_lanes = 1");
$node->start;
my @planner = (extra_params => [ '-U', 'planner' ]);
my @custodian = (extra_params => [ '-U', 'custodian' ]);

# Make a plan, have it approved, run it
sub dispose
{
	my ($db, $table) = @_;
	my $plan = $node->safe_psql($db, "SELECT soc2.plan_disposal('$table')", @planner);
	$node->safe_psql($db, "SELECT soc2.approve_disposal($plan)", @custodian);
	$node->safe_psql($db, "CALL soc2.run_disposal($plan)", @planner);
	return $plan;
}

$node->safe_psql('postgres', 'CREATE DATABASE origin; CREATE ROLE planner LOGIN; CREATE ROLE custodian LOGIN');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
GRANT soc2_admin TO planner;
GRANT soc2_custodian TO custodian;
SELECT soc2.create_retention_class('moment', '1 microsecond', 'Contract');
SELECT soc2.create_retention_class('longer', '10 years 1 microsecond', 'Contract');
SELECT soc2.create_retention_class('nameless', '10 years', 'Contract', method => 'anonymize');
SELECT soc2.record_evidence('note', 'subject ' || i, jsonb_build_object('n', i),
    expires_at => CASE WHEN i = 30 THEN timestamptz '9000-01-01' WHEN i % 2 = 0 THEN now() END)
FROM generate_series(1, 40) AS i;
SELECT soc2.seal();
SELECT soc2.open_matter('Inquiry', 'I-1');
SQL

# Without a class, all is as ever
my $lane = $node->safe_psql('origin', q{SELECT ledger_lane FROM soc2.evidence WHERE subject = 'subject 1'});
my $seq = sub { $node->safe_psql($_[0], "SELECT ledger_seq FROM soc2.evidence WHERE subject = 'subject $_[1]'") };
refused($node, 'origin', q{DELETE FROM soc2.evidence}, 'S2L01', 'a row cannot be deleted');
refused($node, 'origin', q{TRUNCATE soc2.evidence}, 'S2L01', 'nor the table be truncated');
is($node->safe_psql('origin', q{SELECT soc2.redact('soc2.evidence', ledger_lane, ledger_seq, 'test') IS NOT NULL
	FROM soc2.evidence WHERE subject = 'subject 2'}), 't', 'a value can be taken away');
refused($node, 'origin', "SELECT soc2.prune_ledger('soc2.evidence', $lane, 1, 'test')", 'S2R01', 'what has no expires_at is kept');
refused($node, 'origin', q{SELECT soc2.plan_disposal('soc2.evidence')}, '55000', 'there is nothing to plan by');

# Which retention it can have
refused($node, 'origin', "SELECT soc2.set_retention('soc2.evidence', $_->[1])", $_->[2], "evidence: no $_->[0]")
	for [ 'other anchor', q{'moment', 'expires_at'}, '0A000' ], [ 'predicate', q{'moment', 'recorded_at', predicate => $$kind = 'note'$$}, '0A000' ],
	[ 'other ordinal', q{'moment', 'recorded_at', ordinal => 2}, '0A000' ], [ 'protected column', q{'moment', 'recorded_at', protect => '{kind}'}, '0A000' ],
	[ 'anonymizing', q{'nameless', 'recorded_at'}, '0A000' ], [ 'such column', q{'moment', 'nothing'}, '42703' ];
refused($node, 'origin', q{SELECT soc2.set_retention('soc2.evidence_days', 'moment', 'day')}, '42809', 'other tables of the extension have none');
$node->safe_psql('origin', q{ALTER EVENT TRIGGER soc2_ddl_start DISABLE; ALTER TABLE soc2.ddl_log DISABLE TRIGGER soc2_retention_delete;
	ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS});
refused($node, 'origin', q{SELECT soc2.set_retention('soc2.ddl_log', 'moment', 'recorded_at')}, 'S2G01', 'nor does a table whose triggers are off');
$node->safe_psql('origin', q{ALTER EVENT TRIGGER soc2_ddl_start DISABLE; ALTER TABLE soc2.ddl_log ENABLE ALWAYS TRIGGER soc2_retention_delete;
	ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS});
$node->safe_psql('origin', q{SELECT soc2.set_retention('soc2.evidence', 'moment', 'recorded_at'), soc2.set_retention('soc2.ddl_log', 'moment', 'recorded_at')});
my $status = q{SELECT relation, class, anchor, guarded FROM soc2.retention_status ORDER BY 1};
is($node->safe_psql('origin', $status), "soc2.ddl_log|moment|recorded_at|t\nsoc2.evidence|moment|recorded_at|t", 'both have a class, and guards');

# A plan: what is sealed and stands before what is not expired; a hold in between
my $hold = $node->safe_psql('origin', q{SELECT soc2.place_hold('I-1', 'soc2.evidence', $$subject = 'subject 20'$$)}, @custodian);
refused($node, 'origin', "SELECT soc2.prune_ledger('soc2.evidence', $lane, @{[ $seq->('origin', 25) ]}, 'test')", 'S2H01', 'a row that is held is not pruned');
my $plan = dispose('origin', 'soc2.evidence');
is($node->safe_psql('origin', q{SELECT min(ledger_seq) = (SELECT ledger_seq FROM soc2.evidence WHERE subject = 'subject 20') FROM soc2.evidence}), 't',
	'the plan goes as far as the hold');
is($node->safe_psql('origin', qq{SELECT certificate ->> 'method', certificate #> '{rows,planned}' = certificate #> '{rows,destroyed}', certificate #> '{set_hash,equal}'
	FROM soc2.certificate($plan) AS certificate}), 'ledger-prune|t|true', 'there is a certificate');
is($node->safe_psql('origin', qq{SELECT count(*) FROM soc2.evidence WHERE kind = 'disposal' AND payload ->> 'action' = 'certified' AND payload ->> 'plan' = '$plan'}), 1,
	'the ledger has it');
is($node->safe_psql('origin', q{SELECT reached FROM soc2.verify_disposal(} . $plan . q{) WHERE level = 'L1'}), 't', 'nothing of it is left');
$node->safe_psql('origin', "SELECT soc2.release_hold($hold, 'over', '0')", @custodian);
dispose('origin', 'soc2.evidence');
is($node->safe_psql('origin', q{SELECT min(ledger_seq) = (SELECT ledger_seq FROM soc2.evidence WHERE subject = 'subject 30') FROM soc2.evidence}), 't',
	'the next one as far as a row that says itself that it is needed');
is($node->safe_psql('origin', q{SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')}), 0, 'the ledger verifies');

# The class is a longer one now: nothing is due, whoever asks
$node->safe_psql('origin', q{SELECT soc2.set_retention('soc2.ddl_log', 'longer', 'recorded_at'); SELECT soc2.start_ddl_capture();
	CREATE TABLE a (); CREATE TABLE b (); CREATE TABLE c (); SELECT soc2.seal()});
my ($log_lane, $log_seq) = split /\|/, $node->safe_psql('origin', 'SELECT ledger_lane, min(ledger_seq) FROM soc2.ddl_log GROUP BY 1');
refused($node, 'origin', "SELECT soc2.prune_ledger('soc2.ddl_log', $log_lane, $log_seq, 'test')", 'S2R01', 'what is retained is not pruned without a plan');
is($node->safe_psql('origin', q{SELECT state, rows > 2 FROM soc2.retention_status('soc2.ddl_log')}), 'retained|t', 'nor is it due');

# What a dump takes along
dump_both_ways($node, 'origin');
for my $db (qw(plain parallel))
{
	is($node->safe_psql($db, $status), "soc2.ddl_log|longer|recorded_at|t\nsoc2.evidence|moment|recorded_at|t", "$db: the classes and the guards are there");
	refused($node, $db, "SELECT soc2.prune_ledger('soc2.ddl_log', $log_lane, $log_seq, 'test')", 'S2R01', "$db: what is retained is not pruned");
	$node->safe_psql($db, q{SELECT soc2.record_evidence('note', 'new'), soc2.record_evidence('note', 'newer'); SELECT soc2.seal()});
	my $rows = $node->safe_psql($db, q{SELECT count(*) FROM soc2.evidence});
	$hold = $node->safe_psql($db, q{SELECT soc2.place_hold('I-1', 'soc2.evidence', $$subject = 'new'$$)}, @custodian);
	is($node->safe_psql($db, q{SELECT state FROM soc2.retention_status('soc2.evidence') WHERE state = 'held'}), 'held', "$db: holds work");
	$plan = dispose($db, 'soc2.evidence');
	is($node->safe_psql($db, "SELECT certificate #> '{rows,destroyed}' FROM soc2.certificate($plan) AS certificate"), 0, "$db: a row that is needed is");
	is($node->safe_psql($db, q{SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')}), 0, "$db: the ledger verifies");
}
$node->stop;

done_testing();
