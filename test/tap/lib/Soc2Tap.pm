# test/tap/lib/Soc2Tap.pm
#
# What the TAP scripts share.

package Soc2Tap;

use strict;
use warnings;

use Exporter qw(import);
use PostgreSQL::Test::Utils ();
use Test::More ();

our @EXPORT_OK = qw(dump_as_text dump_both_ways guards_down guards_up refused start_after_crash
  upgrade_server);

# Dump a database as text, and restore that into a new one
sub dump_as_text
{
	my ($node, $from, $to) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . '/dump.sql';
	$node->command_ok([ 'pg_dump', '-d', $node->connstr($from), '-f', $file ],
		"$from: a dump as text");
	$node->safe_psql('postgres', "CREATE DATABASE $to");
	$node->command_ok(
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr($to), '-f', $file ],
		"$to: restores without an error");
}

# Dump a database as text and in parallel, and restore into the new databases
# plain and parallel
sub dump_both_ways
{
	my ($node, $from) = @_;
	my $dir = PostgreSQL::Test::Utils::tempdir . '/parallel';
	dump_as_text($node, $from, 'plain');
	$node->command_ok([ 'pg_dump', '-d', $node->connstr($from), '-Fd', '-j2', '-f', $dir ],
		"$from: a parallel dump");
	$node->safe_psql('postgres', 'CREATE DATABASE parallel');
	$node->command_ok(
		[ 'pg_restore', '--exit-on-error', '-j2', '-d', $node->connstr('parallel'), $dir ],
		'parallel: restores without an error');
}

# SQL by which a superuser takes the guards of ledgers, or of our tables, down
sub guards_down
{
	my (@tables) = @_;
	return join '', "ALTER EVENT TRIGGER soc2_ddl_start DISABLE;\n",
	  map { "ALTER TABLE $_ DISABLE TRIGGER ALL;\n" } @tables;
}

# SQL that puts them back, so that nothing is missed
sub guards_up
{
	my (@tables) = @_;
	my @sql = ('ALTER EVENT TRIGGER soc2_ddl_start DISABLE');
	for my $table (@tables)
	{
		push @sql, "ALTER TABLE $table ENABLE TRIGGER ALL",
		  map { "ALTER TABLE $table ENABLE ALWAYS TRIGGER soc2_guard_$_" } qw(update delete truncate);
	}
	return join '', map { "$_;\n" } @sql, 'ALTER EVENT TRIGGER soc2_ddl_start ENABLE ALWAYS';
}

# SQL that must fail with this SQLSTATE
sub refused
{
	my ($node, $db, $sql, $state, $name) = @_;
	my ($ret, $out, $err) =
	  $node->psql($db, "\\set VERBOSITY verbose\n$sql", on_error_stop => 1);
	Test::More::ok($ret != 0 && $err =~ /ERROR:  \Q$state\E:/, $name)
	  or Test::More::diag("exit $ret, stdout: $out, stderr: $err");
}

# Start a server whose postmaster was killed; false if it does not start.  What
# is left of the old one stands in the way until its children have noticed.
sub start_after_crash
{
	my ($node) = @_;
	for (1 .. 100)
	{
		return 1 if $node->start(fail_ok => 1);
		select undef, undef, undef, 0.1;
		$node->stop('fast', fail_ok => 1);
	}
	return 0;
}

# Take a stopped server over into a new one by pg_upgrade, and start that
sub upgrade_server
{
	my ($old, $new) = @_;
	chomp(my $bindir = `pg_config --bindir`);
	my $dir = PostgreSQL::Test::Utils::tempdir;    # where it leaves scripts
	chdir $dir or die "$dir: $!";
	PostgreSQL::Test::Utils::command_ok(
		[ 'pg_upgrade', '-N', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bindir, '-B', $bindir,
		  '-s', $new->host, '-p', $old->port, '-P', $new->port ], 'pg_upgrade')
	  or Test::More::diag(map { PostgreSQL::Test::Utils::slurp_file($_) }
		  glob $new->data_dir . '/pg_upgrade_output.d/*/log/pg_upgrade_dump_*.log');
	$new->start;
	return;
}

1;
