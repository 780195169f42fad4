# Each shipped check on a server made to pass it and on one made to fail it:
# the outcome, the number of members and the reason are those of that server.
# And: the suite runs on a standby, for a role that sees less, and evidence
# survives a restart.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "max_prepared_transactions = 0\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION soc2 CASCADE');

# What one check finds: outcome|population|failures|reason
sub assess
{
    my ($check, $dbname) = @_;
    return $node->safe_psql($dbname // 'postgres',
        "SELECT outcome, population, failures, reason FROM soc2.assess('$check')");
}

sub hba
{
    my (@lines) = @_;
    unlink($node->data_dir . '/pg_hba.conf');
    $node->append_conf('pg_hba.conf', join("\n", @lines) . "\n");
    $node->reload;
    return;
}

sub set
{
    my ($restart, %settings) = @_;
    $node->safe_psql('postgres', "ALTER SYSTEM SET $_ = $settings{$_}") for sort keys %settings;
    $restart ? $node->restart : $node->reload;
    return;
}

# A reload reaches a backend between two statements; new backends have it once
# the postmaster has. Asking until the view shows it depends on no time.
sub wait_for
{
    my ($name, $value) = @_;
    $node->poll_query_until('postgres',
        "SELECT reset_val = '$value' FROM pg_settings WHERE name = '$name'")
      or die "$name did not become $value";
    return;
}

# auth.hba_no_trust: the view reads the file, so no reload has to arrive
my $os_user = (getpwuid($>))[0];
hba("local all all peer map=test", "local replication all trust", "host all all 127.0.0.1/32 scram-sha-256");
append_to_file($node->data_dir . '/pg_ident.conf', "test $os_user $os_user\n");
hba("local all all trust", "host all all ::1/128 scram-sha-256", "local replication all trust");
is(assess('auth.hba_no_trust'), 'fail|3|2|pg_hba.conf:1: local all all - trust (and 1 more)',
    'trust rules fail');
hba("host all all 10.0.0.0/8 nonsense", "local all all trust");
like(assess('auth.hba_no_trust'), qr/^fail\|2\|1\|pg_hba.conf:2: local all all - trust$/,
    'a rule in error is not judged, the others are');
hba("host all all 10.0.0.0/8 nonsense", "host all all ::1/128 scram-sha-256");
is(assess('auth.hba_no_trust'), 'error|2|0|1 of 2 could not be decided',
    'a rule in error is never a pass');
# the rules in force still let us in: a file with an error does not replace them
$node->safe_psql('postgres', 'SELECT 1');
unlink($node->data_dir . '/pg_hba.conf');
$node->append_conf('pg_hba.conf', "local all all peer map=test\nlocal replication all peer map=test\n");
is(assess('auth.hba_no_trust'), 'pass|2|0|2 of 2 pass', 'no trust rule passes');
hba('local all all trust', 'local replication all trust');

# tls.on
is(assess('tls.on'), 'fail|1|1|ssl: ssl = off', 'TLS off fails');
SKIP:
{
    skip 'no openssl program', 1
      unless run_log([ 'openssl', 'req', '-new', '-x509', '-days', '2', '-nodes', '-subj', '/CN=localhost',
        '-keyout', $node->data_dir . '/server.key', '-out', $node->data_dir . '/server.crt' ]);
    chmod 0600, $node->data_dir . '/server.key';
    set(0, ssl => 'on');
    wait_for('ssl', 'on');
    is(assess('tls.on'), 'pass|1|0|1 of 1 pass', 'TLS on passes');
}

# role.superuser_count
is(assess('role.superuser_count'), 'pass|1|0|1 of 1 pass', 'the bootstrap superuser is approved');
$node->safe_psql('postgres', 'CREATE ROLE "Second ""Boss" SUPERUSER NOLOGIN');
is(assess('role.superuser_count'), 'fail|2|1|Second "Boss: superuser, cannot log in', 'another superuser fails');
$node->safe_psql('postgres', q{SELECT soc2.set_check_parameters('role.superuser_count',
    '{"approved": ["Second \"Boss"]}', 'test')});
is(assess('role.superuser_count'), 'pass|2|0|2 of 2 pass', 'an approved superuser passes');

# priv.public_tables
$node->safe_psql('postgres', 'CREATE TABLE t (a integer, b text)');
like(assess('priv.public_tables'), qr/^pass\|(\d+)\|0\|\1 of \1 pass$/, 'nothing granted to PUBLIC passes');
$node->safe_psql('postgres', 'GRANT SELECT, INSERT ON t TO PUBLIC');
like(assess('priv.public_tables'), qr/^fail\|\d+\|1\|public\.t: PUBLIC holds INSERT, SELECT$/,
    'a grant on a table to PUBLIC fails');
$node->safe_psql('postgres', 'REVOKE ALL ON t FROM PUBLIC; GRANT UPDATE (b) ON t TO PUBLIC');
like(assess('priv.public_tables'), qr/^fail\|\d+\|1\|public\.t: PUBLIC holds UPDATE$/,
    'a grant on a column to PUBLIC fails');
$node->safe_psql('postgres', 'REVOKE ALL (b) ON t FROM PUBLIC');

# log.connections
set(0, log_connections => 'off', log_disconnections => 'off');
wait_for('log_disconnections', 'off');
like(assess('log.connections'), qr/^fail\|2\|2\|log_connections: log_connections = \S* ?\(and 1 more\)$/,
    'no connections logged fails');
set(0, log_connections => 'on', log_disconnections => 'on');
wait_for('log_disconnections', 'on');
is(assess('log.connections'), 'pass|2|0|2 of 2 pass', 'connections logged passes');

# cfg.dangerous: what the server has counts, not what a session sets
set(0, fsync => 'off');
wait_for('fsync', 'off');
is(assess('cfg.dangerous'), 'fail|6|1|fsync: fsync = off', 'fsync off fails');
set(0, fsync => 'on');
wait_for('fsync', 'on');
is(assess('cfg.dangerous'), 'pass|6|0|6 of 6 pass', 'safe settings pass');
is( $node->safe_psql('postgres',
        "SET zero_damaged_pages = on; SELECT outcome FROM soc2.assess('cfg.dangerous')"),
    'pass', 'what a session sets for itself does not count');
$node->safe_psql('postgres', 'ALTER ROLE ' . $os_user . ' SET zero_damaged_pages = on');
is(assess('cfg.dangerous'), 'fail|6|1|zero_damaged_pages: zero_damaged_pages = on',
    'what every session of a role starts with counts');
$node->safe_psql('postgres', 'ALTER ROLE ' . $os_user . ' RESET ALL');

# av.wal_level_archive
set(1, archive_mode => 'off');
is(assess('av.wal_level_archive'), 'fail|1|1|archive_mode: archive_mode = off', 'no archiving fails');
set(1, archive_mode => 'on', archive_command => "''");
is(assess('av.wal_level_archive'),
    'fail|3|1|archive target: neither archive_command nor archive_library is set', 'archiving to nowhere fails');
set(0, archive_command => "'false'");
wait_for('archive_command', 'false');
$node->safe_psql('postgres', 'SELECT pg_switch_wal()');
$node->poll_query_until('postgres', 'SELECT failed_count > 0 FROM pg_stat_archiver') or die;
like(assess('av.wal_level_archive'), qr/^fail\|3\|1\|archiver: 0 archived, \d+ failed$/, 'failing archiver fails');
set(0, archive_command => "'true'");
wait_for('archive_command', 'true');
$node->poll_query_until('postgres',
    'SELECT last_archived_time > last_failed_time FROM pg_stat_archiver') or die;
is(assess('av.wal_level_archive'), 'pass|3|0|3 of 3 pass', 'an archiver that caught up passes');

# pi.constraints_valid
$node->safe_psql('postgres', 'CREATE DATABASE empty');
$node->safe_psql('empty', 'CREATE EXTENSION soc2 CASCADE');
is(assess('pi.constraints_valid', 'empty'), 'not_occurring|0|0|the population is empty',
    'no user object is no pass');
$node->safe_psql('postgres', 'ALTER TABLE t ADD PRIMARY KEY (a), ADD CONSTRAINT "C" CHECK (a > 0) NOT VALID');
is(assess('pi.constraints_valid'), 'fail|2|1|constraint "C" on public.t: NOT VALID', 'a NOT VALID constraint fails');
$node->safe_psql('postgres', 'ALTER TABLE t VALIDATE CONSTRAINT "C"');
is(assess('pi.constraints_valid'), 'pass|2|0|2 of 2 pass', 'validated constraints pass');
$node->safe_psql('postgres', 'INSERT INTO t VALUES (1, 1), (2, 1)');
$node->psql('postgres', 'CREATE UNIQUE INDEX CONCURRENTLY broken ON t (b)');
is(assess('pi.constraints_valid'),
    'fail|3|1|index public.broken on public.t: invalid: a build was interrupted or failed',
    'an invalid index fails');
$node->safe_psql('postgres', 'DROP INDEX broken');

# a role that sees less says so, and is never told it passed
$node->safe_psql('postgres', 'CREATE ROLE viewer LOGIN; GRANT soc2_collector TO viewer');
is( $node->safe_psql('postgres',
        "SELECT outcome, split_part(reason, ':', 1) FROM soc2.assess('auth.hba_no_trust')",
        extra_params => [ '-U', 'viewer' ]),
    'insufficient_privilege|42501', 'what cannot be seen is no pass');

# a standby assesses without recording
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
chmod 0600, $standby->data_dir . '/server.key';
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', 'SELECT count(*) FROM soc2.assess(record => false)'),
    $node->safe_psql('postgres', 'SELECT count(*) FROM soc2.assess(record => false)'),
    'all checks run on a standby');
my ($rc, $out, $err) = $standby->psql('postgres', 'SELECT * FROM soc2.assess()');
like($err, qr/results cannot be recorded in a read-only transaction/, 'a standby cannot record');
is($standby->safe_psql('postgres', "SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')"),
    '0', 'the ledger verifies on the standby');
$standby->stop;

# evidence survives an immediate stop
my $count = $node->safe_psql('postgres', 'SELECT count(*) FROM soc2.evidence');
$node->stop('immediate');
$node->start;
is($node->safe_psql('postgres', 'SELECT count(*) FROM soc2.evidence'), $count, 'evidence survives a crash');
assess('*');
is($node->safe_psql('postgres', "SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')"),
    '0', 'and the chain goes on');

$node->stop;
done_testing();
