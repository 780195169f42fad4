# Ledgers under a mixed load whose server is killed in the middle, round after
# round.  Proves that a transaction is there after a crash, whole and once, if it
# was acknowledged, and leaves nothing if it was not or was rolled back, however
# it wrote; that prepared transactions outlive the crash; that no lane has a gap
# or a fork; that verifying raises no false alarm, neither meanwhile nor
# afterwards, and that the hashes are those of the documented format.
#
# There are fewer lanes than clients, so that some have one for themselves and
# others wait.
#
#   SOC2_CRASH_ROUNDS=20         crashes
#   SOC2_CRASH_TRANSACTIONS=200  transactions of each client in each round: with
#                                3000 a round writes for half a minute
#
# A client is a psql with a script of so many transactions, made here from a
# constant seed.  The script echoes marks between its statements, so its output
# tells how far it came and what the server acknowledged.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use POSIX qw(WNOHANG);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(start_after_crash);
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{SOC2_CRASH_ROUNDS} || 4;
my $transactions = $ENV{SOC2_CRASH_TRANSACTIONS} || 100;
my $clients = 16;
my $dir = PostgreSQL::Test::Utils::tempdir;
my $known = '00000000-0000-4000-8000-000000000001';    # evidence_id of a row that is there

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
fsync = on
synchronous_commit = on
full_page_writes = on
log_statement = none
max_connections = 50
max_prepared_transactions = 50
max_wal_size = 64MB
deadlock_timeout = 100ms
autovacuum_naptime = 1
timezone = 'America/St_Johns'
datestyle = 'German, DMY'
soc2.max_lanes = 6
CONF
$node->start;

# ---- the database --------------------------------------------------------

# The function is there? Says so if not.
sub have
{
	my ($function) = @_;
	my $found = $node->safe_psql('postgres', "SELECT to_regprocedure('$function') IS NOT NULL");
	note("skipped: there is no $function") if $found ne 't';
	return $found eq 't';
}

# Objects of the test: a second ledger, triggers of the owner of the first, and
# the format page in SQL.
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION soc2 CASCADE;
CREATE SCHEMA crash;
CREATE ROLE crash_collector IN ROLE soc2_collector;
GRANT USAGE ON SCHEMA crash TO crash_collector;
CREATE TABLE crash.events (note text, at timestamptz DEFAULT clock_timestamp(), amount real DEFAULT 0.1);
CREATE TABLE crash.audit (subject text);

-- the owner's own: one trigger drops rows and changes them, the other one keeps
-- a list, raises errors and records evidence about evidence
CREATE FUNCTION crash.before_row() RETURNS trigger LANGUAGE plpgsql AS \$\$
BEGIN
    IF NEW.subject LIKE '%.skip' THEN
        RETURN NULL;
    END IF;
    NEW.media_type := 'text/plain';
    RETURN NEW;
END \$\$;
CREATE FUNCTION crash.after_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS \$\$
BEGIN
    IF NEW.subject LIKE '%.boom' THEN
        RAISE EXCEPTION 'boom';
    ELSIF NEW.subject LIKE '%.nest' THEN
        INSERT INTO soc2.evidence (kind, subject, effective) VALUES ('crash', NEW.subject || 'ed', tstzrange(now(), NULL));
    END IF;
    INSERT INTO crash.audit VALUES (NEW.subject);
    RETURN NULL;
END \$\$;
CREATE TRIGGER aa_before BEFORE INSERT ON soc2.evidence FOR EACH ROW EXECUTE FUNCTION crash.before_row();
CREATE TRIGGER zz_after AFTER INSERT ON soc2.evidence FOR EACH ROW EXECUTE FUNCTION crash.after_row();

CREATE FUNCTION crash.str(x text) RETURNS bytea
    RETURN int4send(octet_length(convert_to(x, 'UTF8'))) || convert_to(x, 'UTF8');

-- of the rows whose position is a multiple, those whose link comes out another
CREATE FUNCTION crash.wrong(ledger regclass, multiple integer) RETURNS TABLE (lane integer, seq bigint)
    LANGUAGE plpgsql
    SET DateStyle = 'ISO, MDY' SET TimeZone = 'UTC' SET IntervalStyle = 'postgres'
    SET extra_float_digits = 1 SET bytea_output = 'hex' SET quote_all_identifiers = off
    SET xmlbinary = 'base64' SET search_path = pg_catalog
AS \$\$
DECLARE
    texts text;
BEGIN
    SELECT string_agg(format('(%1\$L, CASE WHEN r.%1\$I IS NOT NULL THEN format(''%%s'', r.%1\$I) END)', a.attname), ', ')
    INTO texts FROM pg_attribute AS a
    WHERE a.attrelid = ledger AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      AND a.attname NOT IN ('ledger_lane', 'ledger_seq', 'ledger_prev', 'ledger_hash', 'ledger_salt');
    RETURN QUERY EXECUTE format(\$q\$
        SELECT r.ledger_lane, r.ledger_seq
        FROM (SELECT *, row_number() OVER w AS expected,
                     lag(ledger_hash::bytea, 1, decode(repeat('00', 32), 'hex')) OVER w AS before
              FROM %1\$s WINDOW w AS (PARTITION BY ledger_lane ORDER BY ledger_seq)) AS r
        JOIN soc2.ledgers AS l ON l.relation = %1\$L::regclass
        WHERE r.ledger_seq %% \$1 = 0
          AND (r.ledger_seq, r.ledger_prev::bytea, r.ledger_hash::bytea) IS DISTINCT FROM
              (r.expected, r.before,
               sha256('\\x1101' || uuid_send(l.ledger_id) || int4send(r.ledger_lane) || int8send(r.ledger_seq) || r.before
                   || (SELECT sha256('\\x1001' || int2send(count(*)::smallint) || coalesce(string_agg(
                           crash.str(c.name) || CASE WHEN c.name = ANY (l.redactable)
                               THEN '\\x01' || sha256('\\x1201' || (to_jsonb(r) ->> 'ledger_salt')::bytea
                                                      || crash.str(c.name) || crash.str(c.value))
                               ELSE '\\x00' || crash.str(c.value) END,
                           '' ORDER BY convert_to(c.name, 'UTF8')), ''))
                       FROM (VALUES %2\$s) AS c (name, value) WHERE c.value IS NOT NULL)))\$q\$, ledger, texts)
    USING multiple;
END \$\$;
SQL

my $sealing = have('soc2.seal(regclass)');
my $checkpoints = have('soc2.checkpoint(regclass)') && have('soc2.verify_ledger(regclass, text)');
my @ledgers = ('soc2.evidence', 'crash.events');
if (have('soc2.create_ledger(regclass, text[])'))
{
	$node->safe_psql('postgres', q{SELECT soc2.create_ledger('crash.events', '{amount}')});
}
else
{
	$node->safe_psql('postgres', <<'SQL');
ALTER TABLE crash.events ADD ledger_lane integer, ADD ledger_seq bigint, ADD ledger_prev soc2.digest,
    ADD ledger_hash soc2.digest, ADD ledger_salt bytea, ADD UNIQUE (ledger_lane, ledger_seq);
CREATE TRIGGER zz_chain BEFORE INSERT ON crash.events FOR EACH ROW EXECUTE FUNCTION soc2.ledger_chain('amount');
CREATE TRIGGER guard_row BEFORE UPDATE OR DELETE ON crash.events FOR EACH ROW EXECUTE FUNCTION soc2.ledger_guard();
CREATE TRIGGER guard_truncate BEFORE TRUNCATE ON crash.events FOR EACH STATEMENT EXECUTE FUNCTION soc2.ledger_guard();
ALTER TABLE crash.events ENABLE ALWAYS TRIGGER guard_row;
ALTER TABLE crash.events ENABLE ALWAYS TRIGGER guard_truncate;
SQL
}
$node->safe_psql('postgres', <<"SQL");
GRANT INSERT (note, at, amount) ON crash.events TO crash_collector;
INSERT INTO soc2.evidence (evidence_id, kind, subject) VALUES ('$known', 'known', 'known');
SQL

# ---- transactions --------------------------------------------------------

# Names for rows that a transaction writes: to be kept if it commits, or in no case
sub keep { my ($t) = @_; push @{ $t->{keep} }, "$t->{name}." . ++$t->{rows}; return $t->{keep}[-1] }
sub lose { my ($t) = @_; push @{ $t->{lose} }, "$t->{name}." . ++$t->{rows}; return $t->{lose}[-1] }

sub one_of { my (@list) = @_; return $list[ rand @list ] }

# Ways to write; each returns statements.
my %ways = (
	record => sub {
		my ($t) = @_;
		return sprintf <<'SQL', keep($t);
SELECT soc2.record_evidence('crash', '%s', '{"n": 0.10, "t": "ü"}', '{CC6.1}', 'AC-1', NULL, '[2024-01-01 00:00+05,)',
    '\x00ff', expires_at => 'infinity') IS NOT NULL;
SQL
	},
	many => sub {
		my ($t) = @_;
		my @subjects = map { keep($t) } 1 .. 1 + rand 8;
		return sprintf "INSERT INTO soc2.evidence (kind, subject, effective) SELECT 'crash', s, "
		  . "tstzrange(now(), NULL) FROM unnest('{%s}'::text[]) AS s;\n", join ',', @subjects;
	},
	event => sub {
		my ($t) = @_;
		return sprintf "INSERT INTO crash.events (note, amount) VALUES ('%s', 1.1), ('%s', '-0');\n", keep($t), keep($t);
	},
	conflict => sub {
		my ($t) = @_;
		return sprintf <<'SQL', $known, lose($t), keep($t), $known, lose($t);
INSERT INTO soc2.evidence (evidence_id, kind, subject)
VALUES ('%s', 'crash', '%s'), (gen_random_uuid(), 'crash', '%s'), ('%s', 'crash', '%s') ON CONFLICT DO NOTHING;
SQL
	},
	# the same key in all clients: whoever commits first has the row
	shared => sub {
		my ($t) = @_;
		my $name = "$t->{round}.shared." . int rand $transactions;
		$t->{shared}{$name} = 1;
		return "INSERT INTO soc2.evidence (evidence_id, kind, subject) "
		  . "VALUES (md5('$name')::uuid, 'crash', '$name') ON CONFLICT (evidence_id) DO NOTHING;\n";
	},
	merge => sub {
		my ($t) = @_;
		return sprintf <<'SQL', $known, lose($t), keep($t);
MERGE INTO soc2.evidence AS e USING (VALUES ('%s'::uuid, '%s'), (gen_random_uuid(), '%s')) AS v (id, subject)
ON e.evidence_id = v.id WHEN MATCHED THEN DO NOTHING
WHEN NOT MATCHED THEN INSERT (evidence_id, kind, subject) VALUES (v.id, 'crash', v.subject);
SQL
	},
	skipped => sub {
		my ($t) = @_;
		lose($t);
		$t->{lose}[-1] .= '.skip';
		return "INSERT INTO soc2.evidence (kind, subject) VALUES ('crash', '$t->{lose}[-1]');\n";
	},
	nested => sub {
		my ($t) = @_;
		keep($t);
		$t->{keep}[-1] .= '.nest';
		push @{ $t->{keep} }, $t->{keep}[-1] . 'ed';
		return "INSERT INTO soc2.evidence (kind, subject) VALUES ('crash', '$t->{keep}[-2]');\n";
	},
	savepoint => sub {
		my ($t) = @_;
		my $s = 's' . $t->{rows};    # or ROLLBACK TO could go back further than meant
		return sprintf <<'SQL', $s, lose($t), lose($t), $s, $s, keep($t), $s, lose($t), $s, $s, keep($t);
SAVEPOINT %sa;
INSERT INTO soc2.evidence (kind, subject) VALUES ('crash', '%s'), ('crash', '%s');
ROLLBACK TO %sa;
SAVEPOINT %sb;
INSERT INTO soc2.evidence (kind, subject, artifact) VALUES ('crash', '%s', '\xdead');
SAVEPOINT %sc;
INSERT INTO soc2.evidence (kind, subject) VALUES ('crash', '%s.boom');
ROLLBACK TO %sc;
RELEASE %sb;
INSERT INTO soc2.evidence (kind, subject) VALUES ('crash', '%s');
SQL
	},
	caught => sub {
		my ($t) = @_;
		return sprintf <<'SQL', lose($t), keep($t);
DO $$ BEGIN
    INSERT INTO soc2.evidence (kind, subject) VALUES ('crash', '%s'), ('crash', 'caught.boom');
EXCEPTION WHEN raise_exception THEN
    INSERT INTO soc2.evidence (kind, subject) VALUES ('crash', '%s');
END $$;
SQL
	});

# COPY: in a transaction that failed psql would take the data for statements.
sub copy
{
	my ($t) = @_;
	return sprintf <<'SQL', map { keep($t) } 1 .. 3;
COPY soc2.evidence (kind, subject, payload, recorded_at) FROM stdin (DELIMITER ',');
crash,%s,{"f": 1.50},2001-01-01
crash,%s,\N,2001-01-01
crash,%s,{},2001-01-01
\.
SQL
}

my @settings = (
	(map { "DateStyle = '$_'" } 'German, DMY', 'SQL, DMY', 'Postgres, MDY', 'ISO, YMD'),
	(map { "TimeZone = '$_'" } 'Asia/Kathmandu', 'America/St_Johns', 'UTC'),
	'IntervalStyle = iso_8601', 'extra_float_digits = -15', 'extra_float_digits = 3',
	'bytea_output = escape', "search_path = ''", 'search_path = soc2, pg_temp', 'quote_all_identifiers = on',
	'xmlbinary = hex', 'soc2.framework = outline', 'enable_indexscan = off', 'plan_cache_mode = force_generic_plan',
	'commit_delay = 500', 'jit = off');

# How a transaction ends, and how often of 20
my @ends = (('COMMIT') x 11, ('auto') x 3, ('ROLLBACK') x 3, ('COMMIT PREPARED') x 2, 'ROLLBACK PREPARED');

# The statements between BEGIN and the end
sub body
{
	my ($t) = @_;
	my $body = '';
	# not all are the collector's to do, so this one does one thing
	return "SET LOCAL ROLE crash_collector;\n" . $ways{ one_of(qw(record event shared)) }->($t)
	  if rand() < 0.15;
	$body .= "SET LOCAL lock_timeout = '20ms';\n" if rand() < 0.1;
	# first, and not if what came before it failed
	$body .= "\\if :ERROR\n\\else\n" . copy($t) . "\\endif\n" if rand() < 0.15;
	# two ledgers at a time are a deadlock now and then
	my @usual = grep { $_ ne 'event' } sort keys %ways;
	$body .= $ways{ rand() < 0.05 ? 'event' : one_of(@usual) }->($t) for 1 .. 1 + rand 3;
	return $body;
}

# A transaction and its part of the script
sub transaction
{
	my ($round, $client, $number, $end) = @_;
	my $t = { round => $round, name => "$round.$client.$number", end => $end // one_of(@ends),
		keep => [], lose => [], shared => {}, rows => 0 };
	my $script = "\\echo \@try $t->{name}\n";
	$script .= one_of('RESET ALL', map { "SET $_" } @settings) . ";\n" if rand() < 0.5;
	if ($t->{end} eq 'auto')
	{
		$script .= rand() < 0.3 ? copy($t) : $ways{ one_of(qw(record many event conflict merge nested caught)) }->($t);
	}
	else
	{
		$script .= 'BEGIN ISOLATION LEVEL ' . one_of('READ COMMITTED', 'REPEATABLE READ', 'SERIALIZABLE') . ";\n";
		$script .= "SELECT FROM crash.audit LIMIT 1;\n" if rand() < 0.5;    # takes the snapshot
		if ($t->{end} =~ /^(?:COMMIT|ROLLBACK)$/ && rand() < 0.1)
		{
			$t->{asynchronous} = 1;
			$script .= "SET LOCAL synchronous_commit = off;\n";
		}
		$script .= body($t);
		if ($t->{end} =~ /PREPARED/)
		{
			$script .= "PREPARE TRANSACTION '$t->{name}';\n";
			$script .= one_of('', "SELECT pg_sleep(0.03);\n") . "\\echo \@end\n$t->{end} '$t->{name}';\n"
			  if $t->{end} ne 'LEFT PREPARED';
		}
		else { $script .= "\\echo \@end\n$t->{end};\n" }
	}
	$t->{script} = $script . "\\echo \@done :ERROR\n";
	return $t;
}

# ---- clients -------------------------------------------------------------

# Run psql with a script in the background; its output goes to a file
sub client
{
	my ($name, $script) = @_;
	open my $file, '>', "$dir/$name.sql" or die "$name.sql: $!";
	print $file $script;
	close $file or die "$name.sql: $!";
	my $pid = fork // die "fork: $!";
	return $pid if $pid;
	open STDOUT, '>', "$dir/$name.out" or die "$name.out: $!";
	open STDERR, '>', "$dir/$name.err" or die "$name.err: $!";
	# as a client library of a program would have it, and POSIX::_exit, so that
	# nothing of this test ends in the child
	exec 'psql', '-X', '-A', '-t', '-d', $node->connstr('postgres'), '-f', "$dir/$name.sql"
	  or POSIX::_exit(1);
}

# The output of a client by transaction: name => lines
sub answers
{
	my ($name) = @_;
	my (%answers, $at);
	for (split /\n/, slurp_file("$dir/$name.out"))
	{
		if (/^\@try (\S+)$/) { $at = $answers{$1} = [] }
		elsif ($at) { push @$at, $_ }
	}
	return \%answers;
}

# Loops that run beside the writers. What a verifier prints is a problem.
sub loops
{
	my $verify = join '', map { "SELECT '$_', v FROM soc2.verify_ledger('$_') AS v;\n" } @ledgers;
	my $seal = !$sealing ? '' : $checkpoints ? <<'SQL' : "SELECT count(*) FROM soc2.seal();\n";
SELECT count(*) FROM soc2.seal();
SELECT '@checkpoint ' || encode(convert_to(soc2.checkpoint('soc2.evidence'), 'UTF8'), 'hex');
SQL
	my %loops = (
		verifier => $verify . "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT FROM crash.audit LIMIT 1;\n"
		  . "SELECT pg_sleep(0.05);\n${verify}COMMIT;\n",
		janitor => "VACUUM soc2.evidence, crash.events, crash.audit;\nSELECT pg_sleep(0.05);\nCHECKPOINT;\n");
	# a checkpoint must not be lost, whatever the sealer has set
	$loops{sealer} = "${seal}SET synchronous_commit = off;\nSELECT pg_sleep(0.01);\n" if $sealing;
	return map { $_ => $loops{$_} x (5 * $transactions) } keys %loops;
}

# ---- the crash -----------------------------------------------------------

# State and parent of a process; nothing if there is none
sub process
{
	my ($pid) = @_;
	open my $stat, '<', "/proc/$pid/stat" or return;
	my ($state, $parent) = (<$stat> // '') =~ /\) (\S) (\d+)/;
	return ($state, $parent);
}

# Kill the server: all processes, none of which gets to do anything
sub crash
{
	my ($postmaster) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
	kill STOP => $postmaster;    # so that it starts no more
	my @children = grep { ((process($_))[1] // 0) == $postmaster }
	  map { m{(\d+)$} } glob '/proc/[0-9]*';
	$node->kill9;
	kill KILL => @children;
	for my $pid ($postmaster, @children)
	{
		for (1 .. 500)
		{
			my ($state) = process($pid);
			last if !defined $state || $state eq 'Z';
			sleep 0.01;
		}
	}
	return scalar @children;
}

# Let clients write so many rows more, or to the end of their scripts
sub wait_for_rows
{
	my ($more, @pids) = @_;
	my $count = 'SELECT (SELECT count(*) FROM soc2.evidence) + (SELECT count(*) FROM crash.events)';
	my $goal = $node->safe_psql('postgres', $count) + $more;
	my $deadline = time + 180;
	my %running = map { $_ => 1 } @pids;
	while (%running && $node->safe_psql('postgres', $count) < $goal)
	{
		die 'writers do not get on' if time > $deadline;
		sleep 0.02;
		delete @running{ grep { waitpid($_, WNOHANG) } keys %running };
	}
	return;
}

# ---- what must be there --------------------------------------------------

# What became of a transaction: committed, gone, or either
sub fate
{
	my ($t, $answer, $resolved) = @_;
	return $resolved if defined $resolved;
	return 'gone' unless $answer;
	my ($done) = map { /^\@done (\S+)/ } @$answer;
	my $ended = grep { $_ eq '@end' } @$answer;
	my $prepared = grep { $_ eq 'PREPARE TRANSACTION' } @$answer;
	if ($t->{end} eq 'auto')
	{
		# psql calls a COPY that lost its connection no error
		return 'committed' if grep { /^(?:COPY|INSERT|MERGE|DO|t$)/ } @$answer;
		return ($done // '') eq 'true' ? 'gone' : 'either';
	}
	# prepared, and not there any more: its end has been reached
	return 'lost' if $prepared && !$ended;
	return $t->{end} eq 'COMMIT PREPARED' ? 'committed' : 'gone' if $prepared;
	return 'gone' if $t->{end} ne 'COMMIT' || !$ended;
	return 'either' if !defined $done;
	return 'gone' unless grep { $_ eq 'COMMIT' } @$answer;
	return $t->{asynchronous} ? 'either' : 'committed';
}

# Compare rows with what became of their transaction
sub misfits
{
	my ($t, $fate, $there) = @_;
	my @found = map { delete $there->{$_} // 0 } @{ $t->{keep} };
	my $wanted = $fate eq 'either' ? $found[0] // 0 : $fate eq 'committed' ? 1 : 0;
	my @misfits = map { "$_ should not be there" } grep { delete $there->{$_} } @{ $t->{lose} };
	push @misfits, "prepared transaction $t->{name} is lost" if $fate eq 'lost';
	for my $i (0 .. $#found)
	{
		push @misfits, "$t->{keep}[$i] is there $found[$i] times, its transaction is $fate"
		  if $found[$i] != $wanted || $found[$i] > 1;
	}
	return @misfits;
}

# Rows of a round by name: how many
sub rows_there
{
	my ($round) = @_;
	my %there;
	$there{$_}++ for split /\n/, $node->safe_psql('postgres', <<"SQL");
SELECT subject FROM soc2.evidence WHERE subject LIKE '$round.%'
UNION ALL SELECT note FROM crash.events WHERE note LIKE '$round.%'
SQL
	return \%there;
}

# End what the crash left prepared, half of it each way: name => fate
sub resolve
{
	my %resolved;
	for my $name (split /\n/, $node->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts ORDER BY gid'))
	{
		my $commit = keys(%resolved) % 2 == 0;
		$node->safe_psql('postgres', ($commit ? 'COMMIT' : 'ROLLBACK') . " PREPARED '$name'");
		$resolved{$name} = $commit ? 'committed' : 'gone';
	}
	return \%resolved;
}

# Are the rows those of the transactions that were acknowledged?
sub check_rows
{
	my ($round, $plan, $answers, $resolved) = @_;
	my $there = rows_there($round);
	my (%count, %shared, @misfits);
	for my $t (@$plan)
	{
		my $answer = $answers->{ $t->{name} };
		my $fate = fate($t, $answer, $resolved->{ $t->{name} });
		$count{$fate}++;
		push @misfits, misfits($t, $fate, $there);
		push @misfits, "$t->{name} was ended and is still prepared"
		  if $resolved->{ $t->{name} } && grep { /^(?:COMMIT|ROLLBACK) PREPARED$/ } @$answer;
		for my $name (keys %{ $t->{shared} })
		{
			$shared{$name} = 1 if $fate eq 'committed';
		}
	}
	push @misfits, map { "$_ is missing" } grep { !$there->{$_} } keys %shared;
	push @misfits, map { "$_ is there $there->{$_} times" }
	  grep { $there->{$_} > 1 || !/^$round\.shared\.\d+$/ } keys %$there;
	is(join("\n", sort @misfits), '', "round $round: rows are those that were acknowledged");
	cmp_ok($count{committed} // 0, '>', 0, "round $round: some were");
	note("round $round: ", join ', ', map { "$count{$_} $_" } sort keys %count);
	return;
}

# Is every ledger whole?
sub check_ledgers
{
	my ($when, $multiple) = @_;
	for my $ledger (@ledgers)
	{
		is($node->safe_psql('postgres', "SELECT * FROM soc2.verify_ledger('$ledger')"),
			'', "$when: verifying $ledger is silent");
		is( $node->safe_psql('postgres', <<"SQL"), '', "$when: lanes of $ledger have no gap");
SELECT ledger_lane FROM $ledger GROUP BY ledger_lane
HAVING (min(ledger_seq), max(ledger_seq), count(DISTINCT ledger_seq)) IS DISTINCT FROM (1::bigint, count(*), count(*))
    OR count(DISTINCT ledger_prev) <> count(*)
SQL
		is($node->safe_psql('postgres', "SELECT * FROM crash.wrong('$ledger', $multiple)"),
			'', "$when: hashes of $ledger are those of the format");
	}
	is( $node->safe_psql('postgres', <<'SQL'), 't', "$when: triggers of the owner saw the same rows");
SELECT (SELECT array_agg(subject ORDER BY subject COLLATE "C") FROM soc2.evidence)
     = (SELECT array_agg(subject ORDER BY subject COLLATE "C") FROM crash.audit)
SQL
	return;
}

# Are heap and indexes sound?
my $amcheck = $node->safe_psql('postgres', q{SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'})
  && system('pg_amcheck --version > /dev/null 2>&1') == 0;
$node->safe_psql('postgres', 'CREATE EXTENSION amcheck') if $amcheck;
note('skipped: there is no pg_amcheck') unless $amcheck;

sub check_pages
{
	my ($when) = @_;
	return unless $amcheck;
	$node->command_ok([ 'pg_amcheck', '--heapallindexed', '-s', 'soc2', '-s', 'crash', 'postgres' ],
		"$when: pg_amcheck finds nothing");
	return;
}

# Every checkpoint that was handed out still holds, and sealing goes on
sub check_seals
{
	my ($round) = @_;
	return unless $sealing;
	my @given = $checkpoints ? map { /^\@checkpoint (\S+)$/ } split /\n/, slurp_file("$dir/sealer.out") : ();
	my @broken = grep { $node->safe_psql('postgres', <<"SQL") ne '' } @given > 5 ? @given[0, 1, -3 .. -1] : @given;
SELECT * FROM soc2.verify_ledger('soc2.evidence', convert_from('\\x$_', 'UTF8'))
SQL
	is(scalar @broken, 0, "round $round: checkpoints hold, of " . @given);
	is( $node->safe_psql('postgres', <<'SQL'), '', "round $round: sealing goes on");
SELECT s.size, n.rows FROM soc2.seal('soc2.evidence') AS s, (SELECT count(*) AS rows FROM soc2.evidence) AS n
WHERE s.size <> n.rows
SQL
	return;
}

# ---- rounds --------------------------------------------------------------

my $halfway = 0;    # transactions that a crash met

# One crash amid the clients of a round
sub round
{
	my ($round) = @_;
	srand 20 * $round;
	my %plan = map { my $client = $_; "writer$client" => [ map { transaction($round, $client, $_) } 1 .. $transactions ] }
	  1 .. $clients;
	my $planned = 0;
	$planned += @{ $_->{keep} } for map { @$_ } values %plan;
	# every other time a transaction is left prepared, and its lane with it
	my $left = transaction($round, 'left', 1, 'LEFT PREPARED');
	$plan{left} = [$left];
	my %loops = loops();
	waitpid client('left', $round % 2 ? '' : $left->{script}), 0;
	my @writers = map { client($_, join '', map { $_->{script} } @{ $plan{$_} }) }
	  grep { $_ ne 'left' } sort keys %plan;
	my @others = map { client($_, $loops{$_}) } sort keys %loops;

	wait_for_rows(int((0.05 + rand 0.3) * $planned), @writers);
	my $killed = crash();
	waitpid $_, 0 for @writers, @others;
	is(start_after_crash($node), 1, "round $round: the server starts again");
	note("round $round: $killed processes killed");

	is($node->safe_psql('postgres', "SELECT * FROM soc2.verify_ledger('soc2.evidence')"),
		'', "round $round: nothing is wrong with transactions still prepared");
	my $resolved = resolve();
	my %answers = map { %{ answers($_) } } keys %plan;
	my $met = grep { !grep { /^\@done/ } @$_ } values %answers;
	note("round $round: the crash met $met halfway");
	$halfway += $met;
	check_rows($round, [ map { @$_ } values %plan ], \%answers, $resolved);
	is(join('', grep { /\|/ } split /^/, slurp_file("$dir/verifier.out")), '',
		"round $round: verifying raised no alarm meanwhile");
	# writers meet, and what follows a failed statement fails too; nothing else may
	my %errors;
	$errors{s/"[\w.]+"/.../r}++ for map { slurp_file("$dir/$_.err") =~ /ERROR:  (.*)/g } sort keys %plan;
	my @odd = grep {
		!/^(?:boom|deadlock detected|canceling statement due to lock timeout|current transaction is aborted)/
		  && !/^(?:could not serialize access|prepared transaction with identifier ... does not exist|savepoint ... does not exist)/
	} keys %errors;
	is(join("\n", sort @odd), '', "round $round: only errors that must be");
	note("round $round: $errors{$_} x $_") for sort keys %errors;
	check_ledgers("round $round", $round == $rounds ? 1 : 5);
	check_seals($round);
	check_pages("round $round");
	return;
}

round($_) for 1 .. $rounds;
cmp_ok($halfway, '>', 0, 'crashes met transactions halfway');
note('lanes: ', $node->safe_psql('postgres', 'SELECT count(DISTINCT ledger_lane), count(*) FROM soc2.evidence'));
$node->stop;
done_testing();
