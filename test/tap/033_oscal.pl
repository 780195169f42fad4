# OSCAL.  Proves that each document this extension writes follows the rules of
# OSCAL 1.2.1, with odd names in it too, and that what one document names is in
# the other; that the same state gives the same bytes, in another session and
# in a restored dump; and that what is imported elsewhere comes out again as it
# was.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Oscal qw(oscal_problems);
use Soc2Tap qw(dump_as_text);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->start;

my $json = JSON::PP->new->utf8;

# The bytes of a document
sub document
{
	my ($db, $call, $settings) = @_;
	my $text = $node->safe_psql($db, ($settings // '') . "SELECT soc2.$call");
	utf8::encode($text) if utf8::is_utf8($text);
	return $text;
}

# A document follows the rules
sub follows_rules
{
	my ($text, $name) = @_;
	my @problems = oscal_problems($json->decode($text));
	is(scalar @problems, 0, "$name follows the rules") or diag(join "\n", @problems[ 0 .. ($#problems < 9 ? $#problems : 9) ]);
	return;
}

# ---- the rules have teeth ---------------------------------------------------

my $small = '{"catalog":{"uuid":"a7fb0544-78ea-43e0-9957-dc60060b7e52","metadata":{"title":"t","last-modified":"2026-07-01T00:00:00Z",'
  . '"version":"1","oscal-version":"1.2.1"},"groups":[{"id":"g","title":"t","controls":[{"id":"c","title":"t","props":[{"name":"n","value":"8"}]}]}]}}';
follows_rules($small, 'a small catalog');
for my $mistake (
	[ '-43e0-', '-73e0-', 'a UUID of version 7' ],
	[ 'T00:00:00Z', ' 00:00:00+00', 'a time as text' ],
	[ '"value":"8"', '"value":8', 'a number as value' ],
	[ '"value":"8"', '"value":" 8"', 'a value with a blank' ],
	[ '"id":"c"', '"id":"6.1"', 'an id that is no token' ],
	[ '"id":"c"', '"id":"g"', 'an id that is there twice' ],
	[ '"props":[{"name":"n","value":"8"}]', '"props":[]', 'an empty list' ],
	[ '"id":"g"', '"id":"g","groups":[{"title":"t"}]', 'groups and controls' ],
	[ '"version":"1",', '', 'no version' ],
	[ '"id":"g"', '"id":"g","note":"x"', 'an unknown key' ],
	[ '"groups":[', '"back-matter":{"resources":[{"uuid":"A7fb0544-78ea-43e0-9957-dc60060b7e52"}]},"groups":[', 'a uuid that is there twice' ],
	[ '"title":"t","last', '"title":"t\n","last', 'a title of two lines' ],
	[ '"last-modified"', '"links":[{"href":"#a7fb0544-78ea-43e0-9957-dc60060b7e53"}],"last-modified"', 'a reference to nothing' ])
{
	my ($right, $wrong, $name) = @$mistake;
	my $bad = $small;
	$bad =~ s/\Q$right\E/$wrong/ or die "nothing to replace for $name";
	isnt(scalar(oscal_problems($json->decode($bad))), 0, "$name is noticed");
}

# ---- documents of a database with everything in it --------------------------

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE second_person LOGIN IN ROLE soc2_admin;
SET search_path = soc2, public;
SELECT open_period('now', CURRENT_DATE - 1, CURRENT_DATE + 1), open_period(U&'odd "1"\00A0\6F22', CURRENT_DATE, CURRENT_DATE), open_period('before', '2026-01-01', '2026-01-31');
SELECT adopt_controls('{ACC-01,BCK-02,NET-02}', '2026-01-01');
SELECT create_control(U&'1 Unsere ''"1"'' \\ \6F22', E' Tab\there\n', E'two\nlines ', frequency => '1 mon', owner => E'o''x\n');
SELECT map_control(U&'1 Unsere ''"1"'' \\ \6F22', 'tsc:CC6', 'subset-of', E'back\\slash\n');
SELECT map_control(U&'1 Unsere ''"1"'' \\ \6F22', 'outline:CC6.1.1', 'equal-to', ' x ');
INSERT INTO criteria (criterion, title) VALUES ('tsc:CC6.1.101', E' own\npoint ');
INSERT INTO crosswalk (source, target, relation, status) VALUES ('outline:CC1', 'tsc:CC1', 'equal-to', 'confirmed'), ('tsc:CC6.1.101', 'outline:CC', 'subset-of', 'draft');
CREATE TABLE public.member (resource text, ok boolean);
INSERT INTO public.member SELECT E'member\n \u6F22 ' || n, n % 7 <> 0 FROM generate_series(1, 50) AS n;
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('p.members', E' t\n', 'low', '{tsc:CC6.1,tsc:CC7,tsc:CC6.2.1,outline:CC6.4.1}', E'r\n', E'mend\nit', 'SELECT resource, ok, NULL FROM public.member'),
    ('p.error', 't', 'low', '{tsc:CC6.1}', 'r', 'm', 'SELECT resource, (1 / 0)::boolean, NULL FROM public.member'),
    ('p.empty', 't', 'high', '{tsc:CC7.2}', 'r', 'm', 'SELECT resource, ok, NULL FROM public.member WHERE false');
SELECT assess('p.*');
SELECT assess('auth.*');
UPDATE public.member SET ok = true WHERE resource LIKE '%7';
SELECT assess('p.members');
SELECT plan_finding(1, owner => E'me\n', root_cause => E'x\ty', remediation => E'a\nb', due_at => '9000-01-01');
SELECT plan_finding(2, remediation => 'soon', due_at => now() - interval '1 day');
SELECT attest('BCK-02', E'restored\n', tstzrange(now() - interval '1 hour', now()), artifact => '\x00ff');
SELECT attest('BCK-02', 'restored', tstzrange(now() - interval '1 hour', now()), artifact_uri => 'https://example.org/a b');
SELECT attest('BCK-02', 'restored', tstzrange(now() - interval '1 hour', now()), artifact_uri => 'https://example.org/ab',
    artifact_sha256 => repeat('ab', 32)::digest, media_type => ' text/plain ', expires_at => 'infinity');
SELECT attest('ACC-01', 'none asked', tstzrange(now() - interval '1 hour', now()), outcome => 'fail');
SELECT attest('NET-02', 'none occurred', tstzrange(now() - interval '1 hour', now()), outcome => 'not_occurring');
SELECT waive('p.members', E'member\n \u6F22 14', E'x\ny', '2100-01-01');
SELECT waive('p.members', E'member\n \u6F22 28', 'asked for', '3500-01-01');
SELECT waive('ACC-01', NULL, 'x', '2100-01-01');
SQL
$node->safe_psql('origin', q{SET SESSION AUTHORIZATION second_person;
	SELECT soc2.approve_waiver(waiver_id, E'agreed\n') FROM soc2.waivers WHERE resource LIKE '%14'});

my %call = (
	tsc => q{oscal_catalog('tsc')},
	outline => q{oscal_catalog('outline')},
	controls => q{oscal_catalog('controls')},
	mapping => q{oscal_mapping_collection()},
	'results for tsc' => q{oscal_assessment_results('now', 'tsc')},
	'results for outline' => q{oscal_assessment_results('now', 'outline')},
	'results of a day' => q{oscal_assessment_results(U&'odd "1"\00A0\6F22')},
	'results of nothing' => q{oscal_assessment_results('before')},
	plan => q{oscal_poam()},
	'plan for outline' => q{oscal_poam('outline')});
my %text = map { $_ => document('origin', $call{$_}) } sort keys %call;
follows_rules($text{$_}, $_) for sort keys %text;
my %read = map { $_ => $json->decode($text{$_}) } keys %text;

# What one document names is in the other
my %ids;
for my $framework (qw(tsc outline controls))
{
	my @left = ($read{$framework}{catalog});
	while (my $item = pop @left)
	{
		push @left, map { @{ $item->{$_} // [] } } qw(groups controls parts);
		$ids{ $read{$framework}{catalog}{uuid} }{ $item->{id} } = 1 if defined $item->{id};
	}
}
my %resource = map { $_->{uuid} => $_ } @{ $read{mapping}{'mapping-collection'}{'back-matter'}{resources} };
my @lost;
for my $mapping (@{ $read{mapping}{'mapping-collection'}{mappings} })
{
	for my $side (qw(source target))
	{
		my ($uuid) = $mapping->{"$side-resource"}{href} =~ /^#(.*)/;
		my $of = $ids{ $resource{$uuid}{'document-ids'}[0]{identifier} };
		push @lost, map { grep { !$of->{$_} } map { $_->{'id-ref'} } @{ $_->{"${side}s"} } } @{ $mapping->{maps} };
	}
}
is("@lost", '', 'what is mapped is in the catalogs');
for my $framework (qw(tsc outline))
{
	my $result = $read{"results for $framework"}{'assessment-results'}{results}[0];
	my $known = $ids{ $read{$framework}{catalog}{uuid} };
	is(join(' ', grep { !$known->{$_} } map { $_->{'control-id'} } @{ $result->{'reviewed-controls'}{'control-selections'}[0]{'include-controls'} }),
		'', "$framework: what was reviewed is in its catalog");
	is(join(' ', grep { !$known->{$_} } map { $_->{target}{'target-id'} } @{ $result->{findings} }), '', "$framework: what failed is in its catalog");
}

# What the results say
my $result = $read{'results for tsc'}{'assessment-results'}{results}[0];
is(join(' ', grep { /^cc(?:6\.1|6\.2\.1|7)_/ } sort map { $_->{target}{'target-id'} } @{ $result->{findings} }),
	'cc6.1_smt cc6.2.1_smt cc7_smt', 'each criterion that the check speaks to has a finding');
ok(!(grep { $_->{target}{status}{state} eq 'satisfied' } @{ $result->{findings} }), 'nothing is ever satisfied');
my %status;
$status{ $_->{status} }++ for grep { $_->{title} =~ /^p\.members|^ACC-01/ } @{ $result->{risks} };
is_deeply(\%status, { open => 3, closed => 1, remediating => 1, 'deviation-approved' => 1, 'deviation-requested' => 2 },
	'failures are open, closed, planned, waived, or a waiver is asked for');
is(scalar(grep { "$_->{title} $_->{description}" =~ /^(?:p\.|NET)\S+ (?:error|not_occurring)/ } @{ $result->{observations} }), 3, 'what was not decided or did not occur is observed');
ok(!exists $read{'results of nothing'}{'assessment-results'}{results}[0]{observations}, 'a period without a run has no observations');
ok(!exists $read{'results of nothing'}{'assessment-results'}{results}[0]{risks}, 'and no risks');
is(scalar @{ $read{plan}{'plan-of-action-and-milestones'}{'poam-items'} },
	$node->safe_psql('origin', q{SELECT (SELECT count(*) FROM soc2.findings WHERE state = 'open') + (SELECT count(*) FROM soc2.waiver_status WHERE state IN ('active', 'requested'))}),
	'a plan has each open finding and each waiver');
is($node->safe_psql('origin', q{SELECT soc2.oscal_poam(at => '2026-01-01') IS NULL}), 't', 'there is no plan without anything to do');

# ---- the same bytes ---------------------------------------------------------

my $settings = q{SET TimeZone = 'Asia/Kolkata'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET enable_hashagg = off; SET enable_hashjoin = off; };
is(join(' ', grep { document('origin', $call{$_}, $settings) ne $text{$_} } sort keys %call), '', 'another session writes the same bytes');
dump_as_text($node, 'origin', 'restored');
is(join(' ', grep { document('restored', $call{$_}) ne $text{$_} } sort keys %call), '', 'a restored dump writes the same bytes');

# ---- there and back again ---------------------------------------------------

$node->safe_psql('postgres', q{CREATE DATABASE other; CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0});
$node->safe_psql($_, 'CREATE EXTENSION soc2 CASCADE') for qw(other latin);

# What a call that imports a document returns
sub imports
{
	my ($db, $text, $call) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . '/document.json';
	open my $out, '>:raw', $file or die "$file: $!";
	print $out $text;
	close $out;
	return $json->decode($node->safe_psql($db, sprintf "SELECT soc2.$call", "pg_read_file('$file')::jsonb"));
}

for my $framework (qw(tsc outline controls))
{
	my $counts = imports('other', $text{$framework}, "import_oscal_catalog(%s, 'their_$framework')");
	ok($counts->{requirements} > 0 && $counts->{added} == $counts->{requirements}, "$framework is imported");
	is(document('other', "oscal_catalog('their_$framework')"), $text{$framework}, "$framework comes out as it was");
}
my $mapping = $read{mapping}{'mapping-collection'};
my $counts = imports('other', $text{mapping}, "import_oscal_mappings(%s)");
is($counts->{relations}, $node->safe_psql('origin', 'SELECT count(*) FROM soc2.control_criteria WHERE NOT shipped'), 'criteria of controls are imported');
is($counts->{maps_of_ours}, $node->safe_psql('origin', 'SELECT count(*) FROM soc2.crosswalk_in_force'), 'the crosswalk is left alone');
is(document('other', "oscal_mapping_collection('$mapping->{uuid}')"), $text{mapping}, 'the mappings come out as they were');
is($node->safe_psql('other', q{SELECT string_agg(format('%s %s %s %s', r.label, m.relation, m.criterion, m.remarks), E'\n' ORDER BY m.criterion::text)
	FROM soc2.requirement_criteria AS m JOIN soc2.external_requirements AS r USING (framework, requirement_id) WHERE r.label LIKE '1%'}),
	qq{1 Unsere '"1"' \\ \xE6\xBC\xA2 equal-to outline:CC6.1.1  x \n1 Unsere '"1"' \\ \xE6\xBC\xA2 subset-of tsc:CC6 back\\slash\n}, 'with names and words as they were');
is($counts = imports('other', $text{mapping}, "import_oscal_mappings(%s)")->{added}, 0, 'a second time nothing is added');
dump_as_text($node, 'other', 'other_restored');
is(document('other_restored', "oscal_catalog('their_controls')"), $text{controls}, 'a dump has what was imported');

# another encoding: the same catalog, and an error for what it cannot hold
my $tsc = q{SELECT md5(convert_to((soc2.oscal_catalog('outline'))::text, 'UTF8'))};
is($node->safe_psql('latin', $tsc), $node->safe_psql('origin', $tsc), 'a database in another encoding writes the same');
is($node->safe_psql('latin', q{SELECT soc2.oscal_token(convert_from('\xe4', 'LATIN1')), soc2.oscal_uuid(convert_from('\xe4', 'LATIN1'))}),
	$node->safe_psql('other', q{SELECT soc2.oscal_token(convert_from('\xe4', 'LATIN1')), soc2.oscal_uuid(convert_from('\xe4', 'LATIN1'))}), 'and the same ids');

$node->stop;
done_testing();
