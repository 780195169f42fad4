# Registries and the ledger of DDL survive a dump and a restore, also a parallel
# one, with odd names; recording goes on after it; and whatever keeps DDL from
# being recorded does not keep it from running.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('registry');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "soc2.max_lanes = 1\nmax_prepared_transactions = 1\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE "Odd ""Role""";
CREATE SCHEMA "Odd.""S";
SELECT soc2.start_ddl_capture();
CREATE TABLE "Odd.""S"."T, 1" (id integer PRIMARY KEY, "E mail" text);
CREATE TABLE gone (a integer);
SELECT soc2.classify('"Odd.""S"."T, 1"', 'internal'), soc2.classify('"Odd.""S"."T, 1"', 'personal', 'E mail'),
    soc2.classify('gone', 'public');
DROP TABLE gone;
SELECT soc2.approve_baseline();
SELECT soc2.record_change('C-1', E'two\nlines', '{"table \"Odd.\"\"S\".*"}', '[2026-01-01,2026-02-01)', kind => 'emergency', zone => 'Pacific/Kiritimati');
SELECT soc2.step_change('C-1', 'implemented'), soc2.record_change_test('C-1', true, 'x');
SELECT soc2.observe_settings(), soc2.observe_roles();
INSERT INTO soc2.change_approvals (change_id, approved_by) VALUES ('C-1', 'Odd "Role"');
SELECT soc2.record_backup('b'), soc2.record_backup_test('b', true);
SELECT soc2.identify_role('Odd "Role"', 'service', 'somebody'), soc2.separate_duties('r', 'Odd "Role"', 'soc2_admin', 'x');
SELECT soc2.observe_sessions(), soc2.observe_sizes(), soc2.plan_capacity('postgres', 1);
SELECT soc2.record_logins('x', '2026-01-01', 1, 2), soc2.record_job_run('j', false);
SELECT soc2.start_access_review('r');
SELECT soc2.assign_reviewer(review_id, 'Odd "Role"') FROM soc2.access_reviews;
INSERT INTO soc2.access_decisions (review_id, entry_no, decision, reason) SELECT review_id, entry_no, 'keep', 'x' FROM soc2.access_review_entries;
SELECT soc2.close_campaign(review_id) FROM soc2.access_reviews;
INSERT INTO soc2.access_review_results (review_id, attempt, result_no, problem, detail) VALUES (gen_random_uuid(), 1, 1, 'tampered', 'x');
INSERT INTO soc2.roster (person, role_names, left_on) VALUES ('somebody', '{"Odd \"Role\""}', '2024-01-01');
SELECT soc2.record_processing('s', 'p'), soc2.record_consent('s', 'p'), soc2.record_disclosure('a', 'b', 'c'),
    soc2.record_subject_request('R-1', 'access');
SQL

my @tables = split /\n/, $node->safe_psql('postgres', <<'SQL');
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_extension AS e ON c.oid = ANY (e.extconfig)
WHERE n.nspname = 'soc2' AND c.relname IN ('baselines', 'changes', 'change_approvals', 'change_tests', 'ddl_log',
    'observed_changes', 'observed_state', 'observation_secrets', 'backups',
    'backup_tests', 'classifications', 'identities', 'sod_rules', 'logins', 'access_reviews', 'access_review_entries',
    'access_decisions', 'access_reviewers', 'access_review_results', 'roster', 'capacity_plans', 'capacity_samples', 'job_runs', 'processing', 'consents', 'subject_requests',
    'disclosures') ORDER BY 1
SQL
is(scalar @tables, 27, 'the registries are dumped');

sub content
{
    my ($database, $table) = @_;
    my $rows = $node->safe_psql($database, "SELECT to_jsonb(t)::text FROM soc2.$table AS t"
          . ($table eq 'classifications' ? ' WHERE EXISTS (SELECT FROM pg_class AS c WHERE c.oid = t.relation)' : ''));
    return join "\n", sort split /\n/, $rows;
}

$node->command_ok([ 'pg_dump', '-Fd', '-j', '2', '-f', $node->basedir . '/dump', $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-j', '2', '--exit-on-error', '-d', $node->connstr('restored'), $node->basedir . '/dump' ],
    'restored in parallel');
for my $table (@tables)
{
    my $before = content('postgres', $table);
    isnt($before, '', "$table had rows");
    is(content('restored', $table), $before, "$table is as it was");
}
is( $node->safe_psql('restored', "SELECT count(*) FROM soc2.verify_ledger('soc2.ddl_log')"), '0', 'the ledger of DDL verifies');
is( $node->safe_psql('restored', 'SELECT class FROM soc2.column_classes ORDER BY column_name'), "personal\ninternal",
    'classes are those of the restored table');
is( $node->safe_psql('restored', "SELECT kind, name, state, approved, actual FROM soc2.baseline_drift WHERE kind <> 'grant'"),
    '', 'the baseline holds in the restored database');

is( $node->safe_psql('restored', "SELECT count(*) FROM soc2.verify_ledger('soc2.observed_changes')"), '0', 'and that of observations');
is( $node->safe_psql('restored', 'SELECT soc2.observe_settings()'), '0', 'settings are compared with what the other database saw');

# recording goes on, and the chain with it
$node->safe_psql('restored', 'CREATE TABLE later (a integer)');
is( $node->safe_psql('restored', 'SELECT command FROM soc2.ddl_log ORDER BY ledger_seq DESC LIMIT 1'),
    'CREATE TABLE later (a integer)', 'DDL is recorded after the restore');
is( $node->safe_psql('restored', "SELECT count(*) FROM soc2.verify_ledger('soc2.ddl_log')"), '0', 'and chained');

# a new session, in which the event trigger loads the library
is( $node->safe_psql('postgres', 'CREATE TABLE first (a integer);'
          . 'SELECT command FROM soc2.ddl_log ORDER BY ledger_seq DESC LIMIT 1'),
    'CREATE TABLE first (a integer)', 'the first command of a session has its text');

# the ledger cannot be written: the command runs, and says so
$node->safe_psql('postgres', "BEGIN; LOCK TABLE soc2.ddl_log IN SHARE MODE; PREPARE TRANSACTION 'blocker'");
my ($rc, $stdout, $stderr) = $node->psql('postgres', "SET lock_timeout = '50ms'; CREATE TABLE unrecorded (a integer)");
is($rc, 0, 'DDL runs where it cannot be recorded');
like($stderr, qr/WARNING:  command was not recorded in soc2\.ddl_log/, 'and says so');
is( $node->safe_psql('postgres', "SELECT count(*) FROM pg_class WHERE relname = 'unrecorded'"), '1', 'it is there');
($rc, $stdout, $stderr) = $node->psql('postgres', "SET statement_timeout = '100ms'; CREATE TABLE cancelled (a integer)");
isnt($rc, 0, 'what is cancelled while it waits is cancelled');
$node->safe_psql('postgres', "ROLLBACK PREPARED 'blocker'");
is( $node->safe_psql('postgres', "SELECT count(*) FROM soc2.ddl_log WHERE object_identity ~ 'unrecorded|cancelled'"),
    '0', 'neither has a row');
is( $node->safe_psql('postgres', "SELECT count(*) FROM soc2.verify_ledger('soc2.ddl_log')"), '0', 'and the ledger is whole');

$node->stop;
done_testing();
