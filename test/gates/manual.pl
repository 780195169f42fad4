#!/usr/bin/perl
# test/gates/manual.pl
#
# The manual is complete and true: every object and column that the installed
# extension offers is described in doc/soc2.md, nothing is named there that is
# not installed, and every example gives the output that stands below it.
#
# Needs a running server that has the extension's files (PGHOST, PGPORT, PGUSER);
# works in databases of its own. "manual.pl --write" puts the outputs into the
# documents instead of comparing them.
#
# Two kinds of example are run, all of a document in one session:
#   <!-- run --> before a block of sql and a block of text that is its output;
#   tables whose last two columns are "Example" and "Output".

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Gate;
use Test::More;

my $root = source_root();
my $manual = 'doc/soc2.md';
my $bi_manual = 'doc/bi.md';    # describes the views of schema soc2_bi
my @documents = tree_files($root, qr{^doc/[^/]+\.md$});

my $database = "soc2_manual_$$";
my $home = $ENV{PGDATABASE} // 'postgres';

# Functions that nobody calls: parts of types, operator classes and aggregates.
my $internal = qr{^(?:criterion|criterion_set|digest|row_digest|row_digest_keyed)_
    (?:in|out|recv|send|cmp|hash|hash_extended|sortsupport|smaller|larger
      |\w*_support|gin_\w+|(?:set_)?agg_\w+|set_\w+_support)$}x;

# What looks like an object of the schema and is a file.
my $file_name = qr{^(?:md|so|control|c|h|sql)$};

# Members of the extension and what they are made of, a line each:
# kind | name | detail.
my $inventory = <<'SQL';
SET search_path = soc2, pg_catalog;
WITH member AS (
    SELECT d.classid, d.objid FROM pg_depend AS d
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'soc2'))
SELECT CASE WHEN p.prorettype = 'trigger'::regtype THEN 'trigger function' ELSE 'function' END, p.proname::text, ''
FROM pg_proc AS p JOIN member ON classid = 'pg_proc'::regclass AND objid = p.oid
UNION ALL
SELECT 'operator', format('%s %s %s', o.oprleft::regtype, o.oprname, o.oprright::regtype), ''
FROM pg_operator AS o JOIN member ON classid = 'pg_operator'::regclass AND objid = o.oid
UNION ALL
SELECT 'type', t.typname, '' FROM pg_type AS t JOIN member ON classid = 'pg_type'::regclass AND objid = t.oid
WHERE t.typtype = 'b' AND t.typelem = 0
UNION ALL
SELECT 'cast', format('| `%s` | `%s` |', c.castsource::regtype, c.casttarget::regtype),
    CASE c.castcontext WHEN 'i' THEN 'implicit' WHEN 'a' THEN 'assignment' ELSE 'explicit' END
FROM pg_cast AS c JOIN member ON classid = 'pg_cast'::regclass AND objid = c.oid
UNION ALL
SELECT 'operator class', o.opcname, '' FROM pg_opclass AS o JOIN member ON classid = 'pg_opclass'::regclass AND objid = o.oid
UNION ALL
SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'relation' END,
    CASE c.relnamespace::regnamespace::text WHEN 'soc2_bi' THEN 'soc2_bi.' ELSE '' END || c.relname, ''
FROM pg_class AS c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid
UNION ALL
SELECT 'column', CASE c.relnamespace::regnamespace::text WHEN 'soc2_bi' THEN 'soc2_bi.' ELSE '' END || c.relname, a.attname
FROM pg_class AS c JOIN member ON classid = 'pg_class'::regclass AND objid = c.oid
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind IN ('r', 'v')
UNION ALL
SELECT 'setting', s.name, '' FROM criterion_in('tsc:CC') AS loaded, pg_settings AS s WHERE s.name LIKE 'soc2.%'
ORDER BY 1, 2, 3;
SQL

# The sections of the manual that describe a relation: name => text.
sub relation_sections
{
    my ($text) = @_;
    my %section;
    for my $part (split /^(?=#)/m, $text)
    {
        $section{$1} = $part if $part =~ /^#+ (?:Table|View) `(?:soc2\.)?((?:soc2_bi\.)?\w+)`$/m;
    }
    return %section;
}

# The first cells, without backticks, of the rows of a section's column table.
sub described_columns
{
    my ($section) = @_;
    my ($table) = $section =~ /^\| Column \|[^\n]*\n\|[-| ]+\|\n((?:\|[^\n]*\n)*)/m;
    return () unless defined $table;
    return map { s/`//gr } $table =~ /^\| (\S+) \|/mg;
}

# What the manual leaves out, and columns that it makes up.
sub omissions
{
    my ($text, @members) = @_;
    my %section = relation_sections($text);
    my (@offences, %columns);

    for my $member (@members)
    {
        my ($kind, $name, $detail) = @$member;
        my $described =
            $kind eq 'function'   ? $name =~ $internal || $text =~ /`soc2\.\Q$name\E\(/
          : $kind eq 'operator'   ? index($text, "| `$name` |") >= 0
          : $kind eq 'cast'       ? index($text, "$name $detail |") >= 0
          : $kind eq 'relation'   ? exists $section{$name}
          : $kind eq 'setting'    ? index($text, "`$name`") >= 0
          : $kind eq 'column'     ? 1
          :                         $text =~ /`soc2\.\Q$name\E(?:\(\))?`/;
        push @offences, "$manual does not describe the $kind $name" unless $described;
        push @{ $columns{$name} }, $detail if $kind eq 'column';
    }
    for my $relation (sort grep { $columns{$_} } keys %section)
    {
        my %real = map { $_ => 1 } @{ $columns{$relation} };
        my %told = map { $_ => 1 } described_columns($section{$relation});
        push @offences, map { "$manual does not describe the column $relation.$_" } grep { !$told{$_} } sort keys %real;
        push @offences, map { "$manual describes a column $relation.$_ that is not there" } grep { !$real{$_} } sort keys %told;
    }
    return @offences;
}

# SQLSTATEs of the header without a row in the manual, and the other way round.
sub state_offences
{
    my ($file, $text, $header) = @_;
    my %real = map { my $s = join '', /'(\w)'/g; $s => 1 } $header =~ /MAKE_SQLSTATE\(([^)]*)\)/g;
    my %told = map { $_ => 1 } $text =~ /\b(S2[A-Z]\d\d)\b/g;
    my @offences = map { "$file names $_, which no error has" } grep { !$real{$_} } sort keys %told;
    push @offences, map { "$file has no row for $_" } grep { $text !~ /^\| `$_` \|/m } sort keys %real if $file eq $manual;
    return @offences;
}

# Names in the schema that the extension does not have.
sub phantoms
{
    my ($file, $text, @members) = @_;
    my %real = map { $_->[1] =~ s/^soc2\.//r => 1 } grep { $_->[0] !~ /^(?:operator|cast)$/ } @members;
    my %seen;
    return map { "$file names soc2.$_, which is not installed" }
      grep { !$real{$_} && $_ !~ $file_name && !$seen{$_}++ } $text =~ m{(?<![\w/.])soc2\.([a-z_]\w*)}g;
}

# The anchor that a heading gets.
sub anchor
{
    my ($heading) = @_;
    $heading = lc $heading;
    $heading =~ s/[^\w\- ]//g;
    $heading =~ s/ /-/g;
    return $heading;
}

# Links to nowhere, and sections that the table of contents leaves out.
sub link_offences
{
    my ($file, $text) = @_;
    (my $prose = $text) =~ s/^```.*?^```$//gms;
    my %anchor = map { anchor($_) => 1 } $prose =~ /^#+ (.+)$/mg;
    my @offences;
    for my $target ($prose =~ /\]\(([^)\s]+)\)/g)
    {
        next if $target =~ /^https?:/;
        my ($path, $fragment) = $target =~ /^([^#]*)(?:#(.*))?$/;
        push @offences, "$file links to $target, which is not there"
          unless $path ne '' ? -e "$root/doc/$path" : $anchor{ $fragment // '' };
    }
    my ($contents) = $prose =~ /^## Contents\n(.*?)^## /ms;
    return @offences unless defined $contents;
    for my $heading ($prose =~ /^## (.+)$/mg)
    {
        next if $heading eq 'Contents';
        push @offences, "$file: \"$heading\" is not in the table of contents"
          if index($contents, '](#' . anchor($heading) . ')') < 0;
    }
    return @offences;
}

# Pairs of a block and its output.
my $pair = qr/(<!-- run -->\n```sql\n)(.*?)(```\n\n```text\n)(.*?)(```\n)/s;

# Rows of a table of examples: row up to its example, example, output.
my $example_table = qr/^(\|[^\n]*\| Example \| Output \|\n\|[-| ]+\|\n)((?:\|[^\n]*\n)+)/m;
my $example_row = qr/^(\|.*\| )`([^`|]+)` \| (.*) \|$/m;

# Every example of a document, in its order: sql, want, place.
sub examples
{
    my ($text) = @_;
    my %found;
    while ($text =~ /$pair/g) { $found{ $-[2] } = { kind => 'block', sql => $2, want => $4 } }
    while ($text =~ /$example_table/g)
    {
        my ($start, $rows) = ($-[2], $2);
        while ($rows =~ /$example_row/g)
        {
            my ($place, $sql, $want) = ($start + $-[2], $2, $3);
            $want =~ s/`//g;
            $found{$place} = { kind => 'cell', sql => "SELECT $sql;\n", want => $want };
        }
    }
    for my $place (keys %found)
    {
        $found{$place}{line} = 1 + (substr($text, 0, $place) =~ tr/\n//);
    }
    return map { $found{$_} } sort { $a <=> $b } keys %found;
}

# White space at the end of lines and of the text does not count.
sub trimmed
{
    my ($text) = @_;
    $text =~ s/[ \t]+$//mg;
    $text =~ s/\n+\z//;
    return $text;
}

# Run examples in one session of a new database; sets got in each.
sub run_examples
{
    my (@examples) = @_;
    my $script = '';
    my $number = 0;

    for my $example (@examples)
    {
        $script .= $example->{kind} eq 'cell'
          ? "\\pset tuples_only on\n\\pset format unaligned\n"
          : "\\pset tuples_only off\n\\pset format aligned\n\\pset expanded off\n";
        $script .= $example->{sql} . "\n\\echo ---- end of example $number ----\n";
        $example->{got} = '(the session ended before)';
        $number++;
    }
    my $file = write_text(temp_dir() . '/examples.sql', $script);
    # a commit that is not flushed yet would keep VACUUM from marking pages, and
    # the plans shown depend on that
    my ($status, $output) = run_program(
        { env => { PGTZ => 'UTC', PGCLIENTENCODING => 'UTF8',
            PGOPTIONS => '-c client_min_messages=warning -c lc_messages=C -c DateStyle=ISO,MDY'
              . ' -c synchronous_commit=on' } },
        'psql', '-Xq', '-d', $database, '-f', $file);
    $output =~ s/^psql:\Q$file\E:\d+: //mg;
    while ($output =~ /\G(.*?)---- end of example (\d+) ----\n/gs)
    {
        my ($got, $which) = ($1, $2);
        $examples[$which]{got} = trimmed($got);
    }
    return @examples;
}

# Examples whose output differs.
sub wrong_outputs
{
    my ($file, @examples) = @_;
    return map { "$file:$_->{line}: the output is\n" . ($_->{got} =~ s/^/      /mgr) }
      grep { trimmed($_->{want}) ne $_->{got} } @examples;
}

# The document with the outputs that its examples gave.
sub with_outputs
{
    my ($text, @examples) = @_;
    my %got = map { $_->{sql} => $_->{got} } grep { $_->{kind} eq 'cell' } @examples;
    my @blocks = grep { $_->{kind} eq 'block' } @examples;
    $text =~ s/$pair/my $b = shift @blocks; "$1$2$3" . ($b->{got} eq '' ? '' : "$b->{got}\n") . $5/ge;
    $text =~ s{$example_table}{
        my ($head, $rows) = ($1, $2);
        $rows =~ s/$example_row/"$1`$2` | `" . $got{"SELECT $2;\n"} . '` |'/ge;
        "$head$rows"}ge;
    return $text;
}

# A database with the extension; undef and a failure if it cannot be made.
sub make_database
{
    my ($status, @output) = psql_rows($home,
        qq{DROP DATABASE IF EXISTS "$database" WITH (FORCE);
           CREATE DATABASE "$database" TEMPLATE template0 ENCODING 'UTF8';});
    ($status, @output) = psql_rows($database, 'CREATE EXTENSION soc2 CASCADE;') if $status == 0;
    # Which lane a row gets depends on the session; in one lane it does not.
    ($status, @output) = psql_rows($home, qq{ALTER DATABASE "$database" SET soc2.max_lanes = 1;}) if $status == 0;
    ok($status == 0, 'a database with the extension') or diag(join "\n", @output);
    return $status == 0;
}

END
{
    my $status = $?;
    psql_rows($home, qq{DROP DATABASE IF EXISTS "$database" WITH (FORCE);}) if $database;
    $? = $status;
}

if (!make_database())
{
    done_testing();
    exit 1;
}
my ($status, @rows) = psql_rows($database, $inventory);
my @members = map { [ (split / \| (?!`)/, $_, -1)[ 0 .. 2 ] ] } grep { !/^cast/ } @rows;
push @members, map { [ /^(cast) \| (.*\|) \| (\w+)$/ ] } grep { /^cast/ } @rows;
ok($status == 0 && @members > 100, 'the members of the extension') or diag(join "\n", @rows);

my $header = read_text("$root/src/soc2_errcodes.h");
my $text = read_text("$root/$manual") . read_text("$root/$bi_manual");

# Self-tests: the manual without something, or with something too much.
for my $lost (
    [ 'a function', qr/`soc2\.assess\(/, 'function assess' ],
    [ 'an operator', qr/\| `criterion @> criterion` \|/, 'operator criterion @>' ],
    [ 'a type', qr/`soc2\.digest`/, 'type digest' ],
    [ 'a cast', qr/\| `bytea` \| `digest` \|/, 'cast .*bytea' ],
    [ 'a relation', qr/^#+ View `soc2\.readiness`$/m, 'relation readiness' ],
    [ 'a column', qr/^\| `is_cuec` \|/m, 'column criteria\.is_cuec' ],
    [ 'a setting', qr/`soc2\.framework`/, 'setting soc2\.framework' ])
{
    my ($what, $pattern, $offence) = @$lost;
    finds("$what that is left out", qr/not describe the $offence/, omissions($text =~ s/$pattern/gone/gr, @members));
}
finds('a column that is made up', qr/column criteria\.made_up that is not there/,
    omissions($text =~ s/^(?=\| `is_cuec` \|)/| `made_up` | text | no |\n/mr, @members));
finds('a SQLSTATE that is left out', qr/no row for S2R01/, state_offences($manual, $text =~ s/^\| `S2R01` \|/gone/mr, $header));
finds('a SQLSTATE that is made up', qr/S2Z99/, state_offences($manual, "$text S2Z99", $header));
finds('a name that is made up', qr/soc2\.made_up/, phantoms('sample', 'call soc2.made_up()', @members));
spares('files, settings and objects',
    phantoms('sample', 'doc/soc2.md, soc2.control, soc2.framework, soc2.criteria.code and mysoc2.made_up', @members));
finds('a link to nowhere', qr/#gone/, link_offences('sample', "[a](#gone)\n"));
finds('a section that is not in the contents', qr/"Two"/,
    link_offences('sample', "## Contents\n\n- [One](#one)\n\n## One\n\n## Two\n"));

my $sample = "<!-- run -->\n```sql\nSELECT 1 AS one;\n```\n\n```text\n one\n-----\n   2\n(1 row)\n```\n\n"
  . "| Operator | Example | Output |\n|---|---|---|\n| + | `1 + 1` | `2` |\n| - | `1 - 1` | `1` |\n";
my @sampled = run_examples(examples($sample));
is(scalar @sampled, 3, 'self-test: every example of a document is run');
my @wrong = wrong_outputs('sample', @sampled);
finds('the wrong output of a block', qr/^sample:3: .*\n.*one/s, @wrong);
finds('the wrong output of a cell', qr/^sample:16: the output is\s+0$/, @wrong);
is(scalar @wrong, 2, 'self-test: spares the right output of a cell');
spares('outputs that were written', wrong_outputs('sample', run_examples(examples(with_outputs($sample, @sampled)))));

# The documents.
no_offences("$manual describes what is installed", omissions($text, @members));
cmp_ok(scalar(examples($text)), '>', 50, "$manual has examples");
for my $file (@documents)
{
    my $document = read_text("$root/$file");
    no_offences("$file names nothing that is not installed", phantoms($file, $document, @members));
    no_offences("$file names the SQLSTATEs that there are", state_offences($file, $document, $header));
    no_offences("$file has no links to nowhere", link_offences($file, $document));
    my @examples = examples($document) or next;
    make_database() or next;
    @examples = run_examples(@examples);
    if (@ARGV && $ARGV[0] eq '--write')
    {
        write_text("$root/$file", with_outputs($document, @examples));
        next;
    }
    no_offences("the examples of $file give the outputs shown", wrong_outputs($file, @examples));
}

done_testing();
