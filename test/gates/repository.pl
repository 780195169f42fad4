#!/usr/bin/perl
# test/gates/repository.pl
#
# The repository is tidy: tests and expectations belong together, every file is
# used, text is plain UTF-8 without stray white space, and nothing in it speaks
# of the machine or the workplace where it was written.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Basename qw(basename dirname);
use Soc2Gate;
use Test::More;

my $root = source_root();
my $max_bytes = 512 * 1024;
my $max_readme = 250;

# The install script is put together from pieces that are judged themselves.
my $assembled = qr{^sql/soc2--[^/-]+\.sql$};

# Files whose bytes come from elsewhere; .gitattributes adds those that are -text.
my $verbatim = qr{^(?:expected|test/isolation/expected|sql/data|test/unit/vectors)/};

# Files that are no text.
my $binary = qr{\.png$|^test/unit/fuzz/corpus/};

# Files that are found by their place or name, so that nobody has to name them.
my $by_convention = qr{^(?:
      LICENSE|README\.md|CHANGELOG\.md|CONTRIBUTING\.md|SECURITY\.md|META\.json|Makefile|soc2\.control
    | \.(?:editorconfig|gitattributes|gitignore|git-blame-ignore-revs) | \.(?:ci|github)/.* | debian/.*
    | src/(?:\w+/)?\w+\.c | sql/\d\d_\w+\.sql | sql/soc2--[^/]+\.sql
    | expected/[^/]+\.out | test/sql/[^/]+\.sql | test/isolation/(?:specs/[^/]+\.spec|expected/[^/]+\.out)
    | test/unit/test_\w+\.c | test/unit/fuzz/fuzz_\w+\.c | test/unit/fuzz/corpus/.*
    | test/tap/[^/]+\.pl | test/gates/[^/]+\.pl
)$}x;

# Paths of a machine. A path inside the tree has a word or a variable before it.
my $machine_path = qr{(?<![\w.\-)\}*\]])/(?:work|root|home/\w+)/};

# Hosts of package registries: a build takes what the system has.
my $registry = qr{\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:com|org)|crates\.io|proxy\.golang\.org|rubygems\.org
    |(?:deb|security|snapshot)\.debian\.org|archive\.ubuntu\.com|docker\.io|ghcr\.io|quay\.io|repo1?\.maven\.org|cpan\.org)\b}x;

# References to a tracker.
my $ticket = qr{\b(?:issue|ticket|bug|pull\ request|merge\ request|PR|MR)\ \#?\d+\b|\(\#\d+\)}xi;

# Stems on one side without the other: two hashes of stem => file.
sub orphans
{
    my ($tests, $expected) = @_;
    return ((map { "$tests->{$_} has no expectation" } grep { !$expected->{$_} } sort keys %$tests),
        (map { "$expected->{$_} has no test" } grep { !$tests->{$_} } sort keys %$expected));
}

# Stem => file.
sub stems
{
    return map { (basename($_) =~ s/\.\w+$//r) => $_ } @_;
}

# The words of a make variable, or nothing if it is computed.
sub make_words
{
    my ($makefile, $name) = @_;
    my ($value) = $makefile =~ /^\Q$name\E[ \t]*[:+]?=[ \t]*((?:[^\n]*\\\n)*[^\n]*)/m;
    return () if !defined $value || $value =~ /\$[({]/;
    $value =~ s/\\\n|\#.*//g;
    return split ' ', $value;
}

# Offences in the text of one file.
sub text_offences
{
    my ($file, $text, $is_verbatim) = @_;
    my @offences;
    my $copy = $text;
    push @offences, "$file is not UTF-8" unless utf8::decode($copy);
    push @offences, "$file is not text" if $text =~ /\0/;
    if (!$is_verbatim)
    {
        push @offences, "$file has no newline at its end" if $text ne '' && $text !~ /\n\z/;
        push @offences, matching_lines($file, $text, 'CR at end of line', qr/\r$/);
        push @offences, matching_lines($file, $text, 'trailing white space', qr/[ \t]\r?$/);
        push @offences, matching_lines($file, $text, 'tab', qr/\t/) if $file =~ /\.sql$/;
    }
    push @offences, matching_lines($file, $text, 'path of a machine', $machine_path);
    push @offences, matching_lines($file, $text, 'package registry', $registry);
    push @offences, matching_lines($file, $text, 'reference to a tracker', $ticket);
    push @offences, matching_lines($file, $text, 'unfinished', qr/\b(?:TODO|FIXME|XXX)\b/)
      if $file =~ m{^(?:src|sql)/} && $file !~ m{^sql/data/};
    return @offences;
}

# A pattern for the paths that a .gitattributes file declares not to be text.
sub verbatim_paths
{
    my ($attributes) = @_;
    my @globs = $attributes =~ m{^/?(\S+)[ \t]+-text\b}mg;
    my $any = join '|', map { quotemeta($_) =~ s{\\\*}{[^/]*}gr } @globs;
    return @globs ? qr{^(?:$any)$} : qr{(?!)};
}

# The lines of a text that match.
sub matching_lines
{
    my ($file, $text, $what, $pattern) = @_;
    return () unless $text =~ /$pattern/m;
    my @lines = split /\n/, $text;
    return map { "$file:" . ($_ + 1) . ": $what" } grep { $lines[$_] =~ $pattern } 0 .. $#lines;
}

# Files that no other file names: by name, by "-- @data NAME" for a data
# script, or by a pattern over their directory.
sub unreferenced
{
    my (%text) = @_;
    my @lonely;
    for my $file (sort grep { $_ !~ $by_convention } keys %text)
    {
        my ($name, $dir) = (basename($file), dirname($file));
        my $stem = $name =~ s/\.\w+$//r;
        my @marks = ($name, "$dir/*", "$dir/\%", "-- \@data $stem\n");
        push @marks, "use $stem;" if $name =~ /\.pm$/;
        my $named = grep { my $other = $_; $other ne $file && grep { index($text{$other}, $_) >= 0 } @marks } keys %text;
        push @lonely, "$file is named nowhere" unless $named;
    }
    return @lonely;
}

# Self-tests.

finds('a test without expectation', qr/a\.sql has no expectation/, orphans({ stems('test/sql/a.sql') }, {}));
finds('an expectation without test', qr/a\.out has no test/, orphans({}, { stems('expected/a.out') }));
spares('a pair', orphans({ stems('test/sql/a.sql') }, { stems('expected/a.out') }));
is(join(' ', make_words("REGRESS_OPTS = z\nREGRESS = a b \\\n\tc\nd = e\n", 'REGRESS')), 'a b c', 'self-test: reads a make variable');

my $slash = '/';
my %bad = (
    'trailing white space' => [ qr/x\.md:2: trailing/, 'x.md', "a\nb \n" ],
    'CRLF' => [ qr/x\.md:1: CR/, 'x.md', "a\r\n" ],
    'a tab in SQL' => [ qr/x\.sql:1: tab/, 'x.sql', "\tSELECT 1;\n" ],
    'Latin-1' => [ qr/not UTF-8/, 'x.md', "\xe9\n" ],
    'a NUL' => [ qr/not text/, 'x.md', "a\0b\n" ],
    'a missing newline' => [ qr/no newline/, 'x.md', 'a' ],
    'a path of the machine' => [ qr/path of a machine/, 'x.md', "see ${slash}work${slash}x\n" ],
    'a home directory' => [ qr/path of a machine/, 'x.md', "see ${slash}home${slash}me${slash}x\n" ],
    'a package registry' => [ qr/registry/, 'x.md', join('.', 'https://files', 'pythonhosted', "org/x\n") ],
    'a ticket' => [ qr/tracker/, 'x.md', 'as in issue' . " #12\n" ],
    'unfinished code' => [ qr/unfinished/, 'src/x.c', '/* TO' . "DO: more */\n" ],
);
finds($_, $bad{$_}[0], text_offences(@{ $bad{$_} }[ 1, 2 ])) for sort keys %bad;
spares('plain text', text_offences('x.md', "frame${slash}work${slash}x, \$(DIR)${slash}root${slash}x, \xc3\xa9\n"));
spares('white space in data', text_offences('x.sql', "a\tb \n", 1));
like('a/b.txt', verbatim_paths("/a/*.txt -text\n"), 'self-test: reads .gitattributes');
unlike('a/b.txt', verbatim_paths("*.c text\n"), 'self-test: reads only -text in .gitattributes');
finds('a lonely file', qr/doc\/a\.md is named/, unreferenced('doc/a.md' => 'a.md', 'README.md' => "b\n"));
spares('files that are named',
    unreferenced('doc/a.md' => '', 'sql/data/x.sh' => '', 'sql/checks/y.sql' => '', 'sql/10_x.sql' => "-- \@data x\n",
        'README.md' => "doc/a.md sql/checks/*.sql\n"));

# The tree.

my @files = tree_files($root, qr/./);
my %is = map { $_ => 1 } @files;
my %text = map { $_ => read_text("$root/$_") } @files;
my $as_they_are = verbatim_paths($text{'.gitattributes'} // '');

ok(scalar(grep { m{^src/} } @files) && scalar(grep { m{^sql/} } @files), 'there are files in src and sql');

my %tests = stems(grep { m{^test/sql/[^/]+\.sql$} } @files);
my %expected = stems(grep { m{^expected/[^/]+\.out$} } @files);
ok(scalar keys %tests, 'there are regression tests');
no_offences('regression tests and expectations', orphans(\%tests, \%expected));
no_offences('isolation specs and expectations',
    orphans({ stems(grep { m{^test/isolation/specs/[^/]+\.spec$} } @files) },
        { stems(grep { m{^test/isolation/expected/[^/]+\.out$} } @files) }));

ok($is{Makefile}, 'there is a Makefile');
my @regress = make_words($text{Makefile} // '', 'REGRESS');
my %listed = map { $_ => 1 } @regress;
no_offences('REGRESS of the Makefile',
    (map { "$_ is not in test/sql" } grep { !$tests{$_} } @regress),
    (map { "$tests{$_} is not in REGRESS" } grep { @regress && !$listed{$_} } sort keys %tests));

no_offences('every file is named somewhere', unreferenced(%text));
no_offences('names of files', grep { !m{^[\w.\-/]+$} } @files);
no_offences('sizes of files', map { "$_ has " . length($text{$_}) . ' bytes' } grep { length $text{$_} > $max_bytes && $_ !~ $assembled } @files);
my %in_dir;
push @{ $in_dir{ m{^([^/]+)/} ? $1 : '.' } }, $_ for grep { $_ !~ $binary } @files;
for my $dir (sort keys %in_dir)
{
    no_offences("text of the files in $dir", map { text_offences($_, $text{$_}, $_ =~ $verbatim || $_ =~ $as_they_are) } @{ $in_dir{$dir} });
}

ok($is{$_}, "$_ exists") for qw(README.md CHANGELOG.md LICENSE);
my $version = ($text{'soc2.control'} // '') =~ /^default_version\s*=\s*'([^']+)'/m ? $1 : 'Unreleased';
like($text{'CHANGELOG.md'} // '', qr/^## \[?(?:Unreleased|\Q$version\E)\b/m,
    'CHANGELOG.md has a section for what is not released or for this version');
cmp_ok(($text{'README.md'} // '') =~ tr/\n//, '<=', $max_readme, "README.md has at most $max_readme lines");

done_testing();
