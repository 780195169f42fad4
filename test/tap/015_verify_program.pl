# Bundles leave the server and are verified without it, by soc2-verify and by
# test/verify.py, which shares no code with it.  Proves that both accept real
# ledgers, in any encoding and after a restore the same bytes; that both find
# every tampered variant, also of those who recompute the sum at the end; that
# older checkpoints, signatures and proofs are judged; and that soc2-verify never
# ends but by its own exit status, whatever it reads.
use strict;
use warnings;
use Digest::SHA qw(sha256 sha256_hex);
use JSON::PP;
use MIME::Base64 qw(encode_base64);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'America/St_Johns'\ndatestyle = 'German, DMY'");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
chomp(my $bindir = `pg_config --bindir`);
my $program = "$bindir/soc2-verify";
my $json = JSON::PP->new->canonical->ascii;

# ---- helpers ---------------------------------------------------------------

# Exit status of a program, its standard output and its errors
sub status_of
{
	my (@command) = @_;
	my ($out, $err) = ('', '');
	IPC::Run::run(\@command, '<', \undef, '>', \$out, '2>', \$err);
	return ($? & 127 ? 'signal ' . ($? & 127) : $? >> 8, $out, $err);
}

sub write_file
{
	my ($name, $content) = @_;
	open my $file, '>', "$dir/$name" or die "$dir/$name: $!";
	print $file $content;
	close $file or die "$dir/$name: $!";
	return "$dir/$name";
}

# The lines of a bundle of a table
sub export
{
	my ($table, $db) = @_;
	return split /^/, $node->safe_psql($db // 'postgres', "SELECT soc2.export_ledger('$table')") . "\n";
}

# Lines with an end, or a new one
sub sealed_off
{
	my (@lines) = @_;
	pop @lines if $lines[-1] =~ /^\{"end"/;
	return join '', @lines, sprintf qq({"end":%d,"sha256":"%s"}\n), scalar @lines, sha256_hex(join '', @lines);
}

# Both verifiers say the same of a bundle
sub both_say
{
	my ($name, $expected, $content, @checkpoints) = @_;
	my $file = write_file('bundle', $content);
	my ($status, $out, $err) = status_of($program, $file, map { ('--checkpoint', $_) } @checkpoints);
	my ($opinion, $reasons) = status_of('python3', 'test/verify.py', $file, @checkpoints);
	is("$status $opinion", "$expected $expected", $name) or diag("$out$err-- verify.py:\n$reasons");
	return $out;
}

# Change the object in a line and put it back
sub edit
{
	my ($lines, $i, $change) = @_;
	my @copy = @$lines;
	local $_ = $json->decode($copy[$i]);
	$change->($_);
	$copy[$i] = $json->encode($_) . "\n";
	return @copy;
}

# ---- ledgers ---------------------------------------------------------------

$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.record_evidence(
    'kind ' || i, E'sübject\t"\\' || chr(128512), jsonb_build_object('i', i, 'f', 0.10), '{CC6.1,outline:P3.1}', 'AC-1',
    'check', '[2024-01-01 00:00+05,)', decode(repeat(md5(i::text), i * 50), 'hex'), 'file:///' || i, NULL, '', 'infinity')
FROM generate_series(1, 7) AS i;
SELECT soc2.record_evidence('empty');
SQL
both_say('a ledger that was never sealed', 0, join '', export('soc2.evidence'));
$node->safe_psql('postgres', 'SELECT soc2.seal()');
# psql ends what it prints with a newline of its own: that must not matter
my $old = write_file('old', $node->safe_psql('postgres', q{SELECT soc2.checkpoint('soc2.evidence')}) . "\n");
both_say('sealed once', 0, join('', export('soc2.evidence')), $old);
$node->safe_psql('postgres', <<'SQL');
SELECT count(soc2.record_evidence('many', i::text)) FROM generate_series(1, 300) AS i;
SELECT soc2.seal('soc2.evidence');
SELECT soc2.record_evidence('more', payload => '{"a": 1}');
SELECT soc2.seal('soc2.evidence');
SELECT soc2.record_evidence('not sealed yet', payload => '"x"');
SQL
my $new = write_file('new', $node->safe_psql('postgres', q{SELECT soc2.checkpoint('soc2.evidence')}) . "\n");
my @evidence = export('soc2.evidence');
like(both_say('sealed three times', 0, join('', @evidence), $old, $new),
	qr/^rows: 310 in \d+ lanes, 0 of them redacted, 1 not sealed; 0 more were pruned\nlog: size 309, 3 seals$/m,
	'soc2-verify says what it verified');
is((status_of($program, '--quiet', "$dir/bundle"))[1], '', 'and nothing if it is asked to be quiet');

# Every kind of value that a row can hold, and names that need care
$node->safe_psql('postgres', <<'SQL');
CREATE SCHEMA "Quoted ""schema""";
CREATE TYPE mood AS ENUM ('gut', 'schlecht');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TYPE pair AS (a integer, b text);
CREATE TABLE "Quoted ""schema"""."Ünï \ ""types""" (
    id integer PRIMARY KEY, dropped text, "Ä" text, "a""b\c" varchar(9), "Z" char(4), zz "char", flag boolean,
    small smallint, big bigint, num numeric(20, 5), real real, double double precision, raw bytea, day date,
    at time, at_tz timetz, stamp timestamp, stamp_tz timestamptz, span interval, doc json, docb jsonb, tree xml,
    uid uuid, ints integer[], texts text[][], net inet, mac macaddr, bits varbit, place point, shape polygon,
    words tsvector, range int4range, multi datemultirange, feeling mood, counted positive, two pair, nam name,
    crit soc2.criterion, crits soc2.criterion_set, dig soc2.digest, twice integer GENERATED ALWAYS AS (id * 2) STORED);
ALTER TABLE "Quoted ""schema"""."Ünï \ ""types""" DROP COLUMN dropped;
SELECT soc2.create_ledger('"Quoted ""schema"""."Ünï \ ""types"""', '{Ä,raw,docb}') IS NOT NULL;
INSERT INTO "Quoted ""schema"""."Ünï \ ""types""" VALUES
    (1, E'\u0001\u007f\u0080\u07ff\u0800\uffff' || chr(65536) || chr(1114111), E'"\\/\b\f\n\r\t', 'x', 'y', true,
     -32768, 9223372036854775807, -1.10000, 'NaN', '-Infinity', '\x00ff', '0044-03-15 BC', '24:00', '12:00+05:30',
     '294276-12-31 23:59:59.999999', '2024-02-29 12:00:00.000001+01', '-1 year 2 mons -3 days 04:05:06.7', '{"a":  1}',
     '{"b": "\\u00e4", "a": null}', '<a>ä</a>', '00112233-4455-6677-8899-aabbccddeeff', '{1,NULL,3}', '{{"a,b","\""}}',
     '::1/128', '08:00:2b:01:02:03', B'101', '(1e300,-0.1)', '((0,0),(1,1))', 'a:1 b:2A', '[1,5)',
     '{[2024-01-01,2024-02-01)}', 'schlecht', 7, '(1,"a b")', 'näme', 'tsc:CC6.1', '{CC6}', sha256('x')::soc2.digest);
INSERT INTO "Quoted ""schema"""."Ünï \ ""types""" (id) VALUES (2);
INSERT INTO "Quoted ""schema"""."Ünï \ ""types""" (id, "Ä", raw, texts) VALUES (3, '', '', '{}');
SELECT soc2.seal();
SQL
my @types = export('"Quoted ""schema"""."Ünï \ ""types"""');
both_say('all types', 0, join '', @types);
my $header = $json->decode($types[0]);
is($header->{ledger}, qq("Quoted ""schema"""."\x{dc}n\x{ef} \\ ""types"""), 'the name of the ledger is quoted');
is(scalar @{ $header->{columns} }, 39, 'generated and dropped columns do not count');
unlike(join('', @types), qr/[^\n -~]/, 'all is ASCII');
is($json->decode($types[1])->{columns}{"\x{c4}"}, "\x{1}\x{7f}\x{80}\x{7ff}\x{800}\x{ffff}\x{10000}\x{10ffff}",
	'characters of all lengths survive');
is($node->safe_psql('postgres', q{SET DateStyle = 'SQL'; SET bytea_output = 'escape'; SET TimeZone = 'Asia/Tokyo';
SET extra_float_digits = -3; SET quote_all_identifiers = on; SELECT soc2.export_ledger('"Quoted ""schema"""."Ünï \ ""types"""')})
	. "\n", join('', @types), 'the settings of a session do not matter');

# Lanes, redacted rows and pruned rows. The hashes are made here, from the page
# that describes them, and come in as a subscriber gets them.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE lanes (a text, b text);
SELECT soc2.create_ledger('lanes', '{b}') IS NOT NULL;
CREATE FUNCTION str(t text) RETURNS bytea LANGUAGE sql RETURN int4send(octet_length(t)) || convert_to(t, 'UTF8');
CREATE FUNCTION commitment(salt bytea, value text) RETURNS bytea
    LANGUAGE sql RETURN sha256('\x1201'::bytea || salt || str('b') || str(value));
CREATE PROCEDURE fill(lane integer, count integer) LANGUAGE plpgsql AS $$
DECLARE
    seq bigint := (SELECT count(*) FROM lanes WHERE ledger_lane = lane);
    prev bytea := coalesce((SELECT ledger_hash::bytea FROM lanes WHERE ledger_lane = lane ORDER BY ledger_seq DESC LIMIT 1),
        decode(repeat('00', 32), 'hex'));
    id uuid := (SELECT ledger_id FROM soc2.ledgers WHERE relation = 'lanes'::regclass);
    salt bytea; hash bytea;
BEGIN
    FOR i IN 1 .. count LOOP
        seq := seq + 1;
        salt := substr(sha256(int8send(seq)), 1, 16);
        hash := sha256('\x1101'::bytea || uuid_send(id) || int4send(lane) || int8send(seq) || prev || sha256('\x10010002'::bytea
            || str('a') || '\x00' || str('a' || seq) || str('b') || '\x01' || commitment(salt, 'b' || seq)));
        INSERT INTO lanes VALUES ('a' || seq, 'b' || seq, lane, seq, prev::soc2.digest, hash::soc2.digest, salt);
        prev := hash;
    END LOOP;
END $$;
SET session_replication_role = replica;
CALL fill(0, 5); CALL fill(2, 3);
SELECT soc2.seal('lanes');
CALL fill(0, 2); CALL fill(1, 300); CALL fill(2, 1);
SELECT soc2.seal('lanes');
CALL fill(0, 4); CALL fill(1, 1); CALL fill(2, 5); CALL fill(7, 1);
SELECT soc2.seal('lanes');
CALL fill(1, 2); CALL fill(9, 1);
SQL
my @lanes = export('lanes');
both_say('several lanes', 0, join '', @lanes);
my $whole = write_file('whole', $node->safe_psql('postgres', q{SELECT soc2.checkpoint('lanes')}) . "\n");
my $proof = write_file('proof', $node->safe_psql('postgres', q{SELECT soc2.inclusion_proof('lanes', 1, 7)}) . "\n");
$node->safe_psql('postgres', <<'SQL');
SET session_replication_role = replica;
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE lanes DISABLE TRIGGER ALL;
INSERT INTO soc2.ledger_redactions (ledger_id, lane, seq, column_name, commitment, redacted_at, redacted_by, reason)
SELECT (SELECT ledger_id FROM soc2.ledgers WHERE relation = 'lanes'::regclass), ledger_lane, ledger_seq, 'b',
    commitment(ledger_salt, b)::soc2.digest, now(), current_user, 'test'
FROM lanes WHERE ledger_seq IN (6, 7);
UPDATE lanes SET b = NULL, ledger_salt = NULL WHERE ledger_seq IN (6, 7);
SQL
my @redacted = export('lanes');
like(both_say('redacted rows', 0, join('', @redacted), $whole), qr/ 6 of them redacted/, 'soc2-verify counts redacted rows');
$node->safe_psql('postgres', <<'SQL');
SET session_replication_role = replica;
INSERT INTO soc2.ledger_prunes (ledger_id, lane, last_seq, last_hash, pruned_at, pruned_by, reason, evidence_id)
SELECT (SELECT ledger_id FROM soc2.ledgers WHERE relation = 'lanes'::regclass), ledger_lane, ledger_seq, ledger_hash,
    now(), current_user, 'test', gen_random_uuid()
FROM lanes WHERE (ledger_lane, ledger_seq) IN ((0, 3), (0, 6), (1, 299), (7, 1));
DELETE FROM lanes WHERE (ledger_lane, ledger_seq) IN (
    SELECT l.ledger_lane, l.ledger_seq FROM lanes AS l JOIN soc2.ledger_prunes AS p
    ON p.lane = l.ledger_lane AND p.last_seq >= l.ledger_seq);
SQL
my @pruned = export('lanes');
like(both_say('pruned rows', 0, join('', @pruned), $whole), qr/; 306 more were pruned$/m, 'soc2-verify counts pruned rows');
is((status_of($program, '--inclusion', $proof, "$dir/bundle"))[0], 0, 'a proof of a row that was pruned since holds');

# Lanes as writers make them that do not wait for each other
my $script = write_file('write.sql', "SELECT soc2.record_evidence('a', payload => '1'), pg_sleep(0.001);\n");
$node->safe_psql('postgres', 'CREATE DATABASE busy');
$node->safe_psql('busy', 'CREATE EXTENSION soc2 CASCADE');
for (1 .. 2)
{
	$node->command_ok([ 'pgbench', '-n', '-c', '4', '-t', '20', '-f', $script, 'busy' ], 'concurrent writers');
	$node->safe_psql('busy', 'SELECT soc2.seal()');
}
both_say('what concurrent writers wrote', 0, join '', export('soc2.evidence', 'busy'));

# What the extension itself removes
$node->safe_psql('busy', <<'SQL');
CREATE TABLE own (a text, b text, c text);
SELECT soc2.create_ledger('own', '{b,c}');
INSERT INTO own SELECT i, 'b' || i, 'c' || i FROM generate_series(1, 20) AS i;
SELECT soc2.seal('own');
SQL
my $kept = write_file('kept', $node->safe_psql('busy', q{SELECT soc2.checkpoint('own')}));
is($node->safe_psql('busy', <<'SQL'), "2\n4", 'rows are redacted and pruned by the extension');
SELECT soc2.redact('own', ledger_lane, 5, 'asked for') FROM own WHERE ledger_seq = 5;
SELECT soc2.prune_ledger('own', ledger_lane, 4, 'too old') FROM own WHERE ledger_seq = 4;
SQL
like(both_say('what is left of it', 0, join('', export('own', 'busy')), $kept), qr/ 1 of them redacted, .*; 4 more were pruned$/m,
	'it is known what left');

# ---- who may ----------------------------------------------------------------

$node->safe_psql('postgres', <<'SQL');
CREATE ROLE auditor IN ROLE soc2_auditor;
CREATE ROLE reader;
CREATE TABLE secret (a text, ledger_owner name);
SELECT soc2.create_ledger('secret') IS NOT NULL;
INSERT INTO secret VALUES ('a', 'x');
GRANT SELECT ON lanes TO reader;
GRANT USAGE ON SCHEMA soc2 TO reader;
CREATE TABLE plain (a text);
CREATE TABLE unused (a text);
CREATE VIEW seen AS SELECT * FROM lanes;
SQL
for (
	[ 'auditor', 'soc2.evidence', '' ],
	[ 'auditor', 'secret', '42501' ],
	[ 'reader', 'lanes', '42501' ],
	[ 'postgres', 'plain', '42809' ],
	[ 'postgres', 'seen', '42809' ])
{
	my ($role, $table, $code) = @$_;
	my ($ret, $out, $err) = $node->psql('postgres', "\\set VERBOSITY sqlstate\nSET ROLE $role;\n"
		  . "SELECT count(*) > 0 FROM soc2.export_ledger('$table')");
	is($code ? $err =~ /(\w{5})$/ && $1 : $out, $code || 't', "$role exports $table: " . ($code || 'may'));
}
$node->safe_psql('postgres', <<'SQL');
GRANT SELECT ON secret TO auditor;
ALTER TABLE secret ENABLE ROW LEVEL SECURITY;
SQL
like(($node->psql('postgres', q{SET ROLE auditor; SELECT soc2.export_ledger('secret')}))[2], qr/row security hides rows/,
	'rows that row security hides cannot be left out');
is( $node->safe_psql('postgres', <<'SQL'), "t\nt", 'a snapshot sees no seal that came later, and no checkpoint that can be undone');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT soc2.record_evidence('undone') IS NOT NULL;
SELECT count(*) FROM soc2.seal('soc2.evidence') \gset
SELECT (l::json->>'checkpoint') LIKE E'%\n310\n%' FROM soc2.export_ledger('soc2.evidence') AS l LIMIT 1;
ROLLBACK;
SQL

# ---- tampering --------------------------------------------------------------

# Each variant is one by somebody who knows the form and computes the sum anew.
my $digest = 'ab' x 32;
my %row_of = map { my $l = $_; my $o = $lanes[$l] =~ /"hash"/ ? $json->decode($lanes[$l]) : undef; $o ? ("$o->{lane}/$o->{seq}" => $l) : () } 1 .. $#lanes;
sub row { return $row_of{"$_[0]/$_[1]"} // die "no row $_[0]/$_[1]" }
my %seal_of = map { $lanes[$_] =~ /^\{"seal":(\d+)/ ? ($1 => $_) : () } 0 .. $#lanes;

# name => lines
my @tampered = (
	[ 'a value', edit(\@lanes, row(0, 3), sub { $_->{columns}{a} .= ' ' }) ],
	[ 'a redactable value', edit(\@lanes, row(0, 3), sub { $_->{columns}{b} = '' }) ],
	[ 'a value removed', edit(\@lanes, row(0, 3), sub { delete $_->{columns}{a} }) ],
	[ 'a redactable value removed', edit(\@lanes, row(0, 3), sub { delete $_->{columns}{b} }) ],
	[ 'a column that is not there', edit(\@lanes, row(0, 3), sub { $_->{columns}{c} = '' }) ],
	[ 'values swapped', edit(\@lanes, row(0, 3), sub { @{ $_->{columns} }{qw(a b)} = @{ $_->{columns} }{qw(b a)} }) ],
	[ 'a salt', edit(\@lanes, row(0, 3), sub { $_->{salt} = '00' x 16 }) ],
	[ 'a salt removed', edit(\@lanes, row(0, 3), sub { delete $_->{salt} }) ],
	[ 'a salt cut', edit(\@lanes, row(0, 3), sub { $_->{salt} = '00' }) ],
	[ 'prev', edit(\@lanes, row(0, 3), sub { $_->{prev} = $digest }) ],
	[ 'prev of a first row', edit(\@lanes, row(1, 1), sub { $_->{prev} = $digest }) ],
	[ 'hash', edit(\@lanes, row(0, 3), sub { $_->{hash} = $digest }) ],
	[ 'hash of a last row', edit(\@lanes, row(9, 1), sub { $_->{hash} = $digest }) ],
	[ 'lane', edit(\@lanes, row(7, 1), sub { $_->{lane} = 8 }) ],
	[ 'seq', edit(\@lanes, row(9, 1), sub { $_->{seq} = 2 }) ],
	[ 'a negative lane', edit(\@lanes, row(0, 1), sub { $_->{lane} = -1 }) ],
	[ 'a position of null', edit(\@lanes, row(9, 1), sub { $_->{seq} = undef }) ],
	[ 'a hash of null', edit(\@lanes, row(9, 1), sub { $_->{hash} = undef }) ],
	[ 'a commitment forged', edit(\@lanes, row(0, 3), sub { delete $_->{columns}{b}; $_->{commitments} = { b => $digest } }) ],
	[ 'a commitment beside a value', edit(\@lanes, row(0, 3), sub { $_->{commitments} = { b => $digest } }) ],
	[ 'a commitment to an ordinary column', edit(\@lanes, row(0, 3), sub { delete $_->{columns}{a}; $_->{commitments} = { a => $digest } }) ],
	[ 'a kept commitment', edit(\@redacted, row(0, 6), sub { $_->{commitments}{b} = $digest }) ],
	[ 'a kept commitment removed', edit(\@redacted, row(0, 6), sub { delete $_->{commitments} }) ],
	[ 'two rows swapped', @lanes[ 0 .. row(0, 3) - 1, row(0, 4), row(0, 3), row(0, 4) + 1 .. $#lanes ] ],
	[ 'first row removed', @lanes[ 0 .. row(0, 1) - 1, row(0, 1) + 1 .. $#lanes ] ],
	[ 'middle row removed', @lanes[ 0 .. row(1, 9) - 1, row(1, 9) + 1 .. $#lanes ] ],
	[ 'last sealed row removed', @lanes[ 0 .. row(2, 9) - 1, row(2, 9) + 1 .. $#lanes ] ],
	[ 'a lane removed', @lanes[ 0 .. row(7, 1) - 1, row(7, 1) + 1 .. $#lanes ] ],
	[ 'all rows removed', @lanes[ 0, $seal_of{1} .. $#lanes ] ],
	[ 'a row twice', @lanes[ 0 .. row(0, 3), row(0, 3) .. $#lanes ] ],
	[ 'a range', edit(\@lanes, $seal_of{2}, sub { $_->{ranges}[1]{last}-- }) ],
	[ 'a range that ends early', edit(\@lanes, $seal_of{3}, sub { $_->{ranges}[0]{last}-- }) ],
	[ 'a range without end', edit(\@lanes, $seal_of{3}, sub { $_->{ranges}[-1]{last} = 9223372036854775807 }) ],
	[ 'a position in the log', edit(\@lanes, $seal_of{2}, sub { $_->{ranges}[1]{position}++ }) ],
	[ 'ranges swapped', edit(\@lanes, $seal_of{2}, sub { @{ $_->{ranges} } = reverse @{ $_->{ranges} } }) ],
	[ 'a range removed', edit(\@lanes, $seal_of{3}, sub { pop @{ $_->{ranges} } }) ],
	[ 'a root', edit(\@lanes, $seal_of{2}, sub { $_->{root} = $digest }) ],
	[ 'a size', edit(\@lanes, $seal_of{2}, sub { $_->{size}++ }) ],
	[ 'a number of a seal', edit(\@lanes, $seal_of{3}, sub { $_->{seal} = 4 }) ],
	[ 'an incarnation', edit(\@lanes, $seal_of{3}, sub { $_->{incarnation} = 2 }) ],
	[ 'the first incarnation', edit(\@lanes, $seal_of{1}, sub { $_->{incarnation} = 2 }) ],
	[ 'a history before', edit(\@lanes, $seal_of{3}, sub { @$_{qw(incarnation previous_size previous_root)} = (2, 311, $digest) }) ],
	[ 'a seal removed', @lanes[ 0 .. $seal_of{2} - 1, $seal_of{3} .. $#lanes ] ],
	[ 'the last seal removed', @lanes[ 0 .. $seal_of{3} - 1, $seal_of{3} + 1 .. $#lanes ] ],
	[ 'all seals removed', @lanes[ 0 .. $seal_of{1} - 1, $seal_of{3} + 1 .. $#lanes ] ],
	[ 'seals swapped', @lanes[ 0 .. $seal_of{1} - 1, $seal_of{2}, $seal_of{1}, $seal_of{3} .. $#lanes ] ],
	[ 'the checkpoint removed', edit(\@lanes, 0, sub { $_->{checkpoint} = undef }) ],
	[ 'the root of the checkpoint', edit(\@lanes, 0, sub { my $other = encode_base64(sha256('x'), ''); $_->{checkpoint} =~ s/\S+\n\z/$other\n/ }) ],
	[ 'the size of the checkpoint', edit(\@lanes, 0, sub { $_->{checkpoint} =~ s/\n(\d+)\n/\n1\n/ }) ],
	[ 'the incarnation of the checkpoint', edit(\@lanes, 0, sub { $_->{checkpoint} =~ s{/1\n}{/2\n} }) ],
	[ 'the checkpoint of another ledger', edit(\@lanes, 0, sub { $_->{checkpoint} = $json->decode($evidence[0])->{checkpoint} }) ],
	[ 'the id of the ledger', edit(\@lanes, 0, sub { $_->{ledger_id} =~ s/^./$& eq '0' ? '1' : '0'/e }) ],
	[ 'the name of a column', edit(\@lanes, 0, sub { $_->{columns}[0]{name} = 'aa' }) ],
	[ 'a column less', edit(\@lanes, 0, sub { shift @{ $_->{columns} } }) ],
	[ 'a column no longer redactable', edit(\@lanes, 0, sub { $_->{columns}[1]{redactable} = JSON::PP::false }) ],
	[ 'a column now redactable', edit(\@lanes, 0, sub { $_->{columns}[0]{redactable} = JSON::PP::true }) ]);
for (@tampered)
{
	my ($name, @lines) = @$_;
	both_say("tampered: $name", 1, sealed_off(@lines));
}

# The same for what was pruned
my %line_of;
for (0 .. $#pruned) { $line_of{$1} //= $_ if $pruned[$_] =~ /^\{"(\w+)"/ }
my ($prune, $leaf) = @line_of{qw(pruned leaf)};
for (
	[ 'a prune removed', @pruned[ 0 .. $prune, $prune + 2 .. $#pruned ] ],
	[ 'a prune that goes further', edit(\@pruned, $prune + 1, sub { $_->{last} = 7 }) ],
	[ 'a prune that goes less far', edit(\@pruned, $prune + 1, sub { $_->{last} = 5 }) ],
	[ 'a hash of a prune', edit(\@pruned, $prune + 1, sub { $_->{hash} = $digest }) ],
	[ 'a hash of a prune before', edit(\@pruned, $prune, sub { $_->{hash} = $digest }) ],
	[ 'a hash of a lane that is gone', edit(\@pruned, $prune + 3, sub { $_->{hash} = $digest }) ],
	[ 'a prune of a lane that never was', @pruned[ 0 .. $prune + 3 ],
		qq({"pruned":8,"last":1,"hash":"$digest"}\n), @pruned[ $leaf .. $#pruned ] ],
	[ 'prunes swapped', @pruned[ 0 .. $prune - 1, $prune + 1, $prune, $prune + 2 .. $#pruned ] ],
	[ 'a leaf', edit(\@pruned, $leaf + 9, sub { $_->{hash} = $digest }) ],
	[ 'a leaf removed', @pruned[ 0 .. $leaf + 8, $leaf + 10 .. $#pruned ] ],
	[ 'a leaf twice', @pruned[ 0 .. $leaf + 9, $leaf + 9 .. $#pruned ] ],
	[ 'a leaf of no pruned row', @pruned[ 0 .. $#pruned - 1 ], qq({"leaf":9999,"hash":"$digest"}\n) ],
	[ 'a pruned row put back', @pruned[ 0, row(0, 6), 1 .. $#pruned ] ],
	[ 'rows pruned in the bundle alone', grep { !/^\{"lane":2,"seq":[12],/ } @pruned ])
{
	my ($name, @lines) = @$_;
	both_say("tampered: $name", 1, sealed_off(@lines));
}

# Whoever does not compute the sum is found by it, whatever he changed
both_say('a type changed', 1, join '', edit(\@lanes, 0, sub { $_->{columns}[0]{type} = 'integer' }));
both_say('the name of the table changed', 1, join '', edit(\@lanes, 0, sub { $_->{ledger} = 'public.other' }));
both_say('a row removed that is not sealed', 1, join '', @lanes[ 0 .. row(9, 1) - 1, row(9, 1) + 1 .. $#lanes ]);
both_say('white space added', 1, join '', map { /^\{"seal":1,/ ? s/:1,/: 1,/r : $_ } @lanes);

my $out = both_say('several tampered rows', 1,
	sealed_off(edit([ edit(\@lanes, row(2, 4), sub { $_->{columns}{a} = 'x' }) ], row(1, 20), sub { $_->{columns}{a} = 'x' })));
is($out =~ s/^(?:ledger|rows|log|signatures|the checkpoint).*\n//mgr, <<'OUT', 'soc2-verify names all of them, and the first');
lane 1, row 20: content: The row does not match its hash.
lane 2, row 4: content: The row does not match its hash.
first bad row: lane 1, row 20
tampering was found: 2 problems, 2 bad rows
OUT

# A whole history written anew is right in itself; who has a checkpoint sees it
$node->safe_psql('postgres', <<'SQL');
CREATE DATABASE forged TEMPLATE postgres;
SQL
$node->safe_psql('forged', <<'SQL');
ALTER EVENT TRIGGER soc2_ddl_start DISABLE;
ALTER TABLE lanes DISABLE TRIGGER ALL;
ALTER TABLE soc2.ledger_seals DISABLE TRIGGER ALL; ALTER TABLE soc2.ledger_seal_ranges DISABLE TRIGGER ALL;
ALTER TABLE soc2.ledger_tiles DISABLE TRIGGER ALL; ALTER TABLE soc2.ledger_prunes DISABLE TRIGGER ALL;
ALTER TABLE soc2.ledger_redactions DISABLE TRIGGER ALL;
DELETE FROM lanes; DELETE FROM soc2.ledger_prunes; DELETE FROM soc2.ledger_redactions;
DELETE FROM soc2.ledger_seals; DELETE FROM soc2.ledger_seal_ranges; DELETE FROM soc2.ledger_tiles;
SET session_replication_role = replica;
CALL fill(0, 500);
SELECT soc2.seal('lanes');
SQL
my @forged = export('lanes', 'forged');
both_say('a history written anew', 0, join '', @forged);
both_say('and judged by a checkpoint', 1, join('', @forged), $whole);

# ---- checkpoints, proofs and signatures ---------------------------------------

both_say('a newer checkpoint than the bundle', 1, join('', @lanes),
	write_file('larger', "soc2/" . $json->decode($lanes[0])->{ledger_id} . "/1\n999999\n" . encode_base64(sha256('x'))));
both_say('a checkpoint of another ledger', 1, join('', @lanes), $new);
both_say('no checkpoint at all', 2, join('', @lanes), write_file('none', "soc2\nx\n"));
write_file('bundle', join '', @lanes);
is((status_of($program, "$dir/bundle", '--checkpoint', "$dir/absent"))[0], 2, 'a checkpoint that cannot be read');
like((status_of($program, "$dir/bundle", '--inclusion', $proof))[1], qr/proves that lane 1, row 7 is in the log/, 'a proof holds');
my $text = slurp_file($proof);
for (
	[ 'a proof of another row', $text =~ s/^index \d+/index 3/mr, 1 ],
	[ 'a proof of a row that is not sealed', $text =~ s/^index \d+/index 99999/mr, 1 ],
	[ 'a proof without a hash', $text =~ s/^(index \d+\n).*\n/$1/mr, 1 ],
	[ 'a proof with another checkpoint', $text =~ s/\n\n.*//sr . "\n\n" . slurp_file($new), 1 ],
	[ 'no proof', slurp_file($whole), 2 ],
	[ 'an empty proof', '', 2 ])
{
	my ($name, $content, $status) = @$_;
	my $file = write_file('tampered_proof', $content);
	is((status_of($program, "$dir/bundle", '--inclusion', $file))[0], $status, $name);
}

for my $key (qw(one other))
{
	system_or_bail('openssl', 'genpkey', '-algorithm', 'ed25519', '-out', "$dir/$key.key");
	system_or_bail('openssl', 'pkey', '-in', "$dir/$key.key", '-pubout', '-out', "$dir/$key.pem");
}
# As C2SP signed-note says: the id of a key, and what is signed
my $public = substr `openssl pkey -in $dir/one.key -pubout -outform DER`, -32;
my $name = 'example.com/log';
my $id = substr sha256("$name\n\x01$public"), 0, 4;
my $vkey = write_file('vkey', "$name+" . unpack('H*', $id) . '+' . encode_base64("\x01$public", '') . "\n");
sub signed
{
	my ($key, $note) = @_;
	write_file('message', $note);
	my $signature = `openssl pkeyutl -sign -inkey $dir/$key.key -rawin -in $dir/message`;
	return "$note\n\xe2\x80\x94 $name " . encode_base64($id . $signature, '') . "\n";
}
my $note = slurp_file($whole) =~ s/\n\n\z/\n/r;
my $unsigned = sealed_off(@lanes);
my $signed = sealed_off(edit(\@lanes, 0, sub { utf8::decode($_->{checkpoint} = signed('one', $note)) }));
my $wrong = signed('other', $note);
my $older = write_file('older', signed('one', (split /^/, $note)[0] . "8\n" . encode_base64(pack 'H*', $json->decode($lanes[ $seal_of{1} ])->{root})));
for (
	[ 'a key of C2SP', $signed, 0, '--key', $vkey ],
	[ 'a key of PEM', $signed, 0, '--key', "$dir/one.pem" ],
	[ 'one of two keys', $signed, 0, '--key', "$dir/other.pem", '--key', $vkey ],
	[ 'another key', $signed, 1, '--key', "$dir/other.pem" ],
	[ 'no signature', $unsigned, 1, '--key', $vkey ],
	[ 'a signature nobody asked for', $signed, 0 ],
	[ 'an older checkpoint that is signed', $signed, 0, '--key', $vkey, '--checkpoint', $older ],
	[ 'an older checkpoint that is not signed', $signed, 1, '--key', $vkey, '--checkpoint', write_file('plain', slurp_file($older) =~ s/\n\n.*/\n/sr) ],
	[ 'a checkpoint with a wrong signature', $signed, 1, '--key', $vkey, '--checkpoint', write_file('wrong', $wrong) ],
	[ 'a signature over another text', sealed_off(edit(\@lanes, 0, sub { utf8::decode($_->{checkpoint} = signed('one', $note) =~ s{^soc2/}{sock/}r) })), 1, '--key', $vkey ],
	[ 'a private key', $signed, 2, '--key', "$dir/one.key" ],
	[ 'no key', $signed, 2, '--key', $whole ],
	[ 'a key with a wrong id', $signed, 2, '--key', write_file('vkey2', slurp_file($vkey) =~ s/\+(.)/'+' . ($1 eq '0' ? '1' : '0')/er) ])
{
	my ($what, $bundle, $status, @options) = @$_;
	write_file('bundle', $bundle);
	my ($got, $said, $err) = status_of($program, "$dir/bundle", @options);
	is($got, $status, "signatures: $what") or diag("$said$err");
}

# ---- restores and encodings ----------------------------------------------------

@evidence = export('soc2.evidence');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/dump", 'postgres' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '-e', '-j', '2', '-d', 'restored', "$dir/dump" ], 'pg_restore');
is(join('', export('lanes', 'restored')), join('', @pruned), 'a restored ledger has the same bundle, byte for byte');
is(join('', export('soc2.evidence', 'restored')), join('', @evidence), 'and so has the evidence');
$node->safe_psql('restored', <<'SQL');
SELECT soc2.record_evidence('after') IS NOT NULL;
SELECT soc2.seal('soc2.evidence');
SQL
my @after = export('soc2.evidence', 'restored');
both_say('sealed after a restore', 0, join('', @after), $old, $new);
my ($second) = grep { $after[$_] =~ /"incarnation":2/ } 0 .. $#after;
ok($second, 'is a second incarnation');
both_say('tampered: what it goes on from', 1, sealed_off(edit(\@after, $second, sub { $_->{previous_size}-- })));
both_say('tampered: that it goes on', 1, sealed_off(edit(\@after, $second, sub { delete @$_{qw(previous_size previous_root)} })));
both_say('tampered: the id of the incarnation', 1, sealed_off(edit(\@after, $second, sub { $_->{incarnation_id} =~ tr/0-9a-f/1-9a-f0/ })));
both_say('tampered: no id of the incarnation', 1, sealed_off(edit(\@after, $second, sub { delete $_->{incarnation_id} })));
both_say('tampered: an id of the first incarnation', 1, sealed_off(edit(\@after, $second - 1, sub { $_->{incarnation_id} = '00112233-4455-6677-8899-aabbccddeeff' })));
both_say('tampered: the id in the origin', 1, sealed_off(edit(\@after, 0, sub { $_->{checkpoint} =~ s{^soc2/\K[^/]+}{00112233-4455-6677-8899-aabbccddeeff} })));
both_say('tampered: no id in the origin', 1, sealed_off(edit(\@after, 0, sub { $_->{checkpoint} =~ s{^soc2/\K[^/]+/}{} })));
both_say('unusable: an id of an incarnation that is none', 2, join '', edit(\@after, $second, sub { $_->{incarnation_id} = 'x' }));

# Sealed again, the incarnation keeps its id, and another copy has its own
$node->safe_psql('restored', "SELECT soc2.record_evidence('more') IS NOT NULL; SELECT soc2.seal('soc2.evidence')");
my @more = export('soc2.evidence', 'restored');
both_say('sealed again after a restore', 0, join('', @more), $old, $new);
my ($third) = grep { $more[$_] =~ /"incarnation":2/ } reverse 0 .. $#more;
both_say('tampered: another id amid an incarnation', 1, sealed_off(edit(\@more, $third, sub { $_->{incarnation_id} =~ tr/0-9a-f/1-9a-f0/ })));
both_say('tampered: no id amid an incarnation', 1, sealed_off(edit(\@more, $third, sub { delete $_->{incarnation_id} })));
$node->safe_psql('postgres', 'CREATE DATABASE sibling TEMPLATE template0');
$node->command_ok([ 'pg_restore', '-e', '-d', 'sibling', "$dir/dump" ], 'pg_restore of a sibling');
$node->safe_psql('sibling', "SELECT soc2.record_evidence('after') IS NOT NULL; SELECT soc2.seal('soc2.evidence')");
my $of_sibling = write_file('sibling', $node->safe_psql('sibling', "SELECT soc2.checkpoint('soc2.evidence')"));
both_say('a checkpoint of a sibling', 1, join('', @more), $of_sibling);

$node->safe_psql('postgres', "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
$node->safe_psql('latin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.record_evidence(E'\u00e9t\u00e9', U&'\00fc', jsonb_build_object(U&'\00df', 1)) IS NOT NULL;
SELECT soc2.seal();
SQL
my @latin = export('soc2.evidence', 'latin');
both_say('a database in LATIN1', 0, join '', @latin);
is($json->decode($latin[1])->{columns}{kind}, "\x{e9}t\x{e9}", 'its values are UTF-8');
$node->command_ok([ 'pg_dump', '-Fc', '-f', "$dir/latin", 'latin' ], 'pg_dump from LATIN1');
$node->safe_psql('postgres', 'CREATE DATABASE unicode');
$node->command_ok([ 'pg_restore', '-e', '-d', 'unicode', "$dir/latin" ], 'pg_restore into UTF8');
is(join('', export('soc2.evidence', 'unicode')), join('', @latin), 'in another encoding the bundle is the same');

# ---- unusable input --------------------------------------------------------------

my $good = join '', @lanes;
my ($row) = grep { /^\{"lane":0,"seq":3/ } @lanes;
for (
	[ 'an empty file', '' ],
	[ 'no JSON', "hello\n" ],
	[ 'an array', "[]\n" ],
	[ 'bytes of zero', "\0\0\n" ],
	[ 'not UTF-8', $good =~ s/"a3"/"\xff"/r ],
	[ 'no header', join('', @lanes[ 1 .. $#lanes ]) ],
	[ 'the header twice', join('', @lanes[ 0, 0 .. $#lanes ]) ],
	[ 'another format', $good =~ s/bundle-1/bundle-2/r ],
	[ 'no end', join('', @lanes[ 0 .. $#lanes - 1 ]) ],
	[ 'an end in the middle', join('', @lanes[ 0 .. 3, $#lanes, 4 .. $#lanes ]) ],
	[ 'something behind the end', "$good\n" ],
	[ 'cut in the middle', substr($good, 0, length($good) / 2) ],
	[ 'the last newline cut', substr($good, 0, -1) ],
	[ 'an empty line', $good =~ s/\n/\n\n/r ],
	[ 'a seal before a row', join('', @lanes[ 0, $seal_of{1}, 1 .. $#lanes ]) ],
	[ 'a member twice', $good =~ s/"lane":0,/"lane":0,"lane":0,/r ],
	[ 'a column twice', $good =~ s/\{"a":"a3"/{"a":"a3","a":"a3"/r ],
	[ 'a member that is not known', $good =~ s/"lane":0,/"lane":0,"x":0,/r ],
	[ 'a member missing', $good =~ s/"seq":3,//r ],
	[ 'a number too large', $good =~ s/"seq":3,/"seq":9223372036854775808,/r ],
	[ 'a number with a fraction', $good =~ s/"seq":3,/"seq":3.0,/r ],
	[ 'a huge number', $good =~ s/"seq":3,/"seq":1e999,/r ],
	[ 'a number as a string', $good =~ s/"seq":3,/"seq":"3",/r ],
	[ 'a digest too short', $good =~ s/("hash":"\w{60})\w{4}/$1/r ],
	[ 'a digest in upper case', $good =~ s/("hash":"\w{60})\w{4}/$1ABCD/r ],
	[ 'a salt that is none', $good =~ s/("salt":")\w/$1/r ],
	[ 'a value that is no string', $good =~ s/"a":"a3"/"a":3/r ],
	[ 'a value of null', $good =~ s/"a":"a3"/"a":null/r ],
	[ 'a NUL in a value', $good =~ s/"a":"a3"/"a":"a\\u0000"/r ],
	[ 'half a character', $good =~ s/"a":"a3"/"a":"\\ud800"/r ],
	[ 'columns out of order', join('', edit(\@lanes, 0, sub { @{ $_->{columns} } = reverse @{ $_->{columns} } })) ],
	[ 'no uuid', $good =~ s/("ledger_id":")./$1x/r ],
	[ 'a checkpoint that is none', $good =~ s/"checkpoint":"/"checkpoint":"\\n/r ],
	[ 'ranges that are no array', $good =~ s/"ranges":\[\{/"ranges":{"a":[{/r =~ s/\}\]\}/}]}}/r ],
	[ 'deep nesting', '[' x 100000 . "\n" ],
	[ 'a deep value', $good =~ s/"a":"a3"/'"a":' . '[' x 5000 . ']' x 5000/er ])
{
	my ($what, $content) = @$_;
	both_say("unusable: $what", 2, $content);
}
is((status_of($program, $dir))[0], 2, 'unusable: a directory');
is((status_of($program, "$dir/absent"))[0], 2, 'unusable: a file that is not there');
for ([], ['--what'], [ '--key' ], [ 'a', 'b' ], [ '--checkpoint' ])
{
	is((status_of($program, @$_))[0], 2, "unusable: arguments @$_");
}
like((status_of($program, '--help'))[1], qr/^Usage:\n  soc2-verify/m, '--help');
like((status_of($program, '--version'))[1], qr/^soc2-verify \d+\.\d+\.\d+$/, '--version');
is((status_of('sh', '-c', "'$program' --quiet - < '$dir/bundle'"))[0], 2, 'a bundle can be standard input');

# ---- whatever it reads -------------------------------------------------------------

# Small bundles, so that each byte is hit often; the seed is fixed. One is right,
# the other has lines of all kinds.
my @rows = grep { $pruned[$_] =~ /"seq":(?:7|30[0-3]),/ } 1 .. $#pruned;
my @small = (join('', @latin),
	sealed_off(@pruned[ 0, @rows, $line_of{seal} .. $line_of{seal} + 1 ], $after[$second], @pruned[ $prune .. $leaf + 3 ]));
both_say('a small bundle that is right', 0, $small[0]);
both_say('a small bundle that is not', 1, $small[1]);
my @pieces = ('"', '{', '}', '[', ']', ',', ':', '\\', '\\u0000', "\0", "\n", '0', '-1', '1e9', '99999999999999999999', 'null', 'true',
	'""', '{}', '[]', "\xff", '"lane"', '"seal"', '"leaf"', '"columns"', '"commitments"', '"ranges"');
srand 20240229;
my %ended;
for my $i (1 .. 5000)
{
	my $bytes = $small[ $i % 2 ];
	for (0 .. int rand 3)
	{
		my $at = int rand length $bytes;
		my $how = int rand 5;
		if ($how == 0) { substr($bytes, $at, 1) = chr int rand 256 }
		elsif ($how == 1) { substr($bytes, $at, int rand 40) = '' }
		elsif ($how == 2) { substr($bytes, $at, int rand 3) = $pieces[ int rand @pieces ] }
		elsif ($how == 3) { substr($bytes, $at, 0) = substr $bytes, int rand length $bytes, int rand 200 }
		else { pos($bytes) = $at; $bytes =~ s/\G(\D*)\d/$1 . int rand 10/e }
	}
	my $file = write_file('mutant', $i % 3 ? $bytes : sealed_off(split /^/, $bytes));
	my $status = system("'$program' --quiet '$file' > '$dir/out' 2>&1");
	my $end = $status & 127 ? 'signal' : $status >> 8;
	$ended{$end}++;
	rename $file, "$dir/mutant-$i" or die if $end !~ /^[012]$/;
}
is(join(' ', grep { !/^[012]$/ } sort keys %ended), '', '5000 mutants: it always ends with 0, 1 or 2');
ok($ended{1} && $ended{2}, 'and both occur') or diag(explain(\%ended));

done_testing();
