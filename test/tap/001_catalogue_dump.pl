# The catalogue beyond one database.  Proves that dump and restore, plain, in
# the custom format, in parallel, as INSERTs and of the data alone, bring back
# what users added and no shipped row twice, with tables and indexes on the
# types; that identities go on counting; and that a script of the extension may
# correct what it shipped while users cannot.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(refused);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nautovacuum = off");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;

# ---- what is to survive ----------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE "odd ""name'\ of a: {user}" SUPERUSER;
SET ROLE "odd ""name'\ of a: {user}";
SET soc2.framework = 'outline';
INSERT INTO soc2.criteria (criterion, title, description, is_cuec) VALUES
    ('tsc:CC6.1.101', E'Ours: tab\there, backslash \\, quote '' and "', E'two\nlines', false),
    ('P3.1.65535', U&'Unsere: \00DCberpr\00FCfung \6F22\5B57', NULL, true);
INSERT INTO soc2.crosswalk (source, target, relation, status, rationale) VALUES
    ('CC6.1', 'tsc:CC6.1', 'equal-to', 'confirmed', 'in place of the shipped one'),
    ('CC6.2', 'tsc:CC6.2', 'equal-to', 'rejected', NULL),
    ('tsc:CC6.1.101', 'P3.1.65535', 'intersects-with', 'draft', 'both are ours');
SELECT soc2.set_scope('{A,C}');
SELECT soc2.set_scope('{C,PI}');
RESET ROLE;

CREATE DOMAIN security AS soc2.criterion CHECK (VALUE OPERATOR(soc2.<@) 'tsc:CC');
CREATE TYPE pair AS (c soc2.criterion, s soc2.criterion_set);
CREATE TABLE control (
    id integer PRIMARY KEY,
    c soc2.criterion NOT NULL DEFAULT 'outline:A1',
    s soc2.criterion_set CHECK (soc2.size(s) < 100),
    a soc2.criterion[],
    d security,
    p pair,
    code text GENERATED ALWAYS AS (soc2.code(c)) STORED,
    EXCLUDE USING btree (d WITH OPERATOR(soc2.=)));
CREATE INDEX control_c ON control (c);
CREATE INDEX control_h ON control USING hash (c);
CREATE INDEX control_s ON control USING gin (s);
CREATE INDEX control_e ON control (soc2.parent(c)) WHERE c OPERATOR(soc2.<@) 'tsc:CC6';
INSERT INTO control (id, c, s, a, d, p)
    SELECT n, soc2.make_criterion(CASE n % 2 WHEN 0 THEN 'tsc' ELSE 'outline' END, 'CC' || 1 + n % 9 || '.' || 1 + n % 4),
        CASE WHEN n % 10 > 0 THEN soc2.to_set(ARRAY(SELECT soc2.make_criterion('tsc', 'CC' || 1 + (n + k) % 9) FROM generate_series(1, n % 5) AS k)) END,
        ARRAY['tsc:P1', NULL]::soc2.criterion[], soc2.make_criterion('tsc', 'CC1.1.' || n),
        ROW('tsc:A1', '{outline:A1,tsc:C1}')::pair
    FROM generate_series(1, 2000) AS n;
CREATE TABLE part (c soc2.criterion) PARTITION BY RANGE (c);
CREATE TABLE part_outline PARTITION OF part FOR VALUES FROM ('outline:CC') TO ('tsc:CC');
CREATE TABLE part_rest PARTITION OF part DEFAULT;
INSERT INTO part SELECT c FROM control;
CREATE MATERIALIZED VIEW covered AS
    SELECT soc2.criterion_set_agg(c) AS s FROM control;
CREATE VIEW below AS SELECT id FROM control WHERE c OPERATOR(soc2.<@) 'tsc:CC6';
ALTER DATABASE origin SET soc2.framework = 'outline';
SQL

# everything that must be the same afterwards; the texts do not depend on the setting
my $state = <<'SQL';
SELECT framework, title, edition, source, description, shipped FROM soc2.frameworks ORDER BY 1;
SELECT criterion, framework, code, level, parent, title, description, is_cuec, coded, source, source_line, position, shipped, search FROM soc2.criteria ORDER BY 1;
SELECT * FROM soc2.crosswalk ORDER BY source, target, shipped;
SELECT * FROM soc2.crosswalk_in_force ORDER BY source, target;
SELECT * FROM soc2.scope_changes ORDER BY 1;
SELECT * FROM soc2.scope;
SELECT count(*), count(DISTINCT criterion) FROM soc2.criteria;
SELECT * FROM control ORDER BY id;
SELECT tableoid::regclass, c FROM part ORDER BY 1, 2;
SELECT * FROM covered;
SELECT * FROM below ORDER BY 1;
SET enable_seqscan = off;
SELECT id FROM control WHERE c OPERATOR(soc2.<@) 'tsc:CC6' ORDER BY 1;
SELECT id FROM control WHERE c OPERATOR(soc2.=) 'tsc:CC6.1' ORDER BY 1;
SELECT id FROM control WHERE s OPERATOR(soc2.&&) 'tsc:CC6.1'::soc2.criterion ORDER BY 1;
SQL
my $before = $node->safe_psql('origin', $state);
like($before, qr/Ours: tab\there/, 'there is something to keep');
my $schema_before = schema('origin');

# the definitions of a database, without what differs from run to run
sub schema
{
	my ($db) = @_;
	my ($out, $err) = run_command(
		[ 'pg_dump', '--schema-only', '--no-owner', '-d', $node->connstr($db) ]);
	return join "\n", grep { !/^--|^\\(un)?restrict|^$/ } split /\n/, $out;
}

# what must hold in every restored database
sub check_restored
{
	my ($db, $how) = @_;
	is($node->safe_psql($db, $state), $before, "$how: the same content");
	is(schema($db), $schema_before, "$how: the same definitions");
	is($node->safe_psql($db, 'SELECT count(*) FROM soc2.criteria WHERE shipped'),
		607, "$how: no shipped row twice or missing");
	# numbers go on where they were
	is( $node->safe_psql($db, <<'SQL'),
SELECT soc2.set_scope('{A,C}');
SELECT count(*) - count(DISTINCT change_id), max(change_id) FROM soc2.scope_changes;
SQL
		"{CC,A,C}\n0|6", "$how: the identity goes on");
	$node->safe_psql($db, "INSERT INTO soc2.criteria (criterion, title) VALUES ('tsc:CC6.1.102', 'new')");
	is($node->safe_psql($db, "SELECT parent FROM soc2.criteria WHERE criterion OPERATOR(soc2.=) 'tsc:CC6.1.102'"),
		'tsc:CC6.1', "$how: new points can be added");
	refused($node, $db, "INSERT INTO soc2.criteria (criterion, title) VALUES ('tsc:CC6.1.101', 'again')",
		'23505', "$how: restored points are known");
	refused($node, $db, "UPDATE soc2.criteria SET title = 'x' WHERE criterion OPERATOR(soc2.=) 'tsc:CC6.1'",
		'S2G01', "$how: shipped rows are guarded");
	refused($node, $db, 'INSERT INTO control (id, c, d) VALUES (0, \'tsc:A1\', \'tsc:A1\')',
		'23514', "$how: the domain checks");
}

# ---- dump and restore ------------------------------------------------------

my $origin = $node->connstr('origin');
command_ok([ 'pg_dump', '-f', "$dir/plain.sql", '-d', $origin ], 'plain dump');
command_ok([ 'pg_dump', '--inserts', '-f', "$dir/inserts.sql", '-d', $origin ], 'dump as INSERTs');
command_ok([ 'pg_dump', '-Fc', '-f', "$dir/custom", '-d', $origin ], 'custom dump');
command_ok([ 'pg_dump', '-Fd', '-j', 2, '-f', "$dir/directory", '-d', $origin ], 'parallel dump');
command_ok([ 'pg_dump', '--data-only', '-f', "$dir/data.sql", '-d', $origin ], 'dump of the data');
command_ok([ 'pg_dump', '--schema-only', '-f', "$dir/schema.sql", '-d', $origin ], 'dump of the definitions');

my $plain = slurp_file("$dir/plain.sql");
my $shipped_title = $node->safe_psql('origin', "SELECT title FROM soc2.criteria WHERE criterion OPERATOR(soc2.=) 'tsc:CC6.1'");
unlike($plain, qr/\Q$shipped_title\E/, 'a dump has no shipped rows');
unlike($plain, qr/CREATE (TABLE|FUNCTION|TYPE|OPERATOR) soc2\./, 'a dump has no definition of the extension');

sub restore_sql
{
	my ($db, @files) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $db, map { ('-f', $_) } @files ],
		"restore into $db");
}

restore_sql('from_plain', "$dir/plain.sql");
check_restored('from_plain', 'plain');
restore_sql('from_inserts', "$dir/inserts.sql");
check_restored('from_inserts', 'INSERTs');

for my $restore ([ 'from_custom', "$dir/custom" ], [ 'from_parallel', '-j', 2, "$dir/directory" ])
{
	my ($db, @arguments) = @$restore;
	$node->safe_psql('postgres', "CREATE DATABASE $db");
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $db, @arguments ], "restore $db");
	check_restored($db, $db);
}

# the data alone, into a database that has the definitions
restore_sql('from_data', "$dir/schema.sql");
is($node->safe_psql('from_data', 'SELECT count(*) FROM soc2.criteria WHERE NOT shipped'), 0,
	'the definitions alone have nothing of the users');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'from_data', '-f', "$dir/data.sql" ],
	'the data follows');
$node->safe_psql('from_data', 'REFRESH MATERIALIZED VIEW covered');
check_restored('from_data', 'data alone');

# a dump of what was restored is the dump that was restored
$node->safe_psql('postgres', 'CREATE DATABASE again');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', 'again', "$dir/custom" ], 'restore once more');
command_ok([ 'pg_dump', '-f', "$dir/again.sql", '-d', $node->connstr('again') ], 'dump of what was restored');
my ($first, $second) = map { s/^\\(un)?restrict.*\n//mgr } $plain, slurp_file("$dir/again.sql");
is($second, $first, 'is the same dump');

# ---- two databases ---------------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE other');
$node->safe_psql('other', 'CREATE EXTENSION soc2 CASCADE');
is($node->safe_psql('other', "SELECT count(*), 'CC6'::soc2.criterion FROM soc2.criteria"), '607|tsc:CC6',
	'a second database has a catalogue of its own');
is($node->safe_psql('origin', "SELECT 'CC6'::soc2.criterion"), 'outline:CC6', 'and its own setting');
$node->safe_psql('other', 'DROP EXTENSION soc2');
is($node->safe_psql('origin', 'SELECT count(*) FROM soc2.criteria WHERE NOT shipped'), 2,
	'dropping it there leaves it here');
# CREATE DATABASE copies what is there
$node->safe_psql('postgres', 'CREATE DATABASE copied TEMPLATE origin');
is($node->safe_psql('copied', $state), $before, 'a copied database has the same content');

# ---- an extension update may correct what was shipped ----------------------

SKIP:
{
	my ($share) = run_command([ 'pg_config', '--sharedir' ]);
	my $version = $node->safe_psql('origin', "SELECT extversion FROM pg_extension WHERE extname = 'soc2'");
	my $script = "$share/extension/soc2--$version--$version.tap.sql";
	skip 'the extension directory is not writable', 7 if !-w "$share/extension";

	append_to_file($script, <<'SQL');
\echo Use "ALTER EXTENSION soc2 UPDATE" to load this file. \quit
UPDATE soc2.criteria SET title = 'Zyzzyva, corrected' WHERE criterion OPERATOR(soc2.=) 'tsc:CC6.1';
UPDATE soc2.crosswalk SET status = 'confirmed' WHERE shipped
    AND source OPERATOR(soc2.=) 'outline:CC1.1' AND target OPERATOR(soc2.=) 'tsc:CC1.1';
INSERT INTO soc2.criteria (criterion, title, source, shipped)
VALUES ('tsc:CC6.1.100', 'A point that is new', 'document', true);
SQL
	my ($ret, $out, $err) = $node->psql('copied', "ALTER EXTENSION soc2 UPDATE TO '$version.tap'");
	unlink $script;
	is($ret, 0, 'an update script changes shipped rows') or diag($err);
	is($node->safe_psql('copied', q{SELECT title FROM soc2.criteria WHERE criterion OPERATOR(soc2.=) 'tsc:CC6.1'}),
		'Zyzzyva, corrected', 'the title is corrected');
	is($node->safe_psql('copied', q{SELECT status FROM soc2.crosswalk_in_force WHERE source OPERATOR(soc2.=) 'outline:CC1.1' AND target OPERATOR(soc2.=) 'tsc:CC1.1'}),
		'confirmed', 'the crosswalk too');
	is($node->safe_psql('copied', 'SELECT count(*) FILTER (WHERE shipped), count(*) FILTER (WHERE NOT shipped) FROM soc2.criteria'),
		'608|2', 'rows of users stay');
	is($node->safe_psql('copied', q{SELECT criterion FROM soc2.search_criteria('zyzzyva')}),
		'tsc:CC6.1', 'and it can be found');
	refused($node, 'copied', "UPDATE soc2.criteria SET title = 'x' WHERE criterion OPERATOR(soc2.=) 'tsc:CC6.1'",
		'S2G01', 'users still cannot');
	refused($node, 'copied', "DELETE FROM soc2.criteria WHERE criterion OPERATOR(soc2.=) 'tsc:CC6.1.100'",
		'S2G01', 'nor remove what is new');
}

$node->stop;
done_testing();
