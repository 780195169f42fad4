# What leaves the database for auditors.  Proves that soc2-package writes the files
# that the manifest says, that the bundle goes on from the checkpoint beside it, that
# CSV read by other programs is what the views say, whatever evidence says of itself,
# that all of it is of one snapshot while others write and seal, that databases in
# other encodings and standbys give it too, and that files larger than a value do.
use strict;
use warnings;
use Digest::SHA qw(sha256_hex);
use FindBin;
use JSON::PP;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Oscal qw(oscal_problems);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ], allows_streaming => 1);
$node->append_conf('postgresql.conf', "timezone = 'America/St_Johns'\ndatestyle = 'German, DMY'\nintervalstyle = 'iso_8601'");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
chomp(my $bindir = `pg_config --bindir`);
my $json = JSON::PP->new->utf8;

sub slurp
{
	my ($file) = @_;
	open my $in, '<:raw', $file or die "$file: $!";
	local $/;
	return scalar <$in>;
}

# Write a package, and check what holds of each: files, sums, manifest, bundle
sub package_of
{
	my ($server, $db, $name, @options) = @_;
	my $to = "$dir/$name";
	my $out = '';
	my $err = '';
	my $done = IPC::Run::run([ "$bindir/soc2-package", @options, $to, '-d', $server->connstr($db) ], '>', \$out, '2>', \$err);
	ok($done, "$name: a package is written") or diag($err);
	my $manifest = $json->decode(slurp("$to/manifest.json"));
	opendir my $all, $to or die $!;
	my %files = map { $_ => slurp("$to/$_") } grep { !/^\./ } readdir $all;
	is(join(' ', sort map { $_->{name} } @{ $manifest->{files} }), join(' ', sort grep { $_ ne 'manifest.json' } keys %files),
		"$name: the manifest has all other files");
	is(join(' ', map { $_->{name} } grep { $_->{bytes} != length $files{ $_->{name} } || $_->{sha256} ne sha256_hex($files{ $_->{name} }) } @{ $manifest->{files} }),
		'', "$name: size and sum of each are right");
	like($out, qr/: @{[ sha256_hex($files{'manifest.json'}) ]}$/, "$name: the program tells the sum of the manifest");
	my ($ok, $checked) = (undef, '');
	$ok = IPC::Run::run([ 'sh', '-c', 'cd "$1" && sha256sum -c SHA256SUMS', 'sh', $to ], '>', \$checked, '2>', \$err);
	is(($checked =~ tr/\n//) + 2, scalar keys %files, "$name: sha256sum checks all but the sums and the manifest") or diag("$checked$err");
	$ok &&= IPC::Run::run([ "$bindir/soc2-verify", '--quiet', '--checkpoint', "$to/checkpoint.txt", "$to/evidence.jsonl" ], '>', \$checked, '2>', \$err);
	ok($ok, "$name: soc2-verify takes the bundle with its checkpoint") or diag("$checked$err");
	is($manifest->{about}{ledger}{checkpoint}, $files{'checkpoint.txt'}, "$name: the manifest has this checkpoint");
	my ($shown) = $files{'report.html'} =~ m{<pre id="checkpoint">([^<]*?)\n*</pre>};
	is(($shown // '') . "\n", $files{'checkpoint.txt'}, "$name: and the page, too");
	ok(IPC::Run::run([ 'python3', '-c', 'import json, sys; [json.load(open(f, encoding="utf-8")) for f in sys.argv[1:]]',
		map { "$to/$_" } grep { /\.json$/ } sort keys %files ]), "$name: JSON is JSON");
	return (\%files, $manifest);
}

# Rows of a CSV file as Python's module reads it: an array of arrays of strings
sub csv_rows
{
	my ($file) = @_;
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run([ 'python3', '-c', <<'PY', $file ], '>', \$out, '2>', \$err);
import csv, json, sys
with open(sys.argv[1], newline='', encoding='utf-8') as f:
    print(json.dumps(list(csv.reader(f, strict=True))))
PY
	ok($ok, 'python reads ' . ($file =~ s{.*/}{}r)) or diag($err);
	return $json->decode($out);
}

# ---- a database that says all sorts of things -------------------------------

$node->safe_psql('postgres', q{CREATE DATABASE origin});
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE auditor LOGIN IN ROLE soc2_auditor;
SET search_path = soc2, public;
SELECT open_period('2026 "1"', '2026-01-01', CURRENT_DATE + 1);
SELECT adopt_controls('{ACC-01,BCK-02,NET-02}', '2026-01-01');
CREATE TABLE public.member (resource text, ok boolean);
INSERT INTO public.member SELECT r || n, false FROM generate_series(1, 2) AS n, unnest(ARRAY['=cmd|''/C calc''!A', '+', '-', '@', E'\t=', E'\r=', E'\n=',
    '"quoted", ', E'two\r\nlines', '''', '''=', ' ', '\.', U&'\6F22\+01F600', U&'\FF1D', ';']) AS r;
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('p.members', '=1+1', 'low', '{tsc:CC6.1}', '-', E'+\n"mend"', 'SELECT resource, ok, resource FROM public.member');
SELECT assess('p.members');
SELECT assess('auth.hba*');
SELECT count(record_evidence('note', 'subject ' || i, jsonb_build_object('i', i))) FROM generate_series(1, 300) AS i;
SELECT attest('BCK-02', 'restored', tstzrange(now() - interval '1 hour', now()));
SELECT seal();
SQL
my $db = $node->connstr('origin');
my ($files, $manifest) = package_of($node, 'origin', 'full', '-p', '2026 "1"');
for my $file (grep { /^(?:catalog|mapping|assessment|poam)/ } sort keys %$files)
{
	my @problems = oscal_problems($json->decode($files->{$file}));
	is(scalar @problems, 0, "$file follows the rules of OSCAL") or diag($problems[0]);
}
is($manifest->{about}{period}{period_id}, '2026 "1"', 'the period is told');
for my $name (qw(README.txt report.html report.json evidence_log.csv control_status.csv catalog-tsc.json catalog-outline.json catalog-controls.json
	mapping-collection.json assessment-results-tsc.json assessment-results-outline.json poam-tsc.json))
{
	ok(exists $files->{$name}, "$name is there");
}
for my $of (qw(mapping-collection assessment-results-tsc))
{
	my %seen;
	my @missing = grep { !exists $files->{$_} } grep { !$seen{$_}++ } $files->{"$of.json"} =~ /"href": ?"([\w.-]+\.jsonl?)"/g;
	ok(%seen && !@missing, "$of: files that it refers to are there") or diag("missing: @missing");
}

# What python reads is what the view says, but for the apostrophe before formulas
my $rows = csv_rows("$dir/full/findings_open.csv");
my %column = map { $rows->[0][$_] => $_ } 0 .. $#{ $rows->[0] };
my $said = $json->decode($node->safe_psql('origin', q{SELECT json_agg(json_build_object('id', finding_id, 'resource', resource, 'remediation', remediation) ORDER BY finding_id)
	FROM soc2.findings_open}));
is(scalar @$rows, @$said + 1, 'a record for each row, and a header');
my (@wrong, $guarded);
for my $i (0 .. $#$said)
{
	my $got = $rows->[ $i + 1 ][ $column{resource} ];
	$guarded += $got =~ s/^'(?='*[=+\-@\t\r\n\x{FF1D}])//;
	push @wrong, $i if $got ne $said->[$i]{resource} || $rows->[ $i + 1 ][ $column{finding_id} ] ne $said->[$i]{id};
}
is("@wrong", '', 'the texts come back');
is($guarded, 2 * 9, 'each that is a formula was made harmless');
ok(!(grep { grep { /^[=+@\t\r\n]/ } @$_ } @$rows), 'no cell is a formula');
is($manifest->{files}[$_]{rows}, scalar @$said, 'the manifest has the number of rows')
  for grep { $manifest->{files}[$_]{name} eq 'findings_open.csv' } 0 .. $#{ $manifest->{files} };

# COPY takes all tables back, NULL and empty texts apart
$node->safe_psql('origin', 'CREATE TABLE back (LIKE soc2.evidence_log)');
$node->safe_psql('origin', qq{COPY back FROM '$dir/full/evidence_log.csv' (FORMAT csv, HEADER)});
is($node->safe_psql('origin', q{SELECT count(*), count(*) FILTER (WHERE b IS NOT DISTINCT FROM e) FROM back AS b JOIN soc2.evidence_log AS e USING (evidence_id)}),
	join('|', ($node->safe_psql('origin', 'SELECT count(*) FROM soc2.evidence_log')) x 2), 'COPY reads what the view says');

# The hashes of the report are those of its bytes
my $report = $json->decode($files->{'report.json'});
my @differ;
for my $part (@{ $report->{manifest} })
{
	my $start = index($files->{'report.json'}, qq("$part->{name}":[)) + length($part->{name}) + 3;
	my $array = substr($files->{'report.json'}, $start, $part->{bytes});
	push @differ, $part->{name} if sha256_hex($array) ne $part->{sha256} || @{ $json->decode($array) } != $part->{rows};
}
is("@differ", '', 'hashes in report.json are of its bytes');

# ---- one snapshot ------------------------------------------------------------

# Others record, assess and seal, while packages are made
open my $script, '>', "$dir/write.sql" or die $!;
print $script "SELECT soc2.record_evidence('busy', 'x', '1');\nSELECT soc2.seal('soc2.evidence') WHERE random() < 0.2;\n\\sleep 20 ms\n";
close $script;
my $writers = IPC::Run::start([ 'pgbench', '-n', '-c', '3', '-T', '60', '-f', "$dir/write.sql", $db ], '>', '/dev/null', '2>', "$dir/bench.err");
my %checkpoints;
for my $round (1 .. 3)
{
	my ($busy, $about) = package_of($node, 'origin', "busy$round");
	my $bundled = () = $busy->{'evidence.jsonl'} =~ /^\{"lane"/mg;
	my ($logged) = $busy->{'report.json'} =~ /^\{"name":"evidence_log","rows":(\d+),/m;
	my ($listed) = map { $_->{rows} } grep { $_->{name} eq 'evidence_log.csv' } @{ $about->{files} };
	is("$bundled $logged $listed", join(' ', ($about->{about}{ledger}{rows}) x 3), "busy$round: bundle, report and table have the same rows");
	$checkpoints{ $busy->{'checkpoint.txt'} } = 1;
}
$writers->signal('INT');
$writers->finish;
cmp_ok(scalar keys %checkpoints, '>', 1, 'it was sealed meanwhile');

# ---- who, where, and what not -------------------------------------------------

my ($ok, $out, $err);
$ok = IPC::Run::run([ "$bindir/soc2-package", "$dir/as_auditor", '-d', "$db user=auditor" ], '>', \$out, '2>', \$err);
ok($ok, 'an auditor writes a package') or diag($err);
for my $case (
	[ [ '-p', 'no such period', "$dir/none" ], qr/period "no such period" does not exist.*no package was written/s, 'an unknown period' ],
	[ ["$dir/full"], qr/not empty/, 'a directory that is not empty' ],
	[ [], qr/^soc2-package: usage/, 'no directory' ])
{
	my ($arguments, $says, $name) = @$case;
	($out, $err) = ('', '');
	$ok = IPC::Run::run([ "$bindir/soc2-package", @$arguments, @$arguments ? ('-d', $db) : () ], '>', \$out, '2>', \$err);
	ok(!$ok && $err =~ $says, "$name is refused") or diag($err);
}
ok(!-e "$dir/none", 'and leaves nothing behind');

# In another encoding the files are UTF-8 all the same
$node->safe_psql('postgres', q{CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
$node->safe_psql('latin', q{CREATE EXTENSION soc2 CASCADE; SET search_path = soc2, public;
	SELECT record_evidence('note', convert_from('\xe4', 'LATIN1')); SELECT seal();});
my ($latin) = package_of($node, 'latin', 'latin');
like($latin->{'evidence_log.csv'}, qr/,note,\xC3\xA4,/, 'LATIN1: the table is UTF-8');
like($latin->{'report.json'}, qr/"subject":"\xC3\xA4"/, 'LATIN1: the report, too');

# A file of several parts
$node->safe_psql('origin', q{SELECT count(soc2.record_evidence('large', repeat('x', 20000) || i, to_jsonb(repeat(md5(i::text), 1000)))) FROM generate_series(1, 200) AS i;
	SELECT soc2.record_evidence('huge', payload => to_jsonb(repeat('x', 5000000))); SELECT soc2.seal('soc2.evidence')});
is($node->safe_psql('origin', q{SELECT string_agg(name, ' ' ORDER BY name) FROM (SELECT name FROM soc2.audit_package() GROUP BY name HAVING count(*) > 2) AS p}),
	'evidence.jsonl evidence_log.csv report.json', 'large files come in parts');
package_of($node, 'origin', 'large');

# A standby
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
my ($there, $about) = package_of($standby, 'origin', 'standby', '-p', '2026 "1"');
ok($about->{about}{server}{in_recovery}, 'a standby says what it is');

$standby->stop;
$node->stop;
done_testing();
