# Binary forms of the types.  Proves that COPY BINARY brings every value back,
# that every damaged message is refused as 22P03 and nothing else, and that the
# server survives thousands of random ones.  It writes COPY files by hand,
# because no client sends a wrong one.
use strict;
use warnings;
use IO::Socket::UNIX;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION soc2 CASCADE;
CREATE TABLE one (c soc2.criterion);
CREATE TABLE many (s soc2.criterion_set);
CREATE TABLE lists (a soc2.criterion[]);
-- what a file of COPY gives: the rows as text, or the SQLSTATE
CREATE FUNCTION copied(tab regclass, file text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('TRUNCATE %s', tab);
    EXECUTE format('COPY %s FROM %L (FORMAT binary)', tab, file);
    EXECUTE format('SELECT string_agg(%1$s::text, '' '') FROM %1$s', tab) INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END $$;
SQL

my $dir = PostgreSQL::Test::Utils::tempdir;
chmod 0755, $dir;

# a COPY file with one row of one field a message; undef is NULL
sub copy_file
{
	my ($file, @messages) = @_;
	open my $out, '>:raw', $file or die "$file: $!";
	print $out "PGCOPY\n\377\r\n\0", pack 'N N', 0, 0;
	print $out pack('n', 1), defined $_ ? pack('N', length $_) . $_ : pack 'N', 0xFFFFFFFF
	  for @messages;
	print $out pack 'n', 0xFFFF;
	close $out or die "$file: $!";
}

# one message as a table's row: its text or SQLSTATE
sub received
{
	my ($table, @messages) = @_;
	copy_file("$dir/message", @messages);
	return $node->safe_psql('postgres', "SELECT copied('$table', '$dir/message')");
}

# the packed value of five parts
sub packed { return pack 'C C n n n', @_ }
# the messages of both types
sub one_message { return pack('C', 1) . packed(@_) }
sub set_message { return pack('C N', 1, scalar @_) . join '', @_ }

my $cc61 = packed(2, 1, 6, 1, 0);
my $p = packed(1, 5, 0, 0, 0);

# ---- what is sent ----------------------------------------------------------

is($node->safe_psql('postgres', q{SELECT soc2.criterion_send('tsc:CC6.1')}), '\x01' . unpack('H*', $cc61),
	'a criterion is sent in nine bytes');
is($node->safe_psql('postgres', q{SELECT soc2.criterion_set_send('{tsc:CC6.1,outline:P}')}),
	'\x0100000002' . unpack('H*', $p . $cc61), 'a set is sent in order');
is($node->safe_psql('postgres', q{SELECT soc2.criterion_set_send('{}')}), '\x0100000000', 'and an empty one');

# ---- what is received ------------------------------------------------------

is(received('one', one_message(2, 1, 6, 1, 0)), '(tsc:CC6.1)', 'a criterion');
is(received('one', one_message(1, 5, 65535, 65535, 65535)), '(outline:P65535.65535.65535)', 'the largest numbers');
is(received('one', undef), '()', 'NULL');
is(received('many', set_message($p, $cc61)), '("{outline:P,tsc:CC6.1}")', 'a set');
is(received('many', set_message()), '({})', 'an empty set');
is(received('many', set_message($cc61, $p, $cc61)), '("{outline:P,tsc:CC6.1}")', 'a set in any order and with doubles');
is(received('many', set_message($cc61, packed(2, 1, 6, 0, 0), packed(2, 1, 6, 1, 9))), '({tsc:CC6})',
	'a set with members that others cover');
is(received('many', undef), '()', 'no set');

# ---- what is refused -------------------------------------------------------

my $good = one_message(2, 1, 6, 1, 3);
is(received('one', substr $good, 0, $_), '22P03', "a criterion cut to $_ bytes") for 0 .. 8;
is(received('one', $good . "\0"), '22P03', 'a criterion with a byte more');
is(received('one', $good x 100), '22P03', 'a hundred of them');
is(received('one', pack('C', $_) . packed(2, 1, 6, 1, 3)), '22P03', "version $_") for 0, 2, 127, 128, 255;
is(received('one', one_message(@$_)), '22P03', "parts @$_")
  for [ 0, 1, 1, 1, 1 ], [ 3, 1, 1, 1, 1 ], [ 255, 1, 1, 1, 1 ], [ 130, 1, 1, 1, 1 ],
  [ 2, 0, 1, 1, 1 ], [ 2, 6, 1, 1, 1 ], [ 2, 255, 1, 1, 1 ],
  [ 2, 1, 0, 1, 0 ], [ 2, 1, 0, 0, 1 ], [ 2, 1, 1, 0, 1 ], [ 2, 1, 0, 1, 1 ];

my $set = set_message($p, $cc61);
is(received('many', substr $set, 0, $_), '22P03', "a set cut to $_ bytes") for 0 .. length($set) - 1;
is(received('many', "$set\0"), '22P03', 'a set with a byte more');
is(received('many', $set . $cc61), '22P03', 'a set with a member more');
is(received('many', pack('C', $_) . substr $set, 1), '22P03', "a set of version $_") for 0, 2, 255;
is(received('many', pack('C N', 1, $_) . $p . $cc61), '22P03', "a set that counts $_ members")
  for 0, 1, 3, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x20000002;
is(received('many', set_message($cc61, packed(9, 9, 9, 9, 9))), '22P03', 'a set with a member that is none');
is(received('many', set_message("\0" x 8)), '22P03', 'a set with zeros');

# an array of criteria carries their messages
my $oid = $node->safe_psql('postgres', q{SELECT 'soc2.criterion'::regtype::oid});
my $array = pack('N N N N N', 1, 0, $oid, 1, 1);
is(received('lists', $array . pack('N', 9) . $good), '({tsc:CC6.1.3})', 'an array');
is(received('lists', $array . pack('N', 8) . substr $good, 0, 8), '22P03', 'an array with one cut short');

copy_file("$dir/message", substr $set, 0, 7);
my ($ret, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nCOPY many FROM '$dir/message' (FORMAT binary)");
like($err, qr/ERROR:  22P03: invalid binary form of type soc2\.criterion_set\nDETAIL:  The value has the wrong length\./,
	'the message says what is wrong');

# ---- there and back --------------------------------------------------------

$node->safe_psql('postgres', <<"SQL");
CREATE TABLE source (c soc2.criterion, s soc2.criterion_set, a soc2.criterion[]);
INSERT INTO source
    SELECT CASE WHEN n % 20 > 0 THEN soc2.make_criterion(f, k || n || d) END,
        CASE WHEN n % 21 > 0 THEN soc2.to_set(ARRAY[soc2.make_criterion(f, k || n), soc2.make_criterion('tsc', 'CC' || n)])
             WHEN n % 2 = 0 THEN '{}' END,
        ARRAY[soc2.make_criterion(f, k), NULL]
    FROM generate_series(1, 655) AS x (m), LATERAL (SELECT m * 100 + 35) AS y (n),
        unnest('{tsc,outline}'::text[]) AS f, unnest('{CC,A,C,PI,P}'::text[]) AS k,
        unnest('{"",.65535,.1.65535}'::text[]) AS d;
COPY source TO '$dir/copy' (FORMAT binary);
CREATE TABLE target (LIKE source);
COPY target FROM '$dir/copy' (FORMAT binary);
SQL
is($node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM source) || \' \' || (SELECT count(*) FROM (TABLE source EXCEPT ALL TABLE target) AS x)'),
	'19650 0', 'thousands of values come back');

# ---- parameters ------------------------------------------------------------

# The protocol by hand: a message with its type, and the answers up to the next
# "ready for query" as [type, body].
my $socket = IO::Socket::UNIX->new(Peer => $node->host . '/.s.PGSQL.' . $node->port)
  or die "cannot connect: $!";
binmode $socket;

sub protocol
{
	my (@messages) = @_;
	my @answers;
	while (my ($type, $body) = splice @messages, 0, 2)
	{
		print $socket $type, pack('N', 4 + length $body), $body;
	}
	$socket->flush;
	while (1)
	{
		read($socket, my $head, 5) == 5 or die 'the server hung up';
		my ($type, $size) = unpack 'a N', $head;
		my $body = '';
		$size == 4 || read($socket, $body, $size - 4) == $size - 4 or die 'the server hung up';
		return @answers if $type eq 'Z';
		push @answers, [ $type, $body ];
	}
}

# The answer to a query with one parameter in binary form: the field in text,
# in binary form or the SQLSTATE.
sub asked
{
	my ($query, $message, $binary_result) = @_;
	my @answers = protocol(
		P => "\0$query\0" . pack('n', 0),
		B => "\0\0" . pack('n n n', 1, 1, 1)
		  . (defined $message ? pack('N', length $message) . $message : pack 'N', 0xFFFFFFFF)
		  . pack('n n', 1, $binary_result ? 1 : 0),
		E => "\0" . pack('N', 0),
		S => '');
	for my $answer (@answers)
	{
		my ($type, $body) = @$answer;
		return $1 if $type eq 'E' && $body =~ /\0C([0-9A-Z]{5})\0/;
		return substr $body, 6 if $type eq 'D';
	}
	return 'nothing';
}

protocol('', pack('N', 196608) . 'user' . "\0" . (getpwuid $<)[0] . "\0database\0postgres\0\0");
my $one = 'SELECT $1::soc2.criterion';
my $many = 'SELECT $1::soc2.criterion_set';
is(asked($one, $good), 'tsc:CC6.1.3', 'a criterion as a parameter');
is(asked($many, $set), '{outline:P,tsc:CC6.1}', 'a set as a parameter');
is(asked($one, $good, 1), $good, 'a criterion as a parameter and as a result');
is(asked($many, set_message($cc61, $p), 1), $set, 'a set as a parameter and, in order, as a result');
is(asked('SELECT id::text FROM (VALUES (1, \'tsc:CC6\'::soc2.criterion)) AS x (id, c) WHERE c OPERATOR(soc2.@>) $1', $good),
	'1', 'an operator with a parameter');
is(asked($one, substr $good, 0, $_), '22P03', "a parameter cut to $_ bytes") for 0, 1, 8;
is(asked($one, "$good\0"), '22P03', 'a parameter with a byte more');
is(asked($one, $good x 1000), '22P03', 'a parameter that is far too long');
is(asked($one, "\2" . packed(2, 1, 1, 1, 1)), '22P03', 'a parameter of another version');
is(asked($one, one_message(2, 1, 0, 1, 1)), '22P03', 'a parameter with a bad field');
is(asked($many, substr $set, 0, $_), '22P03', "a set as a parameter cut to $_ bytes") for 0, 4, 12;
is(asked($many, pack('C N', 1, 0xFFFFFFFF) . $p), '22P03', 'a set as a parameter that counts too many');
is(asked($one, $good), 'tsc:CC6.1.3', 'the connection goes on');
close $socket;

# ---- random messages -------------------------------------------------------

# always the same numbers
my $seed = 20170401;
sub random
{
	my ($below) = @_;
	$seed = ($seed * 1103515245 + 12345) % 2147483648;
	return int($seed / 65536) % $below;
}

# a message that is nearly right: a good one, changed a little
sub nearly
{
	my ($good) = @_;
	my $message = $good;
	for (0 .. random(3))
	{
		my $kind = random(4);
		my $at = random(length($message) || 1);
		if ($kind == 0) { substr($message, $at, 1) = chr random(256) if length $message }
		elsif ($kind == 1) { $message = substr $message, 0, $at }
		elsif ($kind == 2) { $message .= chr random(256) for 0 .. random(9) }
		else { substr($message, $at, 1) = chr random(7) if length $message }
	}
	return $message;
}

for my $case ([ 'one', 'c', $good ], [ 'many', 's', $set ], [ 'many', 's', '' ])
{
	my ($table, $column, $pattern) = @$case;
	my %seen;
	my @files;
	for my $n (1 .. 1500)
	{
		my $message = length $pattern ? nearly($pattern)
		  : join '', map { chr random(256) } 1 .. random(60);
		copy_file("$dir/fuzz_$n", $message);
		push @files, "$dir/fuzz_$n";
	}
	my $result = $node->safe_psql('postgres', <<"SQL");
SELECT copied('$table', '$dir/fuzz_' || n) FROM generate_series(1, 1500) AS n;
SQL
	$seen{ /^\(/ ? 'value' : $_ }++ for split /\n/, $result;
	my $accepted = delete $seen{value} // 0;
	is(join(' ', sort keys %seen), '22P03', "random messages for $table are refused as 22P03 ($accepted are values)");
	unlink @files;
}
is($node->safe_psql('postgres', 'SELECT 1'), 1, 'the server is up');
my $log = slurp_file($node->logfile);
unlike($log, qr/terminated by signal|TRAP:|PANIC:/, 'and was all the time');

$node->stop;
done_testing();
