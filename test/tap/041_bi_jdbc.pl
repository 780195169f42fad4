# The JDBC driver finds every view of soc2_bi with types that it knows and
# comments, and reads what psql does.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Bi qw(bi_client bi_compare bi_server bi_views skip_without);
use Test::More;

my $java = skip_without('Java', '/usr/bin/java', 'package default-jdk-headless');
my $driver = skip_without('the JDBC driver', '/usr/share/java/postgresql.jar', 'package libpostgresql-jdbc-java');
my $node = bi_server('jdbc');
my $views = bi_views($node);
# a zone of the machine that is none of the server's
my ($expected, $found, $state) =
  bi_client($node, $views, $java, '-Duser.timezone=Asia/Kathmandu', '-XX:TieredStopAtLevel=1', '-cp', $driver, 'test/clients/Jdbc.java');
bi_compare($views, $expected, $found, $state,
	types => {
		text => 'VARCHAR text', integer => 'INTEGER int4', bigint => 'BIGINT int8', numeric => 'NUMERIC numeric',
		boolean => 'BIT bool', date => 'DATE date', 'timestamp with time zone' => 'TIMESTAMP timestamptz' });

$node->stop;
done_testing();
