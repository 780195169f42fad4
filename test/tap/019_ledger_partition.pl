# A partitioned ledger beyond one session and one server.  Proves that writers of
# all partitions, with savepoints, prepared transactions and partitions that are
# made meanwhile, leave one chain a lane without gap or fork, over a crash too;
# that a dump in each of its forms and a subscriber keep every row byte for byte;
# that a bundle is good without a server; and that what a superuser does to a
# partition is found: rows that come with one, rows that go with one.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(start_after_crash);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "max_prepared_transactions = 10\nsoc2.max_lanes = 3\nautovacuum_naptime = 1");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
my $report = q{SELECT lane, seq, problem, detail FROM soc2.verify_ledger('log.entry')};
my $rows = q{SELECT md5(string_agg(concat_ws('|', tableoid::regclass, id, kind, note, ledger_lane, ledger_seq, ledger_prev, ledger_hash, ledger_salt), E'\n'
    ORDER BY ledger_lane, ledger_seq)), count(*) > 100 FROM log.entry};

# Partitions of two levels whose columns stand in other orders
$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE SCHEMA log;
CREATE SEQUENCE log.entry_id;
CREATE TABLE log.entry (id bigint NOT NULL DEFAULT nextval('log.entry_id'), kind integer NOT NULL, note text,
    twice integer GENERATED ALWAYS AS (kind * 2) STORED) PARTITION BY LIST (kind);
CREATE TABLE log.entry_1 PARTITION OF log.entry FOR VALUES IN (1);
CREATE TABLE log.entry_2 (gone text, note text, twice integer GENERATED ALWAYS AS (kind * 2) STORED, kind integer NOT NULL, id bigint NOT NULL)
    PARTITION BY HASH (id);
ALTER TABLE log.entry_2 DROP COLUMN gone;
CREATE TABLE log.entry_2_0 PARTITION OF log.entry_2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE log.entry_2_1 PARTITION OF log.entry_2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE log.entry ATTACH PARTITION log.entry_2 FOR VALUES IN (2, 3);
INSERT INTO log.entry (kind, note) SELECT 1 + i % 3, 'old ' || i FROM generate_series(1, 50) AS i;
SELECT soc2.create_ledger('log.entry', '{note}');
SQL
is($node->safe_psql('origin', $report), '', 'rows that were there are chained');

# ---- writers, and a crash ------------------------------------------------

append_to_file("$dir/mixed.sql", <<'SQL');
\set kind random(1, 4)
\set other random(1, 3)
\set many random(1, 30)
\set level random(1, 3)
\if :level = 1
BEGIN ISOLATION LEVEL READ COMMITTED;
\elif :level = 2
BEGIN ISOLATION LEVEL REPEATABLE READ;
\else
BEGIN;
\endif
INSERT INTO log.entry (kind, note) SELECT 1 + (i + :kind) % 3, 'many' FROM generate_series(1, :many) AS i;
SAVEPOINT a;
INSERT INTO log.entry (kind, note) VALUES (:other, 'undone'), (:other, 'undone');
ROLLBACK TO a;
INSERT INTO log.entry_1 (id, kind, note) VALUES (-:other, 1, 'direct');
INSERT INTO log.entry (kind, note) VALUES (:other, 'one') ON CONFLICT DO NOTHING;
END;
SQL
append_to_file("$dir/part.sql", <<'SQL');
\set n random(1000, 1000000)
BEGIN;
CREATE TABLE IF NOT EXISTS log.entry_:n PARTITION OF log.entry FOR VALUES IN (:n);
INSERT INTO log.entry (kind, note) VALUES (:n, 'new'), (1, 'new'), (:n, 'new');
END;
\sleep 300 ms
SQL
append_to_file("$dir/prepared.sql", <<'SQL');
\set n random(1, 100000000)
BEGIN;
INSERT INTO log.entry (kind, note) VALUES (2, 'prepared'), (1, 'prepared'), (3, 'prepared');
PREPARE TRANSACTION 'p:n';
COMMIT PREPARED 'p:n';
SQL
for my $round (1 .. 2)
{
	my %said;
	my @benches = map {
		my $script = $_->[0];
		IPC::Run::start([ 'pgbench', '-n', '-c', $_->[1], '-T', '40', '-f', "$dir/$script.sql", $node->connstr('origin') ],
			'>', \my $out, '2>', \$said{$script})
	} ([ 'mixed', 5 ], [ 'part', 1 ], [ 'prepared', 2 ]);
	$node->poll_query_until('origin', <<"SQL") ||
SELECT (SELECT count(*) > 2000 * $round FROM log.entry WHERE note = 'many')
   AND (SELECT count(*) > 2 + $round FROM pg_inherits WHERE inhparent = 'log.entry'::regclass)
SQL
		diag('writers were slow: ', map { "$_ said\n" . ($said{$_} // 'nothing') . "\n" } sort keys %said);
	is($node->safe_psql('origin', "SELECT count(*) FROM soc2.verify_ledger('log.entry')"), 0,
		"round $round: no false alarm among writers");
	$node->safe_psql('origin', q{SELECT soc2.seal('log.entry')});
	$node->safe_psql('origin', "INSERT INTO log.entry (kind, note) VALUES (3, 'acknowledged')");
	$node->kill9;
	$_->finish for @benches;
	is(start_after_crash($node), 1, "round $round: the server starts again");
	$node->safe_psql('origin', $_) for split /\n/, $node->safe_psql('origin',
		q{SELECT format('COMMIT PREPARED %L', gid) FROM pg_prepared_xacts});
	is($node->safe_psql('origin', "SELECT count(*) FROM soc2.verify_ledger('log.entry')"), 0,
		"round $round: nothing is wrong after the crash");
	is( $node->safe_psql('origin', <<'SQL'), "$round|0|0", "round $round: acknowledged rows are there, undone ones are not");
SELECT count(*) FILTER (WHERE note = 'acknowledged'), count(*) FILTER (WHERE note = 'undone'),
       count(*) FILTER (WHERE note = 'prepared') % 3 FROM log.entry
SQL
}
is($node->safe_psql('origin', q{SELECT count(*) > 4 FROM pg_inherits WHERE inhparent = 'log.entry'::regclass}), 't',
	'partitions came meanwhile');
is( $node->safe_psql('origin', 'SELECT bool_and(n = last AND prevs = n), count(*) FROM (SELECT count(*) AS n, max(ledger_seq) AS last, count(DISTINCT ledger_prev) AS prevs FROM log.entry GROUP BY ledger_lane) AS l'),
	't|3', 'no gap and no fork in any lane');

is($node->safe_psql('origin', $report), '', 'nothing is wrong');
$node->safe_psql('origin', q{SELECT soc2.redact('log.entry', 0, seq, 'test') FROM generate_series(5, 15) AS seq});
$node->safe_psql('origin', q{SELECT soc2.seal('log.entry')});

# ---- dumps ---------------------------------------------------------------

sub restored
{
	my ($name, $to, @options) = @_;
	$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", @options, 'origin' ], "$name: dump");
	$node->safe_psql('postgres', "CREATE DATABASE $to");
	if (grep { $_ eq '-a' } @options)
	{
		$node->command_ok([ 'pg_dump', '-s', '-f', "$dir/schema", 'origin' ], "$name: dump of definitions");
		$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/schema", $to ], "$name: definitions");
	}
	$node->command_ok([ 'pg_restore', '-e', '-j', '2', '-d', $to, "$dir/dump" ], "$name: restore");
	is($node->safe_psql($to, $rows), $node->safe_psql('origin', $rows), "$name: the rows are the same");
	is($node->safe_psql($to, $report), '', "$name: and verified");
	$node->safe_psql($to, "INSERT INTO log.entry (kind, note) SELECT 1 + i % 3, 'after' FROM generate_series(1, 20) AS i");
	is($node->safe_psql($to, $report), '', "$name: recording goes on");
	is($node->safe_psql($to, q{SELECT sealed FROM soc2.seal('log.entry')}), 20, "$name: and sealing");
	$node->safe_psql('postgres', "DROP DATABASE $to");
}
restored('pg_dump', 'restored');
restored('pg_dump --load-via-partition-root', 'restored', '--load-via-partition-root');
restored('pg_dump -a', 'restored', '-a');
restored('pg_dump -a --load-via-partition-root', 'restored', '-a', '--load-via-partition-root');

# ---- a bundle ------------------------------------------------------------

my $bundle = $node->safe_psql('origin', q{SELECT soc2.export_ledger('log.entry')});
append_to_file("$dir/bundle", "$bundle\n");
command_ok([ $node->config_data('--bindir') . '/soc2-verify', "$dir/bundle" ], 'soc2-verify accepts the bundle');
command_ok([ 'python3', 'test/verify.py', "$dir/bundle" ], 'and so does verify.py');

# ---- a subscriber --------------------------------------------------------

my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$subscriber->start;
$node->command_ok([ 'pg_dump', '-s', '-f', "$dir/schema", 'origin' ], 'dump of definitions');
$subscriber->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/schema", 'postgres' ], 'definitions for a subscriber');
$node->safe_psql('origin', <<'SQL');
CREATE PUBLICATION ledger FOR TABLE log.entry, soc2.ledgers, soc2.ledger_redactions WITH (publish_via_partition_root = true);
SQL
my $connection = $node->connstr('origin');
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION ledger CONNECTION \$\$$connection\$\$ PUBLICATION ledger");
$subscriber->wait_for_subscription_sync($node, 'ledger');
$node->safe_psql('origin', "INSERT INTO log.entry (kind, note) SELECT 1 + i % 3, 'replicated' FROM generate_series(1, 20) AS i");
$node->wait_for_catchup('ledger');
is($subscriber->safe_psql('postgres', $rows), $node->safe_psql('origin', $rows), 'rows of a subscriber are the same');
is($subscriber->safe_psql('postgres', $report), '', 'and verified there');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION ledger');
$subscriber->stop;
$node->safe_psql('origin', 'DROP PUBLICATION ledger');
$node->safe_psql('origin', q{SELECT soc2.seal('log.entry')});

# ---- tampering -----------------------------------------------------------

# What verifying says, each problem once, after what a superuser did.  Rows that
# were all sealed and go with a partition are a gap, or at the end of a lane truncated.
sub tampered
{
	my ($name, $sql, $expected) = @_;
	my $found = $node->safe_psql('origin', <<"SQL");
SET client_min_messages = error;
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
$sql;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SELECT string_agg(DISTINCT problem, ' ' ORDER BY problem) FROM soc2.verify_ledger('log.entry');
ROLLBACK;
SQL
	like($found, $expected, $name);
}
my $new = 'CREATE TABLE log.forged (LIKE log.entry INCLUDING GENERATED)';
my $attach = 'ALTER TABLE log.entry ATTACH PARTITION log.forged FOR VALUES IN (9)';
my $guard = 'CREATE TRIGGER soc2_guard_truncate BEFORE TRUNCATE ON log.forged FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard(); '
  . 'ALTER TABLE log.forged ENABLE ALWAYS TRIGGER soc2_guard_truncate';
tampered('a partition attached with rows of no chain', <<"SQL", qr/^content link$/);
$new;
INSERT INTO log.forged (id, kind, note, ledger_lane, ledger_seq, ledger_prev, ledger_hash, ledger_salt)
    SELECT 1, 9, 'forged', 0, max(ledger_seq) + 1, sha256('a')::soc2.digest, sha256('b')::soc2.digest, substr(sha256('c'), 1, 16)
    FROM log.entry WHERE ledger_lane = 0;
$attach;
$guard
SQL
tampered('a partition attached with rows of the ledger, once more', <<"SQL", qr/^content duplicate$/);
$new;
INSERT INTO log.forged (id, kind, note, ledger_lane, ledger_seq, ledger_prev, ledger_hash, ledger_salt)
    SELECT id, 9, note, ledger_lane, ledger_seq, ledger_prev, ledger_hash, ledger_salt FROM log.entry WHERE ledger_seq = 20 AND ledger_lane = 0;
$attach;
$guard
SQL
tampered('a partition detached', 'ALTER TABLE log.entry DETACH PARTITION log.entry_1', qr/^gap( truncated)?$/);
tampered('a level of partitions detached', 'ALTER TABLE log.entry DETACH PARTITION log.entry_2', qr/^gap( truncated)?$/);
tampered('a partition dropped', 'DROP TABLE log.entry_2_0', qr/^gap( truncated)?$/);
tampered('a partition emptied, its guard put down and up again', <<'SQL', qr/^gap( truncated)?$/);
ALTER TABLE log.entry_2_1 DISABLE TRIGGER soc2_guard_truncate;
TRUNCATE log.entry_2_1;
ALTER TABLE log.entry_2_1 ENABLE ALWAYS TRIGGER soc2_guard_truncate
SQL
tampered('a partition detached, changed and attached', <<'SQL', qr/^content$/);
ALTER TABLE log.entry DETACH PARTITION log.entry_1;
UPDATE log.entry_1 SET note = 'innocent' WHERE note = 'direct';
ALTER TABLE log.entry ATTACH PARTITION log.entry_1 FOR VALUES IN (1)
SQL
tampered('the last row of a lane removed, wherever it lies', <<'SQL', qr/^truncated$/);
SELECT tableoid::regclass AS leaf FROM log.entry WHERE ledger_lane = 0 ORDER BY ledger_seq DESC LIMIT 1 \gset
ALTER TABLE :leaf DISABLE TRIGGER soc2_guard_delete;
DELETE FROM log.entry WHERE ledger_lane = 0 AND ledger_seq = (SELECT max(ledger_seq) FROM log.entry WHERE ledger_lane = 0);
ALTER TABLE :leaf ENABLE ALWAYS TRIGGER soc2_guard_delete
SQL
for my $sql (
	'TRUNCATE log.entry_2_0', 'DROP TABLE log.entry_2_0', 'DROP TABLE log.entry_2',
	'ALTER TABLE log.entry DETACH PARTITION log.entry_1', "$new; INSERT INTO log.forged (id, kind, ledger_lane, ledger_seq, ledger_prev, ledger_hash) SELECT id, 9, ledger_lane, ledger_seq, ledger_prev, ledger_hash FROM log.entry_1; $attach")
{
	my ($ret, $out, $err) = $node->psql('origin', "\\set VERBOSITY sqlstate\n$sql");
	like($err, qr/S2L0[13]/, "refused as long as the guard is up: $sql");
}

done_testing();
