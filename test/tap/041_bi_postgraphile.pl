# PostGraphile serves soc2_bi over GraphQL, with the keys and joins that
# doc/postgraphile.tags.json5 tells it: every view and column is there with a type
# that is known and its comment, values are those of psql, joins lead to the row
# that they name, and nothing can be changed.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Cwd qw(getcwd);
use HTTP::Tiny;
use JSON::PP ();
use POSIX qw(strftime);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Bi qw(bi_environment bi_reference bi_rows bi_same_rows bi_server bi_views node_modules);
use Test::More;
use Time::Local qw(timegm);

# What PostGraphile calls the types.
my %known = (
	text => 'String', integer => 'Int', bigint => 'BigInt', numeric => 'BigFloat', boolean => 'Boolean',
	date => 'Date', 'timestamp with time zone' => 'Datetime');

my $modules = node_modules();
my $node = bi_server('postgraphile');
my $views = bi_views($node);
is(slurp_file('doc/postgraphile.tags.json5'), tags($views), 'doc/postgraphile.tags.json5 has the keys and joins of the views');

my %environment = bi_environment($node);
local @ENV{ keys %environment } = values %environment;
my ($port, $log) = (PostgreSQL::Test::Cluster::get_free_port(), $PostgreSQL::Test::Utils::log_path . '/postgraphile.log');
my $there = getcwd;
# it takes the tags from the directory that it starts in
chdir 'doc' or die $!;
my $running = IPC::Run::start([ 'node', "$modules/postgraphile/cli.js", '--connection', 'postgres://', '--schema', 'soc2_bi',
		'--host', '127.0.0.1', '--port', $port, '--include-extension-resources', '--no-ignore-rbac', '--no-ignore-indexes',
		'--append-plugins', "$modules/postgraphile/plugins.js:TagsFilePlugin", '--disable-query-log' ], '<', \undef, '>', $log, '2>&1');
chdir $there or die $!;

my $schema;
for (1 .. 300)
{
	$schema = eval { ask(<<'GRAPHQL') };
{ __schema { mutationType { name } queryType { name }
	types { name kind description fields { name description
		type { name ofType { name ofType { name ofType { name } } } } } } } }
GRAPHQL
	last if $schema;
	select undef, undef, undef, 0.1;
}
ok($schema, 'PostGraphile answers') or diag(slurp_file($log));
is($schema->{__schema}{mutationType}, undef, 'there is nothing that changes anything');

# the type of each view, by its comment, and the field that lists all of it
my %type = map { $_->{name} => $_ } @{ $schema->{__schema}{types} };
my %of_comment = map { ($_->{description} // '') => $_ } grep { $_->{kind} eq 'OBJECT' } values %type;
my %list = map { my ($nodes) = grep { $_->{name} eq 'nodes' } @{ $type{ named($_->{type}) }{fields} };
	$nodes ? (named($nodes->{type}) => $_->{name}) : () } @{ $type{Query}{fields} };
my %said = map { $_ => $of_comment{ $views->{$_}{comment} } } keys %$views;
is(join(' ', grep { !$said{$_} } sort keys %$views), '', 'every view is a type, with its comment');

for my $name (sort keys %$views)
{
	my @columns = @{ $views->{$name}{columns} };
	my @types = map { $_->[1] =~ s/\(.*\)//r } @columns;
	my %field = map { $_->{name} => $_ } @{ $said{$name}{fields} // [] };
	is_deeply([ map { my $f = $field{ camel($_->[0]) }; [ $_->[0], $f && named($f->{type}), $f->{description} ] } @columns ],
		[ map { [ $columns[$_][0], $known{ $types[$_] }, $columns[$_][2] ] } 0 .. $#columns ],
		"$name: columns, their types and comments");

	# of the joins, the key of the row on the other side
	my @joins = map { my ($to, $key) = bi_reference($name, $_->[0]); $to && $to =~ /^dim_/ ? [ $_->[0], $to, $key ] : () } @columns;
	my %join = map { $_->[0] => camel("$_->[1]_by_$_->[0]") } @joins;
	my $wanted = join ' ', map { camel($_->[0]) } @columns;
	my $list = $list{ $said{$name}{name} };
	my ($expected, $rows, $after);
	for (1 .. 3)
	{
		$expected = bi_rows($node, { $name => $views->{$name} })->{$name};
		$rows = ask("{ $list(orderBy: PRIMARY_KEY_ASC) { nodes { $wanted } } }")->{$list}{nodes};
		$after = bi_rows($node, { $name => $views->{$name} })->{$name};
		last if JSON::PP::encode_json($expected) eq JSON::PP::encode_json($after);
	}
	my $read = [ map { my $row = $_; [ map { value($row->{ camel($columns[$_][0]) }, $types[$_]) } 0 .. $#columns ] } @$rows ];
	bi_same_rows($name, $expected, $read, \@types, sub { return $_[0] });
	# a dimension is computed for each row that leads to it: not for many
	my $joined = join ' ', map { camel($_->[0]) . " $join{$_->[0]} { " . camel($_->[2]) . ' }' } @joins;
	$rows = ask("{ $list(first: 20) { nodes { $joined } } }")->{$list}{nodes} if @joins;
	for my $join (@joins)
	{
		my ($from, $to, $key) = ($join->[0], $join{ $join->[0] }, camel($join->[2]));
		my @astray = grep { ($_->{ camel($from) } // 'none') ne ($_->{$to} ? $_->{$to}{$key} : 'none') } @$rows;
		is(scalar(@astray), 0, "$name: $from leads to the row of $join->[1]");
	}
}

$running->signal('TERM');
$running->finish;
$node->stop;
done_testing();

# A query and its data
sub ask
{
	my ($query) = @_;
	my $answer = HTTP::Tiny->new(timeout => 120)->post("http://127.0.0.1:$port/graphql",
		{ headers => { 'Content-Type' => 'application/json' }, content => JSON::PP::encode_json({ query => $query }) });
	my $said = JSON::PP::decode_json($answer->{content});
	die "$query: " . JSON::PP::encode_json($said->{errors}) if $said->{errors};
	return $said->{data};
}

# A value as Soc2Bi has it; times come with the offset of the session
sub value
{
	my ($value, $type) = @_;
	return $value if !defined $value;
	return $value ? 'true' : 'false' if $type eq 'boolean';
	return "$value" if $type ne 'timestamp with time zone';
	my ($year, $month, $day, $hour, $minute, $second, $fraction, $sign, $hours, $minutes) =
	  $value =~ /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?([-+])(\d\d):(\d\d)$/ or return "not readable: $value";
	my $time = timegm($second, $minute, $hour, $day, $month - 1, $year) - "${sign}1" * 60 * ($hours * 60 + $minutes);
	return strftime('%Y-%m-%dT%H:%M:%S.', gmtime $time) . substr(($fraction // '') . '000000', 0, 6) . 'Z';
}

# The name of a type, or of what it is a list of
sub named
{
	my ($type) = @_;
	$type = $type->{ofType} while !defined $type->{name};
	return $type->{name};
}

sub camel { return $_[0] =~ s/_(\w)/\u$1/gr }

# What doc/postgraphile.tags.json5 has to be
sub tags
{
	my ($views) = @_;
	my $text = <<'JSON5';
// Keys and joins of soc2_bi for PostGraphile 4, which takes a file of this name from the
// directory that it is started in: doc/bi.md says how.
{
  version: 1,
  config: {
    class: {
JSON5
	for my $name (sort keys %$views)
	{
		my @columns = map { $_->[0] } @{ $views->{$name}{columns} };
		$text .= "      \"soc2_bi.$name\": {\n        tags: {\n          primaryKey: \"$columns[0]\",\n";
		my @joins = map { my ($to, $key) = bi_reference($name, $_); $to && $to =~ /^dim_/ ? "($_) references soc2_bi.$to ($key)" : () } @columns;
		$text .= "          foreignKey: [\n" . join('', map { "            \"$_\",\n" } @joins) . "          ],\n" if @joins;
		$text .= "        },\n      },\n";
	}
	return "$text    },\n  },\n}\n";
}
