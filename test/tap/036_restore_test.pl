# Backups, and tests that restore them.  Proves that soc2-backup makes a backup of which
# it is known what it must hold, while others write; that soc2-restore-test finds all of
# it in a server of its own, leaves neither that nor a change of the backup behind, and
# tells recovery time and recovery point; that a backup with a changed byte, in a table, a
# ledger or the manifest, without a part of its log or a table's rows fails, and is
# recorded so; and that runs that fail are recorded.
use strict;
use warnings;
use File::Glob qw(bsd_glob);
use File::Path qw(remove_tree);
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

chomp(my $bindir = `pg_config --bindir`);
my $node = PostgreSQL::Test::Cluster->new('source');
# changes that page checksums would find are to be found without them
my $no_checksums = `$bindir/initdb --help` =~ /(--no-data-checksums)/ ? [$1] : [];
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C', @$no_checksums ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_prepared_transactions = 7\n");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir_short . "/it's here";
mkdir $dir or die $!;
my $space = PostgreSQL::Test::Utils::tempdir_short . '/space=1';
mkdir $_ or die $! for "$dir/tmp", $space;
my $db = $node->connstr('shop');
$ENV{TMPDIR} = "$dir/tmp";

# Run a script: status, and what it wrote
sub script
{
	my ($name, @arguments) = @_;
	my $out = '';
	IPC::Run::run([ 'timeout', 180, "$bindir/$name", @arguments, '-d', $db ], '<', '/dev/null', '>', \$out, '2>&1');
	return ($? >> 8, $out);
}

sub answer
{
	my ($sql) = @_;
	return $node->safe_psql('shop', "SET search_path = soc2, public; $sql");
}

# A test of a backup that must end like this
sub test_ends
{
	my ($name, $wanted, $says, @arguments) = @_;
	my $before = answer('SELECT count(*) FROM restore_tests');
	my ($status, $out) = script('soc2-restore-test', @arguments);
	is($status, $wanted, "$name: status") or diag($out);
	like($out, $says, "$name: what is said");
	my $newest = answer('SELECT passed, detail FROM restore_tests ORDER BY tested_at DESC, recorded_by DESC LIMIT 1');
	if ($wanted < 2)
	{
		is(answer('SELECT count(*) FROM restore_tests') - $before, 1, "$name: it is recorded");
		is(answer(q{SELECT passed FROM backup_tests WHERE method = 'restore' ORDER BY recorded_at DESC LIMIT 1}), $wanted ? 'f' : 't',
			"$name: with this result");
		like(answer(q{SELECT detail FROM backup_tests WHERE method = 'restore' ORDER BY recorded_at DESC LIMIT 1}), $says,
			"$name: and the reason");
	}
	else { is(answer('SELECT count(*) FROM restore_tests'), $before, "$name: nothing is recorded") }
	is(join(' ', bsd_glob("$dir/tmp/*")), '', "$name: nothing is left behind");
	return;
}

# Change a text in a file to another one, of the same length, where it stands first
sub change_text
{
	my ($file, $old, $new) = @_;
	open my $handle, '+<:raw', $file or die "$file: $!";
	my $all = do { local $/; <$handle> };
	my $at = index $all, $old;
	ok($at >= 0, "\"$old\" is in the file");
	seek $handle, $at, 0;
	print $handle $new;
	close $handle or die "$file: $!";
	return;
}

# A copy of the good backup, to be damaged
sub copy
{
	remove_tree("$dir/copy");
	system_or_bail('cp', '-R', '-P', "$dir/backups/good", "$dir/copy");
	return;
}

# ---- a database, with writers -------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('postgres', "CREATE TABLESPACE beside LOCATION '$space'");
$node->safe_psql('shop', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE backup SUPERUSER LOGIN;
CREATE TABLE account (id integer PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO account SELECT n, 0 FROM generate_series(1, 5000) AS n;
CREATE TABLE "Odd, 'T'" (id integer, note text) TABLESPACE beside;
INSERT INTO "Odd, 'T'" SELECT n, repeat('note ' || n, 50) FROM generate_series(1, 200) AS n;
CREATE TABLE busy (id integer, at timestamptz) TABLESPACE beside;
INSERT INTO busy SELECT n FROM generate_series(1, 500) AS n;
SELECT count(soc2.record_evidence('note', 'subject ' || n)) FROM generate_series(1, 50) AS n;
SQL
open my $file, '>', "$dir/write.sql" or die $!;
print $file "\\set id random(1, 5000)\nUPDATE account SET balance = balance + :id WHERE id = :id;\n"
  . "INSERT INTO account SELECT max(id) + 1, 0 FROM account ON CONFLICT DO NOTHING;\n"
  . "UPDATE busy SET at = clock_timestamp() WHERE id = :id % 500 + 1;\n";
close $file;
my $writers = IPC::Run::start([ 'pgbench', '-n', '-c', '2', '-T', '300', '-f', "$dir/write.sql", $db ], '>', '/dev/null', '2>', "$dir/bench.err");
my ($status, $out) = script('soc2-backup', '-l', 'good', '-t', 'account', '-t', q{"Odd, 'T'"}, "$dir/backups");
is($status, 0, 'a backup is made') or diag($out);
$writers->signal('INT');
$writers->finish;
like($out, qr/3 tables and ledgers to compare$/, 'and it is known what it must hold');
is(answer(q{SELECT succeeded, tool, wal_start < wal_end, bytes > 1000000, restore_point, restore_point_at > started_at, recorded_by = session_user FROM backup_runs}),
	't|soc2-backup|t|t|good|t|t', 'the run is recorded');
is(answer(q{SELECT b.label, t.method, t.passed FROM backups AS b JOIN backup_tests AS t USING (backup_id)}), 'good|verify|t',
	'and the backup, and that it was verified');
isnt(answer(q{SELECT d.digest = c.digest FROM backup_contents AS c, table_digest('account') AS d WHERE c.relation = 'public.account'}), 't',
	'there were writers');
is(answer(q{SELECT assess.outcome FROM assess('av.backup_fresh', record => false)}), 'pass', 'the backup is fresh');
is(answer('SELECT count(*) FROM pg_replication_slots'), '0', 'no slot is left');

# ---- a test that passes -------------------------------------------------------

answer(q{DELETE FROM account WHERE id % 2 = 0; INSERT INTO "Odd, 'T'" VALUES (0, 'later'); SELECT record_evidence('note', 'later')});
test_ends('good', 0, qr/3 tables and ledgers are as they were at the restore point good/, "$dir/backups/good");
is(answer(q{SELECT rto BETWEEN '0.01 seconds' AND '5 minutes', restored_to = restore_point_at, rpo BETWEEN '0' AND '1 hour'
	FROM restore_tests AS t JOIN backup_runs AS r USING (label)}), 't|t|t', 'recovery time and point are told');
is(answer(q{SELECT assess.outcome FROM assess('av.restore_test', record => false)}), 'pass', 'and are what the check asks for');
test_ends('everything', 0, qr/are as they were/, '-a', "$dir/backups/good");
# the last segment that base has may end where the backup did
copy();
my ($last) = reverse bsd_glob("$dir/copy/base/pg_wal/0*");
my ($end) = slurp_file("$dir/copy/base/backup_manifest") =~ m{"End-LSN": "[0-9A-F]+/([0-9A-F]+)"};
$end = hex($end) % (16 * 1024 * 1024);
truncate $last, $end or die $!;
truncate $last, 16 * 1024 * 1024 or die $!;
test_ends('end of the log in base', 0, qr/are as they were/, '-l', 'good', "$dir/copy");
$node->command_ok([ 'pg_verifybackup', '-q', "$dir/backups/good/base" ], 'the backup is as it was');

# ---- and tests that fail ------------------------------------------------------

my $account = answer(q{SELECT pg_relation_filepath('account')});
my $evidence = answer(q{SELECT pg_relation_filepath('evidence')});
my $odd = answer(q{SELECT pg_relation_filepath('"Odd, ''T''"')});
my ($tablespace) = bsd_glob("$dir/backups/good/tablespaces/1");
(my $inside = $odd) =~ s{^pg_tblspc/\d+/}{};
my $original = slurp_file("$tablespace/$inside");
change_text("$tablespace/$inside", 'note 77', 'XXXX 77');
test_ends('changed byte', 1, qr/failed; pg_verifybackup: .*checksum mismatch for file|^pg_verifybackup: .*checksum mismatch for file/, "$dir/backups/good");
test_ends('changed byte, not verified', 1, qr/comparison: 1 of 4 are not as they were public\."Odd, 'T'": 200 rows, 200 expected; digest/, '-n', "$dir/backups/good");
change_text("$tablespace/$inside", 'XXXX 77', 'note 77');
is(slurp_file("$tablespace/$inside"), $original, 'the backup is as it was');
copy();
change_text("$dir/copy/base/$evidence", 'subject 17', 'subject 71');
test_ends('changed ledger', 1, qr/comparison: 2 of 4 .*soc2\.evidence: content \d/, '-n', '-l', 'good', "$dir/copy");
copy();
open my $page, '+<:raw', "$dir/copy/base/$evidence" or die $!;
print $page "\xff" x 24;
close $page or die $!;
test_ends('unreadable page', 1, qr/comparison: 2 of 4 .*soc2\.evidence: could not be read ledgers: could not be read .*invalid page in block 0/, '-n', '-l', 'good', "$dir/copy");
copy();
unlink "$dir/copy/base/$account" or die $!;
test_ends('missing file', 1, qr/pg_verifybackup: .*\Q$account\E/, '-l', 'good', "$dir/copy");
copy();
change_text("$dir/copy/base/backup_manifest", '"Files"', '"files"');
test_ends('changed manifest', 1, qr/backup_manifest is not the one that was recorded/, '-l', 'good', "$dir/copy");
copy();
unlink bsd_glob("$dir/copy/wal/*");
test_ends('missing log', 1, qr/recovery: .*before configured recovery target was reached/, '-l', 'good', "$dir/copy");
copy();
my ($segment) = bsd_glob("$dir/copy/base/pg_wal/0*");
truncate $segment, 100 or die $!;
unlink bsd_glob("$dir/copy/wal/*");
test_ends('truncated log', 1, qr/pg_verifybackup: .*WAL parsing failed|pg_verifybackup: /, '-l', 'good', "$dir/copy");
test_ends('truncated log, not verified', 1, qr/recovery: /, '-n', '-l', 'good', "$dir/copy");
copy();
unlink "$dir/copy/base/backup_label" or die $!;
test_ends('no backup', 1, qr/not a base backup/, '-n', '-l', 'good', "$dir/copy");
is(answer(q{SELECT assess.outcome FROM assess('av.restore_test', record => false)}), 'fail', 'the check says that the last one failed');
is(answer(q{SELECT count(*) FILTER (WHERE NOT passed AND restored_to IS NULL OR rpo >= '0') = count(*) FROM restore_tests}), 't', 'what was not restored has no point');
test_ends('good again', 0, qr/are as they were/, "$dir/backups/good");
is(answer(q{SELECT assess.outcome FROM assess('av.restore_test', record => false)}), 'pass', 'and the check that all is well');

# The log may come from elsewhere
copy();
mkdir "$dir/log 100%" or die $!;
system_or_bail('sh', '-c', 'mv "$1"/copy/wal/* "$1/log 100%/" && rmdir "$1/copy/wal"', 'sh', $dir);
(my $quoted = "$dir/log 100%%/") =~ s/'/'\\''/g;
test_ends('archive', 0, qr/are as they were/, '-l', 'good', '-r', "cp '$quoted'%f %p", "$dir/copy");
# a backup of which nothing is known but its label
answer(q{SELECT record_backup('plain')});
test_ends('plain', 0, qr/0 tables and ledgers are as they were; all ledgers/, '-l', 'plain', "$dir/backups/good/base");
test_ends('unknown', 2, qr/there is no backup "unknown"/, '-l', 'unknown', "$dir/backups/good");
test_ends('no directory', 2, qr/is no directory/, "$dir/nowhere");

# ---- runs of backups that fail ------------------------------------------------

($status, $out) = script('soc2-backup', '-l', 'failed', '-t', 'nothing', "$dir/backups");
is($status, 1, 'a backup that knows no table fails');
like($out, qr/tables: .*relation "nothing" does not exist/, 'and says why');
is(answer(q{SELECT count(*) FILTER (WHERE NOT succeeded AND detail ~ 'relation "nothing" does not exist') FROM backup_runs}), '1', 'it is recorded');
ok(!-e "$dir/backups/failed", 'and nothing is left');

# One that is interrupted while it waits for a writer
my ($in, $held, $held_err) = ("BEGIN; LOCK TABLE account IN ROW EXCLUSIVE MODE;\nSELECT 'held';\n", '', '');
my $holder = IPC::Run::start([ 'psql', '-X', '-q', '-d', $db ], '<', \$in, '>', \$held, '2>', \$held_err);
IPC::Run::pump($holder) until $held =~ /held/ || !IPC::Run::pumpable($holder);
$out = '';
my $waiting = IPC::Run::start([ "$bindir/soc2-backup", '-l', 'waits', '-t', 'account', "$dir/backups", '-d', $db ], '>', \$out, '2>&1');
$node->poll_query_until('postgres', q{SELECT count(*) = 1 FROM pg_locks WHERE NOT granted AND mode = 'ShareLock'});
$waiting->signal('TERM');
IPC::Run::finish($waiting);
isnt($?, 0, 'a backup that is interrupted fails') or diag($out);
is(answer(q{SELECT succeeded, detail FROM backup_runs WHERE label = 'waits'}), 'f|the program was interrupted', 'it is recorded');
ok(!-e "$dir/backups/waits", 'and nothing is left of the backup');
is(join(' ', bsd_glob("$dir/tmp/*")), '', 'nor of its work');
is(answer(q{SELECT count(*) FROM pg_stat_replication}), '0', 'nor a program that receives the log');
$in .= "\\q\n";
IPC::Run::finish($holder);
is(answer(q{SELECT count(*) FROM backups WHERE label IN ('failed', 'waits')}), '0', 'there are no such backups');
is(answer('SELECT count(*) FROM pg_replication_slots'), '0', 'nor its slot');
($status, $out) = script('soc2-backup', '-l', 'good', "$dir/backups");
ok($status == 1 && $out =~ /is there already/ && -e "$dir/backups/good/base", 'a backup is not overwritten');

# ---- pgBackRest ---------------------------------------------------------------

my $info = <<'JSON';
[{"name":"main","status":{"code":0,"lock":{"backup":{"held":false}},"message":"ok"},"cipher":"none",
"db":[{"id":1,"repo-key":1,"system-id":7000000000000000001,"version":"15"}],"repo":[{"cipher":"none","key":1,"status":{"code":0,"message":"ok"}}],
"archive":[{"database":{"id":1,"repo-key":1},"id":"15-1","max":"00000002000000000000000A","min":"000000020000000000000002"}],
"backup":[
{"archive":{"start":"000000020000000000000002","stop":"000000020000000000000003"},"backrest":{"format":5,"version":"2.47"},"database":{"id":1,"repo-key":1},
 "error":false,"info":{"delta":25000000,"repository":{"delta":3000000,"size":3000000},"size":25000000},"label":"20260105-010203F","lsn":{"start":"0/2000028","stop":"0/3000050"},
 "prior":null,"reference":null,"timestamp":{"start":1767574923,"stop":1767574983},"type":"full"},
{"archive":{"start":"000000020000000000000005","stop":"000000020000000000000005"},"backrest":{"format":5,"version":"2.47"},"database":{"id":1,"repo-key":2},
 "error":true,"info":{"delta":1000000,"repository":{"delta":30000,"size":3030000},"size":25100000},"label":"20260105-010203F_20260106-010203I",
 "prior":"20260105-010203F","reference":["20260105-010203F"],"timestamp":{"start":1767661323,"stop":1767661333},"type":"incr"}]},
{"name":"it's \"2\"","status":{"code":2,"lock":{"backup":{"held":false}},"message":"no valid backups"},"backup":[]}]
JSON
open $file, '>', "$dir/info 'x'.json" or die $!;
print $file $info;
close $file;
($status, $out) = script('soc2-pgbackrest', '-f', "$dir/info 'x'.json");
is("$status $out", "0 3 recorded\n", 'three runs are recorded');
is(answer(q{SELECT label, kind, succeeded, timeline, wal_end, bytes, started_at AT TIME ZONE 'UTC', detail FROM backup_runs WHERE tool = 'pgbackrest' ORDER BY label}),
	"main/20260105-010203F|base|t|2|0/3000050|25000000|2026-01-05 01:02:03|\n"
	. "main/20260105-010203F_20260106-010203I\@2|incremental|f|2||25100000|2026-01-06 01:02:03|pages of the database had wrong checksums\n"
	. q{|base|f||||| stanza it's "2": no valid backups} =~ s/\| stanza/|stanza/r, 'with what is told of them');
is(answer(q{SELECT label, kind FROM backups WHERE label ~ '^main'}), 'main/20260105-010203F|base', 'one of them is a backup');
($status, $out) = script('soc2-pgbackrest', '-f', "$dir/info 'x'.json");
is("$status $out", "0 1 recorded\n", 'again, only that a stanza is in trouble');
($status, $out) = script('soc2-pgbackrest', '-f', "$dir/none");
is($status, 1, 'no file is an error');

$node->stop;
done_testing();
