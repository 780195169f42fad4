# Ways into a ledger that one session of SQL does not show well.  Proves that
# COPY FREEZE, INSERT from the ledger itself and writers who may not see its rows
# chain them like others; that how a value is stored and
# compressed does not matter, while texts that a collation takes for equal are
# not the same; that names of 63 bytes go all ways; that a chain comes out the
# same with the digest() of pgcrypto; and how much memory a large artifact takes.
#
#   SOC2_HUGE=1    an artifact of nearly 1 GB, too: 5 GB of memory, a minute
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nsoc2.max_lanes = 1\nshared_buffers = 16MB\nlog_statement = none\nmax_wal_size = 4GB");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
chomp(my $bindir = `pg_config --bindir`);
$node->safe_psql('postgres', 'CREATE EXTENSION soc2 CASCADE');

# Run SQL in a session of its own
sub sql
{
	my ($sql) = @_;
	return $node->safe_psql('postgres', "SET client_min_messages = error;\n$sql");
}

# A ledger has that many rows, in one chain, and nothing is wrong
sub chained
{
	my ($table, $rows, $what) = @_;
	is(sql("SELECT count(*), max(ledger_seq), count(DISTINCT ledger_prev) FROM $table"), "$rows|$rows|$rows", "$what: one chain of $rows rows");
	is(sql("SELECT * FROM soc2.verify_ledger(\$t\$$table\$t\$)"), '', "$what: nothing is wrong");
}

# COPY FREEZE, which others see early
my $lines = join '', map { "$_\tline $_\n" } 1 .. 1000;
sql(<<"SQL");
BEGIN;
CREATE TABLE frozen (id integer, line text);
SELECT soc2.create_ledger('frozen', '{line}');
COPY frozen (id, line) FROM STDIN WITH (FREEZE);
$lines\\.
COMMIT;
SQL
chained('frozen', 1000, 'COPY FREEZE');
sql("INSERT INTO frozen VALUES (1001, 'after')");
chained('frozen', 1001, 'rows behind frozen ones');
is(sql(<<"SQL"), 't', 'COPY FREEZE that is undone');
BEGIN;
CREATE TABLE undone (id integer, line text);
SELECT soc2.create_ledger('undone') IS NULL \\g /dev/null
COPY undone (id, line) FROM STDIN WITH (FREEZE);
$lines\\.
ROLLBACK;
SELECT to_regclass('undone') IS NULL AND NOT EXISTS (SELECT FROM soc2.ledgers WHERE relation::text NOT IN ('frozen'));
SQL

# rows of the ledger itself
sql('INSERT INTO frozen (id, line) SELECT -id, line FROM frozen');
chained('frozen', 2002, 'INSERT from itself');

# writers who do not see the rows
sql(<<'SQL');
CREATE ROLE blind;
CREATE TABLE hidden (id integer, owner name DEFAULT current_user);
SELECT soc2.create_ledger('hidden');
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
ALTER TABLE hidden FORCE ROW LEVEL SECURITY;
CREATE POLICY write ON hidden FOR INSERT TO blind WITH CHECK (id > 0);
GRANT USAGE ON SCHEMA soc2 TO blind;
GRANT INSERT (id), SELECT ON hidden TO blind;
INSERT INTO hidden VALUES (1);
SQL
is(sql("SET ROLE blind; INSERT INTO hidden SELECT generate_series(2, 5); INSERT INTO hidden VALUES (6); SELECT count(*) FROM hidden"), '0', 'a writer sees no row');
sql('INSERT INTO hidden VALUES (7)');
chained('hidden', 7, 'row security');
my ($ret, $out, $err) = $node->psql('postgres', "\\set VERBOSITY sqlstate\nSET ROLE blind; INSERT INTO hidden VALUES (0);");
like($err, qr/42501/, 'its policy holds');
chained('hidden', 7, 'a refused row');

# how values are stored
my $lz4 = sql(q{SELECT 'lz4' = ANY (enumvals) FROM pg_settings WHERE name = 'default_toast_compression'}) eq 't' ? 'lz4' : 'pglz';
sql(<<"SQL");
CREATE TABLE stored (id integer, packed text COMPRESSION pglz, other text COMPRESSION $lz4, outside text, whole text, bytes bytea, secret text);
ALTER TABLE stored ALTER outside SET STORAGE EXTERNAL, ALTER bytes SET STORAGE EXTERNAL, ALTER whole SET STORAGE PLAIN;
SELECT soc2.create_ledger('stored', '{secret}');
INSERT INTO stored SELECT i, v, v, v, left(v, 5000), v::bytea, v FROM (SELECT i, repeat(md5(i::text), i * 40) FROM generate_series(1, 40) AS i) AS x (i, v);
SQL
is(sql('SELECT count(DISTINCT x) FROM stored, LATERAL (VALUES (packed), (other), (outside), (secret)) AS v (x) WHERE id = 40'), '1', 'one value in several forms');
is(sql(q{SELECT count(DISTINCT pg_column_size(x)) > 1 FROM stored, LATERAL (VALUES (packed), (other), (outside)) AS v (x) WHERE id = 40}), 't', 'of several sizes');
chained('stored', 40, 'values in several forms');
sql('VACUUM FULL stored');
chained('stored', 40, 'written anew');

# texts that are equal and not the same
SKIP:
{
	skip 'a server without ICU', 3 if sql(q{SELECT count(*) FROM pg_collation WHERE collprovider = 'i'}) == 0;
	sql(<<'SQL');
CREATE COLLATION lax (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TABLE same (word text COLLATE lax, number numeric, zero double precision, wide interval, note jsonb);
SELECT soc2.create_ledger('same');
INSERT INTO same VALUES ('word', 1.0, 0, '1 day', '{"a": 1.0}');
SQL
	for my $change (q{word = 'WORD'}, 'number = 1.00', q{zero = '-0'}, q{wide = '24 hours'}, q{note = '{"a": 1.00}'})
	{
		(my $equal = $change) =~ s/ = ('\{.*)/ = $1::jsonb/;
		is(sql(<<"SQL"), "t\ncontent", "equal and not the same: $change");
SELECT $equal FROM same;
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE same DISABLE TRIGGER soc2_guard_update;
UPDATE same SET $change;
SELECT problem FROM soc2.verify_ledger('same') WHERE problem <> 'catalog';
ROLLBACK;
SQL
	}
	chained('same', 1, 'and unchanged');
}

# names as long and as odd as they can be
my $long = ('"' x 20) . q{'} . ' \\' . ('é' x 20);
my $bytes = do { my $copy = $long; utf8::encode($copy) if utf8::is_utf8($copy); length $copy };
is($bytes, 63, 'a name of 63 bytes');
my $quoted = '"' . ($long =~ s/"/""/gr) . '"';
my $ledger = "$quoted.$quoted";
sql(<<"SQL");
CREATE SCHEMA $quoted;
CREATE TABLE $ledger (id integer, $quoted text, expires_at timestamptz DEFAULT '2020-01-01');
SELECT soc2.create_ledger(\$t\$$ledger\$t\$, ARRAY[\$t\$$long\$t\$]);
INSERT INTO $ledger (id, $quoted) SELECT i, 'value ' || i FROM generate_series(1, 20) AS i;
SELECT soc2.seal();
SELECT soc2.redact(\$t\$$ledger\$t\$, 0, 9, 'asked for');
SELECT soc2.prune_ledger(\$t\$$ledger\$t\$, 0, 5, 'expired');
SELECT soc2.seal();
SQL
is(sql("SELECT count(*), count($quoted) FROM $ledger"), '15|14', 'a row was redacted, rows were pruned');
is(sql("SELECT * FROM soc2.verify_ledger(\$t\$$ledger\$t\$, soc2.checkpoint(\$t\$$ledger\$t\$))"), '', 'nothing is wrong');
is(sql("SELECT payload ->> 'ledger' = \$t\$$ledger\$t\$ FROM soc2.evidence WHERE kind = 'redaction'"), 't', 'evidence has the name');
is(sql("SELECT relation = \$t\$$ledger\$t\$ FROM soc2.ledger_status WHERE relation LIKE '%é%'"), 't', 'and so has the status');
append_to_file("$dir/bundle", sql("SELECT soc2.export_ledger(\$t\$$ledger\$t\$)") . "\n");
command_ok([ "$bindir/soc2-verify", "$dir/bundle" ], 'soc2-verify accepts it');
command_ok([ 'python3', 'test/verify.py', "$dir/bundle" ], 'and so does verify.py');
my ($failed, undef, $message) = $node->psql('postgres', "DELETE FROM $ledger");
like($message, qr/\QERROR:  table "$ledger" is append-only\E/, 'errors quote the name');
$node->command_ok([ 'pg_dump', '-f', "$dir/dump", 'postgres' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/dump", 'restored' ], 'psql');
is($node->safe_psql('restored', "SELECT * FROM soc2.verify_ledger(\$t\$$ledger\$t\$)"), '', 'the restored ledger verifies');

# the query of the format page, with another implementation of SHA-256
my ($query) = slurp_file('doc/ledger-format.md') =~ /```sql\n(CREATE TEMPORARY VIEW recomputed AS\n.*?)SELECT \* FROM recomputed/s;
is($query =~ s/\bsha256\(/public.other_sha256(/g, 3, 'the page hashes three times');
sql(q{SELECT soc2.record_evidence('kind ' || i, 'sübject', jsonb_build_object('i', i), '{CC6.1}', artifact => 'file') FROM generate_series(1, 5) AS i});
is(sql(<<"SQL"), '7|t|t|t', 'pgcrypto computes the same chain');
CREATE FUNCTION other_sha256(bytea) RETURNS bytea IMMUTABLE STRICT LANGUAGE sql RETURN public.digest(\$1, 'sha256');
SET DateStyle = 'ISO, MDY'; SET TimeZone = 'UTC'; SET bytea_output = 'hex'; SET search_path = pg_catalog;
$query
SELECT count(*), bool_and(hash_is_right), bool_and(link_is_right), bool_and(no_gap) FROM recomputed;
SQL

# Memory: besides the value itself, each trigger that changes the row copies it,
# as one in PL/pgSQL would, and hashing needs nothing.  In units of the value.
SKIP:
{
	skip 'no /proc', 4 unless -r "/proc/$$/status";
	my $size = 100_000_000;
	open my $file, '>', "$dir/large" or die;
	print $file pack 'L*', map { int rand 2**32 } 1 .. $size / 400 for 1 .. 100;
	close $file or die;
	sql(<<'SQL');
CREATE TABLE plain (artifact bytea);
ALTER TABLE plain ALTER artifact SET STORAGE EXTERNAL;
CREATE TABLE large (artifact bytea);
ALTER TABLE large ALTER artifact SET STORAGE EXTERNAL;
SELECT soc2.create_ledger('large', '{artifact}');
CREATE FUNCTION peak() RETURNS bigint LANGUAGE sql AS
    $$SELECT 1024 * (regexp_match(pg_read_file('/proc/' || pg_backend_pid() || '/status'), 'VmHWM:\s+(\d+)'))[1]::bigint$$;
SQL
	my $values = sub {
		my ($statement) = @_;
		return (split /\n/, sql("$statement;\nSELECT peak()"))[-1] / $size;
	};
	my $plain = $values->("INSERT INTO plain SELECT pg_read_binary_file('$dir/large')");
	my $large = $values->("INSERT INTO large SELECT pg_read_binary_file('$dir/large')");
	my $evidence = $values->("INSERT INTO soc2.evidence (kind, artifact) SELECT 'large', pg_read_binary_file('$dir/large')");
	my $verify = $values->(q{SELECT * FROM soc2.verify_ledger('soc2.evidence')});
	note sprintf 'values in memory: a plain table %.1f, a ledger %.1f, evidence %.1f, verifying %.1f', $plain, $large, $evidence, $verify;
	cmp_ok($large, '<', $plain + 1.5, 'a ledger needs one copy more than a plain table');
	cmp_ok($evidence, '<', $plain + 2.5, 'evidence two');
	cmp_ok($verify, '<', 1.8, 'verifying needs the value once');
	is(sql(q{SELECT * FROM soc2.verify_ledger('large')}), '', 'and nothing is wrong');
}

# The largest value that a table can hold
SKIP:
{
	skip 'SOC2_HUGE is not set', 4 unless $ENV{SOC2_HUGE};
	open my $file, '>', "$dir/huge" or die;
	print $file pack 'L*', map { int rand 2**32 } 1 .. 250_000 for 1 .. 1_000;
	close $file or die;
	is(sql(<<"SQL"), '1000000000|t', 'an artifact of 1 GB becomes evidence');
CREATE TEMPORARY TABLE recorded AS
    SELECT soc2.record_evidence('huge', artifact => pg_read_binary_file('$dir/huge')) AS id;
SELECT octet_length(artifact), artifact_sha256::bytea = sha256(artifact)
FROM soc2.evidence JOIN recorded ON id = evidence_id;
SQL
	is(sql(q{SELECT * FROM soc2.verify_ledger('soc2.evidence')}), '', 'it verifies');
	($failed, undef, $message) = $node->psql('postgres', q{SELECT count(*) FROM soc2.export_ledger('soc2.evidence')});
	is($failed, 3, 'it is too large for a bundle');
	like($message, qr/row \d+ of lane 0: value of column "artifact" is too large/, 'which says so');
}
$node->stop;

done_testing();
