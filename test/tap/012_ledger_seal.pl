# Seals and checkpoints beyond one server and one session.  Proves that a sealed
# ledger goes through dump and restore and stays provable; that a copy of the
# database, of the cluster, or a standby that took over goes on under another
# origin with the same tree; that a standby serves checkpoints and proofs and
# refuses to seal; that a seal that was acknowledged survives a crash with
# synchronous_commit off; and that signatures are those of the key, checked by
# openssl, while keys that others can read or that are none are refused.
use strict;
use warnings;
use MIME::Base64;
use Digest::SHA qw(sha256);
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(start_after_crash);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_prepared_transactions = 2");
$node->start;
my $dir = $node->basedir;
my $seal = q{SELECT size, sealed FROM soc2.seal('soc2.evidence')};
my $checkpoint = q{SELECT soc2.checkpoint('soc2.evidence')};
my $lives = q{SELECT incarnation, size, previous_size, previous_root IS NOT NULL FROM soc2.ledger_seals ORDER BY seal_id};
my $uuid = qr/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/;
my $log = q{SELECT * FROM soc2.ledger_seals ORDER BY 1, 2; SELECT * FROM soc2.ledger_seal_ranges ORDER BY 1, 2, 3;
	SELECT * FROM soc2.ledger_tiles ORDER BY 1, 2, 3, 4};
$node->safe_psql('postgres', 'CREATE EXTENSION soc2 CASCADE');

# Record rows in a database
sub record
{
	my ($on, $db, $count) = @_;
	$on->safe_psql($db, "SELECT count(soc2.record_evidence('x')) FROM generate_series(1, $count)");
}

# The lines of a checkpoint
sub checkpoint_lines
{
	my ($on, $db) = @_;
	return split /\n/, $on->safe_psql($db, $checkpoint);
}

record($node, 'postgres', 300);
is($node->safe_psql('postgres', $seal), '300|300', 'sealed');
my ($origin, $size, $root) = checkpoint_lines($node, 'postgres');
my $id = $node->safe_psql('postgres', 'SELECT ledger_id FROM soc2.ledgers');
is($origin, "soc2/$id/1", 'the origin names ledger and incarnation');
my $proof = $node->safe_psql('postgres', "SELECT soc2.inclusion_proof('soc2.evidence', ledger_lane, ledger_seq) FROM soc2.evidence LIMIT 1");

# A dump holds the log, and its copy proves the same
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'postgres' ], 'pg_dump');
for my $copy ('restored', 'parallel')
{
	$node->safe_psql('postgres', "CREATE DATABASE $copy");
	$node->command_ok([ 'pg_restore', '-e', $copy eq 'parallel' ? '-j2' : (), '-d', $copy, "$dir/dump" ], "$copy: pg_restore");
	is($node->safe_psql($copy, $log), $node->safe_psql('postgres', $log), "$copy: the log is the same");
	is($node->safe_psql($copy, $checkpoint), $node->safe_psql('postgres', $checkpoint), "$copy: so is the checkpoint");
	is( $node->safe_psql($copy, "SELECT soc2.inclusion_proof('soc2.evidence', ledger_lane, ledger_seq) FROM soc2.evidence LIMIT 1"),
		$proof, "$copy: and a proof");
}

# It goes on under another origin, and so does the original under its own
is($node->safe_psql('restored', $seal), '300|0', 'a copy has nothing to seal');
like($node->safe_psql('restored', $checkpoint), qr{/1\n}, 'and is still the one it was');
record($node, 'restored', 10);
is($node->safe_psql('restored', $seal), '310|10', 'new rows of the copy are sealed');
like($node->safe_psql('restored', $checkpoint), qr{^soc2/$uuid/$id/2\n310\n}, 'in the next incarnation');
is($node->safe_psql('restored', $lives), "1|300||f\n2|310|300|t", 'which says what it came from');
is($node->safe_psql('restored', 'SELECT count(*) FROM soc2.ledger_seals AS a JOIN soc2.ledger_seals AS b
	ON b.previous_root OPERATOR(soc2.=) a.root AND b.previous_size = a.size AND b.seal_id = a.seal_id + 1'), '1', 'with its root');
my ($second) = checkpoint_lines($node, 'restored');
record($node, 'restored', 1);
is($node->safe_psql('restored', "$seal; SELECT max(incarnation) FROM soc2.ledger_seals"), "311|1\n2", 'it stays that one');
is((checkpoint_lines($node, 'restored'))[0], $second, 'and keeps its origin');
record($node, 'parallel', 10);
$node->safe_psql('parallel', $seal);
my ($other) = checkpoint_lines($node, 'parallel');
like($other, qr{^soc2/$uuid/$id/2$}, 'another copy is in its second incarnation too');
isnt($other, $second, 'under another origin');
is($node->safe_psql($_, q{SELECT * FROM soc2.verify_ledger('soc2.evidence')}), '', "$_: nothing is wrong") for 'restored', 'parallel';
for (
	[ 'missing', 'NULL WHERE seal_id = 2' ],
	[ 'missing in all seals', 'NULL' ],
	[ 'changed amid the incarnation', 'gen_random_uuid() WHERE seal_id = 3' ],
	[ 'given to the first incarnation', 'gen_random_uuid() WHERE seal_id = 1' ],
	[ 'that of the incarnation before', q{'00112233-4455-6677-8899-aabbccddeeff'} ])
{
	my ($what, $change) = @$_;
	like($node->safe_psql('restored', <<"SQL"), qr/^log\|Seal \d does not have the incarnation_id that it must have\.$/m, "an id of an incarnation is found that is $what");
BEGIN;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE soc2.ledger_seals DISABLE TRIGGER soc2_guard_update;
UPDATE soc2.ledger_seals SET incarnation_id = $change;
SELECT problem, detail FROM soc2.verify_ledger('soc2.evidence');
ROLLBACK;
SQL
}

# A copy of the copy starts the next one
$node->safe_psql('postgres', 'CREATE DATABASE third TEMPLATE restored');
record($node, 'third', 1);
$node->safe_psql('third', $seal);
my ($third) = checkpoint_lines($node, 'third');
like($third, qr{^soc2/$uuid/$id/3$}, 'a copy of a copy is in its third incarnation');
isnt(substr($third, 0, 41), substr($second, 0, 41), 'with an id of its own');
is($node->safe_psql('third', q{SELECT * FROM soc2.verify_ledger('soc2.evidence')}), '', 'and nothing is wrong with it');
record($node, 'postgres', 1);
is($node->safe_psql('postgres', "$seal; SELECT max(incarnation) FROM soc2.ledger_seals"), "301|1\n1", 'the original is as it was');

# A standby
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
$standby->start;
record($node, 'postgres', 5);
$node->safe_psql('postgres', $seal);
$node->wait_for_catchup($standby);
is($standby->safe_psql('postgres', $checkpoint), $node->safe_psql('postgres', $checkpoint), 'a standby has the checkpoint');
my $last = q{SELECT soc2.inclusion_proof('soc2.evidence', ledger_lane, ledger_seq) FROM soc2.evidence
	ORDER BY ledger_seq DESC, ledger_lane LIMIT 1};
is($standby->safe_psql('postgres', $last), $node->safe_psql('postgres', $last), 'and proofs');
is($standby->safe_psql('postgres', "SELECT cardinality(soc2.consistency_proof('soc2.evidence', 300, 306)) > 0"), 't', 'of consistency too');
is($standby->safe_psql('postgres', 'SELECT rows, sealed, unsealed FROM soc2.ledger_status'), '306|306|0', 'and the state');
my ($ret, $out, $err) = $standby->psql('postgres', "\\set VERBOSITY sqlstate\n$seal;");
like($err, qr/ERROR:  25006/, 'it does not seal');

# which took over: another timeline
$standby->promote;
record($standby, 'postgres', 2);
is($standby->safe_psql('postgres', $seal), '308|2', 'a standby that took over seals');
like($standby->safe_psql('postgres', $checkpoint), qr{^soc2/$uuid/$id/2\n308\n}, 'in the next incarnation');
is($standby->safe_psql('postgres', "$lives LIMIT 1 OFFSET 3"), '2|308|306|t', 'and says from where');
$standby->stop;

# A seal in a prepared transaction is one when that commits
record($node, 'postgres', 1);
$node->safe_psql('postgres', "BEGIN; $seal; PREPARE TRANSACTION 'seal'");
like($node->safe_psql('postgres', $checkpoint), qr{\n306\n}, 'a prepared seal is none yet');
($ret, $out, $err) = $node->psql('postgres', "SET lock_timeout = '200ms'; $seal");
like($err, qr/lock timeout/, 'and holds the log');
$node->safe_psql('postgres', "COMMIT PREPARED 'seal'");
like($node->safe_psql('postgres', $checkpoint), qr{\n307\n}, 'and then it is one');

# What was sealed is on disk, whatever the session says
$node->append_conf('postgresql.conf', "synchronous_commit = off\nwal_writer_delay = 10s");
$node->restart;
record($node, 'postgres', 3);
$node->safe_psql('postgres', $seal);
my $before = $node->safe_psql('postgres', $checkpoint);
$node->kill9;
is(start_after_crash($node), 1, 'the server starts again');
is($node->safe_psql('postgres', $checkpoint), $before, 'a checkpoint outlives a crash');
is($node->safe_psql('postgres', 'SELECT rows FROM soc2.ledger_status'), '310', 'and so do its rows');

# Signatures
sub configure
{
	my ($name, $value) = @_;
	$node->append_conf('postgresql.conf', "$name = '$value'");
	$node->reload;
	$node->poll_query_until('postgres', "SELECT current_setting('$name') = '$value'");
}
is($node->safe_psql('postgres', 'SELECT soc2.public_key() IS NULL'), 't', 'without a key there is none');
my $key = "$dir/key.pem";
system_or_bail('openssl', 'genpkey', '-algorithm', 'ed25519', '-out', $key);
chmod 0600, $key;
configure('soc2.signing_key_file', $key);
configure('soc2.origin', 'example.com/db1');
my $note = $node->safe_psql('postgres', $checkpoint);
my ($text, $name, $signature) = $note =~ /\A(.*\n)\n\xe2\x80\x94 (\S+) (\S+)\n\z/s;
is($name, 'example.com/db1', 'a checkpoint is signed by the key of the origin');
like($text, qr{\Aexample\.com/db1/$id/1\n310\n\S{44}\n\z}, 'what is signed is the checkpoint');
$signature = decode_base64($signature);
is(length $signature, 68, 'the signature has 4 and 64 bytes');
append_to_file("$dir/text", $text);
append_to_file("$dir/signature", substr $signature, 4);
system_or_bail('openssl', 'pkey', '-in', $key, '-pubout', '-out', "$dir/public.pem");
system_or_bail('openssl', 'pkey', '-in', $key, '-pubout', '-outform', 'DER', '-out', "$dir/public.der");
$node->command_like(
	[ 'openssl', 'pkeyutl', '-verify', '-pubin', '-inkey', "$dir/public.pem", '-rawin', '-in', "$dir/text", '-sigfile', "$dir/signature" ],
	qr/Verified Successfully/i, 'openssl verifies it');
my $public = substr slurp_file("$dir/public.der"), -32;
my $key_id = substr sha256("example.com/db1\n\x01$public"), 0, 4;
is(unpack('H8', $signature), unpack('H8', $key_id), 'the id of the key is that of name and key');
is($node->safe_psql('postgres', 'SELECT soc2.public_key()'),
	join('+', 'example.com/db1', unpack('H8', $key_id), encode_base64("\x01$public", '')), 'the verifier key is right');
like($node->safe_psql('postgres', "SELECT soc2.inclusion_proof('soc2.evidence', ledger_lane, ledger_seq) FROM soc2.evidence LIMIT 1"),
	qr/\n\n\Q$text\E\n\xe2\x80\x94 /, 'proofs hold the signed checkpoint');

# Nobody chooses the settings of a session before the library is there, not
# even to fall back to the default ones
for my $name ('soc2.origin', 'soc2.signing_key_file')
{
	my %ways = (
		'SET' => sub { $node->psql('postgres', "\\set VERBOSITY sqlstate\nSET $name = 'odd';\n$checkpoint;") },
		'an option' => sub {
			local $ENV{PGOPTIONS} = "-c $name=odd";
			$node->psql('postgres', "\\set VERBOSITY sqlstate\n$checkpoint;");
		},
		'a role' => sub {
			$node->safe_psql('postgres', "ALTER ROLE CURRENT_USER SET $name = ''");
			my @result = $node->psql('postgres', "\\set VERBOSITY sqlstate\n$checkpoint;");
			$node->safe_psql('postgres', "ALTER ROLE CURRENT_USER RESET $name");
			@result;
		});
	for my $way (sort keys %ways)
	{
		my ($ret, $out, $err) = $ways{$way}->();
		like($err, qr/ERROR:  55P02/, "$name given by $way is refused");
		is($out, '', "$name given by $way: no checkpoint");
	}
}
is($node->safe_psql('postgres', $checkpoint), $note, 'others are not concerned');

# Keys that are refused
sub refused
{
	my ($file, $pattern, $what) = @_;
	configure('soc2.signing_key_file', $file);
	my ($ret, $out, $err) = $node->psql('postgres', $checkpoint);
	like($err, $pattern, $what);
	unlike($err, qr/\Q$file\E/, "$what: the file is not named to the client");
	isnt($ret, 0, "$what: there is no unsigned checkpoint instead");
}
refused("$dir/missing", qr/Its file cannot be opened: No such file/, 'a missing file');
refused($dir, qr/regular file|cannot be opened/, 'a directory');
append_to_file("$dir/garbage", "not a key\n");
chmod 0600, "$dir/garbage";
refused("$dir/garbage", qr/no private key in PEM/, 'garbage');
chmod 0600, "$dir/public.pem";
refused("$dir/public.pem", qr/no private key in PEM/, 'a public key');
system_or_bail('openssl', 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', "$dir/ec.pem");
chmod 0600, "$dir/ec.pem";
refused("$dir/ec.pem", qr/not of type Ed25519/, 'a key of another type');
system_or_bail('openssl', 'pkey', '-in', $key, '-aes256', '-passout', 'pass:x', '-out', "$dir/locked.pem");
chmod 0600, "$dir/locked.pem";
refused("$dir/locked.pem", qr/without a passphrase/, 'a key with a passphrase');
for my $mode (0640, 0604, 0660)
{
	system_or_bail('cp', $key, "$dir/mode.pem");
	chmod $mode, "$dir/mode.pem";
	refused("$dir/mode.pem", qr/for nobody else/, sprintf 'a key that others can read (%o)', $mode);
}
append_to_file("$dir/long.pem", 'x' x 5000);
chmod 0600, "$dir/long.pem";
refused("$dir/long.pem", qr/too large/, 'a long file');
is($node->safe_psql('postgres', "$seal; SELECT count(*) FROM soc2.ledger_status"), "310|0\n1", 'sealing needs no key');
configure('soc2.signing_key_file', '');
unlike($node->safe_psql('postgres', $checkpoint), qr/\xe2\x80\x94/, 'without a key nothing is signed');
$node->stop;

done_testing();
