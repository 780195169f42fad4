# Row history, the register of changes and observations through pg_upgrade, from a
# cluster to a new one of the same version: what tables were and who changed them is
# told as before, recording goes on, and settings are observed from the start again,
# as the cluster is another one.
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
$old->append_conf('postgresql.conf', "autovacuum = off\ntimezone = 'America/St_Johns'\n");
$old->start;

$old->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE requester LOGIN IN ROLE soc2_admin;
CREATE ROLE approver LOGIN IN ROLE soc2_admin;
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE plain (gone integer, "Odd ""id" integer, part date, at timestamptz DEFAULT '2026-01-01 00:00+05', mood mood,
    note text, twice integer GENERATED ALWAYS AS ("Odd ""id" * 2) STORED, PRIMARY KEY (part, "Odd ""id"));
ALTER TABLE plain DROP COLUMN gone;
CREATE TABLE parted (id integer PRIMARY KEY, note text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE TABLE ended (id integer PRIMARY KEY, note text);
SELECT soc2.track_changes('plain', apart => true), soc2.track_changes('parted'), soc2.track_changes('ended', '{note}');
INSERT INTO plain ("Odd ""id", part, mood, note) SELECT i, '2026-03-01', CASE i % 2 WHEN 0 THEN 'good' ELSE 'bad' END::mood, repeat(md5(i::text), i)
FROM generate_series(1, 200) AS i;
INSERT INTO parted SELECT i, 'n' || i FROM generate_series(1, 50) AS i;
INSERT INTO ended VALUES (1, 'a');
SELECT soc2.untrack_changes('ended');
SQL
my $then = $old->safe_psql('postgres', 'SELECT clock_timestamp()');
$old->safe_psql('postgres', <<'SQL');
UPDATE plain SET note = 'short', "Odd ""id" = 1000 WHERE "Odd ""id" = 7;
DELETE FROM plain WHERE "Odd ""id" = 8;
ALTER TABLE plain RENAME COLUMN note TO remark;
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (100) TO (200);
UPDATE parted SET id = 150 WHERE id = 3;
TRUNCATE parted_1;
SELECT soc2.start_ddl_capture(), soc2.observe_settings(), soc2.observe_roles();
SELECT soc2.record_change('CHG-1', 'x', '{"table public.*"}', kind => 'emergency');
SELECT soc2.step_change('CHG-1', 'implemented');
ALTER SYSTEM SET work_mem = '5MB';
CREATE TABLE captured (a integer);
SELECT soc2.observe_settings();
SQL
$old->safe_psql('postgres', "SELECT soc2.approve_change('CHG-1')", extra_params => [ '-U', 'approver' ]);

my @same = (
	(map { "SELECT string_agg(h::text, E'\\n' ORDER BY change_no, row_key::text) FROM soc2.history('$_') AS h" } qw(plain parted ended soc2.changes)),
	(map { "SELECT md5(string_agg(r::text, E'\\n' ORDER BY r::text)), count(*) FROM soc2.as_of('$_', '$then') AS r" } qw(plain parted)),
	q{SELECT change_no, action FROM soc2.history('plain', date '2026-03-01', 7) ORDER BY 1},
	'SELECT t.* FROM soc2.tracked_tables AS t ORDER BY relation::text',
	'SELECT l.* FROM soc2.change_log AS l ORDER BY captured_at, captured_id',
	'SELECT s.* FROM soc2.change_status AS s ORDER BY 1',
	'SELECT o.* FROM soc2.observed_changes AS o ORDER BY ledger_lane, ledger_seq',
	(map { "SELECT count(*) FROM soc2.tracking_problems('$_')" } qw(plain parted soc2.changes)),
	(map { "SELECT * FROM soc2.verify_ledger('soc2.$_')" } qw(row_changes observed_changes ddl_log)));

sub state_of
{
	my ($node) = @_;
	return join "\n--\n", map { $node->safe_psql('postgres', "SET timezone = UTC; $_") } @same;
}

my $before = state_of($old);
like($before, qr/short/, 'there is something to tell');
my $last = $old->safe_psql('postgres', 'SELECT max(change_no) FROM soc2.row_changes');
$old->stop;

my $new = PostgreSQL::Test::Cluster->new('new');
$new->init(extra => [@init]);
$new->append_conf('postgresql.conf', "timezone = 'Asia/Kathmandu'\n");
upgrade_server($old, $new);
is(state_of($new), $before, 'all is told as before');

# It goes on
$new->safe_psql('postgres', <<'SQL');
UPDATE plain SET remark = 'later' WHERE "Odd ""id" = 1000;
INSERT INTO parted VALUES (4, 'again');
UPDATE ended SET note = 'b';
SQL
is( $new->safe_psql('postgres', q{SELECT action, old_values ->> 'remark', new_values ->> 'remark' FROM soc2.history('plain', date '2026-03-01', 1000) ORDER BY change_no DESC LIMIT 1}),
	'update|short|later', 'changes are recorded');
is( $new->safe_psql('postgres', "SELECT count(*) FROM soc2.row_changes WHERE change_no > $last"), '2', 'of tables that are tracked');
is( $new->safe_psql('postgres', "SELECT count(*) FROM soc2.as_of('plain', '$then')"), '200', 'and undone');
is( $new->safe_psql('postgres', "SELECT r ->> 'note' IS NOT NULL FROM soc2.as_of('plain', '$then') AS r WHERE r ->> 'Odd \"id' = '8'"), 't', 'with names of the time');
my ($rc, $stdout, $stderr) = $new->psql('postgres', "\\set VERBOSITY sqlstate\nALTER TABLE plain DISABLE TRIGGER ALL");
like($stderr, qr/S2G01/, 'triggers that record are guarded');
is( $new->safe_psql('postgres', 'SELECT soc2.observe_settings(), soc2.observe_roles()'), '0|0', 'another cluster has nothing to compare with');
is( $new->safe_psql('postgres', "SELECT string_agg(kind, ' ' ORDER BY kind) FROM soc2.observed_changes WHERE action = 'begun' AND recorded_at > '$then'"),
	'roles roles settings settings', 'which is recorded');
$new->safe_psql('postgres', "SELECT soc2.step_change('CHG-1', 'closed')", extra_params => [ '-U', 'approver' ]);
is( $new->safe_psql('postgres', "SELECT state, reviewed_by FROM soc2.changes"), 'closed|approver', 'changes take their next steps');
is( $new->safe_psql('postgres', "SELECT count(*) FROM soc2.verify_ledger('soc2.row_changes')"), '0', 'and the ledger verifies');
$new->stop;

done_testing();
