# Changes of settings and roles, whoever made them and from wherever: by ALTER SYSTEM
# and by an editor, before and after a restart, from another database, while nobody
# looked; and what belongs to no approved change becomes a finding.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $node = PostgreSQL::Test::Cluster->new('change');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "soc2.max_lanes = 1\nwork_mem = 4MB\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE requester LOGIN IN ROLE soc2_admin;
CREATE ROLE approver LOGIN IN ROLE soc2_admin;
CREATE ROLE observer LOGIN IN ROLE soc2_collector;
CREATE DATABASE elsewhere;
SQL

# As a role: what it says
sub as
{
	my ($role, $sql, $database) = @_;
	return $node->safe_psql($database // 'postgres', $sql, extra_params => [ '-U', $role ]);
}

# Let the server read its files again, and wait until it has
sub reload
{
	my $before = $node->safe_psql('postgres', 'SELECT pg_conf_load_time()');
	$node->reload;
	for (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		return if $node->safe_psql('postgres', 'SELECT pg_conf_load_time()') ne $before;
		usleep(100_000);
	}
	die 'the server did not reload';
}

# What was seen to differ, since a row count
my $seen = 0;
sub differences
{
	as('observer', 'SELECT soc2.observe_settings(), soc2.observe_roles()');
	my @rows = split /\n/, $node->safe_psql('postgres', <<"SQL");
SELECT concat_ws(' ', source, action, object, state, regexp_replace(reason, '[0-9a-f-]{36}', 'ID')) FROM soc2.change_log
WHERE source <> 'ddl' ORDER BY captured_at, source, object OFFSET $seen
SQL
	$seen += @rows;
	return join "\n", @rows;
}

sub in_file
{
	my ($name) = @_;
	return $node->safe_psql('postgres', "SELECT regexp_replace(detail, '^.*/', '') FROM soc2.observed_changes"
		  . " WHERE kind = 'file' AND name = '$name' ORDER BY recorded_at DESC LIMIT 1");
}

is(differences(), '', 'nothing differs from what is seen for the first time');

# a change that is asked for and approved
as('requester', q{SELECT soc2.record_change('CHG-1', 'memory', '{setting:work_mem,setting:max_connections,"role app*","membership app* in *"}')});
as('approver', q{SELECT soc2.approve_change('CHG-1')});
$node->safe_psql('postgres', q{ALTER SYSTEM SET work_mem = '5MB'});
reload();
is(differences(), join("\n", 'file changed setting:work_mem covered change CHG-1', 'setting changed setting:work_mem follows effect of file ID'),
	'ALTER SYSTEM: the line is judged, the running value follows it');
like(in_file('work_mem'), qr/^postgresql\.auto\.conf:\d+$/, 'with file and line');

# by an editor; a value of a secret is not kept
$node->append_conf('postgresql.conf', "maintenance_work_mem = '77MB'\narchive_command = 'scp secret-1'\n");
is(differences(), join("\n", 'file added setting:archive_command unmatched no change names it',
		'file added setting:maintenance_work_mem unmatched no change names it'),
	'lines that were written by hand are seen before the server reads them');
reload();
is(differences(), join("\n", 'setting changed setting:archive_command follows effect of file ID',
		'setting changed setting:maintenance_work_mem follows effect of file ID'),
	'and once it has read them');
is( $node->safe_psql('postgres', "SELECT count(*) FROM soc2.observed_changes AS o WHERE o::text ~ 'secret-1'"), '0', 'no command is stored');

# what waits for a restart
$node->safe_psql('postgres', 'ALTER SYSTEM SET max_connections = 55');
reload();
is(differences(), 'file changed setting:max_connections covered change CHG-1', 'a line that waits for a restart');
like(in_file('max_connections'), qr/^postgresql\.auto\.conf:\d+, waits for a restart$/, 'says so');
as('requester', q{SELECT soc2.step_change('CHG-1', 'implemented')});
$node->restart;
is(differences(), 'setting changed setting:max_connections follows effect of file ID', 'after the restart it follows the line, though the change is over');
$node->safe_psql('postgres', 'ALTER SYSTEM RESET max_connections');
is(differences(), 'file changed setting:max_connections unmatched change CHG-1 was not in force then', 'taking it back is a change, too');

# a setting of the command line has no line
$node->safe_psql('postgres', 'ALTER SYSTEM SET max_connections = 55');
differences();
$node->stop;
system_or_bail('pg_ctl', 'start', '-w', '-s', '-D', $node->data_dir, '-l', $node->logfile, '-o', '--cluster-name=change --commit_delay=7');
$node->_update_pid(1);
is(differences(), 'setting changed setting:commit_delay unmatched no change names it', 'a setting of the command line is seen');
$node->stop;
$node->start;
is(differences(), 'setting changed setting:commit_delay unmatched no change names it', 'and that it is gone');

# roles, from a database without the extension
$node->safe_psql('elsewhere', <<'SQL');
CREATE ROLE "Odd ""R""" LOGIN PASSWORD 'secret-2';
GRANT pg_read_all_data TO "Odd ""R""";
ALTER ROLE "Odd ""R""" IN DATABASE elsewhere SET work_mem = '1GB';
GRANT CREATE ON DATABASE elsewhere TO "Odd ""R""";
CREATE DATABASE other TEMPLATE template0;
SQL
is(differences(), join("\n", 'role setting added setting:work_mem of role "Odd ""R""" in database elsewhere unmatched no change names it',
		'database added database other unmatched no change names it',
		'grant added grant database elsewhere to "Odd ""R""" unmatched no change names it',
		'grant added grant database other to PUBLIC unmatched no change names it',
		'membership added membership "Odd ""R""" in pg_read_all_data unmatched no change names it',
		'role added role "Odd ""R""" unmatched no change names it'),
	'changes from another database are seen');
$node->safe_psql('elsewhere', q{ALTER ROLE "Odd ""R""" PASSWORD 'secret-2'});
is(differences(), 'role changed role "Odd ""R""" unmatched no change names it', 'the same password again has another verifier');
is( $node->safe_psql('postgres', "SELECT count(*) FROM soc2.observed_changes AS o WHERE o::text ~ 'secret-2|SCRAM|\$4096'"), '0', 'no verifier is stored');

# where DDL is recorded, the command says who did it
as('requester', q{SELECT soc2.record_change('CHG-2', 'a user of the application', '{"role app*","membership app* in *","setting:work_mem of role app*",setting:log_statement}')});
as('approver', q{SELECT soc2.approve_change('CHG-2')});
$node->safe_psql('postgres', <<'SQL');
SELECT soc2.start_ddl_capture();
SET soc2.change = 'CHG-2';
CREATE ROLE app1 PASSWORD 'secret-3';
GRANT pg_monitor TO app1;
ALTER ROLE app1 SET work_mem = '6MB';
ALTER SYSTEM SET Log_Statement = 'ddl';
ALTER SYSTEM SET archive_command = 'secret-4';
RESET soc2.change;
CREATE ROLE intruder SUPERUSER;
CREATE DATABASE made TEMPLATE template0;
ALTER DATABASE made SET work_mem = '6MB';
DROP DATABASE made;
SQL
reload();
is(differences(), join("\n", 'file changed setting:archive_command follows effect of ddl ID', 'file changed setting:log_statement follows effect of ddl ID',
		'role setting added setting:work_mem of role app1 follows effect of ddl ID', 'setting changed setting:archive_command follows effect of file ID',
		'setting changed setting:log_statement follows effect of file ID', 'membership added membership app1 in pg_monitor follows effect of ddl ID',
		'role added role app1 follows effect of ddl ID', 'role added role intruder follows effect of ddl ID'),
	'what commands did follows them');
is( $node->safe_psql('postgres', "SELECT action || ' ' || object || ' ' || state || ' ' || reason FROM soc2.change_log WHERE source = 'ddl' ORDER BY captured_at"),
	join("\n", 'CREATE ROLE role app1 covered change CHG-2', 'GRANT ROLE membership app1 in pg_monitor covered change CHG-2',
		'ALTER ROLE setting:work_mem of role app1 covered change CHG-2', 'ALTER SYSTEM setting:log_statement covered change CHG-2',
		'ALTER SYSTEM setting:archive_command unmatched change CHG-2 does not name it', 'CREATE ROLE role intruder unmatched no change names it',
		'CREATE DATABASE database made unmatched no change names it', 'ALTER DATABASE setting:work_mem of database made unmatched no change names it',
		'DROP DATABASE database made unmatched no change names it'),
	'and each command is judged by its change');
is( $node->safe_psql('postgres', "SELECT count(*) FROM soc2.ddl_log AS l WHERE l::text ~ 'secret-'"), '0', 'no secret is in a text');
# a session in which the library was not loaded before
$node->safe_psql('postgres', 'ALTER ROLE intruder NOSUPERUSER');
is(differences(), 'role changed role intruder unmatched no change names it', 'what a session without the library did is seen');

# findings
my $open = q{SELECT count(*) FROM soc2.finding_status WHERE state = 'open' AND check_id = };
$node->safe_psql('postgres', "SELECT soc2.assess('chg.ddl_ledger'), soc2.assess('chg.observed_changes')");
is( $node->safe_psql('postgres', "$open 'chg.ddl_ledger'"), '5', 'unmatched commands are findings');
is( $node->safe_psql('postgres', "$open 'chg.observed_changes'"),
	$node->safe_psql('postgres', "SELECT count(*) FROM soc2.unmatched_changes WHERE source <> 'ddl'"), 'and unmatched differences');

# an emergency: accepted until its approval is due, found from then on
as('requester', q{SELECT soc2.record_change('CHG-3', 'the disk was full', '{"table public.big"}', kind => 'emergency', approve_within => '3 seconds')});
$node->safe_psql('postgres', 'CREATE TABLE big (a integer)');
my $big = q{SELECT state FROM soc2.change_log WHERE object = 'table public.big'};
is( $node->safe_psql('postgres', $big), 'provisional', 'an emergency covers what was done before it was approved');
$node->safe_psql('postgres', "SELECT pg_sleep_until(approval_due) FROM soc2.changes WHERE change_id = 'CHG-3'");
is( $node->safe_psql('postgres', $big), 'unmatched', 'until the approval is overdue');
as('approver', q{SELECT soc2.approve_change('CHG-3')});
is( $node->safe_psql('postgres', $big), 'unmatched', 'a late approval does not mend that');
$node->safe_psql('postgres', "SELECT soc2.assess('chg.ddl_ledger'), soc2.assess('chg.register')");
is( $node->safe_psql('postgres', "$open 'chg.ddl_ledger'"), '6', 'it is a finding');
is( $node->safe_psql('postgres', "SELECT reason FROM soc2.check_results WHERE check_id = 'chg.register' AND resource = 'CHG-3'")
	  =~ /approved too late/ ? 1 : 0, 1, 'and one of the register');

# running what is due observes too, if that was not done within the hour, and whatever comes of it
my $looks = q{SELECT count(*) FROM soc2.observed_changes WHERE action IN ('begun', 'observed')};
my $before = $node->safe_psql('postgres', $looks);
$node->safe_psql('postgres', 'CALL soc2.run_due()');
is($node->safe_psql('postgres', $looks), $before, 'nothing is observed twice within the hour');
$node->safe_psql('postgres', 'CREATE DATABASE due');
$node->safe_psql('due', 'CREATE EXTENSION soc2 CASCADE; CALL soc2.run_due()');
is($node->safe_psql('due', $looks), '2', 'what is due is observed by itself');
is( $node->safe_psql('due', q{SELECT outcome FROM soc2.check_status WHERE check_id = 'chg.observed'}), 'pass', 'before the checks');
$node->safe_psql('postgres', 'CREATE DATABASE broken');
my ($rc, $stdout, $stderr) = $node->psql('broken', 'CREATE EXTENSION soc2 CASCADE;'
	  . q{ALTER TABLE soc2.observed_state ADD CHECK (kind <> 'role'); CALL soc2.run_due()});
is($rc, 0, 'what cannot be observed does not keep checks from running');
like($stderr, qr/WARNING:  settings and roles were not observed\nDETAIL:  The error was: new row for relation "observed_state" violates/, 'and says so');

# two observers at the same time: the second waits for the first, and finds nothing new
differences();
$node->safe_psql('postgres', 'CREATE ROLE twice');
my @observers = map {
	my ($out, $err) = ('', '');
	my $handle = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), map { ('-c', $_) } @$_ ], '>', \$out, '2>', \$err);
	$node->poll_query_until('postgres', q{SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'}) or die;
	{ handle => $handle, out => \$out }
} [ 'BEGIN', 'SELECT soc2.observe_roles()', 'SELECT pg_sleep(2)', 'COMMIT' ], ['SELECT soc2.observe_roles()'];
$_->{handle}->finish for @observers;
is(join(' ', map { ${ $_->{out} } =~ s/\s//gr } @observers), '1 0', 'of two observers one records a difference');
$seen++;

# what comes and goes with a role: its memberships, its settings, what it was granted
as('requester', q{SELECT soc2.record_change('CHG-4', 'users of the application', '{"role new*"}')});
as('approver', q{SELECT soc2.approve_change('CHG-4')});
$node->safe_psql('postgres', <<'SQL');
SELECT soc2.login_role();
SET soc2.change = 'CHG-4';
CREATE ROLE new1 IN ROLE pg_monitor ROLE requester;
CREATE ROLE new2;
SQL
is( $node->safe_psql('postgres', "SELECT action || ' ' || object || ' ' || state || ' ' || reason FROM soc2.change_log WHERE object LIKE 'role new%' AND source = 'ddl' ORDER BY captured_at"),
	"CREATE ROLE role new1 unmatched change CHG-4 does not name it\nCREATE ROLE role new2 covered change CHG-4", 'who is asked for as a role is not asked for as a member');
my $effects = join "\n", map { "$_ follows effect of ddl ID" } 'membership added membership new1 in pg_monitor',
  'membership added membership requester in new1', 'role added role new1', 'role added role new2';
is(differences(), $effects, 'memberships follow the command that makes the role');
$node->safe_psql('postgres', "ALTER ROLE new1 SET work_mem = '6MB'; ALTER ROLE new2 IN DATABASE elsewhere SET work_mem = '6MB'; GRANT USAGE ON SCHEMA soc2 TO new2");
differences();
$node->safe_psql('postgres', "SELECT soc2.login_role(); SET soc2.change = 'CHG-4'; DROP OWNED BY new2; DROP ROLE new1, new2");
$effects = join "\n", map { "$_ follows effect of ddl ID" } 'role setting removed setting:work_mem of role new1', 'role setting removed setting:work_mem of role new2 in database elsewhere',
  'grant removed grant schema soc2 to new2', 'membership removed membership new1 in pg_monitor', 'membership removed membership requester in new1', 'role removed role new1',
  'role removed role new2';
is(differences(), $effects, 'and all that goes with it the one that drops it');

# many differences and many commands: not each with each, which took a minute
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA many;
DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE TABLE many.t%s ()', i); EXECUTE format('GRANT SELECT ON many.t%s TO observer', i); END LOOP; END $$;
SQL
is(as('observer', q{SET statement_timeout = '20s'; SELECT soc2.observe_roles()}), '1000', 'a thousand grants are seen');
like(differences(), qr/^(?:grant added grant relation many\.t\d+ to observer follows effect of ddl ID\n?){1000}$/, 'each follows its command');

# a dump and a restore: what was seen stays seen, in the same cluster
$node->command_ok([ 'pg_dump', '-Fc', '-f', $node->basedir . '/dump', $node->connstr('postgres') ], 'dumped');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $node->basedir . '/dump' ], 'restored');
my $log = q{SELECT md5(string_agg(l::text, '|' ORDER BY l.captured_at, l.captured_id)) FROM soc2.change_log AS l};
is($node->safe_psql('restored', $log), $node->safe_psql('postgres', $log), 'all is judged as before');
is( $node->safe_psql('restored', q{SELECT count(*) FROM soc2.verify_ledger('soc2.observed_changes')}), '0', 'the ledger verifies');
is( $node->safe_psql('restored', q{SELECT state, due_at IS NOT NULL FROM soc2.changes WHERE change_id = 'CHG-1'}), 'implemented|t', 'changes are where they were');
is( as('approver', q{SELECT soc2.step_change('CHG-1', 'closed')}, 'restored'), '', 'and go on from there');

$node->stop;
done_testing();
