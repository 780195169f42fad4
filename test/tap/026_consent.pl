# Consents of a million persons, beyond one session. Proves that a table that needs
# consents takes bulk loads of those who agree and none of anybody else; that clients who
# write rows and clients who withdraw, and then delete the rows, leave no row of anybody who
# withdrew; that consents expire by the clock; that a prepared transaction makes a
# withdrawal wait; that dumps bring the guard along, in whatever way they are restored; that
# one subject among a million is found, and given out, however many rows there are; and
# that deadlines do not depend on the time zone of the server.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(dump_both_ways);
use Test::More;

my $persons = $ENV{SOC2_CONSENT_PERSONS} || 1_000_000;
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
timezone = 'UTC'
max_prepared_transactions = 2
max_wal_size = '4GB'
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', <<SQL);
SET client_min_messages = warning;
CREATE EXTENSION soc2 CASCADE;
INSERT INTO soc2.consents (subject, purpose, given, effective_at)
    SELECT 'person:' || i, 'news', true, '2021-01-01' FROM generate_series(1, $persons) AS i;
CREATE TABLE person (id bigint PRIMARY KEY, name text);
INSERT INTO person SELECT i, 'person ' || i FROM generate_series(1, $persons) AS i;
CREATE TABLE letter (person bigint, n bigint);
SELECT soc2.set_subject('person', 'id', 'person'), soc2.set_subject('letter', 'person', via => 'person');
SELECT soc2.require_consent('letter', 'news');
CREATE INDEX ON letter (person);
VACUUM ANALYZE soc2.consents;
SQL

# bulk loads
my $dir = PostgreSQL::Test::Utils::tempdir;
$node->safe_psql('shop', "COPY (SELECT 1 + (i * 7919) % $persons, i FROM generate_series(1, 200000) AS i) TO '$dir/rows'");
$node->safe_psql('shop', "COPY letter FROM '$dir/rows'");
is($node->safe_psql('shop', 'SELECT count(*) FROM letter'), '200000', 'rows of those who agree come');
my ($ret, $out, $err) = $node->psql('shop', "INSERT INTO letter SELECT CASE i WHEN 99999 THEN -i ELSE i END, i FROM generate_series(1, 100000) AS i");
like($err, qr/has no consent for purpose "news"\nDETAIL:  Row 99999 of the statement/, 'not even one of somebody else does');
is($node->safe_psql('shop', 'SELECT count(*) FROM letter'), '200000', 'and none comes with it');

# who writes, and who withdraws and deletes what is there
append_to_file("$dir/write.sql", "\\set id random(1, 400)\nINSERT INTO letter VALUES (:id, 0);\n");
append_to_file("$dir/many.sql", "\\set id random(1, 380)\nINSERT INTO letter SELECT i, 1 FROM generate_series(:id, :id + 20) AS i;\n");
append_to_file("$dir/withdraw.sql", <<'SQL');
\set id random(1, 400)
BEGIN;
SELECT soc2.record_consent('person:' || :id, 'news', false, clock_timestamp());
DELETE FROM letter WHERE person = :id;
COMMIT;
SQL
my ($bench_out, $bench_err) = ('', '');
# a client whose row is refused is done: the rest go on, as there are many of them
my @clients = map {
	my ($file, $count) = @$_;
	IPC::Run::start([ 'sh', '-c', "i=0; while [ \$i -lt $count ]; do pgbench -n -c 4 -t 5 -f $dir/$file.sql '" . $node->connstr('shop') . "' >/dev/null 2>&1; i=\$((i + 1)); done" ]);
} ([ 'write', 25 ], [ 'many', 25 ], [ 'withdraw', 15 ]);
$_->finish for @clients;
my $withdrawn = $node->safe_psql('shop', "SELECT count(*) FROM soc2.consent_status WHERE purpose = 'news' AND state = 'withdrawn'");
cmp_ok($withdrawn, '>', 50, "many withdrew ($withdrawn)");
is($node->safe_psql('shop', q{SELECT count(*) FROM letter AS l
	JOIN soc2.consent_status AS s ON s.subject = 'person:' || l.person AND s.purpose = 'news' WHERE s.state <> 'live'}),
	'0', 'no row is left of anybody who withdrew');
cmp_ok($node->safe_psql('shop', 'SELECT count(*) FROM letter WHERE n < 2 AND person <= 400'), '>', 20, 'others have rows');
is($node->safe_psql('shop', "SELECT * FROM soc2.unconsented('letter', 'news')"), '', 'and the extension says so');

# expiry by the clock
$node->safe_psql('shop', q{INSERT INTO soc2.consents (subject, purpose, given, expires_at) VALUES ('person:999', 'news', true, clock_timestamp() + interval '2 seconds')});
$node->safe_psql('shop', 'INSERT INTO letter VALUES (999, 5)');
($ret, $out, $err) = $node->psql('shop', 'BEGIN; SELECT pg_sleep(3); INSERT INTO letter VALUES (999, 6);');
like($err, qr/the consent has expired/, 'a consent expires, whenever the transaction began');

# a prepared transaction
$node->safe_psql('shop', q{BEGIN; INSERT INTO letter VALUES (1000, 7); PREPARE TRANSACTION 'rows'});
($ret, $out, $err) = $node->psql('shop', q{SET lock_timeout = '500ms'; SELECT soc2.record_consent('person:1000', 'news', false)});
like($err, qr/lock timeout/, 'a withdrawal waits for a prepared transaction');
$node->safe_psql('shop', q{COMMIT PREPARED 'rows'});
is($node->safe_psql('shop', q{SELECT soc2.record_consent('person:1000', 'news', false) IS NOT NULL; DELETE FROM letter WHERE person = 1000 AND n = 7 RETURNING n}), "t\n7",
	'and then finds the row');

# one subject among all, and one with many rows
is($node->safe_psql('shop', q{SELECT relation, count(*) FROM soc2.subject_rows('person:500000') GROUP BY 1 ORDER BY 1}),
	$node->safe_psql('shop', q{SELECT 'public.letter', count(*) FROM letter WHERE person = 500000 HAVING count(*) > 0
		UNION ALL SELECT 'public.person', 1 UNION ALL SELECT 'soc2.consents', 1}), 'a subject among a million is found')
	if $persons >= 500_000;
is($node->safe_psql('shop', q{SELECT x ->> 'rows', jsonb_array_length(x #> '{data,public.person}') FROM soc2.subject_export('person:999') AS x}) =~ /^\d+\|1$/ ? 1 : 0, 1, 'and given out');
$node->safe_psql('shop', 'INSERT INTO letter SELECT 998, i FROM generate_series(1, 150000) AS i');
($ret, $out, $err) = $node->psql('shop', q{SELECT soc2.subject_export('person:998')});
like($err, qr/there are more than 100000 rows/, 'a document has its limit');
my $letters = $node->safe_psql('shop', 'SELECT count(*) FROM letter WHERE person = 998');
is($node->safe_psql('shop', q{SELECT count(*) FILTER (WHERE relation = 'public.letter') FROM soc2.subject_rows('person:998')}), $letters, 'rows by themselves have none');

# deadlines, whatever the zone of server and client
$node->safe_psql('shop', q{SELECT soc2.record_subject_request('D-' || n, 'access', '2026-10-24 23:30:00+02', zone => z, period => p)
	FROM (VALUES (1, 'Europe/Berlin', interval '1 day'), (2, 'Europe/Berlin', '24 hours'), (3, 'Asia/Kolkata', '1 month'), (4, 'America/St_Johns', '1 month')) AS v (n, z, p)});
my $due = q{SELECT string_agg(to_char(due_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), ' ' ORDER BY request_id) FROM soc2.subject_requests};
my $expected = '10-25 23:00 10-25 21:30 11-25 18:30 11-25 03:30';
is($node->safe_psql('shop', $due), $expected, 'days end where the person lives, over a change of the clocks');
$node->append_conf('postgresql.conf', "timezone = 'Pacific/Chatham'");
$node->restart;
is($node->safe_psql('shop', "UPDATE soc2.subject_requests SET owner = 'somebody else'; $due"), $expected, 'and wherever the server is');

# dumps: the guard comes along, and does not judge what is restored
$node->safe_psql('shop', q{DELETE FROM letter WHERE person BETWEEN 998 AND 50000;
	DELETE FROM soc2.consents WHERE split_part(subject, ':', 2)::bigint BETWEEN 2000 AND 100000000;
	INSERT INTO soc2.consents (subject, purpose, given) SELECT 'person:' || i, 'news', false FROM generate_series(401, 1500) AS i});
dump_both_ways($node, 'shop');
for my $db ('plain', 'parallel')
{
	is($node->safe_psql($db, 'SELECT count(*) FROM letter'), $node->safe_psql('shop', 'SELECT count(*) FROM letter'), "$db: rows are there, those without a consent too");
	is($node->safe_psql($db, 'SELECT problem IS NULL FROM soc2.consent_guard_status'), 't', "$db: the guard is there");
	($ret, $out, $err) = $node->psql($db, 'INSERT INTO letter VALUES (401, 9)');
	like($err, qr/the consent was withdrawn/, "$db: and refuses");
}

done_testing();
