# node-postgres, on which BI tools in JavaScript are built, and Cube's driver find
# every view of soc2_bi with types that they know, and read what psql does, as far
# as their types reach: of a time to the millisecond.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Bi qw(bi_client bi_compare bi_server bi_views node_modules);
use Test::More;

$ENV{NODE_PATH} = node_modules();
my $node = bi_server('node');
my $views = bi_views($node);
# a zone of the machine that is none of the server's
$ENV{TZ} = 'Asia/Kathmandu';
# node-postgres reads no other dates, and does not ask for them
$ENV{PGOPTIONS} = '-c DateStyle=ISO';

my ($expected, $found, $state) = bi_client($node, $views, 'node', 'test/clients/pg.js');
bi_compare($views, $expected, $found, $state,
	types => {
		text => 'TEXT', integer => 'INT4', bigint => 'INT8', numeric => 'NUMERIC', boolean => 'BOOL',
		date => 'DATE', 'timestamp with time zone' => 'TIMESTAMPTZ' },
	same => sub { return defined $_[0] && $_[1] =~ /^time/ ? $_[0] =~ s/\d{3}Z$/Z/r : $_[0] });

($expected, $found, $state) = bi_client($node, $views, 'node', 'test/clients/pg.js', 'cube');
bi_compare($views, $expected, $found, $state, comments => 0,
	types => {
		text => 'text, text', integer => 'integer, int', bigint => 'bigint, bigint', numeric => 'numeric, decimal',
		boolean => 'boolean, boolean', date => 'date, date',
		'timestamp with time zone' => 'timestamp with time zone, timestamptz' },
	same => sub {
		return !defined $_[0] ? undef
		  : $_[1] eq 'date' ? "$_[0]T00:00:00.000"
		  : $_[1] =~ /^time/ ? $_[0] =~ s/\d{3}Z$//r
		  : $_[0];
	});

$node->stop;
done_testing();
