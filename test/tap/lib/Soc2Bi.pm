# test/tap/lib/Soc2Bi.pm
#
# What the tests of clients share: a server that has something of everything in
# soc2_bi, a role that may do nothing but what soc2_auditor may, and what a
# client has to find there.
#
# A client of test/clients is a program that gets PGHOST, PGPORT, PGDATABASE,
# PGUSER and PGPASSWORD, reads what its driver tells of schema soc2_bi, and
# writes a line of JSON for each view:
#   {"view": name, "comment": text or null, "columns": [[name, type, comment]...],
#    "rows": [[text or null...]...]}
# with the rows by the first column.  BI_REFUSED has statements, one a line,
# each of which it tries and reports as
#   {"refused": statement, "state": SQLSTATE or null if it worked}

package Soc2Bi;

use strict;
use warnings;

use Exporter qw(import);
use JSON::PP ();
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils ();
use Test::More;

our @EXPORT_OK = qw(bi_server bi_environment bi_client bi_compare bi_reference bi_rows bi_same_rows bi_views
  canonical node_modules skip_without);

my $password = q{p 'w"\\d};
my $role = 'bi reader';
my $dbname = 'bi';

# Statements that whoever only reads is refused with 42501.
my @refused = (
	q{UPDATE soc2_bi.dim_period SET time_zone = 'UTC'},
	q{DELETE FROM soc2_bi.dim_period},
	q{INSERT INTO soc2_bi.dim_period (period_id) VALUES ('x')},
	q{INSERT INTO soc2.evidence (kind) VALUES ('x')},
	q{DELETE FROM soc2.check_runs},
	q{TRUNCATE soc2.evidence},
	q{SELECT soc2.record_evidence('x')},
	q{CREATE TABLE soc2_bi.x (a integer)},
	q{CREATE VIEW soc2.x AS SELECT 1 AS a});

# A server that listens on the loopback, asks the reader for its password, and
# has its sessions in a zone half an hour off, with dates as nobody can read them.
sub bi_server
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
	$node->append_conf('postgresql.conf', "listen_addresses = '127.0.0.1'\nautovacuum = off\n");
	open my $hba, '>', $node->data_dir . '/pg_hba.conf' or die $!;
	print $hba qq{local all postgres peer\nlocal all "$role" scram-sha-256\n}
	  . qq{host all "$role" 127.0.0.1/32 scram-sha-256\nlocal all all trust\n};
	close $hba;
	$node->start;
	$node->safe_psql('postgres', "CREATE DATABASE $dbname");
	$node->safe_psql($dbname, fill());
	my ($quoted) = $password =~ s/'/''/gr;
	$node->safe_psql($dbname, qq{SET standard_conforming_strings = on;
		CREATE ROLE "$role" LOGIN PASSWORD '$quoted' IN ROLE soc2_auditor;
		ALTER ROLE "$role" SET TimeZone = 'America/St_Johns';
		ALTER ROLE "$role" SET DateStyle = 'SQL, DMY';});
	return $node;
}

# The environment of a client, to be set by local @ENV{keys} = values.
sub bi_environment
{
	my ($node) = @_;
	return (PGHOST => '127.0.0.1', PGPORT => $node->port, PGDATABASE => $dbname,
		PGUSER => $role, PGPASSWORD => $password, BI_SOCKET => $node->host, BI_REFUSED => join("\n", @refused));
}

# Something of everything: what is NULL, what only evidence names, text that has
# to be escaped, times that are far away or never come.
sub fill
{
	return <<'SQL';
CREATE EXTENSION soc2 CASCADE;
SELECT soc2.set_scope('{CC,A,C,PI,P}');
CREATE TABLE public.member (resource text, ok boolean);
INSERT INTO public.member VALUES ('a', true), (E'odd "name''\n\t\\ \u00e9 \U0001F600 \x01 <b>', false), ('c', NULL), ('d', false);
SELECT soc2.create_check('shop.' || n, E'It''s "' || n || E'" \\ \u20ac', s, 'SELECT resource, ok, ''x'' FROM public.member WHERE ' || c,
    '{tsc:CC1.1,tsc:CC6.1}', 'r', 'r', frequency => f)
FROM (VALUES ('pass', 'low', 'ok', interval '1 day'), ('fail', 'critical', 'true', '1 hour 1 second'),
    ('empty', 'medium', 'false', '10 years'), ('gone', 'high', 'ok', '1 mon'), ('error', 'high', '1 / 0 = 0', '1 day')) AS v (n, s, c, f);
SELECT soc2.enable_check('auth.hba_no_trust', false, 'a test');
SELECT count(*) FROM soc2.assess('shop.*');
SELECT soc2.drop_check('shop.gone', 'a test');
SELECT soc2.record_evidence('minutes', control_id => 'no such "control"', criteria => '{outline:CC1.5.99}', expires_at => 'infinity');
SELECT soc2.record_evidence('minutes', expires_at => '2100-01-01');
SELECT soc2.record_evidence('minutes', criteria => '{tsc:CC2.1}', expires_at => '294000-01-01');
SELECT soc2.record_evidence('minutes', criteria => '{tsc:CC2.2}', expires_at => '9999-12-31 23:59:59.999999+00');
SELECT soc2.create_control(i, 'title of ' || i, E'line\nline', nature => n, frequency => f, owner => o)
FROM (VALUES ('SHOP-1', 'manual', interval '1 mon', NULL), ('SHOP-2', 'automated', NULL, 'Kim <kim>'), ('SHOP-3', 'hybrid', '1 hour', 'Lee')) AS v (i, n, f, o);
SELECT soc2.map_control('SHOP-1', 'tsc:CC1.2', 'equal-to', 'x'), soc2.map_control('SHOP-2', 'tsc:CC5.2', 'subset-of', 'x'),
    soc2.link_check('SHOP-2', 'shop.fail');
SELECT soc2.adopt_controls('{SHOP-1}', '0044-03-15 BC'), soc2.adopt_controls('{SHOP-2}', '2026-01-01'), soc2.adopt_controls('{SHOP-3}', '20000-02-29');
SELECT soc2.retire_control('SHOP-2', 'over', '9999-12-31');
SELECT soc2.attest('SHOP-1', 'no', '[2026-01-01,2026-01-02)', 'fail');
SELECT soc2.plan_finding(finding_id, 'Kim', CASE WHEN check_id IS NULL THEN timestamptz '20000-01-01' ELSE '2026-01-01' END) FROM soc2.findings WHERE resource IS DISTINCT FROM 'd';
UPDATE public.member SET ok = true WHERE resource = 'd';
SELECT count(*) FROM soc2.assess('shop.fail');
INSERT INTO soc2.risks (risk_id, title, owner, state, due_at) VALUES (E'R "1\' \u00e9', E'fire\n', 'somebody', 'identified', '2026-01-01');
SELECT soc2.start_access_review(E'all "of" it\n', '1 day') \gset r_
SELECT soc2.decide_access_entries(:'r_start_access_review', 'keep', 'r', '{soc2_auditor}') > 0;
SELECT soc2.start_access_review('far', '20000 years'), soc2.cancel_access_review(:'r_start_access_review', 'a test');
SELECT soc2.record_backup(E'b "1\' \u00e9'), soc2.record_restore_test(E'b "1\' \u00e9', true, now(), '1.5 seconds', now() - interval '2.000001 seconds', 'x'),
    soc2.record_backup_test(E'b "1\' \u00e9', false, 'restore', '0044-03-15 BC');
SELECT soc2.open_period('2026-H1', '2026-01-01', '2026-06-30'), soc2.open_period('far', '0044-03-15 BC', '20000-01-01'),
    soc2.open_period('a day', '9999-12-31'), soc2.open_period('zero', '0001-01-01', '9999-12-30');
CREATE TABLE public."kept, 1" (id integer PRIMARY KEY, at timestamptz);
CREATE TABLE public.other (id integer PRIMARY KEY, at timestamptz);
SELECT soc2.create_retention_class('short', '1 day', 'law', max_retain => '1 year');
SELECT soc2.set_retention('public."kept, 1"', 'short', 'at'), soc2.set_retention('public.other', 'short', 'at');
INSERT INTO public."kept, 1" VALUES (1, '2001-01-01'), (2, now()), (3, NULL);
SELECT soc2.plan_disposal('public."kept, 1"');
SELECT soc2.count_retention();
SELECT soc2.open_matter('Matter', 'm');
SELECT soc2.place_hold('m', 'public.other', 'id = 1');
SELECT count(*) FROM soc2.assess('self.chain');
SELECT soc2.seal();
SELECT soc2.refresh_days();
SELECT count(*) FROM soc2.assess('shop.pass');
SQL
}

# A program that the test needs; without it, skip with a reason
sub skip_without
{
	my ($what, $file, $hint) = @_;
	my ($found) = defined $file ? grep { -e } glob $file : ();
	plan skip_all => "$what is not installed: $hint" unless $found;
	return $found;
}

# Where Node finds the packages of test/clients/package-lock.json
sub node_modules
{
	my $dir = "$ENV{SOC2_STAGE}/clients/node_modules";
	plan skip_all => 'Node is not installed' unless grep { -x "$_/node" } split /:/, $ENV{PATH};
	plan skip_all => "the packages of test/clients are not installed: test/deps.sh says why" unless -d $dir;
	return $dir;
}

# psql as the reader: text as psql gives it
sub reader_psql
{
	my ($node, $sql) = @_;
	local $ENV{PGPASSWORD} = $password;
	local $ENV{PGTZ} = 'UTC';
	local $ENV{PGDATESTYLE} = 'ISO, YMD';
	return $node->safe_psql($dbname, $sql, extra_params => [ '-U', $role ]);
}

# What the catalog says of the views: name => { comment, columns => [[name, type, comment]...] }
sub bi_views
{
	my ($node) = @_;
	my $json = $node->safe_psql($dbname, <<'SQL');
SELECT json_object_agg(c.relname, json_build_object('comment', obj_description(c.oid, 'pg_class'), 'columns',
    (SELECT json_agg(json_build_array(a.attname, format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)) ORDER BY a.attnum)
     FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)))
FROM pg_class AS c WHERE c.relnamespace = 'soc2_bi'::regnamespace AND c.relkind = 'v'
SQL
	return JSON::PP->new->utf8->decode($json);
}

# The rows of all views, as psql gives them: name => [[text or undef...]...]
sub bi_rows
{
	my ($node, $views) = @_;
	my $sql = join ' UNION ALL ', map {
		my $list = join ', ', map { "t.$_->[0]::text" } @{ $views->{$_}{columns} };
		"SELECT '$_' AS view, COALESCE(json_agg(json_build_array($list) ORDER BY t.$views->{$_}{columns}[0][0]), '[]') AS rows FROM soc2_bi.$_ AS t"
	} sort keys %$views;
	return JSON::PP->new->utf8->decode(reader_psql($node, "SELECT json_object_agg(view, rows) FROM ($sql) AS x"));
}

# Run a client and read what it writes
sub run_client
{
	my ($node, @command) = @_;
	my %environment = bi_environment($node);
	local @ENV{ keys %environment } = values %environment;
	my ($out, $err) = ('', '');
	my $ok = IPC::Run::run(\@command, '>', \$out, '2>', \$err, IPC::Run::timeout(180));
	my (%found, %state);
	for my $line (split /\n/, $out)
	{
		my $said = eval { JSON::PP->new->utf8->decode($line) };
		if (!$said) { $err .= "no JSON: $line\n"; $ok = 0; next }
		if ($said->{view}) { $found{ $said->{view} } = $said }
		else { $state{ $said->{refused} } = $said->{state} }
	}
	return ($ok, $err, \%found, \%state);
}

# Run a client between two looks at the same; what depends on the time may have
# changed between them, then it runs again.
sub bi_client
{
	my ($node, $views, @command) = @_;
	my ($expected, $after, @said);
	for (1 .. 3)
	{
		$expected = bi_rows($node, $views);
		@said = run_client($node, @command);
		$after = bi_rows($node, $views);
		last if encode($expected) eq encode($after);
	}
	ok($said[0], "@command");
	is($said[1], '', 'without a word on stderr');
	return ($expected, @said[ 2, 3 ]);
}

sub encode { return JSON::PP->new->canonical->encode($_[0]) }

# The text of a value in a form that does not depend on the client: times with
# microseconds, in UTC.  psql's text is "2026-01-02 03:04:05.6+00".
sub canonical
{
	my ($text, $type) = @_;
	return $text if !defined $text || $type ne 'timestamp with time zone';
	my ($second, $fraction) = $text =~ /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.(\d+))?\+00$/
	  or return "not readable: $text";
	return ($second =~ s/ /T/r) . '.' . substr(($fraction // '') . '000000', 0, 6) . 'Z';
}

# Compare what a client found with what is there.
#   types     type of PostgreSQL, without its numbers => what the client calls it
#   same      code that makes of (value, type) what can be compared, for clients that lose something
#   comments  false for clients that tell of none
sub bi_compare
{
	my ($views, $expected, $found, $state, %option) = @_;
	my $same = $option{same} // sub { return $_[0] };
	is(join(' ', sort keys %$found), join(' ', sort keys %$views), 'finds every view');
	return unless %$found;
	for my $name (sort keys %$views)
	{
		my ($view, $said) = ($views->{$name}, $found->{$name} // {});
		my @columns = @{ $view->{columns} };
		my @types = map { $_->[1] =~ s/\(.*\)//r } @columns;
		my @known = map { $option{types}{$_} // "no known type for $_" } @types;
		is(encode([ map { [ @$_[ 0, 1 ] ] } @{ $said->{columns} } ]),
			encode([ map { [ $columns[$_][0], $known[$_] ] } 0 .. $#columns ]), "$name: columns and their types");
		if ($option{comments} // 1)
		{
			is($said->{comment}, $view->{comment}, "$name: comment");
			is(encode([ map { $_->[2] } @{ $said->{columns} } ]), encode([ map { $_->[2] } @columns ]),
				"$name: comments of the columns");
		}
		bi_same_rows($name, $expected->{$name}, $said->{rows}, \@types, $same);
	}
	keys_and_joins($views, $found);
	is_deeply($state, { map { $_ => '42501' } @refused }, 'changes nothing') if $state;
}

# Compare the rows of a view, in their order
sub bi_same_rows
{
	my ($name, $expected, $read, $types, $same) = @_;
	my @rows = map {
		my $row = $_;
		[ map { $same->(canonical($row->[$_], $types->[$_]), $types->[$_]) } 0 .. $#$types ]
	} @$expected;
	my @read = @{ $read // [] };
	cmp_ok(scalar(@rows), '>', 0, "$name has rows");
	my ($first) = grep { encode($rows[$_]) ne encode($read[$_]) } 0 .. ($#rows > $#read ? $#rows : $#read);
	ok(!defined $first, "$name: the values of " . @rows . ' rows')
	  or diag("row $first: got " . encode($read[$first]) . "\nexpected " . encode($rows[$first]));
}

# The rule of doc/bi.md: the first column is the key, and columns of the same
# name are found in the dimension that has it for a key.
sub keys_and_joins
{
	my ($views, $found) = @_;
	my (%values, @faults, $joins);
	for my $name (keys %$views)
	{
		my @names = map { $_->[0] } @{ $views->{$name}{columns} };
		for my $row (@{ $found->{$name}{rows} })
		{
			defined $row->[$_] && $values{$name}{ $names[$_] }{ $row->[$_] }++ for 0 .. $#names;
		}
		my $keys = $values{$name}{ $names[0] } // {};
		push @faults, "$name: keys" unless keys %$keys == @{ $found->{$name}{rows} };
	}
	for my $name (keys %$views)
	{
		for my $column (map { $_->[0] } @{ $views->{$name}{columns} })
		{
			my ($dimension, $key) = bi_reference($name, $column) or next;
			$joins++;
			push @faults, map { "$name.$column: $_" }
			  grep { !$values{$dimension}{$key}{$_} } keys %{ $values{$name}{$column} };
		}
	}
	is("@faults", '', 'each key once, and the ' . ($joins // 0) . ' joins lead somewhere');
}

# The dimension, and its key, that a column leads to
sub bi_reference
{
	my ($view, $column) = @_;
	my ($dimension, $key) =
	    $column =~ /^(?:criterion_id|parent_id)$/ ? ('dim_criterion', 'criterion_id')
	  : $column =~ /^(control|check)_id$/ ? ("dim_$1", $column)
	  : $column =~ /^(?:(?!first|last)\w+_)?day$/ ? ('dim_day', 'day')
	  : $column eq 'criteria_key' ? ('bridge_criteria', $column)
	  : return;
	return if $dimension eq $view && $column eq $key;
	return ($dimension, $key);
}

1;
