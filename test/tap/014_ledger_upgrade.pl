# Ledgers through pg_upgrade, from a cluster to a new one of the same version.
# Proves that rows, log, redactions and prunes arrive byte for byte and verify
# with the checkpoints that were kept before; that tampering is still found; that
# guards and registry hold; and that recording and sealing go on, in the next
# incarnation, as the new cluster is another one, and in the same one after that.
# Neither preloads the library, which labels of tables do not need.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(upgrade_server);
use Test::More;

my @init = ('--encoding=UTF8', '--locale=C');
my $old = PostgreSQL::Test::Cluster->new('old');
$old->init(extra => [@init]);
$old->append_conf('postgresql.conf', <<'CONF');
max_prepared_transactions = 5
autovacuum = off
timezone = 'America/St_Johns'
datestyle = 'German, DMY'
CONF
$old->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
chomp(my $bindir = `pg_config --bindir`);
my @ledgers = ('soc2.evidence', 'notes');

$old->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE owner;
GRANT USAGE ON SCHEMA soc2 TO owner;
GRANT CREATE ON SCHEMA public TO owner;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE DOMAIN amount AS numeric CHECK (VALUE >= 0);
CREATE TYPE place AS (town text, at timestamptz);
CREATE TABLE notes (id integer GENERATED ALWAYS AS IDENTITY, gone text, "odd ""Näme" mood, cost amount, place place,
    files bytea, about jsonb, spans tstzmultirange, words text[], twice numeric GENERATED ALWAYS AS (cost * 2) STORED);
ALTER TABLE notes OWNER TO owner;
ALTER TABLE notes DROP COLUMN gone;
SET ROLE owner;
SELECT soc2.create_ledger('notes', '{about,files}');
RESET ROLE;
SELECT soc2.record_evidence('first');
INSERT INTO notes ("odd ""Näme", cost, place, files, about, spans, words)
SELECT CASE i % 2 WHEN 0 THEN 'good' ELSE 'bad' END::mood, i * 1.10, ROW('Größe'::text, '2024-01-01 00:00+05'::timestamptz)::place,
    decode(repeat(md5(i::text), i * 20), 'hex'), jsonb_build_object('i', i), '{[2024-01-01 00:00+05,)}', ARRAY['a', NULL, '']
FROM generate_series(1, 300) AS i;
BEGIN;
INSERT INTO notes (cost) VALUES (1);
SELECT soc2.record_evidence('prepared');
PREPARE TRANSACTION 'lane';
INSERT INTO notes (cost) VALUES (2);
SELECT soc2.record_evidence(E'kind\t' || i, 'sübject ' || i, jsonb_build_object('f', 0.10), '{CC6.1,outline:P3.1}',
    effective => '[2024-01-01 00:00+05,)', artifact => decode(repeat(md5(i::text), i * 50), 'hex'), expires_at => '2020-01-01')
FROM generate_series(1, 50) AS i;
COMMIT PREPARED 'lane';
SELECT soc2.seal();
SELECT soc2.redact('notes', ledger_lane, 7, 'asked for') FROM notes WHERE id = 7;
SELECT soc2.redact('soc2.evidence', ledger_lane, ledger_seq, 'asked for') FROM soc2.evidence WHERE subject LIKE '%20';
SELECT soc2.prune_ledger('soc2.evidence', ledger_lane, ledger_seq, 'expired') FROM soc2.evidence WHERE subject LIKE '% 9';
SELECT soc2.prune_ledger('notes', ledger_lane, 5, 'expired') FROM notes WHERE id = 7;
SELECT soc2.seal();
SELECT soc2.record_evidence('not sealed');
SECURITY LABEL FOR soc2 ON COLUMN notes.cost IS 'class=confidential note="Größe"';
SQL
is($old->safe_psql('postgres', 'SELECT count(DISTINCT ledger_lane) FROM notes'), '2', 'there are two lanes');

# What must not change, as text under one session's settings
my @same = (
	(map { "SELECT md5(string_agg(t::text, E'\\n' ORDER BY ledger_lane, ledger_seq)), count(*) FROM $_ AS t" } @ledgers),
	(map { "SELECT * FROM soc2.$_ AS t ORDER BY t" } qw(ledgers ledger_seals ledger_seal_ranges ledger_tiles ledger_redactions ledger_prunes)),
	'SELECT * FROM soc2.ledger_status ORDER BY 1',
	'SELECT relation, column_name, label, class FROM soc2.labels',
	(map { "SELECT soc2.export_ledger('$_')" } @ledgers),
	q{SELECT tgrelid::regclass, tgname, tgenabled, tgfoid::regprocedure, tgargs FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1, 2});

# Everything of it, in a database
sub state_of
{
	my ($node, $db) = @_;
	return join "\n--\n", map { $node->safe_psql($db, "SET datestyle = ISO; SET timezone = UTC; $_") } @same;
}

# What verifying reports on a ledger
sub report
{
	my ($node, $db, $ledger, $checkpoint) = @_;
	$checkpoint = defined $checkpoint ? "\$c\$$checkpoint\$c\$" : 'NULL';
	return $node->safe_psql($db, "SELECT lane, seq, problem, detail FROM soc2.verify_ledger('$ledger', $checkpoint)");
}

my (%checkpoint, %before, %found);
$checkpoint{$_} = $old->safe_psql('postgres', "SELECT soc2.checkpoint('$_')") for @ledgers;
is(report($old, 'postgres', $_, $checkpoint{$_}), '', "$_: nothing is wrong at first") for @ledgers;
$old->safe_psql('template1', 'CREATE DATABASE tampered TEMPLATE postgres');
$old->safe_psql('tampered', <<'SQL');
SET session_replication_role = replica;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE notes DISABLE TRIGGER soc2_guard_update;
UPDATE notes SET cost = 0 WHERE id = 50;
ALTER TABLE notes ENABLE ALWAYS TRIGGER soc2_guard_update;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SQL
for my $db ('postgres', 'tampered')
{
	$before{$db} = state_of($old, $db);
	$found{$db} = report($old, $db, 'notes', $checkpoint{notes});
}
like($found{tampered}, qr/\A\d\|50\|content\|[^\n]*\z/, 'tampering is found before');
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => [@init]);
$new->append_conf('postgresql.conf', "timezone = 'Asia/Kathmandu'\ndatestyle = 'SQL, MDY'");
upgrade_server($old, $new);

for my $db ('postgres', 'tampered')
{
	is(state_of($new, $db), $before{$db}, "$db: everything is the same, byte for byte");
	is(report($new, $db, 'notes', $checkpoint{notes}), $found{$db}, "$db: verifying says the same");
}
is(report($new, 'postgres', 'soc2.evidence', $checkpoint{'soc2.evidence'}), '', 'evidence verifies');
is($new->safe_psql('postgres', "SELECT soc2.checkpoint('$_')"), $checkpoint{$_}, "$_: it is still the log it was") for @ledgers;

# It goes on
for my $statement ('UPDATE notes SET cost = 0', 'DELETE FROM notes', 'TRUNCATE notes', 'DELETE FROM soc2.evidence', 'DELETE FROM soc2.ledger_seals')
{
	my ($ret, $out, $err) = $new->psql('postgres', "\\set VERBOSITY sqlstate\nSET session_replication_role = replica;\n$statement;");
	like($err, qr/ERROR:  S2L01/, "the guard refuses: $statement");
}
my $lives = q{SELECT incarnation, count(*), count(previous_root) FROM soc2.ledger_seals AS s JOIN soc2.ledgers AS l USING (ledger_id)
	WHERE l.relation = '%s'::regclass GROUP BY 1 ORDER BY 1};
for my $round (1, 2)
{
	$new->safe_psql('postgres', <<'SQL');
INSERT INTO notes (cost, about) VALUES (3, '{}');
SELECT soc2.record_evidence('after', artifact => 'x');
SELECT soc2.seal();
SQL
	for my $ledger (@ledgers)
	{
		is(report($new, 'postgres', $ledger, $checkpoint{$ledger}), '', "$ledger, round $round: nothing is wrong");
		is($new->safe_psql('postgres', sprintf $lives, $ledger), $ledger eq 'notes' ? "1|1|0\n2|$round|1" : "1|2|0\n2|$round|1",
			"$ledger, round $round: sealed in the second incarnation");
		is($new->safe_psql('postgres', "SELECT unsealed FROM soc2.ledger_status WHERE relation LIKE '%$ledger'"), '0', "$ledger, round $round: as a whole");
	}
}
is($new->safe_psql('postgres', 'SELECT count(*) = max(id) - min(id) + 1 FROM notes'), 't', 'the identity column goes on too');
for my $ledger (@ledgers)
{
	append_to_file("$dir/checkpoint", $checkpoint{$ledger});
	$new->safe_psql('postgres', "\\o $dir/bundle\nSELECT soc2.export_ledger('$ledger')");
	command_ok([ "$bindir/soc2-verify", '--checkpoint', "$dir/checkpoint", "$dir/bundle" ], "$ledger: soc2-verify accepts it");
	unlink "$dir/checkpoint" or die;
}
$new->stop;

done_testing();
