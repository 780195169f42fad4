# psqlODBC finds every view of soc2_bi with types that it knows, and reads what
# psql does; of comments it tells nothing.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Bi qw(bi_client bi_compare bi_server bi_views skip_without);
use Test::More;

my $driver = skip_without('psqlODBC', '/usr/lib/*/odbc/psqlodbcw.so', 'package odbc-postgresql');
skip_without('pyodbc', '/usr/lib/python3/dist-packages/pyodbc*', 'package python3-pyodbc');
my $node = bi_server('odbc');
my $views = bi_views($node);
my ($expected, $found, $state) =
  bi_client($node, $views, 'python3', 'test/clients/odbc.py', $driver, 'BoolsAsChar=0', 'MaxLongVarcharSize=0');
bi_compare($views, $expected, $found, $state, comments => 0,
	types => {
		text => 'WLONGVARCHAR text', integer => 'INTEGER int4', bigint => 'BIGINT int8', numeric => 'NUMERIC numeric',
		boolean => 'BIT bool', date => 'DATE date', 'timestamp with time zone' => 'TIMESTAMP timestamptz' });
is(join('', map { map { $_->[2] // '' } @{ $_->{columns} } } values %$found), '', 'no comments, as doc/bi.md says');

$node->stop;
done_testing();
