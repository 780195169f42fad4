# Security labels survive dump and restore: in one session, in parallel sessions
# of a server that preloads nothing, and with the label of the database where the
# library is loaded; and classes are read from them afterwards.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('label');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE TABLE "T, 1" (gone text, "É ""mail" text, plain text, key integer) PARTITION BY LIST (key);
CREATE TABLE part PARTITION OF "T, 1" DEFAULT;
ALTER TABLE "T, 1" DROP COLUMN gone;
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE away (a text) SERVER s;
SECURITY LABEL FOR soc2 ON COLUMN "T, 1"."É ""mail" IS 'class=pii subject purpose=billing,"é, b" dispose=null';
SECURITY LABEL FOR soc2 ON TABLE "T, 1" IS 'class=internal';
SECURITY LABEL FOR soc2 ON COLUMN part.plain IS 'class=restricted masked';
SECURITY LABEL FOR soc2 ON FOREIGN TABLE away IS 'class=confidential';
SECURITY LABEL FOR soc2 ON DATABASE shop IS 'class=public note="of the shop"';
SQL
my $labels = q{SELECT kind, relation, column_name, inherited, label, problem FROM soc2.labels WHERE kind <> 'database' ORDER BY 2, 3};
my $classes = 'SELECT name, class, source FROM soc2.column_classes ORDER BY 1';
my $before = $node->safe_psql('shop', $labels);
is(scalar(my @rows = split /\n/, $before), 6, 'four labels and two that a partition has from its table');
is( $node->safe_psql('shop', "SECURITY LABEL FOR soc2 ON COLUMN away.a IS 'class=pii';"
          . "SECURITY LABEL FOR soc2 ON COLUMN away.a IS NULL; SELECT count(*) FROM pg_seclabel WHERE provider = 'soc2'"),
    '4', 'the first command of a session sets a label, and NULL removes it');

# into a database without label
my $dump = $node->basedir . '/dump';
$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', $dump, $node->connstr('shop') ], 'dumped');
for my $jobs (1, 3)
{
	$node->safe_psql('postgres', "CREATE DATABASE restored$jobs");
	$node->command_ok([ 'pg_restore', '-j', $jobs, '--exit-on-error', '-d', $node->connstr("restored$jobs"), $dump ],
		"restored by $jobs");
	is($node->safe_psql("restored$jobs", $labels), $before, 'with its labels');
}
is( $node->safe_psql('restored1', $classes),
    qq{public."T, 1"."É ""mail"|personal|label of the column\n}
      . qq{public."T, 1".key|internal|label of the table\n}
      . qq{public."T, 1".plain|internal|label of the table\n}
      . 'public.away.a|confidential|label of the table',
    'and the classes that they give');

# with the database itself, whose label comes before the extension
my $script = $node->basedir . '/script.sql';
$node->command_ok([ 'pg_dump', '--create', '-f', $script, $node->connstr('shop') ], 'dumped with its database');
$node->safe_psql('postgres', 'DROP DATABASE shop');
my ($ret, $out, $err) = $node->psql('postgres', '', extra_params => [ '-f', $script ], on_error_stop => 1);
like($err, qr/security label provider "soc2" is not loaded/, 'the server says that the library must be loaded');
$node->safe_psql('postgres', 'DROP DATABASE IF EXISTS shop');
$node->append_conf('postgresql.conf', "session_preload_libraries = 'soc2'");
$node->reload;
($ret, $out, $err) = $node->psql('postgres', '', extra_params => [ '-f', $script ], on_error_stop => 1);
is($ret, 0, 'where sessions load it, it is restored') or diag($err);
is($node->safe_psql('shop', $labels), $before, 'with the labels of its tables');
is($node->safe_psql('shop', q{SELECT class, note FROM soc2.labels WHERE kind = 'database'}),
	'public|of the shop', 'and its own');
is($node->safe_psql('postgres', "SECURITY LABEL FOR soc2 ON DATABASE restored1 IS 'class=pii'; SELECT count(*) FROM pg_shseclabel"),
	'2', 'a database without the extension can have one');

$node->stop;
done_testing();
