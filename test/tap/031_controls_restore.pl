# Controls beyond one database and one language.  Proves that dump and parallel
# restore bring back own controls, mappings, waivers, findings, periods and
# populations, with odd names, and no row of the library twice; that all of
# them go on working there; and that Python draws the same sample and computes
# the same hash of a population without the database.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(refused);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'Asia/Kolkata'\nautovacuum = off");
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;

# ---- what is to survive ----------------------------------------------------

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE second_person LOGIN IN ROLE soc2_admin;
SET search_path = soc2, public;
SELECT adopt_controls('{ACC-01,BCK-02,NET-02}', '2026-01-01');
SELECT create_control(U&'Unsere "1"'' \\ \6F22', E'Tab\there', E'two\nlines', frequency => '1 mon', owner => 'o''x');
SELECT map_control(U&'Unsere "1"'' \\ \6F22', 'tsc:CC6.1', 'subset-of', E'back\\slash');
SELECT link_check(U&'Unsere "1"'' \\ \6F22', 'tls.on');
SELECT retire_control('NET-02', 'x', '2026-03-31');
CREATE TABLE public.member (resource text, ok boolean);
INSERT INTO public.member SELECT U&'member \6F22 ' || n, n % 7 <> 0 FROM generate_series(1, 50) AS n;
INSERT INTO checks (check_id, title, severity, criteria, rationale, remediation, query)
VALUES ('p.members', 't', 'low', '{tsc:CC6.1}', 'r', 'r', 'SELECT resource, ok, NULL FROM public.member');
SELECT assess('p.members');
UPDATE public.member SET ok = true WHERE resource LIKE '%7';
SELECT assess('p.members');
SELECT plan_finding(1, owner => 'me', root_cause => E'x\ty');
SELECT attest('BCK-02', 'restored', '[2026-02-01,2026-02-02)');
SELECT attest('ACC-01', 'none asked', outcome => 'fail');
SELECT waive('p.members', U&'member \6F22 14', 'x', '2100-01-01');
SELECT waive('ACC-01', NULL, 'x', '2100-01-01');
SELECT open_period('2026-Q1', '2026-01-01', '2026-03-31'), open_period('now', CURRENT_DATE - 1, CURRENT_DATE + 1);
SELECT close_period('2026-Q1');
SELECT population('p.members', 'now');
SELECT refresh_days();
SELECT assess('p.members');
SQL
$node->safe_psql('origin', "SET SESSION AUTHORIZATION second_person; SELECT soc2.approve_waiver(waiver_id) FROM soc2.waivers WHERE check_id IS NOT NULL");

my $state = <<'SQL';
SELECT * FROM soc2.controls ORDER BY control_id, shipped;
SELECT * FROM soc2.control_criteria ORDER BY control_id, criterion, shipped;
SELECT * FROM soc2.control_checks ORDER BY 1, 2, 3;
SELECT * FROM soc2.control_catalogue ORDER BY control_id;
SELECT * FROM soc2.waiver_status ORDER BY waiver_id;
SELECT * FROM soc2.finding_status ORDER BY finding_id;
SELECT * FROM soc2.periods ORDER BY period_id;
SELECT * FROM soc2.populations ORDER BY population_id;
SELECT * FROM soc2.population_members ORDER BY population_id, member;
SELECT * FROM soc2.coverage('tsc', on_day => '2026-02-01');
SELECT * FROM soc2.control_status('2026-Q1');
SELECT s.* FROM soc2.populations, soc2.sample(population_id, 5) AS s;
SELECT soc2.is_waived('p.members', U&'member \6F22 14'), soc2.is_waived('p.members', U&'member \6F22 21');
SELECT soc2.population_sha256(population_id) = sha256 FROM soc2.populations;
SELECT * FROM soc2.verify_ledger('soc2.evidence');
SELECT * FROM soc2.verify_days();
SELECT count(*) FROM soc2.evidence_behind();
SELECT * FROM soc2_bi.fact_evidence ORDER BY 1;
SELECT * FROM soc2_bi.fact_check_run ORDER BY 1;
SELECT * FROM soc2_bi.fact_check_daily WHERE check_id = 'p.members' ORDER BY 1;
SQL
my $before = $node->safe_psql('origin', $state);
like($before, qr/Unsere "1"' \\/, 'there is something to keep');

# ---- dump and restore ------------------------------------------------------

command_ok([ 'pg_dump', '-Fd', '-j', 2, '-f', "$dir/directory", '-d', $node->connstr('origin') ], 'parallel dump');
command_ok([ 'pg_dump', '--inserts', '-f', "$dir/inserts.sql", '-d', $node->connstr('origin') ], 'dump as INSERTs');
$node->safe_psql('postgres', 'CREATE DATABASE parallel');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', 2, '-d', 'parallel', "$dir/directory" ], 'parallel restore');
$node->safe_psql('postgres', 'CREATE DATABASE inserts');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', 'inserts', '-f', "$dir/inserts.sql" ], 'restore of INSERTs');
unlike(slurp_file("$dir/inserts.sql"), qr/'ACC-05'/, 'a dump has nothing of the library that was not adopted');

for my $db ('parallel', 'inserts')
{
	is($node->safe_psql($db, $state), $before, "$db: the same");
	is($node->safe_psql($db, 'SELECT soc2.adopt_controls() = (SELECT count(*) - 3 FROM soc2.controls WHERE shipped)'),
		't', "$db: the rest can be adopted");
	is($node->safe_psql($db, "UPDATE public.member SET ok = false; SELECT outcome FROM soc2.assess('p.members');"
		  . q{SELECT state, count(*), count(*) = max(finding_id) FROM soc2.findings WHERE check_id IS NOT NULL GROUP BY state}),
		"fail\nopen|50|f", "$db: findings are opened, reopened and counted on");
	refused($node, $db, 'DELETE FROM soc2.population_members', 'S2L01', "$db: populations are frozen");
	refused($node, $db, q{UPDATE soc2.controls SET title = 'x' WHERE shipped}, 'S2G01', "$db: the library is guarded");
	is($node->safe_psql($db, q{SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')}), '0', "$db: the evidence is whole");
}

# ---- a second opinion ------------------------------------------------------

SKIP:
{
	my $python = `which python3`;
	chomp $python;
	skip 'no python3', 4 if $python eq '';
	my $program = "$dir/second_opinion.py";
	append_to_file($program, <<'PYTHON');
import hashlib, sys
def hashed(*parts):
    return hashlib.sha256(b"".join(parts)).digest()
def key(seed, n):
    return hashed(seed.encode("utf-8"), b"\0", n.to_bytes(8, "big"))
what, rest = sys.argv[1], sys.argv[2:]
if what == "sample":
    seed, members, size = rest[0], int(rest[1]), int(rest[2])
    print(",".join(map(str, sorted(range(1, members + 1), key=lambda n: key(seed, n))[:size])))
else:
    parts = []
    for line in open(rest[0], encoding="utf-8"):
        runs, failures, resource = line.rstrip("\n").split("|", 2)
        raw = resource.encode("utf-8")
        parts += [len(raw).to_bytes(4, "big"), raw, int(runs).to_bytes(8, "big"), int(failures).to_bytes(8, "big")]
    print(hashed(*parts).hex())
PYTHON
	my ($id, $sha256) = split /\|/, $node->safe_psql('origin', 'SELECT population_id, sha256 FROM soc2.populations');
	for my $seed ('audit-2026', "\x{6f22} 'odd'", $sha256)
	{
		utf8::encode(my $bytes = $seed);
		(my $quoted = $bytes) =~ s/'/''/g;
		my ($drawn) = run_command([ $python, $program, 'sample', $bytes, 50, 7 ]);
		is($node->safe_psql('origin', "SELECT string_agg(member::text, ',' ORDER BY draw) FROM soc2.sample('$id', 7, '$quoted')"),
			$drawn, 'Python draws the same');
	}
	append_to_file("$dir/members", $node->safe_psql('origin',
		"SELECT runs, failures, resource FROM soc2.population_members WHERE population_id = '$id' ORDER BY member") . "\n");
	my ($hash) = run_command([ $python, $program, 'hash', "$dir/members" ]);
	is($hash, $sha256, 'and computes the same hash');
}

$node->stop;
done_testing();
