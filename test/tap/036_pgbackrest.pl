# Backups of pgBackRest, made by the program itself.  Proves that soc2-pgbackrest records
# full and incremental ones and a stanza in trouble, each once and with what the program
# tells of them, and the result of its own verification, of damaged files too; and that
# soc2-restore-test tests what the program has restored, and finds what differs.
use strict;
use warnings;
use IPC::Run ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

plan skip_all => 'there is no pgbackrest' if system('pgbackrest version > /dev/null 2>&1') != 0;

chomp(my $bindir = `pg_config --bindir`);
my $dir = PostgreSQL::Test::Utils::tempdir_short;
my $space = PostgreSQL::Test::Utils::tempdir_short;
my $node = PostgreSQL::Test::Cluster->new('source');
$ENV{PGBACKREST_CONFIG} = "$dir/pgbackrest.conf";
$ENV{TMPDIR} = "$dir/tmp";
my $archive = 'pgbackrest --stanza=main';
mkdir "$dir/$_" or die $! for qw(tmp repo lock spool);
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<"CONF");
wal_level = replica
archive_mode = on
archive_command = '$archive archive-push %p'
CONF
append_to_file("$dir/pgbackrest.conf", <<"CONF");
[global]
repo1-path=$dir/repo
repo1-retention-full=2
lock-path=$dir/lock
spool-path=$dir/spool
log-level-file=off
log-level-console=warn
start-fast=y
compress-level=1
[main]
pg1-path=@{[ $node->data_dir ]}
pg1-port=@{[ $node->port ]}
pg1-socket-path=@{[ $node->host ]}
CONF
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('postgres', "CREATE TABLESPACE beside LOCATION '$space'");
$node->safe_psql('shop', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE TABLE account (id integer PRIMARY KEY, balance bigint NOT NULL) TABLESPACE beside;
INSERT INTO account SELECT n, 0 FROM generate_series(1, 1000) AS n;
SELECT count(soc2.record_evidence('note', 'subject ' || n)) FROM generate_series(1, 50) AS n;
SQL
my $db = $node->connstr('shop');

sub answer
{
	my ($sql) = @_;
	return $node->safe_psql('shop', "SET search_path = soc2, public; $sql");
}

# Run a program: status, and what it wrote
sub program
{
	my (@command) = @_;
	my $out = '';
	IPC::Run::run([ 'timeout', 180, @command ], '<', '/dev/null', '>', \$out, '2>&1');
	return join ' ', $? >> 8, $out;
}

sub backrest { return program('pgbackrest', '--stanza=main', @_) }
sub record { return program("$bindir/soc2-pgbackrest", @_, '-d', $db) }

# ---- backups ------------------------------------------------------------------

is(backrest('stanza-create'), '0 ', 'the program keeps backups of the server');
like(record(), qr/^0 1 recorded$/, 'without a backup, the stanza is in trouble');
is(answer(q{SELECT tool, label, succeeded, detail FROM backup_runs}), 'pgbackrest||f|stanza main: no valid backups', 'which is a run that failed');
answer('SELECT seal()');
my $checkpoint = answer(q{SELECT checkpoint('soc2.evidence')});
is(backrest('--type=full', 'backup'), '0 ', 'a full backup is made');
is(record(), "0 1 recorded\n", 'and recorded');
my $full = answer('SELECT label FROM backups');
like($full, qr{^main/\d{8}-\d{6}F$}, 'with the label of the program');
answer('UPDATE account SET balance = 1 WHERE id = 1');
is(backrest('--type=incr', 'backup'), '0 ', 'an incremental backup is made');
is(record(), "0 1 recorded\n", 'and recorded, but not the other one again');
is(record(), "0 0 recorded\n", 'once');
(my $short = $full) =~ s{^main/}{};
my $now = answer('SELECT pg_current_wal_lsn()');
my $system = 7 * 1024 * 1024;
is( answer(<<"SQL"),
SELECT label ~ '^main/$short(_\\d{8}-\\d{6}I)?\$', kind, succeeded, bytes > $system, timeline, wal_start < wal_end, wal_end < '$now',
    started_at <= finished_at AND finished_at BETWEEN now() - interval '10 minutes' AND now() + interval '1 second',
    COALESCE(detail = 'based on $short', false)
FROM backup_runs WHERE label IS NOT NULL ORDER BY started_at, label
SQL
	"t|base|t|t|1|t|t|t|f\nt|incremental|t|t|1|t|t|t|t", 'with what the program tells of them');
is(answer(q{SELECT array_agg(kind ORDER BY started_at) FROM backups}), '{base,incremental}', 'both are backups');
is(answer(q{SELECT assess.outcome FROM assess('av.backup_fresh', record => false)}), 'fail', 'none was verified');
is(record('-c', 'main'), "0 0 recorded\nmain: 2 verified, 0 damaged\n", 'both are verified');
is(answer(q{SELECT count(*) FROM backup_tests WHERE method = 'verify' AND passed AND detail LIKE 'pgbackrest verify: status: valid, total files checked: %'}),
	'2', 'which is recorded');
is(answer(q{SELECT assess.outcome FROM assess('av.backup_fresh', record => false)}), 'pass', 'the newest one is fresh, and verified');
like(record('-c', 'other'), qr/^1 0 recorded\nsoc2-pgbackrest: pgbackrest verify failed: /, 'a stanza that is not there cannot be');
{
	local $ENV{PGBACKREST_STANZA} = 'other';
	is(record(), "0 1 recorded\n", 'a stanza that is not there is recorded');
	is(answer(q{SELECT detail FROM backup_runs WHERE NOT succeeded ORDER BY recorded_at DESC LIMIT 1}),
		'stanza other: missing stanza path', 'as a run that failed, with the reason');
	local $ENV{PGBACKREST_CONFIG} = "$dir/none.conf";
	like(record(), qr/^1 .*soc2-pgbackrest: pgbackrest info failed: /s, 'a program that fails is an error');
}

# ---- and tests of them --------------------------------------------------------

my $incremental = answer(q{SELECT label FROM backups WHERE kind = 'incremental'});
answer(qq{SELECT record_backup_content('$_', 'soc2.evidence', checkpoint => '$checkpoint')}) for $full, $incremental;
answer(qq{SELECT record_backup_content('$incremental', 'public.account', row_count, digest) FROM table_digest('account')});
answer('SELECT pg_switch_wal()');
(my $set = $incremental) =~ s{^main/}{};
mkdir "$dir/$_" or die $! for qw(restored beside);
is(backrest("--pg1-path=$dir/restored", "--tablespace-map=beside=$dir/beside", "--set=$set", 'restore'),
	'0 ', 'the program restores the last one');
my @test = ("$bindir/soc2-restore-test", '-n', '-l', $incremental, '-r', qq{$archive "--pg1-path=\$PWD" archive-get %f %p}, "$dir/restored", '-d', $db);
like(program(@test), qr/^0 \Q$incremental\E: passed, .*2 tables and ledgers are as they were; all ledgers are intact$/, 'and all is there');
is(answer(q{SELECT passed, rto > '0', rpo >= '0' FROM restore_tests}), 't|t|t', 'which is recorded');
is(answer(q{SELECT assess.outcome FROM assess('av.restore_test', record => false)}), 'pass', 'and is what the check asks for');
ok(!-e "$dir/restored/postmaster.pid", 'what was restored is as it was');
answer(qq{SELECT record_backup_content('$incremental', 'public.missing', 0, repeat('00', 32)::digest)});
like(program(@test), qr/^1 \Q$incremental\E: failed; comparison: 1 of 4 /, 'a table that is not there is found');
is(answer(q{SELECT passed FROM restore_tests ORDER BY tested_at DESC LIMIT 1}), 'f', 'and recorded');


# ---- damage -------------------------------------------------------------------

# Change a byte in the middle of a file of the repository, or change it back
sub damage
{
	my ($what) = @_;
	chomp(my $file = `find $dir/repo -path '$what' -size +0 | sort | head -n 1`);
	open my $handle, '+<:raw', $file or die "$what: $!";
	seek $handle, (-s $file) / 2, 0;
	read $handle, my $byte, 1;
	seek $handle, (-s $file) / 2, 0;
	print $handle chr(255 - ord $byte);
	close $handle or die "$file: $!";
	return;
}

my $newest = q{SELECT passed, detail FROM backup_tests AS t JOIN backups AS b USING (backup_id)
	WHERE method = 'verify' AND b.label = '%s' ORDER BY t.recorded_at DESC LIMIT 1};
(my $of_full = $full) =~ s{^main/}{};
my $conf = "*/backup/main/$of_full/pg_data/postgresql.conf.gz";
damage($conf);
is(record('-c', 'main'), "0 0 recorded\nmain: 2 verified, 2 damaged\n", 'a damaged file is found');
like(answer(sprintf $newest, $full), qr/^f\|pgbackrest verify: status: invalid, .*checksum invalid: 1/s, 'of the full backup');
damage($conf);
is(record('-c', 'main'), "0 0 recorded\nmain: 2 verified, 0 damaged\n", 'and is not when it is as it was');
damage("$dir/repo/archive/main/*/0000*-*.gz");
is(record('-c', 'main'), "0 0 recorded\nmain: 2 verified, 2 damaged\n", 'damaged log is found');
like(answer(sprintf $newest, $full), qr/^f\|pgbackrest verify: status: valid, .*; archiveId: /s, 'as a failed test of each backup');
is(answer(q{SELECT assess.outcome FROM assess('av.backup_fresh', record => false)}), 'fail', 'and the check says so');

$node->stop;
done_testing();
