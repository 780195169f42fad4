# Every shipped check on a server made to pass it and on one made to fail it.
#
# test/checks/NAME.sql builds the servers: SQL, run by psql in a database of its
# own that has the extension, and lines that begin with "--@". Lines "--  text"
# that follow such a line belong to it.
#
#   --@ ID OUTCOME POPULATION FAILURES
#                     the check finds this now, * stands for any number above 0;
#                     the lines that follow are members of its population, as
#                     "resource | ok | reason"; after "~ " a pattern instead
#   --@ 16+ ID ...    the same, on servers from this major version on
#   --@ 15- ID ...    and up to this one
#   --@ reload        the server reads its configuration again: SQL before it
#                     may hold ALTER SYSTEM
#   --@ refused       the same, but an error keeps the server from applying it
#   --@ restart       the server is restarted
#   --@ write FILE    replaces a file in the data directory by the lines
#   --@ append FILE   adds the lines to it
#   --@ certificate   the server gets a key and a certificate of its own
#   --@ checksums enable
#   --@ checksums disable
#                     of the stopped cluster
#   --@ requires NAME  the rest of the file needs this library, and is skipped
#                     where it is not installed
#   --@ never ID OUTCOME: WHY
#                     no fixture can have this outcome
#
# Sessions end at each of these but the first three and the last two. At the end of a
# file settings, files in the data directory, roles and the database are put
# back. ONLY_CHECKS=NAME runs one file.
use strict;
use warnings;
use File::Basename qw(basename);
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my @names = map { basename($_, '.sql') } glob 'test/checks/*.sql';
chomp(my $library_dir = `pg_config --pkglibdir`);
my $only = $ENV{ONLY_CHECKS} // '';
my %outcomes;    # of each check: those that fixtures showed or cannot have
my %reasons;     # and those of which they showed a member with its reason

my $node = PostgreSQL::Test::Cluster->new('checks');
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C', '--username=postgres' ]);
$ENV{PGUSER} = 'postgres';
$node->append_conf('postgresql.conf', "fsync = off\nautovacuum = off\nsoc2.max_lanes = 1\nmax_prepared_transactions = 5\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE prepared');
$node->safe_psql('prepared', 'CREATE EXTENSION soc2 CASCADE');
my $server = $node->safe_psql('postgres', "SELECT current_setting('server_version_num')::integer / 10000");

# In each session: the members of the population of a check
my $prelude = <<'SQL';
SET client_min_messages = warning;
CREATE FUNCTION pg_temp.members(wanted text)
    RETURNS TABLE (resource text, ok boolean, reason text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off AS $$
DECLARE
    query text;
    parameters jsonb;
BEGIN
    SELECT c.query, c.parameters || coalesce(p.parameters, '{}') INTO STRICT query, parameters
    FROM soc2.checks AS c LEFT JOIN soc2.check_parameters AS p USING (check_id)
    WHERE c.check_id = wanted;
    RETURN QUERY EXECUTE query USING parameters;
END $$;
SQL

# The statements that ask what an expectation tells; their answer is marked
sub question
{
    my ($expectation) = @_;
    my ($check, $number) = @$expectation{ 'check', 'number' };
    return "SELECT '=> $number', outcome, population, failures, reason"
      . " FROM soc2.assess('$check', record => false);\n"
      . "SELECT '-> $number', resource, ok, reason FROM pg_temp.members('$check');\n";
}

# Run SQL in one session; what was asked gets its answer
sub run_session
{
    my ($file, $sql, $asked) = @_;
    my ($out, $err);
    return if $sql !~ /\S/;
    my $ok = IPC::Run::run([ 'psql', '-XqAt', '-F', ' | ', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($file), '-f', '-' ],
        '<', \"$prelude$sql", '>', \$out, '2>', \$err);
    $ok or fail("$file: the session ended early") or diag($err);
    for (split /\n/, $out)
    {
        if (/^=> (\d+) \| (.*)$/) { $asked->[$1]{outcome} = $2 }
        elsif (/^-> (\d+) \| (.*)$/) { push @{ $asked->[$1]{members} }, $2 }
    }
    return;
}

# Compare an answer with what was expected
sub judge
{
    my ($file, $e) = @_;
    my $outcome = $e->{outcome} // 'no answer';
    my @members = @{ $e->{members} // [] };
    my $problem = '';
    $problem .= "    outcome | population | failures | reason\n" if $outcome !~ $e->{pattern};
    for my $line (@{ $e->{lines} })
    {
        my $pattern = $line =~ /^~ (.*)$/ ? qr/$1/ : qr/^\Q$line\E$/;
        $problem .= "    $line\n" unless grep { $_ =~ $pattern } @members;
    }
    ok($problem eq '', "$file:$e->{line} $e->{check} $e->{wanted}")
      or diag("missing:\n${problem}found: $outcome\n", map { "    $_\n" } @members[ 0 .. ($#members > 29 ? 29 : $#members) ]);
    return;
}

# What an expectation says
sub expectation
{
    my ($line, $check, $outcome, @numbers) = @_;
    my ($population, $failures) = map { $_ eq '*' ? '[1-9]\d*' : $_ } @numbers;
    return { line => $line, check => $check, wanted => $outcome, lines => [],
        pattern => qr/^$outcome \| $population \| $failures \| / };
}

# Wait until the server has done what it was asked
sub wait_until
{
    my ($what, $done) = @_;
    for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
    {
        return if $done->();
        usleep(100_000);
    }
    die "timed out: $what";
}

sub load_time
{
    return $node->safe_psql('postgres', 'SELECT pg_conf_load_time()');
}

my %act = (
    restart => sub { $node->restart },
    reload => sub {
        my $before = load_time();
        $node->reload;
        wait_until('reload', sub { load_time() ne $before });
    },
    refused => sub {
        my $before = -s $node->logfile;
        $node->reload;
        wait_until('refusal', sub { slurp_file($node->logfile, $before) =~ /contains errors/ });
    },
    write => sub { change_file('>', @_) },
    append => sub { change_file('>>', @_) },
    checksums => sub {
        my ($action) = @_;
        my $is = $node->safe_psql('postgres', 'SHOW data_checksums');
        return if $is eq ($action eq 'enable' ? 'on' : 'off');
        $node->stop;
        system_or_bail('pg_checksums', "--$action", '--no-sync', '-D', $node->data_dir);
        $node->start;
    },
    certificate => sub {
        my $name = $node->data_dir . '/server';
        system_or_bail('openssl', 'req', '-new', '-x509', '-days', '2', '-nodes', '-subj', '/CN=localhost',
            '-keyout', "$name.key", '-out', "$name.crt");
        chmod 0600, "$name.key";
    });

# Files that were changed, and what was in them
my %original;

sub change_file
{
    my ($mode, $file, @lines) = @_;
    my $path = $node->data_dir . "/$file";
    $original{$file} //= slurp_file($path);
    usleep(20_000);    # longer than a tick of the file system's clock
    open my $handle, $mode, $path or die "$path: $!";
    print $handle map { "$_\n" } @lines;
    close $handle or die "$path: $!";
    return;
}

# Put the cluster back
sub put_back
{
    my ($file, $roles, $restarted) = @_;
    change_file('>', $_, split /\n/, $original{$_}) for sort keys %original;
    %original = ();
    $node->safe_psql('postgres', "DROP DATABASE \"$file\" WITH (FORCE)");
    $node->safe_psql('postgres', 'ALTER SYSTEM RESET ALL');
    my $extra = $node->safe_psql('postgres', "SELECT string_agg(quote_ident(rolname), ', ')"
          . " FROM pg_roles WHERE oid >= 16384 AND NOT rolname = ANY ('{$roles}')");
    $node->safe_psql('postgres', "DROP ROLE $extra") if $extra ne '';
    $act{ $restarted ? 'restart' : 'reload' }->();
    return;
}

# Run a file: collect SQL until the session has to end
sub run_file
{
    my ($file) = @_;
    my @asked;
    my ($sql, $restarted, $skipped, $number) = ('', 0, 0, 0);
    my $roles = $node->safe_psql('postgres', "SELECT string_agg(rolname, ',') FROM pg_roles");
    $node->safe_psql('postgres', "CREATE DATABASE \"$file\" TEMPLATE prepared");
    my @lines = split /\n/, slurp_file("test/checks/$file.sql");
    while (defined(my $text = shift @lines))
    {
        $number++;
        if ($text !~ /^--@ *(.*)$/) { $sql .= "$text\n"; next }
        my $directive = $1;
        my $line = $number;
        my @more;
        while (@lines && $lines[0] =~ /^--  (.*)$/) { push @more, $1; shift @lines; $number++ }

        if ($directive =~ /^(?:(\d+)([-+]) )?(\w+\.\w+) (pass|fail|not_occurring|error) (\d+|\*) (\d+|\*)$/)
        {
            next if $1 && ($2 eq '+' ? $server < $1 : $server > $1);
            $outcomes{$3}{$4} = 1;
            $reasons{$3}{$4} = 1 if @more;
            next if $skipped;
            push @asked, expectation($line, $3, $4, $5, $6);
            @{ $asked[-1] }{ 'lines', 'number' } = (\@more, $#asked);
            $sql .= question($asked[-1]);
        }
        elsif ($skipped) { next }
        elsif ($directive =~ /^requires (\w+)$/) { $skipped = !-e "$library_dir/$1.so" }
        elsif ($directive =~ /^never (\w+\.\w+) (\w+): ./) { $outcomes{$1}{$2} = 1 }
        elsif ($directive =~ /^(\w+)(?: (\S+))?$/ && $act{$1})
        {
            run_session($file, $sql, \@asked);
            $sql = '';
            $restarted = 1 if $1 eq 'restart';
            $act{$1}->($2, @more);
        }
        else { die "$file:$line: no such directive: $directive" }
    }
    run_session($file, $sql, \@asked) unless $skipped;
    note("$file: the rest was skipped") if $skipped;
    judge($file, $_) for @asked;
    put_back($file, $roles, $restarted);
    return;
}

for my $name (grep { $only eq '' || $_ eq $only } @names)
{
    run_file($name);
}

SKIP:
{
    skip 'only one file', 1 if $only ne '';
    my @shipped = split /\n/, $node->safe_psql('prepared',
        "SELECT check_id FROM soc2.checks WHERE shipped AND soc2.check_applies(min_version, max_version) ORDER BY 1");
    my @missing;
    for my $check (@shipped)
    {
        push @missing, map { "$check has no fixture with the outcome $_" }
          grep { !$outcomes{$check}{$_} } qw(pass fail not_occurring);
        push @missing, map { "$check has no fixture with a reason for the outcome $_" }
          grep { !$reasons{$check}{$_} } qw(pass fail);
    }
    is(join("\n", @missing), '', 'every shipped check was made to pass, to fail and to find nothing');
}
$node->stop;
done_testing();
