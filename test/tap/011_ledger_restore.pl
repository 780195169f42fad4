# A ledger beyond one server and one session.  Proves that dumping and restoring
# keeps every row byte for byte, intact or tampered with, so that verifying says
# the same before and after and recording goes on; that prepared transactions
# hold the lane, over a restart too, and fork nothing; that after a crash amid
# concurrent writers every acknowledged row is there and the chain is whole; and
# that a standby and a subscriber verify.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(guards_down guards_up start_after_crash);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', <<'CONF');
max_prepared_transactions = 5
autovacuum = off
timezone = 'America/St_Johns'
datestyle = 'German, DMY'
soc2.max_lanes = 1
CONF
$node->start;

my $report = q{SELECT lane, seq, problem, detail FROM soc2.verify_ledger('soc2.evidence')};
my $rows = q{SELECT md5(string_agg(e::text, E'\n' ORDER BY ledger_lane, ledger_seq)), count(*) FROM soc2.evidence AS e};
my $entries = 'SELECT ledger_id, redactable, created_at FROM soc2.ledgers WHERE relation = '
  . q{'soc2.evidence'::regclass};
my $dir = PostgreSQL::Test::Utils::tempdir;
my ($ret, $out, $err);

# Restore a dump into a new database in one of several ways, and compare
sub restored_alike
{
	my ($name, $from, $to) = @_;
	my %ways = (
		'psql' => sub {
			$node->command_ok([ 'pg_dump', '-f', "$dir/plain", $from ], "$name: pg_dump");
			$node->safe_psql('postgres', "CREATE DATABASE $to");
			$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain", $to ], "$name: psql");
		},
		'pg_restore -j' => sub {
			$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", $from ], "$name: pg_dump -Fc");
			$node->safe_psql('postgres', "CREATE DATABASE $to");
			$node->command_ok([ 'pg_restore', '-e', '-j', '2', '-d', $to, "$dir/custom" ], "$name: pg_restore -j 2");
		},
		'--inserts' => sub {
			$node->command_ok([ 'pg_dump', '--rows-per-insert=3', '-f', "$dir/inserts", $from ], "$name: pg_dump --rows-per-insert");
			$node->safe_psql('postgres', "CREATE DATABASE $to");
			$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/inserts", $to ], "$name: psql");
		},
		'data only' => sub {
			$node->command_ok([ 'pg_dump', '-a', '-Fc', '-f', "$dir/data", $from ], "$name: pg_dump -a");
			$node->safe_psql('postgres', "CREATE DATABASE $to");
			$node->safe_psql($to, 'CREATE EXTENSION soc2 CASCADE');
			$node->command_ok([ 'pg_restore', '-e', '-d', $to, "$dir/data" ], "$name: pg_restore of data");
		});
	for my $way (sort keys %ways)
	{
		$ways{$way}->();
		is($node->safe_psql($to, $rows), $node->safe_psql($from, $rows), "$name, $way: the rows are the same");
		is($node->safe_psql($to, $entries), $node->safe_psql($from, $entries), "$name, $way: so is the entry");
		is($node->safe_psql($to, $report), $node->safe_psql($from, $report), "$name, $way: verifying says the same");
		is( $node->safe_psql($to, <<'SQL'), "t\nt\nt", "$name, $way: recording goes on");
SELECT max(ledger_seq) AS last FROM soc2.evidence \gset
SELECT soc2.record_evidence('after') IS NOT NULL;
SELECT max(ledger_seq) = :last + 1 FROM soc2.evidence;
SELECT count(*) = 0 FROM soc2.verify_ledger('soc2.evidence') WHERE seq > :last;
SQL
		$node->safe_psql('postgres', "DROP DATABASE $to");
	}
}

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.record_evidence(
    E'kind\t' || i, 'sübject \ ' || i, jsonb_build_object('i', i, 'f', 0.10), '{CC6.1,outline:P3.1}', NULL, 'check',
    '[2024-01-01 00:00+05,)', decode(repeat(md5(i::text), i * 50), 'hex'), 'file:///' || i, NULL, '', 'infinity')
FROM generate_series(1, 50) AS i;
SELECT soc2.record_evidence('empty');
CREATE TABLE dropped (ledger_lane integer, ledger_seq bigint, ledger_prev soc2.digest, ledger_hash soc2.digest,
    UNIQUE (ledger_lane, ledger_seq));
CREATE TRIGGER zz BEFORE INSERT ON dropped FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain();
INSERT INTO dropped DEFAULT VALUES;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
DROP TABLE dropped;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SQL
is($node->safe_psql('origin', $report), '', 'nothing is wrong at first');
restored_alike('intact', 'origin', 'restored');

# A tampered row must not be laundered on the way
$node->safe_psql('postgres', 'CREATE DATABASE tampered TEMPLATE origin');
$node->safe_psql('tampered', guards_down('soc2.evidence') . <<'SQL' . guards_up('soc2.evidence'));
UPDATE soc2.evidence SET subject = 'innocent' WHERE ledger_seq = 1;
UPDATE soc2.evidence SET ledger_prev = ledger_hash WHERE ledger_seq = 7;
DELETE FROM soc2.evidence WHERE ledger_seq = 20;
UPDATE soc2.evidence SET ledger_salt = NULL WHERE ledger_seq = 30;
SQL
is($node->safe_psql('tampered', $report) =~ s/ctid \(\d+,\d+\)/ctid (CTID)/r, <<'REPORT' =~ s/\n\z//r, 'tampering is found');
0|30|format|The row at ctid (CTID) has a redactable value but no ledger_salt.
0|1|content|The row does not match its ledger_hash.
0|7|content|The row does not match its ledger_hash.
0|7|link|ledger_prev is not the ledger_hash of row 6.
0|20|gap|Row 20 is missing.
REPORT
$report = q{SELECT lane, seq, problem, CASE WHEN problem <> 'format' THEN detail END FROM soc2.verify_ledger('soc2.evidence')};
restored_alike('tampered', 'tampered', 'restored');

# --disable-triggers enables them again, but not always: verifying says so
$node->safe_psql('postgres', 'CREATE DATABASE weaker');
$node->safe_psql('weaker', 'CREATE EXTENSION soc2 CASCADE');
$node->command_ok([ 'pg_dump', '-a', '-Fc', '-f', "$dir/weaker", 'origin' ], 'pg_dump -a');
$node->command_ok([ 'pg_restore', '-e', '--disable-triggers', '-d', 'weaker', "$dir/weaker" ], 'pg_restore --disable-triggers');
is( $node->safe_psql('weaker', q{SELECT problem, count(*) FROM soc2.verify_ledger('soc2.evidence') GROUP BY 1}),
	'catalog|21', 'guards that --disable-triggers left weaker are named');

# Hashes do not depend on the encoding of the database, which must have one
$node->safe_psql('postgres', "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
$node->safe_psql('latin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.record_evidence(E'\u00e9t\u00e9', U&'\00fc', jsonb_build_object(U&'\00df', 1));
SQL
is($node->safe_psql('latin', $report), '', 'a database in LATIN1 verifies');
$node->command_ok([ 'pg_dump', '-f', "$dir/latin", 'latin' ], 'pg_dump from LATIN1');
$node->safe_psql('postgres', 'CREATE DATABASE unicode');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/latin", 'unicode' ], 'psql into UTF8');
is($node->safe_psql('unicode', "$report; SELECT octet_length(kind) FROM soc2.evidence"), '5', 'and so does its copy in UTF8');
$node->safe_psql('postgres', "CREATE DATABASE ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'");
($ret, $out, $err) = $node->psql('ascii', <<'SQL');
\set VERBOSITY sqlstate
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.record_evidence('a');
SQL
like($err, qr/0A000/, 'a database without an encoding holds no ledger');

# Prepared transactions hold the lane
my $db = 'origin';
$node->safe_psql($db, <<'SQL');
BEGIN;
SELECT soc2.record_evidence('prepared');
PREPARE TRANSACTION 'one';
SQL
$node->restart;
($ret, $out, $err) = $node->psql($db, "SET lock_timeout = '200ms'; SELECT soc2.record_evidence('second')");
like($err, qr/lock timeout/, 'a prepared transaction holds the lane');
is($node->safe_psql($db, $report), '', 'its rows are not there yet');
$node->safe_psql($db, "COMMIT PREPARED 'one'");
$node->safe_psql($db, "BEGIN; SELECT soc2.record_evidence('gone'); PREPARE TRANSACTION 'two'");
$node->safe_psql($db, "ROLLBACK PREPARED 'two'");
$node->safe_psql($db, "SELECT soc2.record_evidence('second')");
is($node->safe_psql($db, $report), '', 'and when it ended, nothing is wrong');
is($node->safe_psql($db, q{SELECT string_agg(kind, ',' ORDER BY ledger_seq) FROM soc2.evidence WHERE ledger_seq > 51}),
	'prepared,second', 'in the order of their ends');

# A standby verifies
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql($db, $report), '', 'a standby verifies an intact ledger');
like($standby->safe_psql('tampered', $report), qr/^0\|1\|content/m, 'and finds tampering');
$standby->stop;

# So does a subscriber: it keeps the hashes that rows carry
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$subscriber->append_conf('postgresql.conf', "timezone = 'America/St_Johns'\ndatestyle = 'German, DMY'");
$subscriber->start;
$subscriber->safe_psql('postgres', 'CREATE EXTENSION soc2 CASCADE');
$node->safe_psql($db, 'CREATE PUBLICATION ledger FOR TABLE soc2.evidence, soc2.ledgers');
my $connection = $node->connstr($db);
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION ledger CONNECTION \$\$$connection\$\$ PUBLICATION ledger");
$subscriber->wait_for_subscription_sync($node, 'ledger');
$node->safe_psql($db, "SELECT soc2.record_evidence('replicated')");
$node->wait_for_catchup('ledger');
is($subscriber->safe_psql('postgres', $rows), $node->safe_psql($db, $rows), 'rows of a subscriber are the same');
is($subscriber->safe_psql('postgres', $report), '', 'and verified there');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION ledger');
$subscriber->stop;

# Writers are killed in the middle
my $script = "$dir/write.sql";
append_to_file($script, <<'SQL');
\set many random(1, 20)
SET soc2.max_lanes = 4;
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO soc2.evidence (kind) SELECT 'pgbench' FROM generate_series(1, :many);
SAVEPOINT s;
INSERT INTO soc2.evidence (kind) VALUES ('undone');
ROLLBACK TO s;
END;
SQL
for my $round (1 .. 3)
{
	my $bench = IPC::Run::start(
		[ 'pgbench', '-n', '-c', '6', '-T', '30', '-f', $script, $node->connstr($db) ],
		'>', \my $stdout, '2>', \my $stderr);
	$node->poll_query_until($db,
		"SELECT count(*) > (SELECT 100 * $round) FROM soc2.evidence WHERE kind = 'pgbench'");
	# synchronous_commit is on: this row is acknowledged
	$node->safe_psql($db, "SELECT soc2.record_evidence('acknowledged $round')");
	$node->kill9;
	$bench->finish;
	is(start_after_crash($node), 1, "round $round: the server starts again");
	is($node->safe_psql($db, $report), '', "round $round: nothing is wrong after the crash");
	is($node->safe_psql($db, q{SELECT count(*) FROM soc2.evidence WHERE kind LIKE 'acknowledged%'}),
		$round, "round $round: acknowledged rows are there");
	is($node->safe_psql($db, q{SELECT count(*) FROM soc2.evidence WHERE kind = 'undone'}),
		0, "round $round: undone rows are not");
}
is( $node->safe_psql($db, 'SELECT ledger_lane, count(*) = max(ledger_seq) AND count(DISTINCT ledger_prev) = count(*) FROM soc2.evidence GROUP BY 1 ORDER BY 1'),
	"0|t\n1|t\n2|t\n3|t", 'no fork and no gap in any lane');

done_testing();
