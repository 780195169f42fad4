# SQLAlchemy's reflection, which notebooks and BI tools in Python use, finds every
# view of soc2_bi with types that it knows and comments, and reads what psql does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Bi qw(bi_client bi_compare bi_server bi_views skip_without);
use Test::More;

skip_without('SQLAlchemy with psycopg2', '/usr/lib/python3/dist-packages/{sqlalchemy,psycopg2}', 'packages python3-sqlalchemy and python3-psycopg2');
my $node = bi_server('sqlalchemy');
my $views = bi_views($node);
my ($expected, $found, $state) = bi_client($node, $views, 'python3', 'test/clients/reflect.py');
bi_compare($views, $expected, $found, $state,
	types => {
		text => 'TEXT', integer => 'INTEGER', bigint => 'BIGINT', numeric => 'NUMERIC', boolean => 'BOOLEAN',
		date => 'DATE', 'timestamp with time zone' => 'TIMESTAMP with time zone' });

$node->stop;
done_testing();
