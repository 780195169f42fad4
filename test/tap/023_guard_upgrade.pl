# Retained, held and ledger rows, and labels, through pg_upgrade, between servers
# that preload the library.  Proves that the guards of neither one are in the way
# of it, and that all of them hold afterwards: against application, owner and
# superuser, commands, catalogs and DROP DATABASE; and that what a server with the
# guards still has to do, it does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::RealBin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(refused upgrade_server);
use Test::More;


# A server that preloads the library
sub new_node
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$node->append_conf('postgresql.conf', "timezone = 'UTC'\nshared_preload_libraries = 'soc2'\nsoc2.seal_interval = 1\n");
	return $node;
}

my $old = new_node('old');
$old->start;
$old->safe_psql('postgres', 'CREATE DATABASE shop; CREATE DATABASE plain; CREATE ROLE app; CREATE ROLE owner; CREATE ROLE bypasser IN ROLE pg_read_all_data');
$old->safe_psql('plain', 'CREATE TABLE t (id integer)');
$old->safe_psql('shop', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.create_retention_class('ten years', '10 years', 'Tax Code');
SELECT soc2.create_retention_class('law', '10 years', 'A law', mode => 'compliance');
GRANT soc2_bypass TO bypasser;
GRANT USAGE ON SCHEMA soc2 TO owner;
CREATE SCHEMA shop AUTHORIZATION owner;
GRANT USAGE ON SCHEMA shop TO app, bypasser;
SET ROLE owner;
CREATE TABLE shop.customer (id integer PRIMARY KEY, "E mail" text);
CREATE TABLE shop.invoice (id integer PRIMARY KEY, gone text, at date, note text, customer integer REFERENCES shop.customer);
ALTER TABLE shop.invoice DROP COLUMN gone;
CREATE TABLE shop.log (id integer, at date, note text) PARTITION BY RANGE (id);
CREATE TABLE shop.log_1 PARTITION OF shop.log FOR VALUES FROM (0) TO (10);
CREATE TABLE shop.log_2 PARTITION OF shop.log FOR VALUES FROM (10) TO (20);
CREATE TABLE shop.law (at date);
SELECT soc2.set_retention('shop.invoice', 'ten years', 'at', predicate => 'note IS DISTINCT FROM ''draft'''),
	soc2.set_retention('shop.log', 'ten years', 'at'), soc2.set_retention('shop.law', 'law', 'at');
SELECT soc2.lock_retention('shop.log', 'shop.log');
CREATE TABLE shop.paper (id integer, note text) PARTITION BY LIST (id);
CREATE TABLE shop.paper_1 PARTITION OF shop.paper FOR VALUES IN (1);
CREATE TABLE shop.paper_2 PARTITION OF shop.paper FOR VALUES IN (2);
CREATE TABLE shop.letter (customer integer REFERENCES shop.customer);
SELECT soc2.set_subject('shop.customer', 'id', 'customer'), soc2.set_subject('shop.letter', 'customer', via => 'shop.customer');
CREATE TABLE shop.book (id integer, note text);
INSERT INTO shop.customer VALUES (1, 'a@b'), (2, 'c@d');
INSERT INTO shop.invoice VALUES (1, '2100-01-01', 'n', 1), (2, '2100-01-01', 'draft', 1), (3, '1990-01-01', 'n', 1);
INSERT INTO shop.log VALUES (1, '2100-01-01', 'n'), (11, NULL, 'n');
INSERT INTO shop.law VALUES ('2100-01-01');
INSERT INTO shop.paper VALUES (1, 'n'), (2, 'n');
INSERT INTO shop.letter VALUES (2), (1);
INSERT INTO shop.book VALUES (1, 'n');
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON ALL TABLES IN SCHEMA shop TO app, bypasser;
RESET ROLE;
SELECT soc2.open_matter('A matter', 'm'), soc2.place_hold('m', 'shop.paper'), soc2.place_hold('m', subject => 'customer:2');
ALTER TABLE shop.paper DETACH PARTITION shop.paper_2;
SELECT soc2.create_ledger('shop.book');
SELECT soc2.set_retention('soc2.evidence', 'ten years', 'recorded_at');
SECURITY LABEL FOR soc2 ON TABLE shop.customer IS 'class=personal';
SECURITY LABEL FOR soc2 ON COLUMN shop.customer."E mail" IS 'class=restricted subject dispose=null';
SECURITY LABEL FOR soc2 ON DATABASE shop IS 'class=internal';
SQL
refused($old, 'shop', 'DELETE FROM shop.invoice WHERE id = 1', 'S2R01', 'before: a retained row stays');
ok($old->poll_query_until('shop', 'SELECT count(*) = 1 FROM soc2.refused_attempts'), 'before: the attempt is kept');
$old->safe_psql('shop', 'SELECT soc2.seal()');

# what must be as it was
my @same = (
	(map { "SELECT tableoid::regclass, t FROM shop.$_ AS t ORDER BY t" } qw(customer invoice log law paper paper_2 letter)),
	(map { "SELECT count(*), md5(string_agg(t::text, '' ORDER BY t)) FROM soc2.$_ AS t" } qw(evidence retention_classes
		retention_assignments retention_locks matters holds hold_releases hold_detachments subject_edges)),
	'SELECT relation, class, ordinal, anchor, predicate, guarded FROM soc2.retention_status ORDER BY 1, 3',
	'SELECT hold_id, relation, subject, state, guarded FROM soc2.holds_active ORDER BY 1',
	'SELECT kind, relation, column_name, label, class, problem FROM soc2.labels ORDER BY 1, 2, 3',
	'SELECT relation, tier FROM (VALUES (\'shop.invoice\'::regclass), (\'shop.log_2\'), (\'shop.paper_1\'), (\'shop.paper_2\'), (\'shop.letter\'),
		(\'shop.book\')) AS t (relation), soc2.enforcement_level(relation) ORDER BY relation::text');
sub state_of
{
	my ($node) = @_;
	return join "\n--\n", map { $node->safe_psql('shop', $_) } @same;
}
my $before = state_of($old);
like($before, qr/class=restricted.*class=internal/s, 'before: there are labels');
like($before, qr/shop\.book\|2\n.*shop\.paper_2\|2\z/s, 'before: all is guarded in the second tier');
$old->stop;

my $new = new_node('new');
upgrade_server($old, $new);
is(state_of($new), $before, 'everything is as it was');

# name, role, SQL and SQLSTATE
my @attacks = (
	[ 'a retained row', 'app', 'DELETE FROM shop.invoice WHERE id = 1', 'S2R01' ],
	[ 'its date', 'owner', q{UPDATE shop.invoice SET at = '1990-01-01' WHERE id = 1}, 'S2R02' ],
	[ 'a partition', 'owner', 'TRUNCATE shop.log_2', 'S2R01' ],
	[ 'a table', 'owner', 'DROP TABLE shop.log', 'S2R01' ],
	[ 'a trigger', 'postgres', 'ALTER TABLE shop.invoice DISABLE TRIGGER ALL', 'S2G01' ],
	[ 'a held row', 'app', 'DELETE FROM shop.paper_1', 'S2H01' ],
	[ 'a held row of a partition that had been detached', 'app', 'DELETE FROM shop.paper_2', 'S2H01' ],
	[ 'a table that had been detached', 'owner', 'DROP TABLE shop.paper_2', 'S2H01' ],
	[ 'a row of a held subject', 'app', 'DELETE FROM shop.letter WHERE customer = 2', 'S2H01' ],
	[ 'the subject', 'app', 'DELETE FROM shop.customer WHERE id = 2', 'S2H01' ],
	[ 'a ledger', 'owner', 'DELETE FROM shop.book', 'S2L01' ],
	[ 'evidence', 'postgres', q{SELECT soc2.prune_ledger('soc2.evidence', e.lane, e.seq, 'test') FROM (
		SELECT ledger_lane AS lane, min(ledger_seq) AS seq FROM soc2.evidence GROUP BY 1 HAVING count(*) > 1 LIMIT 1) AS e}, 'S2R01' ],
	[ 'a lock', 'postgres', 'DELETE FROM soc2.retention_locks', 'S2G01' ],
	[ 'the policy', 'postgres', 'DELETE FROM soc2.retention_assignments', 'S2G01' ],
	[ 'a catalog', 'postgres', q{UPDATE pg_trigger SET tgenabled = 'D' WHERE tgname ~ 'soc2'}, 'S2G01' ],
	[ 'the extension', 'postgres', 'DROP EXTENSION soc2 CASCADE', 'S2L01' ]);
for my $attack (@attacks)
{
	my ($name, $role, $sql, $state) = @$attack;
	refused($new, 'shop', "SET ROLE $role; $sql", $state, "after: $role cannot take away $name");
}
refused($new, 'postgres', 'DROP DATABASE shop', 'S2G01', 'after: nor the database, from another one');

# what goes on
$new->safe_psql('shop', 'DELETE FROM shop.invoice WHERE id > 1; DELETE FROM shop.letter WHERE customer = 1');
pass('after: what is free can go');
$new->safe_psql('shop', q{BEGIN; SET LOCAL ROLE bypasser; SET LOCAL soc2.bypass = 'a duplicate'; DELETE FROM shop.invoice WHERE id = 1; COMMIT});
is($new->safe_psql('shop', q{SELECT payload ->> 'reason' FROM soc2.evidence WHERE kind = 'retention_bypass'}), 'a duplicate',
	'after: a bypass lets a row go, and is recorded');
refused($new, 'shop', q{SET ROLE bypasser; BEGIN; SET LOCAL soc2.bypass = 'x'; DELETE FROM shop.law}, 'S2R01', 'after: not where the law binds');
ok($new->poll_query_until('shop', 'SELECT count(*) > 10 FROM soc2.refused_attempts'), 'after: attempts are kept');
ok($new->poll_query_until('shop', q{SELECT bool_and(unsealed = 0) FROM soc2.ledger_status}), 'after: ledgers are sealed');
is($new->safe_psql('shop', qq{SELECT * FROM soc2.verify_ledger('$_')}), '', "after: $_ verifies") for 'soc2.evidence', 'shop.book';
$new->safe_psql('shop', 'VACUUM (FULL, ANALYZE) shop.log; ALTER TABLE shop.log ADD COLUMN more integer');
$new->safe_psql('postgres', 'DROP DATABASE plain');
pass('after: maintenance goes on, and a database where nothing has to stay can go');
is($new->safe_psql('shop', "SECURITY LABEL FOR soc2 ON COLUMN shop.log.more IS 'class=public'; SELECT class FROM soc2.labels WHERE column_name = 'more' AND NOT inherited"),
	'public', 'after: labels are set');

$new->stop;
done_testing();
