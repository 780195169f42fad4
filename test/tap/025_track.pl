# Row history beyond one session.  Proves that every committed change is recorded once
# and no other one is, with clients that change rows while columns and partitions come
# and go, and across a crash; that a dump brings history, triggers and numbers along, in
# whatever way it is restored, and that a table restored without its entry goes on being
# recorded; that rows loaded in bulk are recorded as others are; that a worker of a
# subscription records nothing, and a prepared transaction when it is prepared.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(dump_both_ways start_after_crash);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical', extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
timezone = 'UTC'
max_prepared_transactions = 5
fsync = on
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION soc2 CASCADE;
CREATE TABLE stock (id integer PRIMARY KEY, amount integer NOT NULL DEFAULT 0, note text, spare text DEFAULT 'spare');
CREATE TABLE part (id integer, region text, amount integer NOT NULL DEFAULT 0, PRIMARY KEY (id, region)) PARTITION BY LIST (region);
CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('a');
CREATE TABLE part_b PARTITION OF part FOR VALUES IN ('b');
SELECT soc2.track_changes('stock'), soc2.track_changes('part');
INSERT INTO stock (id) SELECT generate_series(1, 50);
INSERT INTO part SELECT i, CASE WHEN i % 2 = 0 THEN 'a' ELSE 'b' END FROM generate_series(1, 20) AS i;
-- as many updates of each row were recorded as its amount says
CREATE FUNCTION differences() RETURNS bigint LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM stock AS s
            WHERE s.amount <> (SELECT count(*) FROM soc2.history('stock', s.id) AS h WHERE h.new_values ? 'amount' AND h.action = 'update'))
        + (SELECT count(*) FROM part AS p
            WHERE p.amount <> (SELECT count(*) FROM soc2.history('part') AS h
                WHERE h.row_key ->> 0 = p.id::text AND h.new_values ? 'amount' AND h.action = 'update'))
$$;
SQL

# nothing is wrong with a ledger, its history and the table
sub whole
{
	my ($db, $name) = @_;
	is($node->safe_psql($db, "SELECT count(*) FROM soc2.verify_ledger('soc2.row_changes')"), '0', "$name: the ledger is whole");
	is($node->safe_psql($db, 'SELECT differences()'), '0', "$name: each change was recorded once");
	my ($ret, $out, $err) = $node->psql($db,
		q{SELECT count(*) FROM soc2.as_of('stock', (SELECT tracked_at FROM soc2.tracked_tables WHERE relation = 'stock'::regclass)) AS r;
		SELECT count(*) FROM soc2.as_of('part', (SELECT tracked_at FROM soc2.tracked_tables WHERE relation = 'part'::regclass)) AS r});
	is("$ret|$out|$err", "0|0\n0|", "$name: all of it can be undone");
}
whole('shop', 'at first');

# clients that change rows, some of them moved, while others change the tables
my $script = PostgreSQL::Test::Utils::tempdir . '/changes.sql';
append_to_file($script, <<'SQL');
\set id random(1, 50)
\set part random(1, 20)
\set kind random(1, 4)
\if :kind = 1
UPDATE stock SET amount = amount + 1 WHERE id = :id;
\elif :kind = 2
BEGIN;
UPDATE stock SET amount = amount + 1 WHERE id = :id;
SAVEPOINT s;
UPDATE stock SET amount = amount + 1, note = 'undone' WHERE id = :id;
ROLLBACK TO s;
UPDATE part SET amount = amount + 1 WHERE id = :part;
COMMIT;
\elif :kind = 3
UPDATE part SET amount = amount + 1, region = CASE region WHEN 'a' THEN 'b' ELSE 'a' END WHERE id = :part;
\else
BEGIN;
UPDATE stock SET amount = amount + 1000 WHERE id = :id;
ROLLBACK;
\endif
SQL
my @pgbench = ('pgbench', '-n', '-c', '6', '-T', '6', '--max-tries', '1000', '-f', $script, $node->connstr('shop'));
my ($out, $err) = ('', '');
my $clients = IPC::Run::start(\@pgbench, '>', \$out, '2>', \$err);
for my $i (1 .. 12)
{
	$node->safe_psql('shop', <<SQL);
ALTER TABLE stock ADD COLUMN extra$i text DEFAULT 'x';
ALTER TABLE stock RENAME COLUMN spare TO spare$i;
ALTER TABLE part ADD COLUMN extra$i integer;
CREATE TABLE coming$i (LIKE part INCLUDING DEFAULTS);
INSERT INTO coming$i (id, region) VALUES ($i + 100, 'c$i');
ALTER TABLE part ATTACH PARTITION coming$i FOR VALUES IN ('c$i');
UPDATE part SET amount = amount + 1 WHERE id = $i + 100;
ALTER TABLE stock RENAME COLUMN spare$i TO spare;
ALTER TABLE stock DROP COLUMN extra$i;
ALTER TABLE part DROP COLUMN extra$i;
SQL
	$node->safe_psql('shop', "ALTER TABLE part DETACH PARTITION coming$i") if $i % 3 == 0;
	$node->safe_psql('shop', "DROP TABLE coming$i") if $i % 4 == 0;
}
$clients->finish;
unlike($err, qr/ERROR/, 'no client failed');
like($out, qr/number of transactions actually processed: [1-9]/, 'clients did something');
whole('shop', 'while tables changed');
is($node->safe_psql('shop', q{SELECT count(*) FROM soc2.row_changes WHERE changes::text ~ 'undone|"amount":1\d\d\d'}),
	'0', 'what was rolled back is not there');

# a crash amid writers
$clients = IPC::Run::start(\@pgbench, '>', \$out, '2>', \$err);
select undef, undef, undef, 2;
$node->stop('immediate');
$clients->finish;
ok(start_after_crash($node), 'the server starts after a crash');
whole('shop', 'after a crash');

# rows in bulk, and keys that are found among them
my $rows = PostgreSQL::Test::Utils::tempdir . '/rows';
append_to_file($rows, join '', map { "$_\t$_\tnote $_\t\n" } 1001 .. 31000);
$node->safe_psql('shop', "CREATE TABLE loaded (LIKE stock INCLUDING ALL); SELECT soc2.track_changes('loaded')");
$node->safe_psql('shop', "COPY loaded FROM '$rows'");
is( $node->safe_psql('shop', q{SELECT sum(row_count), count(*) < 6000 FROM soc2.row_changes WHERE table_name = 'public.loaded' AND action = 'insert'}),
	'30000|t', 'COPY records all rows, many together');
is( $node->safe_psql('shop', q{SELECT new_values ->> 'note' FROM soc2.history('loaded', 17171)}),
	'note 17171', 'and each is found');

# a prepared transaction
$node->safe_psql('shop', q{BEGIN; UPDATE stock SET amount = amount + 1 WHERE id = 1; PREPARE TRANSACTION 'p'});
$node->safe_psql('shop', q{UPDATE stock SET amount = amount + 1 WHERE id = 2});
$node->restart;
$node->safe_psql('shop', q{COMMIT PREPARED 'p'});
whole('shop', 'with a prepared transaction');

# a dump, as text and in parallel
$node->safe_psql('shop', q{CREATE TABLE kept AS SELECT clock_timestamp() AS at, array_agg(to_jsonb(s) ORDER BY s.id) AS rows FROM stock AS s});
$node->safe_psql('shop', q{UPDATE stock SET amount = amount + 1});
$node->safe_psql('shop', q{INSERT INTO soc2.identities (role_name, kind, owner) VALUES ('app', 'service', 'somebody');
	UPDATE soc2.identities SET owner = 'somebody else'});
dump_both_ways($node, 'shop');
for my $db (qw(plain parallel))
{
	whole($db, "$db restore");
	is( $node->safe_psql($db, q{SELECT (SELECT rows FROM kept) = array_agg(r ORDER BY (r ->> 'id')::integer) FROM soc2.as_of('stock', (SELECT at FROM kept)) AS r}),
		't', "$db restore: the past is what it was");
	is( $node->safe_psql($db, q{SELECT count(*) FROM soc2.tracked_tables AS t CROSS JOIN soc2.tracking_problems(t.relation)}),
		'0', "$db restore: the triggers are there");
	my $last = $node->safe_psql($db, 'SELECT max(change_no) FROM soc2.row_changes');
	$node->safe_psql($db, 'UPDATE stock SET amount = amount + 1 WHERE id < 10');
	is( $node->safe_psql($db, "SELECT count(*) FROM soc2.row_changes WHERE change_no > $last"),
		$node->safe_psql($db, 'SELECT count(*) FROM soc2.row_changes WHERE change_no = (SELECT max(change_no) FROM soc2.row_changes)'),
		"$db restore: numbers go on");
	whole($db, "$db restore and after");
	is( $node->safe_psql($db, q{UPDATE soc2.identities SET owner = 'a third one';
		SELECT string_agg(action, ',' ORDER BY change_no) FROM soc2.history('soc2.identities', 'app')}),
		'insert,update,update', "$db restore: rows of registries are not recorded a second time");
}

# one table alone, into a database that knows nothing of it
my $one = PostgreSQL::Test::Utils::tempdir . '/one.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('shop'), '-t', 'stock', '-f', $one ], 'a dump of one table');
$node->safe_psql('postgres', 'CREATE DATABASE alone');
$node->safe_psql('alone', 'SET client_min_messages = warning; CREATE EXTENSION soc2 CASCADE');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('alone'), '-f', $one ],
	'restores without an error');
$node->safe_psql('alone', q{UPDATE stock SET note = 'restored' WHERE id = 7});
is( $node->safe_psql('alone', q{SELECT string_agg(action, ',' ORDER BY change_no) FROM soc2.history('stock') WHERE row_key IS NULL OR row_key = '["7"]'}),
	'track,update', 'its changes are recorded from the first one on');

# a subscriber does not record what it is told
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$subscriber->start;
$subscriber->safe_psql('postgres', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION soc2 CASCADE;
CREATE TABLE told (id integer PRIMARY KEY, v text);
SELECT soc2.track_changes('told');
SQL
$node->safe_psql('shop', q{CREATE TABLE told (id integer PRIMARY KEY, v text); INSERT INTO told VALUES (1, 'x'); CREATE PUBLICATION told FOR TABLE told});
my $connection = $node->connstr('shop') =~ s/'/''/gr;
$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION told CONNECTION '$connection' PUBLICATION told");
$subscriber->wait_for_subscription_sync($node, 'told');
$node->safe_psql('shop', q{INSERT INTO told VALUES (2, 'y'); UPDATE told SET v = 'z'});
$node->wait_for_catchup('told');
is($subscriber->safe_psql('postgres', q{SELECT string_agg(v, '') FROM told}), 'zz', 'the subscriber has the rows');
is($subscriber->safe_psql('postgres', q{SELECT string_agg(action, ',') FROM soc2.history('told')}), 'track', 'and recorded none');
$subscriber->safe_psql('postgres', q{INSERT INTO told VALUES (3, 'own')});
is($subscriber->safe_psql('postgres', q{SELECT count(*) FROM soc2.history('told', 3)}), '1', 'but its own');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION told');
$subscriber->stop;

# with the library preloaded it is the same, and catalogs do not help
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'soc2'");
$node->restart;
$node->safe_psql('shop', q{UPDATE stock SET amount = amount + 1 WHERE id = 3});
my ($ret, $o, $e) = $node->psql('shop', q{SET event_triggers = off; ALTER TABLE stock DISABLE TRIGGER soc2_track_update});
isnt($ret, 0, 'a preloaded guard keeps the triggers');
($ret, $o, $e) = $node->psql('shop', q{ALTER EVENT TRIGGER soc2_ddl_start DISABLE; ALTER TABLE stock DISABLE TRIGGER soc2_track_update});
like($e, qr/is guarded/, 'also without its event triggers');
$node->safe_psql('shop', q{ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS});
whole('shop', 'preloaded');
$node->stop;
done_testing();
