# Anonymizing whose server is killed amid its batches, and a dump and restore of
# its rules.  Proves that a run goes on where it stopped, though each update puts
# another version of its row into a block that may come later; that no row is
# counted or changed twice, and none is left; that rules, keys and what they
# recognize come along with a dump, under the names that columns have by now; and
# that VACUUM removes what the rows said, also from the TOAST table.
#
#   SOC2_DISPOSAL_ROWS=4000000  rows, half of them due
#   SOC2_DISPOSAL_CRASHES=10    crashes
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(dump_both_ways refused start_after_crash);
use Test::More;
use Time::HiRes qw(time);

my $rows = $ENV{SOC2_DISPOSAL_ROWS} || 20_000;
my $crashes = $ENV{SOC2_DISPOSAL_CRASHES} || 4;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
fsync = on
autovacuum = off
soc2.disposal_delay = 0
CONF
$node->start;
# Every second row is due; of 1000 one is held, and one is written after the plan.
# Half of each block is free, so that new versions stay in it or go elsewhere.
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION soc2 CASCADE;
CREATE TABLE contact (id bigint PRIMARY KEY, closed date, mail text, name text, touched integer DEFAULT 0)
    WITH (fillfactor = 60);
INSERT INTO contact
SELECT n, CASE n % 2 WHEN 0 THEN date '2001-01-01' ELSE date '9000-01-01' END, 'mail' || n, 'name ' || n
FROM generate_series(1, $rows) AS n;
CREATE INDEX ON contact (mail);
-- counts how often a row was changed
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.touched := OLD.touched + 1; RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION touch();
SELECT soc2.create_retention_class('contacts', '2 years', 'Policy', method => 'anonymize');
SELECT soc2.set_retention('contact', 'contacts', 'closed');
SELECT soc2.set_anonymization('contact', 'mail', 'hash');
SELECT soc2.set_anonymization('contact', 'name', 'constant', 'erased');
SELECT soc2.set_anonymization('contact', 'touched', 'any');
SELECT soc2.open_matter('Inquiry', 'I-1');
SELECT soc2.place_hold('I-1', 'contact', 'id % 1000 = 500');
SQL
my $plan = $node->safe_psql('postgres', "SELECT soc2.plan_disposal('contact')");
$node->safe_psql('postgres', <<"SQL");
INSERT INTO soc2.disposal_approvals (plan_id, approved_by, approved_session) VALUES ($plan, 'x', 'x');
UPDATE contact SET name = 'changed' WHERE id % 1000 = 2;
CREATE TABLE due AS SELECT id FROM contact WHERE id % 2 = 0 AND id % 1000 NOT IN (500, 2);
SQL

sub progress
{
	return split /\|/, $node->safe_psql('postgres',
		"SELECT state, destroyed, blocks_done, blocks FROM soc2.disposal_progress WHERE plan_id = $plan");
}

my $anonymous = q{name = 'erased' AND mail ~ '^erased:[0-9a-f]{64}$'};
my $blocks = (progress())[3];
my $pages = 1 + int($blocks / (6 * $crashes));
my $last = 0;
my $amid = 0;

for my $crash (1 .. $crashes)
{
	my $client = IPC::Run::start(
		[ 'psql', '-X', '-d', $node->connstr('postgres'), '-c', "CALL soc2.run_disposal($plan, batch_pages => $pages)" ],
		'<', \undef, '>', \my $out, '2>', \my $err);

	# the next batch has been committed, or nothing is left: then at once
	my $end = time + 60;
	my ($state, $done) = ('', $last);
	while (time < $end)
	{
		($state, undef, $done) = progress();
		last if $done > $last || $state eq 'finished';
	}
	$amid++ if $done < $blocks;
	$node->kill9;
	$client->finish;
	start_after_crash($node) or BAIL_OUT('the server does not start after a crash');
	my (undef, $counted, $now) = progress();
	is($node->safe_psql('postgres', "SELECT count(*) FROM contact WHERE $anonymous"),
		$counted, "crash $crash: what was anonymized is what the batches count, $counted rows at block $now of $blocks");
	$last = $now;
}
ok($amid > 0, "crashes came amid the blocks: $amid of $crashes");
$node->safe_psql('postgres', "CALL soc2.run_disposal($plan)") if (progress())[0] ne 'finished';
is((progress())[0], 'finished', 'the plan is finished');

my $due = $node->safe_psql('postgres', 'SELECT count(*) FROM due');
is((progress())[1], $due, 'the batches count the rows that were due');
is($node->safe_psql('postgres', "SELECT count(*) FROM due JOIN contact USING (id) WHERE $anonymous AND touched = 1"),
	$due, 'each was changed once');
is($node->safe_psql('postgres', "SELECT count(*) FROM contact WHERE NOT EXISTS (SELECT FROM due WHERE due.id = contact.id) AND ($anonymous OR touched <> (id % 1000 = 2)::int)"),
	0, 'and no other row was');
is($node->safe_psql('postgres', <<"SQL"), "$due|$due", 'each left one hash of its key');
SELECT count(*), count(DISTINCT h) FROM soc2.disposal_batches AS b,
    LATERAL (SELECT substr(b.key_hashes, 16 * i + 1, 16) FROM generate_series(0, length(b.key_hashes) / 16 - 1) AS i) AS k (h)
WHERE plan_id = $plan
SQL
is($node->safe_psql('postgres', "SELECT count(*) FROM soc2.verify_ledger('soc2.evidence')"), 0, 'the evidence is whole');

# What a dump takes along
$node->safe_psql('postgres', 'ALTER TABLE contact RENAME COLUMN mail TO "E.""mail"');
my $status = q{SELECT state, rows FROM soc2.retention_status('contact') ORDER BY 1};
my $rules = 'SELECT column_name, rule, constant, has_key FROM soc2.anonymization_status ORDER BY ordinal';
my $before = $node->safe_psql('postgres', $status);
my $ruled = $node->safe_psql('postgres', $rules);
like($ruled, qr/^E\."mail\|hash\|\|t$/m, 'a rule follows its column');
like($before, qr/^anonymized\|$due$/m, 'rows that were anonymized are known as such');
dump_both_ways($node, 'postgres');
for my $database ('plain', 'parallel')
{
	is($node->safe_psql($database, $rules), $ruled, "$database: the rules came along");
	is($node->safe_psql($database, $status), $before, "$database: and what they recognize");
	refused($node, $database, 'ALTER TABLE contact ALTER "E.""mail" TYPE varchar(50);', '0A000', "$database: a column with a rule keeps its type");
}

# What is left of the values
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE letter (id integer PRIMARY KEY, closed date, body text);
ALTER TABLE letter ALTER body SET STORAGE EXTERNAL;
INSERT INTO letter SELECT n, '2001-01-01', repeat('dear reader ' || n, 500) FROM generate_series(1, 20) AS n;
SELECT soc2.set_retention('letter', 'contacts', 'closed');
SELECT soc2.set_anonymization('letter', 'body', 'null');
INSERT INTO soc2.disposal_approvals (plan_id, approved_by, approved_session)
SELECT soc2.plan_disposal('letter'), 'x', 'x';
SQL
my $letters = $node->safe_psql('postgres', 'SELECT max(plan_id) FROM soc2.disposal_plans');
$node->safe_psql('postgres', "CALL soc2.run_disposal($letters)");
my $l2 = "SELECT reached FROM soc2.verify_disposal($letters) WHERE level = 'L2'";
$node->safe_psql('postgres', 'VACUUM (PROCESS_TOAST false) letter');
is($node->safe_psql('postgres', $l2), 'f', 'values stay in the TOAST table');
$node->safe_psql('postgres', 'VACUUM letter');
is($node->safe_psql('postgres', $l2), 't', 'until that is vacuumed');
$node->stop;

done_testing();
