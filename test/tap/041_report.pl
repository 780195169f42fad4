# The report in a browser.  Proves that it opens from a file without asking
# anything of anybody, that no name in it gets out of its place, that it can be
# read in both colour schemes, on paper, on a narrow screen, by keyboard and by
# a screen reader, and that its commands verify it against the ledger.  Keeps
# pictures of it in build/artifacts.
use strict;
use warnings;
use utf8;
use FindBin;
use lib "$FindBin::Bin/lib";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Browser;
use Test::More;

plan skip_all => 'there is no Chromium' unless Soc2Browser::program();

my $lib = "$FindBin::Bin/lib";
my $dir = PostgreSQL::Test::Utils::tempdir;
my $artifacts = $ENV{SOC2_ARTIFACTS} // $dir;
mkdir $artifacts unless -d $artifacts;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 1, extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->start;
my $user = $node->safe_psql('postgres', 'SELECT current_user');

# Run one of our scripts
sub run_script
{
	my ($db, $script) = @_;
	$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-v', "superuser=$user", '-d', $node->connstr($db), '-f', "$lib/$script" ],
		"$db: $script");
	return;
}

# Write the report of a database into a file, as the manual says
sub report
{
	my ($db, $argument, $role) = @_;
	my $file = "$dir/$db.html";
	my $psql = $node->installed_command('psql');
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	my $where = $node->connstr($db) . ($role ? " user=$role" : '');
	system($psql, '-XAt', '-d', $where, '-o', $file, '-c', "SELECT soc2.report_html($argument)") == 0
	  or die "$db: there is no report";
	return $file;
}

# What a subroutine returns that did not run over midnight
sub on_one_day
{
	my ($code) = @_;
	my ($today, @result) = ('');
	while ($today ne $node->safe_psql('postgres', q{SELECT (now() AT TIME ZONE 'UTC')::date}))
	{
		$today = $node->safe_psql('postgres', q{SELECT (now() AT TIME ZONE 'UTC')::date});
		@result = $code->();
	}
	return @result;
}

# A text in ASCII, for the name of a test: newer servers' tests take no other
sub in_ascii { my ($text) = @_; return $text =~ s/[^ -~]/sprintf '<U+%04X>', ord $&/ger }

sub slurp { my ($file) = @_; return PostgreSQL::Test::Utils::slurp_file($file) }

$node->safe_psql('postgres', "CREATE DATABASE $_") for qw(empty shop ledger);
$node->safe_psql($_, 'CREATE EXTENSION soc2 CASCADE') for qw(empty shop ledger);
run_script('shop', 'report_data.sql');
$node->safe_psql('postgres', 'CREATE DATABASE odd TEMPLATE shop');
run_script('odd', 'report_odd.sql');

my %page = (
	empty => report('empty', ''),
	shop => report('shop', ''),
	odd => report('odd', q{'<h1 id="main">period</h1>'}));

# ---- the page, as everybody sees it -----------------------------------------

my $browser = Soc2Browser->start($dir);
my $rules = slurp("$lib/report_rules.js");
$browser->call('Emulation.setFocusEmulationEnabled', { enabled => JSON::PP::true });

# Open a page and bring the rules along
sub open_page
{
	my ($file) = @_;
	$browser->open_file($file);
	$browser->evaluate($rules);
	return;
}

# A page keeps a rule
sub keeps
{
	my ($rule, $name) = @_;
	my $problems = $browser->evaluate("rules.$rule()");
	is(scalar @$problems, 0, "$name: $rule") or diag(join "\n", @$problems[ 0 .. ($#$problems < 9 ? $#$problems : 9) ]);
	return;
}

for my $name (sort keys %page)
{
	$browser->show_as('screen', 'light', 1280, 900);
	open_page($page{$name});
	keeps($_, $name) for qw(structure tables words);
	for my $scheme (qw(light dark))
	{
		$browser->show_as('screen', $scheme, 1280, 900);
		keeps($_, "$name, $scheme") for qw(contrast edges reflow);
		isnt($browser->evaluate('getComputedStyle(document.body).backgroundColor'), $scheme eq 'light' ? 'rgb(21, 23, 27)' : 'rgb(255, 255, 255)',
			"$name, $scheme: has that scheme");
		$browser->picture("$artifacts/report-$name-$scheme.png");
	}
	$browser->show_as('screen', 'light', 320, 700);
	keeps('reflow', "$name, narrow");
	# paper is white, whatever the screen is, and as wide as A4 in landscape less its margins
	$browser->show_as('print', 'dark', 1016, 700);
	keeps($_, "$name, print") for qw(contrast edges reflow);
	is($browser->evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)', "$name, print: is white");
	is($browser->evaluate('document.querySelector("nav").getClientRects().length'), 0, "$name, print: has no navigation");
	$browser->print_to("$artifacts/report-$name.pdf");
	like(slurp("$artifacts/report-$name.pdf"), qr/^%PDF-/, "$name: a PDF");
	is_deeply([ map { $_->{request}{url} } $browser->events('Network.requestWillBeSent') ], ["file://$page{$name}"],
		"$name: nothing is asked of the network");
	is_deeply([ map { $_->{entry}{text} // $_->{exceptionDetails}{text} // $_->{message} // 'console' }
		  $browser->events(qw(Log.entryAdded Runtime.exceptionThrown Runtime.consoleAPICalled Page.javascriptDialogOpening)) ],
		[], "$name: nothing to complain of, and no dialog");
	cmp_ok(-s "$artifacts/report-$name-light.png", '>', 20000, "$name: a picture");
}

# ---- odd names are text -----------------------------------------------------

$browser->show_as('screen', 'light', 1280, 900);
open_page($page{odd});
my $text = $browser->evaluate('document.body.innerText');
like($text, qr/\Q$_\E/, 'odd: ' . in_ascii($_) . ' is text')
  for ('<script>alert("member")</script>', q{public."a <script>alert('table')</script> & ""b"""}, q{<b onclick="alert('class')">class</b>},
	'<img src=x onerror=alert("matter")>', '</table><script>alert("title")</script>', '<!-- <svg onload=alert("reason")>',
	'<a href="javascript:alert(1)">owner</a>', '<h1 id="main">period</h1>', "tab\tand\nnewline", 'bell[U+0007] and escape[U+001B]',
	"[U+202E]turned[U+202C], \x{e4} \x{1f512} \x{5e9}\x{5dc}\x{5d5}\x{5dd}", q{"quoted" & 'quoted' ]]>-->}, 'Rename <them> & "others".');
is($browser->evaluate('document.querySelectorAll("h1, #main").length'), 2, 'odd: one title and one place of that name');
like($text, qr/cut from 1200 characters/, 'odd: a long name is cut, and says so');

# ---- what a screen reader is told -------------------------------------------

$browser->show_as('screen', 'light', 1100, 800);
open_page($page{shop});
# this one is for the README
$browser->picture("$artifacts/report.png", $browser->evaluate('document.querySelector("figure").getBoundingClientRect().bottom + 6'));
$browser->show_as('screen', 'light', 1280, 900);
my %told;
for my $thing (@{ $browser->call('Accessibility.getFullAXTree')->{nodes} })
{
	next if $thing->{ignored};
	push @{ $told{ $thing->{role}{value} } }, $thing->{name}{value} // '';
}
is(scalar @{ $told{$_} // [] }, 1, "a screen reader finds one $_") for qw(banner main contentinfo navigation);
for my $role (qw(table image region group heading link columnheader rowheader))
{
	cmp_ok(scalar @{ $told{$role} // [] }, '>', 1, "a screen reader finds each $role");
	is(scalar(grep { $_ !~ /\w/ } @{ $told{$role} }), 0, "each $role has a name");
}
like(join('|', @{ $told{table} }), qr/Failing checks.*Open findings/s, 'tables are named by their captions');

# ---- the keyboard -----------------------------------------------------------

my $wanted = $browser->evaluate('rules.reachable()');
my @seen;
while (@seen <= @$wanted)
{
	$browser->press('Tab', 9);
	my $at = $browser->evaluate('rules.focus()') or last;
	push @seen, $at;
}
cmp_ok(scalar @seen, '>', 15, 'the keyboard reaches links and tables');
is_deeply([ map { $_->{place} } @seen ], $wanted, 'all of them, in the order of the page');
is_deeply([ map { $_->{name} } grep { !$_->{outlined} } @seen ], [], 'what has the focus is outlined');
is_deeply([ map { $_->{name} } grep { !$_->{inside} } @seen ], [], 'and in sight');
open_page($page{shop});
$browser->press('Tab', 9);
is($browser->evaluate('rules.focus().href'), '#main', 'the first key leads to the link over the navigation');
$browser->press('Enter', 13);
is($browser->evaluate('new Promise((done) => { const look = (n) => document.activeElement.id === "main" || n > 200 ? done(document.activeElement.id) : setTimeout(look, 50, n + 1); look(0); })'),
	'main', 'which leads to the content');
$browser->show_as('screen', 'light', 320, 700);
is($browser->evaluate('document.querySelector("#failing-checks").closest(".scroll").focus(), document.activeElement.scrollWidth > document.activeElement.clientWidth'),
	1, 'a table that is too wide has the focus');
$browser->press('ArrowRight', 39);
is($browser->evaluate('new Promise((done) => { const look = (n) => document.activeElement.scrollLeft > 0 || n > 200 ? done(document.activeElement.scrollLeft > 0) : setTimeout(look, 50, n + 1); look(0); })'),
	1, 'and a key moves it');

# ---- the rules have teeth ---------------------------------------------------

my $q = sub { "document.querySelector('$_[0]')" };
for my $mistake (
	[ 'structure', 'document.documentElement.lang = ""', 'no language' ],
	[ 'structure', 'document.title = " "', 'no title' ],
	[ 'structure', $q->('h2') . '.outerHTML = "<h4>x</h4>"', 'a level of headings left out' ],
	[ 'structure', $q->('main') . '.append(document.createElement("h1"))', 'a second title' ],
	[ 'structure', $q->('footer') . '.id = "main"', 'an id that is there twice' ],
	[ 'structure', $q->('nav a') . '.href = "#nowhere"', 'a link to nowhere' ],
	[ 'structure', $q->('a.skip') . '.remove()', 'no link over the navigation' ],
	[ 'structure', $q->('figure svg') . '.removeAttribute("aria-labelledby")', 'a drawing without a name' ],
	[ 'structure', 'document.body.append(document.createElement("div"))', 'something outside of the landmarks' ],
	[ 'structure', $q->('main') . '.append(document.createElement("script"))', 'a script' ],
	[ 'structure', $q->('main p') . '.setAttribute("onclick", "x")', 'an attribute that is active' ],
	[ 'tables', $q->('caption') . '.remove()', 'a table without a caption' ],
	[ 'tables', $q->('thead th') . '.removeAttribute("scope")', 'a head without a scope' ],
	[ 'tables', $q->('tbody tr') . '.deleteCell(-1)', 'a row that is too short' ],
	[ 'tables', $q->('tbody th') . '.outerHTML = "<td>x</td>"', 'a row without a head' ],
	[ 'tables', $q->('.scroll') . '.removeAttribute("tabindex")', 'a table that no key reaches' ],
	[ 'contrast', $q->('main p') . '.style.color = "rgb(150, 150, 150)"', 'pale text' ],
	[ 'contrast', $q->('figure svg g text') . '.style.fill = "rgb(200, 120, 120)"', 'pale text in a drawing' ],
	[ 'edges', $q->('.state') . '.style.borderColor = "rgb(220, 220, 220)"', 'a pale edge' ],
	[ 'edges', $q->('figure svg rect') . '.style.stroke = "rgb(220, 220, 220)"', 'a pale box' ],
	[ 'words', $q->('.state') . '.textContent = ""', 'a state that is but a colour' ],
	[ 'reflow', $q->('main p') . '.style.width = "3000px"; ' . $q->('main p') . '.style.maxWidth = "none"', 'a page that is too wide' ])
{
	my ($rule, $change, $name) = @$mistake;
	$browser->show_as('screen', 'light', 1280, 900);
	open_page($page{shop});
	$browser->evaluate("$change; 0");
	isnt(scalar @{ $browser->evaluate("rules.$rule()") }, 0, "$name is noticed");
}
# its own policy keeps scripts from running, and what they would load
open_page($page{shop});
$browser->evaluate('document.querySelector("main").insertAdjacentHTML("beforeend", "<img src=file:///x.png onerror=window.ran=1>"); '
	  . 'const s = document.createElement("script"); s.textContent = "window.ran = 1"; document.body.append(s); 0');
is($browser->evaluate('typeof window.ran'), 'undefined', 'a script that got in would not run');
isnt(scalar(grep { ($_->{entry}{text} // '') =~ /Content Security Policy/ } $browser->events('Log.entryAdded')), 0, 'because the page forbids it');

# ---- its commands verify it -------------------------------------------------

$node->safe_psql('ledger', 'CREATE ROLE auditor LOGIN IN ROLE soc2_auditor; CREATE ROLE collector LOGIN IN ROLE soc2_collector;');
my $never = slurp(report('ledger', ''));
like($never, qr/There is no checkpoint.*was never sealed/, 'without a seal there is no checkpoint, and the page says so');
$node->safe_psql('ledger', "SELECT count(*) FROM soc2.assess('tls.*')");
unlike($node->safe_psql('ledger', 'BEGIN; SELECT soc2.seal(); SELECT soc2.report_html(); ROLLBACK'), qr/id="checkpoint"/,
	'nor with one that is not committed');
$node->safe_psql('ledger', 'SELECT soc2.seal()');
$node->safe_psql('ledger', 'SELECT soc2.refresh_days()');
my $file = report('ledger', '', 'auditor');
open_page($file);
my $checkpoint = $browser->evaluate('document.querySelector("#checkpoint").textContent');
is($checkpoint, $node->safe_psql('ledger', "SELECT soc2.checkpoint('soc2.evidence')"), 'the page has the checkpoint');
append_to_file("$dir/checkpoint.txt", $checkpoint);
my @steps = @{ $browser->evaluate('[...document.querySelectorAll("#verify ol pre")].map((e) => e.textContent)') };
my $id = $browser->evaluate('document.querySelector("#failing-checks").closest("table").querySelector("tbody .mono").textContent');
is(scalar @steps, 7, 'there are seven steps');
local $ENV{PGHOST} = $node->host;
local $ENV{PGPORT} = $node->port;
local $ENV{PGDATABASE} = 'ledger';
local $ENV{PGUSER} = 'auditor';
local $ENV{PGCLIENTENCODING} = 'UTF8';

# What a step prints: a command of the shell, or else of psql
sub carry_out
{
	my ($step) = @_;
	append_to_file("$dir/step.sql", '');
	open my $handle, '>', "$dir/step.sql" or die "step.sql: $!";
	print $handle $step, "\n";
	close $handle;
	my $command = $step =~ /^(?:psql|sha256sum)/ ? "sh -e step.sql" : 'psql -XAt -v ON_ERROR_STOP=1 -f step.sql';
	my $output = `cd '$dir' && $command 2>&1`;
	return ($? == 0, $output);
}

my ($done, $output) = carry_out($steps[0]);
ok($done && $output eq '', 'nothing is found in the ledger') or diag($output);
($done, $output) = carry_out($steps[1]);
ok($done && $output eq '', 'it goes on from the checkpoint') or diag($output);
($done, $output) = carry_out($steps[2]);
ok($done && $output =~ /checkpoint\.txt: size \d+ holds.*nothing was found/s, 'so says the program without a server') or diag($output);
($done, $output) = carry_out($steps[3]);
ok($done && $output eq '', 'the days are as counted') or diag($output);
($done, $output) = carry_out($steps[4] =~ s/<id>/$id/r);
ok($done && $output =~ /^c2sp\.org\/tlog-proof/, 'the evidence of a failing check is in the log') or diag($output);
my ($again, $before) = on_one_day(sub {
	my $first = slurp(report('ledger', '', 'auditor'));
	($done, $output) = carry_out($steps[5]);
	return map { s/<p class="lead" id="generated">.*\n//r } slurp("$dir/report.html"), $first;
});
ok($done && length $before > 10000 && $again eq $before, 'the page is made again as it was') or diag($output);
my ($sum, $record) = split /\n/, $steps[6], 2;
($done, $output) = carry_out($sum);
my ($hash) = $output =~ /^([0-9a-f]{64}) /;
ok($done && defined $hash, 'the page has a hash') or diag($output);
$ENV{PGUSER} = 'collector';
($done, $output) = carry_out($record =~ s/<hash>/$hash/r);
$ENV{PGUSER} = $user;
ok($done, 'which is recorded') or diag($output);
is($node->safe_psql('ledger', "SELECT encode(artifact_sha256::bytea, 'hex') FROM soc2.evidence WHERE kind = 'report'"), $hash, 'and is in the ledger');

# ---- other places -----------------------------------------------------------

# a database in another encoding gives the same bytes, and a standby the same page
$node->safe_psql('postgres', "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'");
$node->safe_psql('latin', 'CREATE EXTENSION soc2 CASCADE');
$node->safe_psql('latin', q{SELECT soc2.create_control('L-1', U&'\00E4rger', 'x', nature => 'manual'); SELECT soc2.map_control('L-1', 'tsc:CC1.2', 'equal-to', 'x');
	SELECT soc2.adopt_controls('{L-1}', CURRENT_DATE - 30); SELECT soc2.attest('L-1', 'no', tstzrange(now() - interval '2 days', now() - interval '1 day'), 'fail')});
like(slurp(report('latin', '')), qr/&#xE4;rger/, 'LATIN1: what is not ASCII is a reference');
open_page("$dir/latin.html");
like($browser->evaluate('document.body.innerText'), qr/\x{e4}rger/, 'LATIN1: and is read as it was meant');
$browser->stop;

$node->backup('copy');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'copy', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay');
my ($here, $there) = on_one_day(sub {
	return map { $_->safe_psql('shop', 'SELECT soc2.report_html()') } $node, $standby;
});
like($there, qr/, a standby</, 'a standby says what it is');
# what they differ in: when, where, and how far away from now things are
s/<p class="lead" id="generated">.*\n//, s/, (?:not )?a standby<//, s/<path class="bar-[a-z]+" d="M\d+ 4h\d+v6h-\d+z"\/>//g for $here, $there;
ok($here eq $there, 'and what the other one says');

done_testing();
