# The checks as a whole: the suite runs on a standby, for a role that sees less,
# and evidence survives a restart. 031_checks.pl looks at each check.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION soc2 CASCADE');

# What one check finds: outcome|population|failures|reason
sub assess
{
    my ($check, $dbname) = @_;
    return $node->safe_psql($dbname // 'postgres',
        "SELECT outcome, population, failures, reason FROM soc2.assess('$check')");
}

# a role that sees less says so, and is never told it passed
$node->safe_psql('postgres', 'CREATE ROLE viewer LOGIN; GRANT soc2_collector TO viewer');
is( $node->safe_psql('postgres',
        "SELECT outcome, split_part(reason, ':', 1) FROM soc2.assess('auth.hba_no_trust')",
        extra_params => [ '-U', 'viewer' ]),
    'insufficient_privilege|42501', 'what cannot be seen is no pass');

# before 17 a function can ask for a transaction that writes, where it is called
SKIP:
{
    skip 'refused when the function is made', 1
      if $node->safe_psql('postgres', "SELECT current_setting('server_version_num')::integer") >= 170000;
    $node->safe_psql('postgres', <<'SQL');
CREATE FUNCTION public.writing() RETURNS boolean LANGUAGE sql SET transaction_read_only = off AS 'SELECT true';
CREATE FUNCTION public.caught() RETURNS boolean LANGUAGE plpgsql AS
$$ BEGIN RETURN public.writing(); EXCEPTION WHEN OTHERS THEN RETURN true; END $$;
SELECT soc2.create_check('own.writing', 'It writes', 'low', $$SELECT 'r'::text AS resource, public.caught() AS ok, 'x'::text AS reason$$,
    '{CC6.1}', 'r', 'r');
SQL
    is( assess('own.writing'),
        'error|0|0|25001: cannot set transaction read-write mode inside a read-only transaction',
        'who asks for a transaction that writes is not believed, caught or not');
    $node->safe_psql('postgres', "SELECT soc2.drop_check('own.writing', 'seen')");
}

# a standby assesses without recording
$node->backup('b');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'b', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', 'SELECT count(*) FROM soc2.assess(record => false)'),
    $node->safe_psql('postgres', 'SELECT count(*) FROM soc2.assess(record => false)'),
    'all checks run on a standby');
$standby->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('kept', true)");
is( $standby->safe_psql('postgres',
        "SELECT check_id, reason FROM soc2.assess(record => false) WHERE outcome NOT IN ('pass', 'fail', 'not_occurring')"),
    '', 'and each has something to say there');
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
