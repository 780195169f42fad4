# A review of access on a server with 2,000 roles and nested memberships.  Proves that
# all that the catalogs say is frozen, by counts that are made another way; that
# decisions carried out in part leave just the rest to be done, that the rest closes the
# review, and that nothing else was lost; which rules of pg_hba.conf let whom in; that
# objects that come and go meanwhile do not matter; and that a dump brings reviews along,
# to be closed elsewhere.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(dump_as_text);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nfsync = off\nmax_locks_per_transaction = 1000\n");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE shop');
$node->safe_psql('shop', <<'SQL');
SET client_min_messages = warning;
CREATE EXTENSION soc2 CASCADE;
CREATE ROLE ada LOGIN IN ROLE soc2_admin;
CREATE ROLE bob LOGIN IN ROLE soc2_admin;
DO $$
BEGIN
    -- groups in groups, six deep
    FOR i IN 1..200 LOOP
        EXECUTE format('CREATE ROLE "Group %s"%s', i, CASE WHEN i > 3 THEN format(' IN ROLE "Group %s"', i / 3) END);
    END LOOP;
    FOR i IN 1..1798 LOOP
        EXECUTE format('CREATE ROLE user%s LOGIN IN ROLE "Group %s", "Group %s"', i, i % 200 + 1, (i * 7 + 3) % 200 + 1);
    END LOOP;
    FOR i IN 1..300 LOOP
        EXECUTE format('CREATE TABLE "T %s" (id integer, secret text)', i);
        EXECUTE format('GRANT SELECT, INSERT ON "T %s" TO "Group %s", user%s', i, i % 200 + 1, i);
        EXECUTE format('GRANT UPDATE (secret) ON "T %s" TO user%s', i, i + 300);
        EXECUTE format('CREATE FUNCTION f%s(integer) RETURNS integer LANGUAGE sql RETURN 1', i);
    END LOOP;
END $$;
ALTER ROLE user7 SUPERUSER;
ALTER ROLE user8 CREATEROLE;
-- what user1 was granted, user2 was granted by user1
GRANT SELECT ON "T 77" TO user1 WITH GRANT OPTION;
SET ROLE user1;
GRANT SELECT ON "T 77" TO user2;
RESET ROLE;
SQL

sub as
{
	my ($user, $sql, $db) = @_;
	return $node->safe_psql($db // 'shop', $sql, extra_params => [ '-U', $user ]);
}

my $superuser = $node->safe_psql('shop', 'SELECT current_user');
my $review = as('ada', "SELECT soc2.start_access_review('all of it')");

# counts made another way
is( $node->safe_psql('shop', "SELECT kind, count(*) FROM soc2.access_review_entries WHERE kind IN ('attribute', 'membership') GROUP BY 1 ORDER BY 1"),
	$node->safe_psql('shop', <<'SQL'), 'each attribute and membership is an entry');
SELECT 'attribute', sum(1 + rolsuper::integer + rolcreaterole::integer + rolcreatedb::integer + rolreplication::integer + rolbypassrls::integer)
FROM pg_roles WHERE rolname !~ '^pg_'
UNION ALL
SELECT 'membership', count(*) FROM pg_auth_members WHERE member::regrole::text !~ '^pg_'
SQL
is($node->safe_psql('shop', "SELECT count(DISTINCT role_name) FROM soc2.access_review_entries WHERE kind = 'attribute'"), '2006', 'of 2,000 roles and those that the server and the extension need');
is( $node->safe_psql('shop', "SELECT privilege, column_name, count(*) FROM soc2.access_review_entries WHERE object ~ '\"T ' AND kind = 'privilege' GROUP BY 1, 2 ORDER BY 1"),
	"INSERT||600\nSELECT||602\nUPDATE|secret|300", 'so is each privilege on tables and columns');
is( $node->safe_psql('shop', "SELECT count(*), bool_and(is_default), bool_and(role_name = 'public') FROM soc2.access_review_entries WHERE object ~ '^public.f' AND kind = 'privilege'"),
	'300|t|t', 'and that everybody may run new functions');
is($node->safe_psql('shop', 'SELECT count(*) FROM soc2.access_review_entries'), $node->safe_psql('shop', 'SELECT entries FROM soc2.access_reviews'), 'the review knows how many there are');

# two persons decide; nobody on himself
is( as('ada', "SELECT soc2.decide_access_entries('$review', 'revoke', 'who are they?', ARRAY(SELECT 'user' || i * 10 FROM generate_series(1, 100) AS i), '{membership}')"),
	$node->safe_psql('shop', "SELECT count(*) FROM pg_auth_members WHERE member::regrole::text ~ '^user([0-9]{1,2}0|1000)\$'"), 'memberships of a hundred users are revoked');
as('ada', "SELECT soc2.decide_access('$review', 'user7', 'SUPERUSER', 'revoke', 'left over')");
as('ada', "SELECT soc2.decide_access_entries('$review', 'revoke', 'not for columns', privileges => '{UPDATE}', objects => '*\"T 1*')");
as('ada', "SELECT soc2.decide_access_entries('$review', 'revoke', 'user1 granted it on', '{user1,user2}', objects => 'public.\"T 77\"')");
as('ada', "SELECT soc2.decide_access_entries('$review', 'keep', 'needed', undecided => true, others_only => true)");
is($node->safe_psql('shop', "SELECT DISTINCT role_name FROM soc2.access_review_status WHERE decision IS NULL"), 'ada', 'the reviewer cannot decide on herself');
isnt($node->psql('shop', "SELECT soc2.decide_access_entries('$review', 'keep', 'mine', '{ada}')", extra_params => [ '-U', 'ada' ]), 0, 'not even if she tries');
is(as('bob', "SELECT soc2.decide_access_entries('$review', 'keep', 'needed', undecided => true, others_only => true) > 0"), 't', 'somebody else does');
my $revoked = $node->safe_psql('shop', "SELECT count(*) FROM soc2.access_review_status WHERE decision = 'revoke'");
my $columns = $node->safe_psql('shop', "SELECT count(*) FROM soc2.access_review_status WHERE decision = 'revoke' AND kind = 'privilege' AND column_name <> ''");
cmp_ok($revoked, '>', 300, 'much is to be revoked');

# carried out in part
my @script = grep { !/^--/ } split /\n/, as('ada', "SELECT soc2.revoke_script('$review')");
is(scalar @script, $revoked, 'a statement for each');
my ($user2) = grep { $script[$_] =~ /FROM user2;/ } 0 .. $#script;
my ($user1) = grep { $script[$_] =~ /FROM user1;/ && $script[$_] =~ /"T 77"/ } 0 .. $#script;
cmp_ok($user2, '<', $user1, 'who was granted on loses it first');
like($script[$user2], qr/^SET ROLE user1; REVOKE SELECT ON TABLE public\."T 77" FROM user2; RESET ROLE;$/, 'by who granted it');
my @half = grep { !/UPDATE/ } @script;
$node->safe_psql('shop', join "\n", @half);
my @problems = split /\n/, as('ada', "SELECT problem, role_name, privilege FROM soc2.close_campaign('$review')");
is(scalar @problems, $columns, 'what was not run is listed');
is((grep { !/^not_revoked\|user\d+\|UPDATE$/ } @problems), 0, 'and nothing else');
is($node->safe_psql('shop', "SELECT state, closed_at FROM soc2.access_reviews"), 'incomplete|', 'the review is not closed');
is( $node->safe_psql('shop', "SELECT payload ->> 'action', payload -> 'problems', payload #>> '{decisions,revoke}' FROM soc2.evidence WHERE kind = 'access_review' ORDER BY recorded_at DESC LIMIT 1"),
	qq(try to close|{"not_revoked": $columns}|$revoked), 'which is evidence');
is($node->safe_psql('shop', "SELECT outcome, failures FROM soc2.assess('self.review_done')"), "fail|$columns", 'and fails a check');

# and then all of it
my @rest = grep { !/^--/ } split /\n/, as('ada', "SELECT soc2.revoke_script('$review')");
is_deeply([ sort @rest ], [ sort grep { /UPDATE/ } @script ], 'the script has just the rest');
$node->safe_psql('shop', join "\n", @rest);
is(as('bob', "SELECT * FROM soc2.close_campaign('$review')"), '', 'nothing is left');
is($node->safe_psql('shop', 'SELECT state, closed_by FROM soc2.access_reviews'), 'closed|bob', 'the review is closed');
is($node->safe_psql('shop', "SELECT outcome, failures FROM soc2.assess('self.review_done')"), 'pass|0', 'and passes the check');
is($node->safe_psql('shop', "SELECT outcome, failures FROM soc2.assess('self.review_due')"), 'pass|0', 'also that of reviews');

# nothing else is gone, and what comes later shows
$node->safe_psql('shop', 'CREATE ROLE late LOGIN; GRANT "Group 9" TO late; GRANT SELECT ON "T 5" TO late');
my $second = as('bob', "SELECT soc2.start_access_review('next quarter')");
is( $node->safe_psql('shop', "SELECT change, count(*) FROM soc2.campaign_differences('$review', '$second') WHERE kind <> 'hba' GROUP BY 1 ORDER BY 1"),
	"added|3\nremoved|$revoked", 'a second review differs by what was revoked and what is new');
is( $node->safe_psql('shop', "SELECT count(*) FROM soc2.campaign_differences('$review', '$second') AS d JOIN soc2.access_review_status AS s
	USING (kind, role_name, object_type, object, column_name, privilege, grantor) WHERE d.change = 'removed' AND s.review_id = '$review' AND s.decision <> 'revoke'"),
	'0', 'what was kept is there');

# duties, inherited through six groups
$node->safe_psql('shop', q(SELECT soc2.separate_duties('pay', 'Group 1', 'Group 2', 'x')));
is( $node->safe_psql('shop', 'SELECT count(*) FROM soc2.sod_conflicts'),
	$node->safe_psql('shop', "SELECT count(*) FROM pg_roles AS r WHERE rolcanlogin AND NOT rolsuper AND pg_has_role(oid, 'Group 1', 'MEMBER') AND pg_has_role(oid, 'Group 2', 'MEMBER')"),
	'conflicts are those of pg_has_role()');

# which rules let whom in
my $hba = $node->data_dir . '/pg_hba.conf';
my $rules = slurp_file($hba);
append_to_file("$hba.new", <<'HBA' . $rules);
local all user1 reject
local all "+Group 2" trust
host other all 10.0.0.0/8 md5
host all all 10.1.0.0/16 scram-sha-256
hostssl all user2 10.1.2.0/24 cert
hostnossl sameuser shop 10.2.0.0/16 md5
host samerole all 10.3.0.0/16 md5
host replication all 10.4.0.0/16 md5
local all all trust
HBA
$node->safe_psql('shop', 'CREATE ROLE shop LOGIN; GRANT shop TO user5; ALTER ROLE user6 REPLICATION');
rename "$hba.new", $hba or die $!;
sub reach { return $node->safe_psql('shop', "SELECT DISTINCT rule FROM soc2.hba_reach() WHERE role_name = '$_[0]' AND rule ~ 'all all - trust|Group| 10[.]' ORDER BY 1") }
is(reach('user1'), 'host all all 10.1.0.0/16 scram-sha-256', 'a rule that rejects is before the one for all');
my $member = $node->safe_psql('shop', "SELECT min(rolname) FROM pg_roles WHERE rolname ~ '^user' AND NOT rolsuper AND pg_has_role(oid, 'Group 2', 'MEMBER') AND rolname NOT IN ('user1', 'user2', 'user5', 'user6')");
is(reach($member), "host all all 10.1.0.0/16 scram-sha-256\nlocal all +Group 2 - trust", 'members of members get in, by the first rule alone');
my $other = $node->safe_psql('shop', "SELECT min(rolname) FROM pg_roles WHERE rolname ~ '^user' AND NOT pg_has_role(oid, 'Group 2', 'MEMBER') AND rolname NOT IN ('user1', 'user2', 'user5', 'user6')");
is(reach($other), "host all all 10.1.0.0/16 scram-sha-256\nlocal all all - trust", 'others by the rule for all');
unlike(reach('user2'), qr/cert/, 'a rule within the network of an earlier one lets nobody in');
like(reach('shop'), qr/^hostnossl sameuser shop 10\.2\.0\.0\/16 md5$/m, 'the database as user');
like(reach('user5'), qr/^host samerole all 10\.3\.0\.0\/16 md5$/m, 'the database as role');
unlike(reach('user5'), qr/replication/, 'not for replication without the attribute');
like(reach('user6'), qr/^host replication all 10\.4\.0\.0\/16 md5$/m, 'for replication with it');
is($node->safe_psql('shop', "SELECT count(*) FROM soc2.hba_reach() WHERE rule ~ 'other'"), '0', 'rules for another database do not count');
append_to_file("$hba.new", $rules);
rename "$hba.new", $hba or die $!;

# objects and roles that come and go
append_to_file($node->basedir . '/churn.sql', <<'SQL');
BEGIN;
CREATE ROLE churn:client_id;
CREATE TYPE churn:client_id AS ENUM ('a');
CREATE FUNCTION churn(churn:client_id) RETURNS integer LANGUAGE sql RETURN 1;
GRANT EXECUTE ON FUNCTION churn(churn:client_id) TO churn:client_id;
COMMIT;
BEGIN;
DROP FUNCTION churn(churn:client_id);
DROP TYPE churn:client_id;
DROP ROLE churn:client_id;
COMMIT;
SQL
my $churn = IPC::Run::start([ 'pgbench', '-n', '-c', '2', '-T', '8', '-f', $node->basedir . '/churn.sql', $node->connstr('shop') ], '>', \my $out, '2>', \my $err);
my ($seen, $torn) = (0, 0);
for (1 .. 12)
{
	my ($roles, $types, $functions, $grants) = split /\|/, $node->safe_psql('shop', <<'SQL');
SELECT count(*) FILTER (WHERE kind = 'attribute'), count(*) FILTER (WHERE kind = 'ownership' AND object_type = 'type'),
    count(*) FILTER (WHERE kind = 'ownership' AND object_type = 'function'), count(*) FILTER (WHERE kind = 'privilege' AND object_type = 'function' AND role_name <> 'public')
FROM soc2.access_now() WHERE role_name ~ '^churn' OR object ~ 'churn'
SQL
	$seen += $roles;
	$torn++ if $roles != $types || $roles != $functions || $roles != $grants;
}
ok(IPC::Run::finish($churn), 'objects come and go') or diag($err);
cmp_ok($seen, '>', 0, 'some are seen');
is($torn, 0, 'all of what is granted together, or nothing');

# elsewhere: names count there, and not the numbers of roles and objects
as('ada', qq(SELECT soc2.decide_access('$second', '$superuser', 'OWNER', 'change', 'x', 'public."T 9"', change_to => 'owner user3')));
dump_as_text($node, 'shop', 'restored');
is($node->safe_psql('restored', 'SELECT count(*) FROM soc2.access_review_entries'), $node->safe_psql('shop', 'SELECT count(*) FROM soc2.access_review_entries'), 'entries are restored');
is($node->safe_psql('restored', "SELECT count(*) FROM soc2.access_review_problems('$review')"), '0', 'they are as they were frozen, and the decisions hold');
is($node->safe_psql('restored', "SELECT count(*) FROM soc2.verify_ledger('soc2.row_changes')"), '0', 'their history is whole');
$node->safe_psql('restored', 'GRANT UPDATE (secret) ON "T 1" TO user301');
is($node->safe_psql('restored', "SELECT problem, role_name, privilege FROM soc2.access_review_problems('$review')"), 'not_revoked|user301|UPDATE', 'and go on to be judged');

$node->safe_psql('restored', 'ALTER TABLE "T 9" OWNER TO user4');
is( $node->safe_psql('restored', "SELECT detail FROM soc2.access_review_problems('$second') WHERE problem = 'not_changed'"),
	'it was to become: owner user3; it is there again: user4, public."T 9"', 'an object that belongs to somebody else than was decided');

$node->stop;
done_testing();
