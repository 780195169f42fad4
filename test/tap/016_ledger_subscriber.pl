# Ledgers on a subscriber.  Proves that rows, log, redactions and prunes of the
# publisher arrive byte for byte, before and after the first copy, and verify
# there with his checkpoints; that the subscriber changes nothing on its own; and
# that changes which the publisher made behind his guards stop the subscription,
# whatever they are, and leave the subscriber's rows as they were.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my @init = ('--encoding=UTF8', '--locale=C');
my $publisher = PostgreSQL::Test::Cluster->new('publisher');
$publisher->init(allows_streaming => 'logical', extra => [@init]);
$publisher->append_conf('postgresql.conf', "autovacuum = off\ntimezone = 'America/St_Johns'\ndatestyle = 'German, DMY'");
$publisher->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(extra => [@init]);
$subscriber->append_conf('postgresql.conf', "wal_retrieve_retry_interval = 200ms\nlog_error_verbosity = verbose");
$subscriber->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
my @ledgers = ('soc2.evidence', 'public.notes');

$publisher->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE TABLE notes (id integer GENERATED ALWAYS AS IDENTITY, note text, secret text, more bytea);
SELECT soc2.create_ledger('notes', '{secret,more}');
ALTER TABLE notes REPLICA IDENTITY USING INDEX notes_ledger_lane_ledger_seq_key;
INSERT INTO notes (note, secret, more) SELECT 'note ' || i, md5(i::text), decode(repeat(md5(i::text), i * 30), 'hex') FROM generate_series(1, 60) AS i;
SELECT soc2.record_evidence('kind ' || i, 'sübject', jsonb_build_object('i', i), artifact => 'file', expires_at => '2020-01-01') FROM generate_series(1, 60) AS i;
SELECT soc2.seal();
SELECT soc2.redact('notes', ledger_lane, 30, 'asked for') FROM notes WHERE id = 30;
SELECT soc2.redact('soc2.evidence', ledger_lane, ledger_seq, 'asked for') FROM soc2.evidence WHERE kind = 'kind 30';
SELECT soc2.prune_ledger('notes', ledger_lane, 3, 'expired') FROM notes WHERE id = 3;
SELECT soc2.prune_ledger('soc2.evidence', ledger_lane, ledger_seq, 'expired') FROM soc2.evidence WHERE kind = 'kind 3';
SQL

# What verifying reports on both ledgers of the subscriber, with the
# publisher's checkpoints
sub report
{
	return join '', map {
		my $checkpoint = $publisher->safe_psql('postgres', "SELECT soc2.checkpoint('$_')");
		$subscriber->safe_psql('postgres', "SELECT lane, seq, problem, detail FROM soc2.verify_ledger('$_', \$c\$$checkpoint\$c\$)")
	} @ledgers;
}

# Both sides have the same
sub same
{
	my ($what) = @_;
	$publisher->wait_for_catchup('ledgers');
	is($subscriber->safe_psql('postgres', "SELECT soc2.export_ledger('$_')"), $publisher->safe_psql('postgres', "SELECT soc2.export_ledger('$_')"),
		"$what: $_ is the same, byte for byte")
	  for @ledgers;
	is(report(), '', "$what: verifying finds nothing");
}

$publisher->command_ok([ 'pg_dump', '-s', '-f', "$dir/schema", 'postgres' ], 'pg_dump of the schema');
$subscriber->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $subscriber->connstr('postgres'), '-f', "$dir/schema" ], 'psql');
$publisher->safe_psql('postgres', <<'SQL');
CREATE PUBLICATION ledgers FOR TABLE notes, soc2.evidence, soc2.ledgers, soc2.ledger_seals, soc2.ledger_seal_ranges, soc2.ledger_tiles,
    soc2.ledger_redactions, soc2.ledger_prunes;
SQL
my $connection = $publisher->connstr('postgres');
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION ledgers CONNECTION \$\$$connection\$\$ PUBLICATION ledgers");
$subscriber->wait_for_subscription_sync($publisher, 'ledgers');
same('the first copy');

# What comes later, in transactions of any shape
$publisher->safe_psql('postgres', <<'SQL');
SELECT soc2.redact('notes', ledger_lane, 40, 'asked for') FROM notes WHERE id = 40;
BEGIN;
INSERT INTO notes (note, secret) VALUES ('at once', 'forget');
SELECT soc2.redact('notes', ledger_lane, ledger_seq, 'a mistake') FROM notes WHERE note = 'at once';
SELECT soc2.redact('soc2.evidence', ledger_lane, ledger_seq, 'asked for') FROM soc2.evidence WHERE kind IN ('kind 40', 'kind 41');
COMMIT;
SELECT soc2.prune_ledger('notes', ledger_lane, 10, 'expired') FROM notes WHERE id = 10;
SELECT soc2.prune_ledger('soc2.evidence', ledger_lane, ledger_seq, 'expired') FROM soc2.evidence WHERE kind = 'kind 10';
SELECT soc2.seal();
SQL
same('redacted and pruned');
is($subscriber->safe_psql('postgres', 'SELECT min(id), count(*) FILTER (WHERE secret IS NULL AND more IS NULL) FROM notes'), '11|3', 'values and rows are gone');

# Nobody else changes anything on the subscriber
for my $statement (
	q{UPDATE notes SET note = 'x' WHERE id = 50},
	'UPDATE notes SET secret = NULL, more = NULL, ledger_salt = NULL WHERE id = 50',
	'DELETE FROM notes WHERE id = 11', 'DELETE FROM soc2.evidence', 'TRUNCATE notes',
	q{BEGIN; INSERT INTO notes (note, ledger_lane, ledger_seq, ledger_prev, ledger_hash)
		SELECT 'pruned once', ledger_lane, 1, ledger_prev, ledger_hash FROM notes WHERE id = 11; DELETE FROM notes WHERE ledger_seq = 1})
{
	my ($ret, $out, $err) = $subscriber->psql('postgres', "\\set VERBOSITY sqlstate\nSET session_replication_role = replica;\n$statement;");
	like($err, qr/ERROR:  S2L01/, "on the subscriber: $statement");
}

# Nor does a publisher behind his guards
my $forged = q{INSERT INTO soc2.ledger_redactions (ledger_id, lane, seq, column_name, commitment, redacted_by, reason)
	SELECT ledger_id, ledger_lane, ledger_seq, name, ledger_hash, 'x', 'x' FROM notes, soc2.ledgers, (VALUES ('secret'), ('more')) AS v (name) WHERE id = 50 AND relation = 'notes'::regclass};
my $pruned = q{INSERT INTO soc2.ledger_prunes (ledger_id, lane, last_seq, last_hash, pruned_by, reason, evidence_id)
	SELECT ledger_id, ledger_lane, ledger_seq, ledger_hash, 'x', 'x', %s FROM notes, soc2.ledgers WHERE id = %d AND relation = 'notes'::regclass};
my $log_start = length slurp_file($subscriber->logfile);
for (
	[ 'UPDATE', 'a value', q{UPDATE notes SET note = 'x' WHERE id = 52} ],
	[ 'UPDATE', 'a hash', 'UPDATE notes SET ledger_hash = ledger_prev WHERE id = 53' ],
	[ 'UPDATE', 'a redactable value', q{UPDATE notes SET secret = 'x' WHERE id = 54} ],
	[ 'UPDATE', 'a redaction without a record', 'UPDATE notes SET secret = NULL, more = NULL, ledger_salt = NULL WHERE id = 55' ],
	[ 'UPDATE', 'a redaction with a forged record', "$forged; UPDATE notes SET secret = NULL, more = NULL, ledger_salt = NULL WHERE id = 50" ],
	[ 'UPDATE', 'more than a redaction', q{SELECT soc2.redact('notes', ledger_lane, 51, 'x') FROM notes WHERE id = 51; UPDATE notes SET note = 'x' WHERE id = 51} ],
	[ 'UPDATE', 'a seal', 'UPDATE soc2.ledger_seals SET size = 1' ],
	[ 'DELETE', 'a row', 'DELETE FROM notes WHERE id = 11' ],
	[ 'DELETE', 'a row behind the last that was pruned', 'DELETE FROM notes WHERE id = 60' ],
	[ 'DELETE', 'a prune without evidence', sprintf("$pruned; DELETE FROM notes WHERE id = 12", 'gen_random_uuid()', 12) ],
	[ 'DELETE', 'a prune with other evidence', sprintf("$pruned; DELETE FROM notes WHERE id = 13", q{(SELECT evidence_id FROM soc2.evidence WHERE kind = 'kind 60')}, 13) ],
	[ 'DELETE', 'a redaction that was recorded', 'DELETE FROM soc2.ledger_redactions' ])
{
	my ($event, $what, $statements) = @$_;
	my $before = $subscriber->safe_psql('postgres', 'SELECT n FROM notes AS n ORDER BY id');
	$publisher->safe_psql('postgres', join ";\n", 'BEGIN',
		'ALTER EVENT TRIGGER soc2_ddl_start DISABLE',
		(map { "ALTER TABLE $_ DISABLE TRIGGER USER" } 'notes', 'soc2.ledger_seals', 'soc2.ledger_redactions'),
		$statements, 'COMMIT');
	my $log = '';
	for (1 .. 300)
	{
		$log = substr slurp_file($subscriber->logfile), $log_start;
		last if $log =~ s/.*?(?=ERROR: .*finished at)//s;
		select undef, undef, undef, 0.1;
	}
	like($log, qr/\AERROR:  S2L01: [^\n]*append-only\n[^\n]*DETAIL:  The publisher sent $event, and no record that came before/,
		"the publisher's superuser: $what");
	my ($lsn) = $log =~ m{finished at ([0-9A-F]+/[0-9A-F]+)} or die 'no end of the transaction in the log';
	is($subscriber->safe_psql('postgres', 'SELECT n FROM notes AS n ORDER BY id'), $before, 'changes nothing here');
	$subscriber->safe_psql('postgres', 'ALTER SUBSCRIPTION ledgers DISABLE');
	$subscriber->poll_query_until('postgres', q{SELECT count(*) = 0 FROM pg_stat_activity WHERE backend_type LIKE 'logical replication%apply%' OR backend_type = 'logical replication worker'});
	$log_start = length slurp_file($subscriber->logfile);
	$subscriber->safe_psql('postgres', "ALTER SUBSCRIPTION ledgers SKIP (lsn = '$lsn'); ALTER SUBSCRIPTION ledgers ENABLE");
	$publisher->wait_for_catchup('ledgers');
}
is($subscriber->safe_psql('postgres', q{SELECT * FROM soc2.verify_ledger('notes')}), '', 'after all that the subscriber verifies');
isnt($publisher->safe_psql('postgres', q{SELECT * FROM soc2.verify_ledger('notes')}), '', 'and the publisher does not');
$subscriber->stop;
$publisher->stop;

done_testing();
