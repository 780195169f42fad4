# Tampering with a ledger as a superuser who takes the guards down, changes what
# they protect and puts them back.  Proves that soc2.verify_ledger() names every
# change with its row and nothing else, for each column, for removed, inserted,
# swapped and rewritten rows, and for a byte changed on disk; and that the one
# thing it is said not to find, a removed tail, is the one thing it does not find.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(guards_down guards_up);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nfull_page_writes = on\nsoc2.max_lanes = 1");
# Since 18 pages have checksums; the chain has to find it without them.
$node->append_conf('postgresql.conf', 'ignore_checksum_failure = on');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.record_evidence(
    'kind ' || i, 'subject ' || i, jsonb_build_object('i', i), '{CC6.1}', 'AC-' || i, 'check',
    '[2024-01-01,2024-02-01)', convert_to('artifact ' || i, 'UTF8'), 'file:///' || i, NULL,
    'text/plain', '2030-01-01')
FROM generate_series(1, 9) AS i;
SELECT soc2.record_evidence('empty');
SQL

my $down = guards_down('soc2.evidence');
my $up = guards_up('soc2.evidence');
my ($ledgers_down, $ledgers_up) = (guards_down('soc2.ledgers'), guards_up('soc2.ledgers'));

# What verifying says: "seq problem" for each, in order of appearance
sub verified
{
	my ($sql) = @_;
	return join ', ', split /\n/, $node->safe_psql('postgres', "SET client_min_messages = error;\n" . <<"SQL");
BEGIN;
$sql
SELECT concat_ws(' ', seq, problem) FROM soc2.verify_ledger('soc2.evidence');
ROLLBACK;
SQL
}

# Tamper, put the guards back, verify, and undo it all
sub tamper
{
	my ($name, $sql, $expected) = @_;
	is(verified("$down\n$sql;\n$up"), $expected, $name);
}

is(verified(''), '', 'an intact ledger: nothing');
is(verified($down . $up), '', 'guards taken down and put back: nothing');

# every column
my %columns = (
	evidence_id => 'gen_random_uuid()',
	kind => q{kind || ' '},
	control_id => q{upper(control_id) || '!'},
	check_id => 'NULL',
	criteria => q{'{outline:CC6.1}'},
	subject => q{''},
	effective => q{'(2024-01-01,2024-02-01)'},
	recorded_at => q{recorded_at - '1 microsecond'::interval},
	recorded_by => q{'somebody'},
	payload => q{'{"i": 5.0}'},
	artifact => q{set_byte(artifact, 0, 66)},
	artifact_uri => q{'file:///5/'},
	artifact_sha256 => q{sha256('x')::soc2.digest},
	media_type => q{'Text/plain'},
	expires_at => q{'infinity'});
for my $column (sort keys %columns)
{
	tamper("$column changed", "UPDATE soc2.evidence SET $column = $columns{$column} WHERE ledger_seq = 5",
		'5 content');
}
tamper('a NULL filled', q{UPDATE soc2.evidence SET media_type = '' WHERE ledger_seq = 10}, '10 content');
tamper('a salt changed', q{UPDATE soc2.evidence SET ledger_salt = set_byte(ledger_salt, 15, get_byte(ledger_salt, 15) # 1) WHERE ledger_seq = 5},
	'5 content');
tamper('a value moved to another column',
	q{UPDATE soc2.evidence SET subject = control_id, control_id = subject WHERE ledger_seq = 5}, '5 content');
tamper('all rows changed', q{UPDATE soc2.evidence SET kind = 'x'}, join ', ', map { "$_ content" } 1 .. 10);

# ledger columns
tamper('prev changed', q{UPDATE soc2.evidence SET ledger_prev = sha256('x')::soc2.digest WHERE ledger_seq = 5},
	'5 content, 5 link');
tamper('prev of the first row changed', q{UPDATE soc2.evidence SET ledger_prev = sha256('x')::soc2.digest WHERE ledger_seq = 1},
	'1 content, 1 link');
tamper('hash changed', q{UPDATE soc2.evidence SET ledger_hash = sha256('x')::soc2.digest WHERE ledger_seq = 5},
	'5 content, 6 link');
tamper('hash of the last row changed', q{UPDATE soc2.evidence SET ledger_hash = sha256('x')::soc2.digest WHERE ledger_seq = 10},
	'10 content');
tamper('lane changed', q{UPDATE soc2.evidence SET ledger_lane = 1 WHERE ledger_seq = 5}, '5 gap, 1 gap, 5 content');
tamper('seq beyond the end', q{UPDATE soc2.evidence SET ledger_seq = 12 WHERE ledger_seq = 10},
	'10 gap, 12 content');
tamper('ledger columns emptied', <<'SQL', 'format, 5 gap');
UPDATE soc2.evidence SET ledger_lane = NULL, ledger_seq = NULL, ledger_prev = NULL, ledger_hash = NULL, ledger_salt = NULL
WHERE ledger_seq = 5
SQL
for my $field (qw(ledger_lane ledger_seq))
{
	tamper("$field emptied", "UPDATE soc2.evidence SET $field = NULL WHERE ledger_seq = 5", 'format, 5 gap');
	tamper("$field negative", "UPDATE soc2.evidence SET $field = -1 WHERE ledger_seq = 5", 'format, 5 gap');
}
tamper('seq zero', 'UPDATE soc2.evidence SET ledger_seq = 0 WHERE ledger_seq = 1', 'format, 1 gap');
tamper('prev emptied', 'UPDATE soc2.evidence SET ledger_prev = NULL WHERE ledger_seq = 5', '5 format');
tamper('hash emptied', 'UPDATE soc2.evidence SET ledger_hash = NULL WHERE ledger_seq = 5', '5 format');
tamper('salt emptied', 'UPDATE soc2.evidence SET ledger_salt = NULL WHERE ledger_seq = 5', '5 format');
tamper('salt cut', q{UPDATE soc2.evidence SET ledger_salt = '\x00' WHERE ledger_seq = 5}, '5 format');
tamper('a redactable value removed', 'UPDATE soc2.evidence SET payload = NULL WHERE ledger_seq = 5', '5 content');

# rows
tamper('first row deleted', 'DELETE FROM soc2.evidence WHERE ledger_seq = 1', '1 gap');
tamper('middle rows deleted', 'DELETE FROM soc2.evidence WHERE ledger_seq IN (4, 5, 8)', '4 gap, 8 gap');
tamper('deleted and closed up', <<'SQL', join ', ', '5 content, 5 link', map { "$_ content" } 6 .. 9);
DELETE FROM soc2.evidence WHERE ledger_seq = 5;
UPDATE soc2.evidence SET ledger_seq = -ledger_seq WHERE ledger_seq > 5;
UPDATE soc2.evidence SET ledger_seq = -ledger_seq - 1 WHERE ledger_seq < 0
SQL
tamper('positions swapped', <<'SQL', '3 content, 3 link, 4 link, 6 content, 6 link, 7 link');
UPDATE soc2.evidence SET ledger_seq = 99 WHERE ledger_seq = 3;
UPDATE soc2.evidence SET ledger_seq = 3 WHERE ledger_seq = 6;
UPDATE soc2.evidence SET ledger_seq = 6 WHERE ledger_seq = 99
SQL
tamper('contents swapped', <<'SQL', '3 content, 6 content');
UPDATE soc2.evidence AS a SET kind = b.kind FROM soc2.evidence AS b
WHERE (a.ledger_seq, b.ledger_seq) IN ((3, 6), (6, 3))
SQL
tamper('row forged after the end', <<'SQL', '11 content, 11 link');
INSERT INTO soc2.evidence (kind, recorded_at, recorded_by, ledger_lane, ledger_seq, ledger_prev, ledger_hash)
VALUES ('forged', now(), 'me', 0, 11, sha256('a')::soc2.digest, sha256('b')::soc2.digest)
SQL
tamper('row without a link', <<'SQL', 'format');
INSERT INTO soc2.evidence (kind, recorded_at, recorded_by) VALUES ('forged', now(), 'me')
SQL
tamper('row doubled', <<'SQL', 'catalog, 5 duplicate');
ALTER TABLE soc2.evidence DROP CONSTRAINT soc2_evidence_position_key;
CREATE TEMP TABLE copied AS SELECT * FROM soc2.evidence WHERE ledger_seq = 5;
UPDATE copied SET evidence_id = (SELECT evidence_id FROM soc2.evidence WHERE ledger_seq = 5);
ALTER TABLE soc2.evidence DROP CONSTRAINT soc2_evidence_pkey;
INSERT INTO soc2.evidence SELECT * FROM copied
SQL
# A row gets another content and the right hash for it: the chaining trigger
# itself makes it, once what follows is out of the way.
tamper('row rewritten with its hash', <<"SQL", '5 link');
CREATE TEMP TABLE copied AS SELECT * FROM soc2.evidence WHERE ledger_seq > 4;
DELETE FROM soc2.evidence WHERE ledger_seq > 3;
$up
INSERT INTO soc2.evidence (kind) VALUES ('rewritten');
$down
INSERT INTO soc2.evidence SELECT * FROM copied
SQL
tamper('column renamed', q{ALTER TABLE soc2.evidence RENAME artifact_uri TO uri},
	join ', ', map { "$_ content" } 1 .. 9);
tamper('column added with a default', q{ALTER TABLE soc2.evidence ADD COLUMN more text DEFAULT 'x'},
	join ', ', map { "$_ content" } 1 .. 10);
tamper('nullable column added', q{ALTER TABLE soc2.evidence ADD COLUMN more text}, '');
tamper('ledger given another id', "$ledgers_down UPDATE soc2.ledgers SET ledger_id = gen_random_uuid(); $ledgers_up",
	join ', ', map { "$_ content" } 1 .. 10);
tamper('redactable columns redefined', "$ledgers_down UPDATE soc2.ledgers SET redactable = '{}'; $ledgers_up",
	join ', ', map { "$_ content" } 1 .. 9);
tamper('tail deleted: not found, as documented', 'DELETE FROM soc2.evidence WHERE ledger_seq > 7', '');
like(verified($down), qr/^catalog(, catalog){4}$/, 'guards left down are named');

# recording goes on behind a row that has no position, and stops where there is
# nothing to chain to
tamper('recording behind a row without a position', <<"SQL", 'format');
INSERT INTO soc2.evidence (kind, recorded_at, recorded_by, ledger_lane) VALUES ('forged', now(), 'me', 0);
$up
DO 'BEGIN PERFORM soc2.record_evidence(\$\$after\$\$); END'
SQL
for my $column (['ledger_hash', 'NULL'], ['ledger_seq', '9223372036854775807'], ['ledger_seq', '-1 - ledger_seq'])
{
	my ($ret, $out, $err) = $node->psql('postgres', <<"SQL");
\\set VERBOSITY verbose
BEGIN;
$down
UPDATE soc2.evidence SET $column->[0] = $column->[1] WHERE ledger_lane = 0 AND (ledger_seq = 10 OR $column->[1] < 0);
$up
SELECT soc2.record_evidence('after');
SQL
	like($err, qr/ERROR:  XX001: lane 0 .* has no end to chain to/, "nothing is chained to an end with $column->[0] $column->[1]");
}

# the index does not hide rows from verifying: one is in the table alone
like(verified(<<"SQL"), qr/^11 content, 11 link, 11 index$/, 'a row that no index has is verified');
SET LOCAL allow_system_table_mods = on;
$down
UPDATE pg_index SET indisready = false, indisvalid = false WHERE indrelid = 'soc2.evidence'::regclass;
INSERT INTO soc2.evidence (kind, recorded_at, recorded_by, ledger_lane, ledger_seq, ledger_prev, ledger_hash)
VALUES ('forged', now(), 'me', 0, 11, sha256('a')::soc2.digest, sha256('b')::soc2.digest);
UPDATE pg_index SET indisready = true, indisvalid = true WHERE indrelid = 'soc2.evidence'::regclass;
$up
SQL
tamper('index that lies', <<'SQL', '5 gap');
DELETE FROM soc2.evidence WHERE ledger_seq = 5;
SET LOCAL enable_seqscan = off
SQL

# What changes the definition, by a ledger of one's own: each is refused, and if
# the guard was taken down for it and put back, it is found
$node->safe_psql('postgres', <<'SQL');
CREATE TYPE mood AS ENUM ('fine', 'bad');
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE mine (id integer, note text, state mood, value pair);
SELECT soc2.create_ledger('mine');
INSERT INTO mine SELECT i, 'note', 'fine', ROW(i, 'b')::pair FROM generate_series(1, 3) AS i;
CREATE TABLE other (LIKE mine) PARTITION BY LIST (id);
SQL
my $all = join ', ', map { "$_ content" } 1 .. 3;
for my $case (
	[ 'guard trigger dropped', 'DROP TRIGGER soc2_guard_update ON mine', 'S2L03', 'catalog' ],
	[ 'guard trigger disabled', 'ALTER TABLE mine DISABLE TRIGGER soc2_guard_update', 'S2L03', 'catalog' ],
	[ 'guard trigger weakened', 'ALTER TABLE mine ENABLE TRIGGER soc2_guard_update', 'S2L03', 'catalog' ],
	[ 'guard trigger replaced', <<'SQL', 'S2L03', 'catalog' ],
CREATE OR REPLACE TRIGGER soc2_guard_update BEFORE UPDATE ON mine FOR EACH ROW WHEN (false) EXECUTE FUNCTION soc2.ledger_guard()
SQL
	[ 'function replaced', <<'SQL', 'S2G01', 'catalog' ],
CREATE OR REPLACE FUNCTION soc2.ledger_guard() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'
SQL
	[ 'event trigger function replaced', <<'SQL', 'S2G01', 'catalog' ],
CREATE OR REPLACE FUNCTION soc2.ddl_guard() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'
SQL
	[ 'type changed', q{ALTER TABLE mine ALTER COLUMN note TYPE varchar USING note || '!'}, 'S2L03', $all ],
	[ 'values changed, type kept', q{ALTER TABLE mine ALTER COLUMN note TYPE text USING upper(note)}, 'S2L03', $all ],
	[ 'column added with a default', q{ALTER TABLE mine ADD COLUMN more text DEFAULT 'x'}, 'S2L03', $all ],
	[ 'column dropped', 'ALTER TABLE mine DROP COLUMN note', 'S2L03', $all ],
	[ 'column renamed', 'ALTER TABLE mine RENAME COLUMN note TO remark', 'S2L03', $all ],
	[ 'label renamed', q{ALTER TYPE mood RENAME VALUE 'fine' TO 'good'}, 'S2L03', $all ],
	[ 'attribute added', 'ALTER TYPE pair ADD ATTRIBUTE c text', 'S2L03', $all ],
	[ 'not logged', 'ALTER TABLE mine SET UNLOGGED', 'S2L03', 'catalog' ],
	[ 'rule', 'CREATE RULE r AS ON INSERT TO mine DO INSTEAD NOTHING', 'S2L03', 'catalog' ],
	[ 'inheritance', 'CREATE TABLE child () INHERITS (mine)', 'S2L03', 'catalog' ],
	[ 'attached as a partition', 'ALTER TABLE other ATTACH PARTITION mine DEFAULT', 'S2L03', 'catalog' ],
	[ 'index dropped', 'ALTER TABLE mine DROP CONSTRAINT mine_ledger_lane_ledger_seq_key', 'S2L03', 'catalog' ],
	[ 'event trigger dropped', <<'SQL', 'S2G01', 'catalog' ])
ALTER EXTENSION soc2 DROP EVENT TRIGGER soc2_ddl_end; DROP EVENT TRIGGER soc2_ddl_end
SQL
{
	my ($name, $sql, $sqlstate, $found) = @$case;
	my ($ret, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	like($err, qr/ERROR:  $sqlstate:/, "$name: refused");
	is($node->safe_psql('postgres', <<"SQL") =~ s/\n/, /gr, $found, "$name with the guard down: found");
SET client_min_messages = error;
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
$sql;
ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS;
SELECT concat_ws(' ', seq, problem) FROM soc2.verify_ledger('mine');
ROLLBACK;
SQL
}
for my $sql ('DROP TABLE mine', 'DROP EXTENSION soc2 CASCADE', 'DROP TYPE mood CASCADE', 'DROP SCHEMA public CASCADE')
{
	my ($ret, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql");
	like($err, qr/ERROR:  S2L0[13]:/, "$sql: refused");
}
is($node->safe_psql('postgres', q{SELECT count(*), (SELECT count(*) FROM soc2.verify_ledger('mine')) FROM mine}), '3|0',
	'nothing of it left a trace');
# and an event trigger that stays disabled is named with every ledger
for my $trigger (qw(soc2_ddl_start soc2_ddl_rewrite soc2_ddl_end))
{
	is( $node->safe_psql('postgres', <<"SQL"), qq{catalog|Event trigger "$trigger", a guard against DROP and ALTER, is not enabled always.});
ALTER EVENT TRIGGER $trigger DISABLE;
SELECT problem, detail FROM soc2.verify_ledger('soc2.evidence');
ALTER EVENT TRIGGER $trigger ENABLE ALWAYS;
SQL
}

# One byte on disk, behind everything
my $file = $node->data_dir . '/' . $node->safe_psql('postgres', q{SELECT pg_relation_filepath('soc2.evidence')});
$node->stop;
my $bytes = slurp_file($file);
# dead versions of the row, which the tests above left, change with it
ok($bytes =~ s/subject 7/subject 8/g, 'a byte changed on disk');
open my $out, '>:raw', $file or die "$file: $!";
print $out $bytes;
close $out or die "$file: $!";
$node->start;
is(verified(''), '7 content', 'a byte changed on disk: named');
is( $node->safe_psql('postgres', q{SELECT soc2.record_evidence('after') IS NOT NULL; SELECT max(ledger_seq) FROM soc2.evidence}),
	"t\n11", 'recording goes on');
is(verified(''), '7 content', 'and hides nothing');

done_testing();
