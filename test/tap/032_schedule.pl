# Checks that run by themselves, and the roles that run them: pg_cron really
# calls soc2.run_due(), a role with the grants of soc2.grant_runner() sees what a
# superuser sees, and others are told what they lack.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION soc2 CASCADE');
$node->safe_psql('postgres', "CREATE ROLE $_ LOGIN; GRANT soc2_collector TO $_") for qw(viewer monitor);
$node->safe_psql('postgres', 'GRANT pg_monitor TO monitor; CREATE ROLE runner LOGIN');

# Everything that a role finds: check => outcome|population|failures
sub outcomes
{
    my ($role, $columns) = @_;
    $columns //= "outcome || '|' || population || '|' || failures";
    my $rows = $node->safe_psql('postgres', "SELECT check_id || '=' || $columns FROM soc2.assess(record => false)",
        extra_params => $role ? [ '-U', $role ] : []);
    return { map { split /=/, $_, 2 } split /\n/, $rows };
}

# the granted runner sees all that a superuser sees, the others say what is missing
my $granted = $node->safe_psql('postgres', "SELECT * FROM soc2.grant_runner('runner')");
like($granted, qr/^GRANT soc2_collector TO runner$/m, 'a runner may assess');
like($granted, qr/^GRANT pg_read_all_settings TO runner$|^GRANT pg_monitor TO runner$/m, 'and has what checks need');
is($node->safe_psql('postgres', "SELECT * FROM soc2.grant_runner('runner')"), '', 'twice is once');
# a sequence is data of users, which no check asks for: undecided, and no pass
my ($seen, $there) = (outcomes('runner'), outcomes());
like(delete $seen->{'pi.seq_exhaustion'}, qr/^error\|/, 'sequences that cannot be read are undecided');
delete $there->{'pi.seq_exhaustion'};
is_deeply($seen, $there, 'the granted runner finds what a superuser finds in all else');
for my $role (qw(viewer monitor))
{
    my $reasons = outcomes($role, 'reason');
    my $found = outcomes($role);
    my $all = outcomes();
    delete $all->{'pi.seq_exhaustion'};
    my @differ = grep { $found->{$_} ne $all->{$_} } sort keys %$all;
    ok(@differ > 0, "$role sees less: @differ");
    is(join(' ', grep { $found->{$_} !~ /^insufficient_privilege/ } @differ), '',
        "$role is told so, and never that what it cannot see passed");
    is(join(' ', grep { $reasons->{$_} !~ /^42501: missing: GRANT / } @differ), '', "$role is told the grant");
}
ok(keys(%{ outcomes('monitor') }) == keys(%{ outcomes() }), 'no check is left out');
my ($rc, $out, $err) = $node->psql('postgres', "SELECT soc2.grant_runner('monitor')", extra_params => [ '-U', 'runner' ]);
like($err, qr/permission denied/, 'a runner grants nothing');
($rc, $out, $err) = $node->psql('postgres', "SELECT soc2.grant_runner('nobody')");
like($err, qr/role "nobody" does not exist/, 'a role that is not there');

# the runner runs what is due, which is then not due, and seals
is($node->safe_psql('postgres', 'SELECT count(*) FROM soc2.due_checks()', extra_params => [ '-U', 'runner' ]),
    $node->safe_psql('postgres', 'SELECT count(*) FROM soc2.checks_in_force WHERE enabled'), 'at first all checks are due');
my ($runs) = split /\|/, $node->safe_psql('postgres', 'CALL soc2.run_due()', extra_params => [ '-U', 'runner' ]);
is($runs, $node->safe_psql('postgres', 'SELECT count(*) FROM soc2.checks_in_force WHERE enabled'), 'and are run');
is($node->safe_psql('postgres', q{SELECT sealed = rows AND rows > 0 FROM soc2.ledger_status WHERE relation = 'soc2.evidence'}), 't', 'the evidence is sealed');
is($node->safe_psql('postgres', 'CALL soc2.run_due()', extra_params => [ '-U', 'runner' ]), '0|0|0', 'nothing is due any more');
($rc, $out, $err) = $node->psql('postgres', q{SELECT soc2.assess('due')});
like($err, qr/no check matches 'due'/, 'nothing due is an error for who asks');
$node->safe_psql('postgres', q{SELECT soc2.create_check('t.hourly', 't', 'low', $$SELECT 'r', false, 'x'$$, 'tsc:CC1', 'r', 'r', '1 hour')});
is($node->safe_psql('postgres', 'CALL soc2.run_due()'), '1|1|0', 'a new check is due');
$node->safe_psql('postgres', q{SELECT soc2.enable_check('t.hourly', false, 'test');
    UPDATE soc2.checks SET frequency = '1 microsecond' WHERE check_id = 't.hourly'});
is($node->safe_psql('postgres', 'CALL soc2.run_due()'), '0|0|0', 'a check that is switched off is never due');
$node->safe_psql('postgres', q{SELECT soc2.enable_check('t.hourly', true, 'test')});
is($node->safe_psql('postgres', 'CALL soc2.run_due()'), '1|1|0', 'a stale check is due');

# two at once: the second leaves it to the first
my $first = $node->background_psql('postgres');
$first->query_safe("BEGIN; SELECT pg_advisory_xact_lock('soc2.checks'::regclass::oid::int, 57)");
is($node->safe_psql('postgres', 'CALL soc2.run_due()'), '0|0|0', 'what another session runs is left to it');
$first->query_safe('COMMIT');
$first->quit;

# without pg_cron the error says what to do
($rc, $out, $err) = $node->psql('postgres', "SELECT soc2.schedule('0 * * * *')");
like($err, qr/extension pg_cron is not installed in database "postgres".*psql -X -d postgres -c "CALL soc2\.run_due\(\)"/s,
    'no pg_cron: what to do instead');
like($err, qr/systemd timer/, 'and the other way');
($rc, $out, $err) = $node->psql('postgres', 'SELECT soc2.schedule(NULL)');
like($err, qr/schedule cannot be NULL/, 'no schedule');

SKIP:
{
    my $available = $node->safe_psql('postgres', "SELECT count(*) FROM pg_available_extensions WHERE name = 'pg_cron'");
    skip 'pg_cron is not packaged for this server', 6 unless $available;

    $node->append_conf('postgresql.conf',
        "shared_preload_libraries = 'pg_cron'\ncron.database_name = 'postgres'\ncron.use_background_workers = on\n");
    # something to run
    $node->safe_psql('postgres', q{UPDATE soc2.checks SET frequency = '1 microsecond' WHERE check_id = 't.hourly'});
    $node->restart;
    $node->safe_psql('postgres', 'CREATE EXTENSION pg_cron');
    ($rc, $out, $err) = $node->psql('postgres', "SELECT soc2.schedule('every full moon')");
    like($err, qr/invalid schedule/, 'pg_cron judges the schedule');
    my $job = $node->safe_psql('postgres', "SELECT soc2.schedule('* * * * *')");
    is($node->safe_psql('postgres', "SELECT soc2.schedule('* * * * *')"), $job, 'scheduling again changes the job');

    # in another database it says where to go
    $node->safe_psql('postgres', 'CREATE DATABASE other');
    $node->safe_psql('other', 'CREATE EXTENSION soc2 CASCADE');
    ($rc, $out, $err) = $node->psql('other', "SELECT soc2.schedule('0 * * * *')");
    my ($statement) = $err =~ /There: (SELECT cron\.schedule_in_database\(.*\))\./;
    like($node->safe_psql('postgres', $statement // 'SELECT 0'), qr/^[1-9]/, 'in another database: the statement that works');

    # within a minute or so it has run
    $node->poll_query_until('postgres',
        "SELECT count(*) > 0 FROM cron.job_run_details WHERE jobid = $job AND status = 'succeeded'");
    is( $node->safe_psql('postgres',
            "SELECT count(*) > 0 FROM soc2.evidence WHERE payload ->> 'note' = 'soc2.run_due' AND recorded_at > pg_postmaster_start_time()"),
        't', 'a scheduled run is recorded');
    is($node->safe_psql('postgres', "SELECT string_agg(DISTINCT status, ',') FROM cron.job_run_details WHERE jobid = $job AND end_time IS NOT NULL"),
        'succeeded', 'pg_cron ran the job');
    is($node->safe_psql('postgres', 'SELECT soc2.unschedule()'), 't', 'and stops');
}

$node->stop;
done_testing();
