#!/usr/bin/perl
# make test: run the test suites in a stage (test/tools/stage.sh) and count.
#
#   SUITES="unit regress"   only these; default: all, in the order of @suites
#   ONLY=name               only files whose name contains it
#   ONLY_CHECKS=name        of test/checks, which tap runs, only this file
#   FUZZ_SECONDS=20         how long each fuzz target runs
#
# A case is a cmocka test, a fuzz target, a regress script, an isolation spec or
# a TAP assertion. The last line says "N passed, M failed". What cannot be
# built, ends early, is not run or is empty is a failure. The script starts
# itself a second time, inside the stage.
use strict;
use warnings;
use File::Basename qw(basename dirname);

$| = 1;
my @suites = qw(gates unit fuzz regress isolation tap);
my %run_suite = (
	gates => \&run_gates,
	unit => \&run_unit,
	fuzz => \&run_fuzz,
	regress => \&run_regress,
	isolation => \&run_isolation,
	tap => \&run_tap);

exit run_in_stage() unless $ENV{SOC2_STAGE};

# ---- inside the stage ----------------------------------------------------

my $logs = "$ENV{SOC2_STAGE}/logs";
my $only = $ENV{ONLY} // '';
my $jobs = 2;
my (%passed, %failed, $server);

main();

sub main
{
	my @wanted = split ' ', $ENV{SUITES} // '';
	@wanted = @suites unless @wanted;
	print 'soc2 on ', `"\$PG_CONFIG" --version`;
	my $built;
	for my $suite (@wanted)
	{
		my $code = $run_suite{$suite};
		if (!$code)
		{
			problem($suite, "there is no such suite; there are: @suites");
			next;
		}
		$built //= build() if $suite ne 'unit' && $suite ne 'fuzz';
		next if defined $built && !$built && $suite ne 'unit' && $suite ne 'fuzz';
		print "== $suite\n";
		my $start = time;
		$code->($suite);
		stop_server($suite);
		problem($suite, 'nothing ran') unless $passed{$suite} || $failed{$suite} || $only;
		printf "   %s: %d passed, %d failed, %d s\n", $suite, $passed{$suite} // 0,
		  $failed{$suite} // 0, time - $start;
	}
	my ($ok, $bad) = (0, 0);
	$ok += $_ for values %passed;
	$bad += $_ for values %failed;
	print "$ok passed, $bad failed\n";
	exit($bad || !$ok ? 1 : 0);
}

# Build with more warnings than a user has, all of them errors, and with the
# server's assertions; install into the stage's PostgreSQL.  Code for the JIT
# compiler, which no test looks at, would take longer than all the rest.
sub build
{
	my $copt = '-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare '
	  . '-Wno-missing-field-initializers -DUSE_ASSERT_CHECKING';
	return make('build', "COPT=$copt", 'with_llvm=no', "-j$jobs", 'all')
	  && make('build', 'with_llvm=no', 'install');
}

sub run_gates
{
	my ($suite) = @_;
	start_server($suite) or return;
	local $ENV{PGDATABASE} = 'soc2_gates';
	sh("$logs/gates-create.log",
		'createdb', 'soc2_gates')
	  && sh("$logs/gates-create.log",
		'psql', '-Xqc', 'CREATE EXTENSION soc2 CASCADE', '-v', 'ON_ERROR_STOP=1')
	  or problem($suite, 'CREATE EXTENSION soc2 failed', "$logs/gates-create.log");
	harness($suite, ['timeout', 600, $^X], 'test/gates/*.pl');
}

sub run_unit
{
	my ($suite) = @_;
	make($suite, "-j$jobs", 'unit-build') or return;
	local $ENV{CMOCKA_MESSAGE_OUTPUT} = 'TAP';
	for my $test (selected('build/unit', list('UNIT_TESTS')))
	{
		my $name = basename($test);
		my $log = "$logs/$name.log";
		my $exit_ok = sh($log, 'timeout', 300, $test);
		# One program may run several groups, each with a plan of its own.
		my ($planned, $ok, $bad, $skipped) = (0, 0, 0, 0);
		for (lines($log))
		{
			$planned += $1 if /^1\.\.(\d+)/;
			if (/^(?:not )?ok \d.*# SKIP/) { $skipped++ }    # cmocka 1.1 says "not ok"
			elsif (/^ok \d/) { $ok++ }
			elsif (/^not ok/) { $bad++ }
		}
		count($suite, $ok, $bad);
		print "   $name: $ok ok", $bad ? ", $bad not ok" : '', $skipped ? ", $skipped skipped" : '', "\n";
		if ($bad) { show($log) }
		elsif (!$exit_ok) { problem($suite, "$name failed", $log) }
		elsif (!$planned || $planned != $ok + $skipped)
		{
			problem($suite, "$name planned $planned tests and ran $ok", $log);
		}
	}
}

sub run_fuzz
{
	my ($suite) = @_;
	make($suite, "-j$jobs", 'fuzz-build') or return;
	my $seconds = $ENV{FUZZ_SECONDS} || 20;
	my %name_of;
	my $reap = sub {
		my $pid = wait;
		my $failed = $?;
		my $name = delete $name_of{$pid} or return;
		my $log = "$logs/$name.log";
		my ($runs) = join('', lines($log)) =~ /number_of_executed_units: (\d+)/;
		if ($failed || !$runs) { problem($suite, "$name failed", $log) }
		else { count($suite, 1, 0); print "   $name: $runs runs\n" }
	};
	for my $target (selected('build/fuzz', list('FUZZ_TESTS')))
	{
		my $name = basename($target);
		(my $stem = $name) =~ s/^fuzz_//;
		my $found = "$ENV{SOC2_STAGE}/tmp/$name";
		mkdir $found;
		my @corpus = grep { -d } map { "test/unit/fuzz/corpus/$_" } $stem, $name;
		$reap->() while keys %name_of >= $jobs;
		my $pid = fork // die "fork: $!";
		if (!$pid)
		{
			exec_logged("$logs/$name.log", 'timeout', $seconds + 120, $target,
				"-max_total_time=$seconds", '-print_final_stats=1', '-timeout=10',
				"-artifact_prefix=$logs/$name-", $found, @corpus);
		}
		$name_of{$pid} = $name;
	}
	$reap->() while keys %name_of;
}

sub run_regress
{
	my ($suite) = @_;
	my @names = map { split } list('REGRESS');
	my @files = map { basename($_, '.sql') } glob 'test/sql/*.sql';
	my @expected = map { basename($_, '.out') } glob 'expected/*.out';
	# Other tests need what the first one installs.
	@names = grep { $_ eq 'install' || /\Q$only\E/ } @names if $only;
	pg_regress($suite, 'REGRESS', \@names, \@files, \@expected, '.');
}

sub run_isolation
{
	my ($suite) = @_;
	my @names = map { split } list('ISOLATION');
	my @files = map { basename($_, '.spec') } glob 'test/isolation/specs/*.spec';
	my @expected = map { basename($_, '.out') } glob 'test/isolation/expected/*.out';
	@names = grep { /\Q$only\E/ } @names if $only;
	pg_regress($suite, 'ISOLATION', \@names, \@files, \@expected, 'output_iso');
}

sub run_tap
{
	my ($suite) = @_;
	chomp(my $pgxs = `"\$PG_CONFIG" --pgxs`);
	my $tree = dirname(dirname($pgxs));    # …/pgxs/src
	my $dir = "$ENV{SOC2_STAGE}/tmp/tap";
	mkdir $dir;
	# As "make installcheck" of PostgreSQL 15 and of later versions sets them.
	local $ENV{TESTDIR} = $dir;
	local $ENV{TESTDATADIR} = "$dir/tmp_check";
	local $ENV{TESTLOGDIR} = "$dir/tmp_check/log";
	local $ENV{PG_REGRESS} = "$tree/test/regress/pg_regress";
	local $ENV{top_builddir} = dirname($tree);
	local $ENV{PGPORT} = 65432;
	my $before = $failed{$suite} // 0;
	my $limit = 900 + 100 * ($ENV{SOC2_CRASH_ROUNDS} || 0);    # s, of one file
	harness($suite, ['timeout', $limit, $^X, '-I', "$tree/test/perl", '-I', '.'], 'test/tap/*.pl');
	sh('/dev/null', 'cp', '-R', "$dir/tmp_check/log", "$logs/tap")
	  if ($failed{$suite} // 0) > $before;
}

# ---- the ways to run cases -----------------------------------------------

# pg_regress and its isolation cousin, as "make installcheck" runs them.
sub pg_regress
{
	my ($suite, $variable, $names, $files, $expected, $output) = @_;
	my %other = (REGRESS => 'ISOLATION', ISOLATION => 'REGRESS');
	my %ran;
	start_server($suite) or return;
	my $log = "$logs/$suite.log";
	my $exit_ok = !@$names || sh($log, 'timeout', 1200, 'make', '-s', 'installcheck', 'REGRESS_PREP=',
		'TAP_TESTS=', "$other{$variable}=", "$variable=@$names");
	for (lines($log))
	{
		# PostgreSQL 15: "test name ... ok 12 ms"; later: "ok 1 - name 12 ms"
		my ($name, $ok) =
		    /^(?:test)?\s+(\S+)\s+\.\.\.\s+(ok|FAILED)/ ? ($1, $2 eq 'ok')
		  : /^(not )?ok\s+\d+\s+[-+]\s+(\S+)/ ? ($2, !$1)
		  : next;
		$ran{$name} = 1;
		count($suite, $ok ? (1, 0) : (0, 1));
		print "   $name: ", $ok ? 'ok' : 'FAILED', "\n";
	}
	my $bad = $failed{$suite};
	problem($suite, 'the run failed', $log) if !$exit_ok && !$bad;
	if ($bad)
	{
		show("$output/regression.diffs");
		sh('/dev/null', 'cp', '-R', "$output/results", "$logs/$suite-results");
	}
	if (!$only)
	{
		$ran{$_} or problem($suite, "$_ is listed and was not run") for @$names;
		my %listed = map { $_ => 1 } @$names;
		$listed{$_} or problem($suite, "$_ has a file and is not run") for @$files;
		$listed{$_} or problem($suite, "$_.out belongs to no test") for @$expected;
	}
}

# TAP scripts; $command is what runs one of them.
sub harness
{
	my ($suite, $command, $pattern) = @_;
	my @files = selected('', glob $pattern) or return;
	require TAP::Harness;
	my $harness = TAP::Harness->new(
		{ exec => $command, jobs => $jobs, verbosity => -1, merge => 0 });
	my $all = $harness->runtests(@files);
	for my $file ($all->descriptions)
	{
		my ($result) = $all->parsers($file);
		my $skipped = () = $result->skipped;
		my $ok = () = $result->passed;
		my $bad = () = $result->failed;
		# died, or planned another number than it ran
		$bad = 1 if !$bad && $result->has_problems;
		count($suite, $ok - $skipped, $bad);
		print "   $file skipped everything: ", $result->skip_all, "\n" if $result->skip_all;
	}
}

# ---- a server per suite --------------------------------------------------

sub start_server
{
	my ($suite) = @_;
	if (!sh("$logs/$suite-start.log", 'sh', 'test/tools/server.sh', 'start', $suite,
		'test/tools/server.conf'))
	{
		problem($suite, 'the server does not start', "$logs/$suite-start.log");
		return 0;
	}
	$server = $suite;
	@ENV{qw(PGHOST PGPORT PGUSER)} = ("$ENV{SOC2_STAGE}/s", 5432, 'postgres');
	return 1;
}

sub stop_server
{
	my ($suite) = @_;
	return unless defined $server;
	sh("$logs/$suite-stop.log", 'sh', 'test/tools/server.sh', 'stop', $server)
	  or problem($suite, 'the server does not stop', "$logs/$suite-stop.log");
	undef $server;
	delete @ENV{qw(PGHOST PGPORT PGUSER)};
	my $log = "$logs/server-$suite.log";
	problem($suite, 'the server crashed', $log)
	  if grep { /TRAP:|PANIC:|terminated by signal/ } lines($log);
}

# ---- small things --------------------------------------------------------

sub count
{
	my ($suite, $ok, $bad) = @_;
	$passed{$suite} += $ok;
	$failed{$suite} += $bad;
}

# A failure that is not one of a case.
sub problem
{
	my ($suite, $message, $log) = @_;
	count($suite, 0, 1);
	print "   FAILED: $message\n";
	show($log) if $log;
}

sub show
{
	my ($log) = @_;
	my @lines = lines($log);
	my @shown = @lines > 150 ? (@lines[0 .. 99], "[...]\n", @lines[-50 .. -1]) : @lines;
	print map { "   | $_" } @shown;
	system 'cp', $log, $logs if dirname($log) ne $logs;
}

sub lines
{
	my ($file) = @_;
	open my $handle, '<', $file or return ();
	my @lines = <$handle>;
	$lines[-1] .= "\n" if @lines && $lines[-1] !~ /\n\z/;
	return @lines;
}

# The words of a make variable.
sub list
{
	my ($variable) = @_;
	return split ' ', `make -s list-$variable`;
}

sub selected
{
	my ($dir, @files) = @_;
	return grep { basename($_) =~ /\Q$only\E/ } @files;
}

sub make
{
	my ($what, @arguments) = @_;
	my $log = "$logs/make-$what.log";
	sh($log, 'make', '-s', @arguments) and return 1;
	problem($what, "make $arguments[-1] failed", $log);
	return 0;
}

sub sh
{
	my ($log, @command) = @_;
	my $pid = fork // die "fork: $!";
	exec_logged($log, @command) unless $pid;
	waitpid $pid, 0;
	return $? == 0;
}

sub exec_logged
{
	my ($log, @command) = @_;
	open STDOUT, '>>', $log or die "$log: $!";
	open STDERR, '>&', \*STDOUT or die "dup: $!";
	exec @command or die "$command[0]: $!";
}

# ---- outside the stage ---------------------------------------------------

# The count is held back, to be the very last line.
sub run_in_stage
{
	my $test = dirname($0);
	my $last;
	if (system('sh', "$test/deps.sh", 'test') == 0)
	{
		my $pid = open my $output, '-|', 'sh', "$test/tools/stage.sh", 'perl', 'test/run.pl'
		  or die "stage.sh: $!";
		local $SIG{INT} = local $SIG{TERM} = sub { kill TERM => $pid };
		while (<$output>)
		{
			if (/^\d+ passed, \d+ failed$/) { $last = $_ }
			else { print }
		}
		close $output;
	}
	else { $? = 1 }
	my $failed = $?;
	print $last // "0 passed, 1 failed\n";
	return $failed || !$last ? 1 : 0;
}
