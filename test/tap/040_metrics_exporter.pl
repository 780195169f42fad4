# Debian's exporter for Prometheus scrapes soc2.metrics by doc/prometheus.yaml:
# each number is there, with its labels, and equal to what SQL says.  The metrics
# that doc/bi.md names, in its table and in its alerts, are those.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use HTTP::Tiny;
use IO::Socket::INET;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Bi qw(bi_environment bi_server skip_without);
use Test::More;

my $exporter = skip_without('the exporter', '/usr/bin/prometheus-postgres-exporter', 'package prometheus-postgres-exporter');
my $node = bi_server('metrics');
my %environment = bi_environment($node);

# a role that may read, over the socket, with its password; its exporter wants
# what has a space or quote in the environment
my ($port, $log) = (PostgreSQL::Test::Cluster::get_free_port(), $PostgreSQL::Test::Utils::log_path . '/exporter.log');
local @ENV{ keys %environment } = values %environment;
local $ENV{PGHOST} = $environment{BI_SOCKET};
local $ENV{DATA_SOURCE_NAME} = 'dbname=bi sslmode=disable';
my $running = IPC::Run::start([ $exporter, "--web.listen-address=127.0.0.1:$port", '--disable-default-metrics',
		'--disable-settings-metrics', '--extend.query-path=doc/prometheus.yaml' ], '>', $log, '2>&1');

my $page;
for (1 .. 100)
{
	my $answer = HTTP::Tiny->new(timeout => 60)->get("http://127.0.0.1:$port/metrics");
	$page = $answer->{content} if $answer->{success};
	last if $page;
	select undef, undef, undef, 0.1;
}
ok($page, 'the exporter answers') or diag(slurp_file($log));

# metric{labels} => value, without the labels that the exporter adds; NULL is no label
my (%scraped, %type, %help);
for (split /\n/, $page // '')
{
	$help{$1} = $2 if /^# HELP (soc2_\w+) (.*)/;
	$type{$1} = $2 if /^# TYPE (soc2_\w+) (\w+)/;
	my ($metric, $labels, $value) = /^(soc2_\w+?)(?:\{(.*)\})? (\S+)$/ or next;
	my %label = ($labels // '') =~ /(\w+)="((?:[^"\\]|\\.)*)"/g;
	delete $label{server};
	$scraped{"$metric " . join ' ', map { "$_=$label{$_}" } sort keys %label} = $value + 0;
}
my @columns = qw(category framework relation severity state);
my $labels = join ', ', map { "'$_=' || $_" } @columns;
my %expected = map { my ($key, $value) = /^(.*)\|([^|]*)$/; ($key => $value + 0) } split /\n/,
  $node->safe_psql($environment{PGDATABASE}, "SELECT metric || ' ' || concat_ws(' ', $labels), value FROM soc2.metrics");
my @differ = grep { ($scraped{$_} // 'nothing') ne ($expected{$_} // 'nothing') } sort keys %{ { %scraped, %expected } };
is(join("\n", map { "$_: " . ($scraped{$_} // 'nothing') . ', expected ' . ($expected{$_} // 'nothing') } @differ), '',
	'the exporter tells ' . keys(%scraped) . ' numbers, those of SQL');
cmp_ok(scalar(keys %expected), '>', 150, 'there are many');
for my $said ('soc2_assessed_checks severity=critical state=fail', 'soc2_ledger_rows relation=soc2.evidence',
	'soc2_open_findings severity=critical state=overdue', 'soc2_sealed_timestamp_seconds relation=soc2.evidence',
	'soc2_verification_ok relation=soc2.evidence', 'soc2_active_holds ', 'soc2_recorded_acts_total category=change',
	'soc2_retention_rows state=overdue', 'soc2_assessed_checks severity=high state=error', 'soc2_disposal_plans state=requested')
{
	cmp_ok($scraped{$said} // 0, '>', 0, "$said is not 0");
}
unlike($page // '', qr/soc2_\S+ NaN|error while|user_queries_load_error\{[^}]*\} 1/, 'nothing is without a value');
is(join(' ', map { "$_:$type{$_}" } grep { $type{$_} ne 'gauge' } sort keys %type), 'soc2_recorded_acts_total:counter', 'what counts up is a counter');
is(join(' ', grep { ($help{$_} // '') !~ /^\w.{8}/ } sort keys %type), '', 'each has a description');

# what the manual says of them
my %metric = map { (split / /)[0] => 1 } keys %expected;
my ($section) = slurp_file('doc/bi.md') =~ /^## Prometheus\n(.*?)(?=^## |\z)/ms;
my %listed = map { $_ => 1 } ($section // '') =~ /^\| `(soc2_\w+)` \|/mg;
is(join(' ', sort keys %listed), join(' ', sort keys %metric), 'doc/bi.md lists the metrics');
my %alerted = map { $_ => 1 } map { /\b(soc2_\w+)/g } ($section // '') =~ /^\s*expr: (.*)$/mg;
cmp_ok(scalar(keys %alerted), '>', 5, 'and has alerts');
is(join(' ', grep { !$metric{$_} } sort keys %alerted), '', 'on metrics that are there');

$running->signal('TERM');
$running->finish;
$node->stop;
done_testing();
