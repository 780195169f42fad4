# The tutorial works: its blocks of sh and sql are run as they stand, in their order,
# and give the outputs that it shows.  A block of text is the output of the block
# before it; a block without one only has to succeed.
use strict;
use warnings;
use FindBin;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# The blocks of a document: language, text, line
sub blocks
{
	my ($text) = @_;
	my @found;
	while ($text =~ /^```(\w*)\n(.*?)^```$/gms)
	{
		push @found, { language => $1, text => $2, line => 1 + (substr($text, 0, $-[0]) =~ tr/\n//) };
	}
	return @found;
}

# Blocks that are run, with the output that follows
sub steps
{
	my @steps;
	for my $block (blocks(@_))
	{
		if ($block->{language} eq 'text') { $steps[-1]{output} = $block->{text} }
		else { push @steps, $block }
	}
	return @steps;
}

# White space at the end of lines and of the text does not count
sub trimmed
{
	my ($text) = @_;
	$text =~ s/[ \t]+$//mg;
	$text =~ s/\n+\z//;
	return $text;
}

is_deeply([ map { "$_->{language} $_->{line} " . ($_->{output} // 'nothing') } steps("a\n```sh\nx\n```\nb\n```sql\ny\n```\n\n```text\nz\n```\n") ],
	[ 'sh 2 nothing', "sql 6 z\n" ], 'blocks and their outputs are found');

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->start;
my $dir = PostgreSQL::Test::Utils::tempdir;
chomp(my $bindir = `pg_config --bindir`);
$ENV{PATH} = "$bindir:$ENV{PATH}";
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
$ENV{PGUSER} = $node->safe_psql('postgres', 'SELECT current_user');
$ENV{PGTZ} = 'UTC';

open my $in, '<', "$FindBin::Bin/../../doc/tutorial.md" or die $!;
my @steps = steps(do { local $/; scalar <$in> });
close $in;
cmp_ok(scalar @steps, '>', 15, 'the tutorial has steps');
is(join(' ', grep { !/^(?:sh|sql)$/ } map { $_->{language} } @steps), '', 'all of them are run');
for my $step (@steps)
{
	my $shows_error = ($step->{output} // '') =~ /^ERROR:/m;
	my @command =
	  $step->{language} eq 'sh'
	  ? ('sh', '-e', '-c', $step->{text})
	  : ('psql', '-X', '-q', '-d', 'shop', $shows_error ? () : ('-v', 'ON_ERROR_STOP=1'), '-f', '-');
	my $output = '';
	my $done = IPC::Run::run(\@command, '<', \($step->{language} eq 'sh' ? '' : $step->{text}), '>', \$output, '2>&1',
		init => sub { chdir $dir or die $! });
	$output =~ s/^psql:<stdin>:\d+: //mg;
	ok($done, "line $step->{line}: $step->{language} succeeds") or diag($output);
	is(trimmed($output), trimmed($step->{output}), "line $step->{line}: the output is the one shown") if defined $step->{output};
}
$node->stop;
done_testing();
