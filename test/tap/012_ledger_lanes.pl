# Lanes and ledgers of one's own across the life of a server.  Proves that a
# prepared transaction holds its lane over a restart and nobody waits for it;
# that more backends than lanes wait for each other and neither fork nor leave
# gaps; and that a table that was made a ledger survives dump and restore, and
# can be written afterwards.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', <<'CONF');
max_prepared_transactions = 5
autovacuum = off
soc2.max_lanes = 2
CONF
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
my $report = q{SELECT lane, seq, problem, detail FROM soc2.verify_ledger('notes')};
my $unbroken = 'SELECT bool_and(rows = last AND links = rows) FROM (SELECT count(*) AS rows, max(ledger_seq) AS last,'
  . ' count(DISTINCT ledger_prev) AS links FROM notes GROUP BY ledger_lane) AS lane';
my $db = 'origin';
my ($ret, $out, $err);

$node->safe_psql('postgres', "CREATE DATABASE $db");
$node->safe_psql($db, <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE owner;
GRANT USAGE ON SCHEMA soc2 TO owner;
GRANT CREATE ON SCHEMA public TO owner;
SET ROLE owner;
CREATE TABLE notes (note text, secret text);
INSERT INTO notes SELECT 'old ' || i, md5(i::text) FROM generate_series(1, 100) AS i;
SELECT soc2.create_ledger('notes', '{secret}');
INSERT INTO notes SELECT 'new ' || i, md5(i::text) FROM generate_series(1, 100) AS i;
SQL
is($node->safe_psql($db, $report), '', 'nothing is wrong at first');

# prepared transactions
$node->safe_psql($db, "BEGIN; INSERT INTO notes VALUES ('one'); PREPARE TRANSACTION 'one'");
$node->restart;
$node->safe_psql($db, "SET lock_timeout = '10s'; INSERT INTO notes VALUES ('passes one by')");
is($node->safe_psql($db, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 3"), '1',
	'a prepared transaction holds a lane over a restart');
$node->safe_psql($db, "BEGIN; INSERT INTO notes VALUES ('two'); PREPARE TRANSACTION 'two'");
($ret, $out, $err) = $node->psql($db, "SET lock_timeout = '200ms'; INSERT INTO notes VALUES ('third')");
like($err, qr/lock timeout/, 'with all lanes held a writer waits');
is($node->safe_psql($db, $report), '', 'nothing is wrong meanwhile');
$node->safe_psql($db, "ROLLBACK PREPARED 'one'");
$node->safe_psql($db, "SET lock_timeout = '10s'; INSERT INTO notes VALUES ('third')");
$node->safe_psql($db, "COMMIT PREPARED 'two'");
is($node->safe_psql($db, "$report; $unbroken"), 't', 'and nothing is wrong after them');

# more backends than lanes, with savepoints and rows that do not arrive
$node->safe_psql($db, 'CREATE UNIQUE INDEX once ON notes (note) WHERE note LIKE \'once%\'');
append_to_file("$dir/write.sql", <<'SQL');
\set many random(1, 5)
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO notes SELECT 'kept', 'secret' FROM generate_series(1, :many);
SAVEPOINT s;
INSERT INTO notes VALUES ('undone');
ROLLBACK TO s;
INSERT INTO notes SELECT 'once ' || i FROM generate_series(1, :many) AS i ON CONFLICT DO NOTHING;
INSERT INTO notes VALUES ('kept');
COMMIT;
SQL
for my $lanes (1, 2, 5, 32)
{
	$node->append_conf('postgresql.conf', "soc2.max_lanes = $lanes");
	$node->reload;
	$node->command_ok(
		[ 'pgbench', '-n', '-c', '8', '-j', '2', '-t', '30', '--max-tries=1000', '-f', "$dir/write.sql", $node->connstr($db) ],
		"8 writers, $lanes lanes");
	is($node->safe_psql($db, "$report; $unbroken"), 't', "no gap and no fork with $lanes lanes");
}
is($node->safe_psql($db, "SELECT count(*) FROM notes WHERE note = 'undone'"), '0', 'undone rows are not there');
cmp_ok($node->safe_psql($db, 'SELECT count(DISTINCT ledger_lane) FROM notes'), '>', 2, 'lanes were used');

# dump and restore
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", $db ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-e', '-j', '2', '-d', 'restored', "$dir/dump" ], 'pg_restore');
my $rows = q{SELECT md5(string_agg(n::text, E'\n' ORDER BY ledger_lane, ledger_seq)), count(*) FROM notes AS n};
is($node->safe_psql('restored', $rows), $node->safe_psql($db, $rows), 'restored rows are the same');
is($node->safe_psql('restored', $report), '', 'and verified');
$node->safe_psql('restored', "SET ROLE owner; INSERT INTO notes VALUES ('goes on', 'secret')");
is($node->safe_psql('restored', "$report; $unbroken"), 't', 'and the ledger goes on');

done_testing();
