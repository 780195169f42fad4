# test/tap/lib/Soc2Tap.pm
#
# What the TAP scripts share.

package Soc2Tap;

use strict;
use warnings;

use Exporter qw(import);
use Test::More ();

our @EXPORT_OK = qw(guards_down guards_up refused start_after_crash);

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

1;
