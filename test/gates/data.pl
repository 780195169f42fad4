#!/usr/bin/perl
# test/gates/data.pl
#
# Proves that the SQL printed by sql/data/*.sh says what the two documents
# say. Everything is parsed a second time here, without the code of sql/data,
# and compared row by row; then the data is damaged in copies, and the scripts
# must notice. Needs no server. AWK names the awk to be used.

use strict;
use warnings;

use Digest::SHA;
use File::Copy qw(copy);
use File::Temp;
use FindBin;
use Test::More;

my $root = $ENV{SOC2_SRC} // "$FindBin::Bin/../..";
my $scratch = File::Temp->newdir;

my @category = qw(CC A C PI P);
my $code_re = qr/(?:CC|A|C|PI|P)[1-9][0-9]*(?:\.[1-9][0-9]*){0,2}/;

# ---------------------------------------------------------------- helpers

sub slurp
{
    my ($file) = @_;
    open my $in, '<:raw', $file or die "$file: $!\n";
    local $/;
    return scalar <$in>;
}

# Run a script of the tree at $where; returns exit code, stdout, stderr.
sub run
{
    my ($where, $script) = @_;
    system("cd '$where' && sql/data/$script >'$scratch/out' 2>'$scratch/err'");
    return ($? >> 8, slurp("$scratch/out"), slurp("$scratch/err"));
}

# RFC 4180, one character class at a time: a list of rows of fields.
sub parse_csv
{
    my ($text) = @_;
    my @rows;
    my @row;
    while ($text =~ /\G(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/gc)
    {
        my $field = defined $1 ? $1 =~ s/""/"/gr : $2;
        push @row, $field;
        next if $3 eq ',';
        push @rows, [@row];
        @row = ();
    }
    return (\@rows, substr($text, pos($text) // 0));
}

# The rows of one INSERT: text without its quotes, undef for NULL.
sub parse_insert
{
    my ($sql, $head) = @_;
    my ($body) = $sql =~ /^INSERT INTO \Q$head\E VALUES\n((?:    \(.*\),\n)*    \(.*\));$/m;
    return [] unless defined $body;
    my $literal = qr/'(?:[^']|'')*'/;
    my @rows;
    foreach my $line (split /\n/, $body)
    {
        my @row;
        $line =~ /^    \(/g;
        while ($line =~ /\G(NULL|true|false|[0-9]+|$literal(?: \|\| E'\\n' \|\| $literal)*)(, |\),?$)/gc)
        {
            my $value = $1;
            if ($value =~ /^'/)
            {
                $value = join "\n", map { s/^'|'$//gr =~ s/''/'/gr }
                  split / \|\| E'\\n' \|\| /, $value;
            }
            push @row, $value eq 'NULL' ? undef : $value;
        }
        push @rows, \@row;
    }
    return \@rows;
}

sub inserts
{
    my ($sql, $head) = @_;
    my $n = () = $sql =~ /^INSERT INTO \Q$head\E VALUES$/mg;
    return $n;
}

sub level
{
    my ($code) = @_;
    return $code =~ /[0-9]/ ? 1 + ($code =~ tr/.//) : 0;
}

sub parent { return $_[0] =~ s/\.?[0-9]+$//r }

# Compare two lists of rows; one test for all, naming the first difference.
sub rows_are
{
    my ($got, $want, $name) = @_;
    is(scalar @$got, scalar @$want, "$name: number of rows");
    foreach my $i (0 .. $#$want)
    {
        my @pair = map { join '|', map { $_ // 'NULL' } @{ $_->[$i] // [] } } $got, $want;
        next if $pair[0] eq $pair[1];
        is($pair[0], $pair[1], "$name: row " . ($i + 1));
        return;
    }
    pass("$name: every row");
    return;
}

# -------------------------------------------------------------- documents

is(Digest::SHA->new(256)->addfile("$root/sql/data/outline.txt")->hexdigest,
    '76187a7a99b507b1ff5368265b42a2d7e9a38b397c82ade01f54d787a6cfe96c',
    'outline.txt is the document, byte for byte');
is(Digest::SHA->new(256)->addfile("$root/sql/data/tsc.txt")->hexdigest,
    '346df9631f6494521258c759152142c8251c89193121e65c49d52d36af21c8f1',
    'tsc.txt is the document, byte for byte');

my @outline = (undef, split /\n/, slurp("$root/sql/data/outline.txt"));
my @tsc = (undef, split /\n/, slurp("$root/sql/data/tsc.txt"));

my ($status, $criteria_sql, $errors) = run($root, 'criteria.sh');
is($status, 0, 'criteria.sh succeeds');
is($errors, '', 'criteria.sh says nothing on stderr');
($status, my $crosswalk_sql, $errors) = run($root, 'crosswalk.sh');
is($status, 0, 'crosswalk.sh succeeds');
is($errors, '', 'crosswalk.sh says nothing on stderr');

unlike($criteria_sql . $crosswalk_sql, qr/[^\x20-\x7e\n]/, 'the SQL is ASCII');
foreach my $file (glob "$root/sql/data/*")
{
    my ($name) = $file =~ m{([^/]+)$};
    unlike(slurp($file), qr/[^\x20-\x7e\n]/, "$name is ASCII");
}

my %csv;
foreach my $name (qw(frameworks outline_series outline_headings tsc_criteria tsc_points crosswalk))
{
    my ($rows, $rest) = parse_csv(slurp("$root/sql/data/$name.csv"));
    is($rest, '', "$name.csv is well formed to its end");
    my $width = @{ $rows->[0] };
    is(scalar(grep { @$_ != $width } @$rows), 0, "$name.csv has $width fields in every record");
    $csv{$name} = $rows;
}

# ------------------------------------------------------------- frameworks

my $head = 'soc2.frameworks (framework, title, edition, source, description, shipped)';
my $frameworks = parse_insert($criteria_sql, $head);
is(join(' ', map { $_->[0] } @$frameworks), 'outline tsc', 'two frameworks');
is($frameworks->[0][4], $outline[2], 'the preamble describes the outline');
is($frameworks->[1][2], '2017', 'the Trust Services Criteria are numbered as in 2017');
is(scalar(grep { @$_ != 6 || grep { !defined } @$_ } @$frameworks), 0, 'no field of a framework is missing');

# --------------------------------------------------------------- criteria

$head = 'soc2.criteria (criterion, title, description, is_cuec, coded, source, source_line, shipped)';
is(inserts($criteria_sql, $head), 2, 'one INSERT of criteria for each framework');
my ($first, $second) = $criteria_sql =~ /^(.*\n)(INSERT INTO soc2\.criteria .*)\z/ms;
my %rows = (outline => parse_insert($first, $head), tsc => parse_insert($second, $head));
my %row;

foreach my $framework (qw(outline tsc))
{
    my @codes = map { $_->[0] =~ s/^$framework://r } @{ $rows{$framework} };
    is(scalar(grep { !/^(?:CC|A|C|PI|P|$code_re)$/ } @codes), 0, "$framework: every code is one");
    @row{ map { "$framework:$_" } @codes } = @{ $rows{$framework} };

    my %rank;
    @rank{@category} = 0 .. $#category;
    my $key = sub {
        my ($letters, $digits) = $_[0] =~ /^([A-Z]+)(.*)/;
        return join ' ', map { sprintf '%05d', $_ } $rank{$letters}, (split /\./, $digits);
    };
    my %seen;
    is_deeply(\@codes, [ sort { $key->($a) cmp $key->($b) } grep { !$seen{$_}++ } @codes ],
        "$framework: document order, no code twice");
    my %before;
    my @orphans = grep { $before{$_} = 1; level($_) && !$before{ parent($_) } } @codes;
    is("@orphans", '', "$framework: parents come before their children");
    is(join(' ', grep { level($_) == 0 } @codes), "@category", "$framework: five categories");
    is(scalar(grep { level($_) == 1 } @codes), 20, "$framework: 20 series");
    is(scalar(grep { level($_) == 2 } @codes), 61, "$framework: 61 criteria");
    is(scalar(grep { @$_ != 8 || $_->[7] ne 'true' } @{ $rows{$framework} }), 0,
        "$framework: eight fields in every row, all shipped");
    is(scalar(grep { $_->[1] eq '' || $_->[1] =~ /\.$|^ | $|  / } @{ $rows{$framework} }), 0,
        "$framework: titles without a full stop or stray blanks");
}

# The outline, from its own lines.
my %heading = (
    3 => 'CC1', 35 => 'CC2', 66 => 'CC3', 106 => 'CC4', 121 => 'CC5',
    142 => 'CC6', 186 => 'CC7', 226 => 'CC8', 244 => 'CC9', 262 => 'A1',
    263 => 'A1', 282 => 'C1', 313 => 'P', 314 => 'P');
my %described;
push @{ $described{ $heading{$_} } }, $_ foreach sort { $a <=> $b } keys %heading;

my @want;
my %known;
my %count;

sub want_outline
{
    my ($code, $title, $line) = @_;
    if (level($code) && !$known{ parent($code) })
    {
        want_outline(parent($code));
    }
    $known{$code} = 1;
    my @headings = @{ $described{$code} // [] };
    my $description = @headings ? join("\n", @outline[@headings]) : undef;
    if (defined $line)
    {
        my $cuec = $title =~ /^User entity/ ? 'true' : 'false';
        $count{ level($code) }++;
        $count{cuec}++ if $cuec eq 'true';
        push @want, [ "outline:$code", $title, $description, $cuec, 'true', 'document', $line, 'true' ];
    }
    else
    {
        $count{synthesised}++;
        my $ours = $row{"outline:$code"}[1] // '(none)';
        push @want, [ "outline:$code", $ours, $description, 'false', 'false', 'synthesised', $headings[0], 'true' ];
    }
    return;
}

my @uncoded;
foreach my $line (3 .. $#outline)
{
    if ($outline[$line] =~ /^(.*?) \(($code_re)\)\.$/)
    {
        want_outline($2, $1, $line);
    }
    else
    {
        push @uncoded, $line;
    }
}
is($#outline, 385, 'outline.txt has 385 lines');
is("@uncoded", join(' ', sort { $a <=> $b } keys %heading), 'the 14 headings, and no other line, have no code');
is("$count{1} $count{2} $count{3}", '9 61 299', '369 coded rows: 9 series, 61 criteria, 299 points of focus');
is($count{cuec}, 47, '47 rows are user entities\' controls');
is($count{synthesised}, 16, '11 series and 5 categories are synthesised');
rows_are($rows{outline}, \@want, 'outline');
is(scalar @{ $rows{outline} }, 385, 'outline: 385 rows');
is(join(' ', grep { !/^[A-Z]+$/ } map { $_->[0] =~ s/^outline://r } grep { $_->[5] eq 'synthesised' } @{ $rows{outline} }),
    'CC1 A1 C1 P1 P2 P3 P4 P5 P6 P7 P8', 'outline: the series without a code');

# The Trust Services Criteria: the codes of lines 2 to 39, and how many
# clauses each line's list has.
my @line_of = (
    'CC1.1 3', 'CC1.2 3', 'CC1.3 3', 'CC1.4 5', 'CC1.5 3', 'CC2.1 5', 'CC2.2 3', 'CC2.3 5',
    'CC3.1 4', 'CC3.2 5', 'CC3.3 4', 'CC3.4 3', 'CC4.1 7', 'CC4.2 3', 'CC5.1 7', 'CC5.2 6',
    'CC5.3 6', 'CC6.1 5', 'CC6.2 3', 'CC6.3 3', 'CC6.4 4', 'CC6.5 3', 'CC6.6 4', 'CC6.7 3',
    'CC6.8 4', 'CC7.1 4', 'CC7.2 3', 'CC7.3 3', 'CC7.4 5', 'CC7.5 3', 'CC8.1 5', 'CC9.1 2',
    'CC9.2 3', 'A1.1 0', 'A1.2 0', 'A1.3 1', 'C1.1 2', 'C1.2 1');
my (%line, %clauses);
foreach my $i (0 .. $#line_of)
{
    my ($code, $n) = split / /, $line_of[$i];
    $line{$code} = $i + 2;
    $clauses{$code} = $n;
}
is($#tsc, 39, 'tsc.txt has 39 lines');

my %clause = map { $_->[0] => $_->[2] } @{ $csv{tsc_points} }[ 1 .. $#{ $csv{tsc_points} } ];
my %point_title = map { $_->[0] => $_->[1] } @{ $csv{tsc_points} }[ 1 .. $#{ $csv{tsc_points} } ];
my %paraphrase = map { $_->[0] => $_->[3] } grep { $_->[3] ne '' } @{ $csv{tsc_criteria} }[ 1 .. $#{ $csv{tsc_criteria} } ];

@want = ();
%known = ();
foreach my $code (map { s/^outline://r } grep { level($_ =~ s/^outline://r) == 2 } map { $_->[0] } @{ $rows{outline} })
{
    foreach my $above (parent(parent($code)), parent($code))
    {
        next if $known{$above}++;
        push @want, [ "tsc:$above", $row{"tsc:$above"}[1], undef, 'false', 'false', 'synthesised', undef, 'true' ];
    }
    my $title = $row{"tsc:$code"}[1];
    if (my $line = $line{$code})
    {
        push @want, [ "tsc:$code", $title, $tsc[$line], 'false', 'true', 'document', $line, 'true' ];
        foreach my $i (1 .. $clauses{$code})
        {
            push @want, [ "tsc:$code.$i", $point_title{"$code.$i"}, $clause{"$code.$i"}, 'false', 'false', 'document', $line, 'true' ];
        }
    }
    else
    {
        push @want, [ "tsc:$code", $title, $paraphrase{$code}, 'false', 'true', 'paraphrase', undef, 'true' ];
    }
}
rows_are($rows{tsc}, \@want, 'tsc');
is(scalar @{ $rows{tsc} }, 222, 'tsc: 222 rows');
is(scalar keys %line, 38, 'tsc: 38 criteria from the document');
is(scalar keys %paraphrase, 23, 'tsc: 23 criteria in our own words');
is(scalar keys %clause, 136, 'tsc: 136 points of focus');
is(scalar(grep { $_ } values %clauses), 36, 'tsc: 36 criteria have points of focus');

foreach my $code (sort { $line{$a} <=> $line{$b} } grep { $clauses{$_} } keys %clauses)
{
    my ($list) = $tsc[ $line{$code} ] =~ / This includes (.*)\.$/;
    my $between = qr/(?:, and |, | and )/;
    my $all = join $between, map { quotemeta $clause{"$code.$_"} } 1 .. $clauses{$code};
    like($list, qr/\A$all\z/, "tsc: the clauses of $code make up its list");
}

# A point's title stands alone and says what its line says: apart from small
# words, each word of the title has its stem in the line, and the clause's
# last word is in the title.
my %small = map { $_ => 1 } qw(a the of for to from with in);
my (@foreign, @adrift);
foreach my $code (sort keys %clause)
{
    my $text = lc $tsc[ $line{ parent($code) } ];
    my $title = $point_title{$code};
    push @adrift, $code unless $title =~ /^[A-Z][a-z]+ing\b|^Objectively /;
    foreach my $word (grep { !$small{$_} } map { lc } $title =~ /\w+/g)
    {
        my $stem = substr $word, 0, length $word > 5 ? 5 : length $word;
        push @foreign, "$code $word" if $text !~ /\b\Q$stem\E/;
    }
    my ($last) = $clause{$code} =~ /(\w+)$/;
    push @adrift, "$code $last"
      if $title !~ /\b\Q$last\E\b/i && $clause{$code} !~ /^(?:including testing|.* those (?:standards|risks))$/;
}
is("@foreign", '', 'tsc: titles of points use the words of their lines');
is("@adrift", '', 'tsc: titles of points stand for their clauses');

my @titled = grep { level($_->[0] =~ s/^tsc://r) == 2 } @{ $rows{tsc} };
my @bad = grep {
    my $words = () = $_->[1] =~ /\S+/g;
    $words < 2 || $words > 8 || $_->[1] !~ /^[A-Z][^A-Z.]*$/
} @titled;
is(join(', ', map { $_->[1] } @bad), '', 'tsc: titles of criteria have 2 to 8 words in sentence case');
my %title;
$title{ $_->[1] }++ foreach @titled;
is(scalar keys %title, 61, 'tsc: 61 different titles of criteria');
@bad = grep { length > 240 || !/^[A-Z].*[.]$/ || /\n/ } values %paraphrase;
is("@bad", '', 'tsc: paraphrases are short and whole sentences');
is(join(' ', grep { !/^PI?[0-9]/ } keys %paraphrase), '', 'tsc: only processing integrity and privacy are paraphrased');
unlike(join(' ', values %paraphrase), qr/\b[Tt]he entity\b|objectives related to/, 'tsc: paraphrases are in our own voice');

# -------------------------------------------------------------- crosswalk

$head = 'soc2.crosswalk (source, target, relation, is_primary, rationale, author, status, shipped)';
my $crosswalk = parse_insert($crosswalk_sql, $head);
is(scalar @$crosswalk, 138, 'crosswalk: 138 rows');
@want = map { [ "outline:$_->[0]", "tsc:$_->[1]", @$_[ 2 .. 4 ], 'soc2', 'draft', 'true' ] }
  @{ $csv{crosswalk} }[ 1 .. $#{ $csv{crosswalk} } ];
rows_are($crosswalk, \@want, 'crosswalk');

my (%relation, %primary, %pair, %source, %target, %rationale);
my (@ends, @codes, @cuec, @sentences);
foreach my $r (@$crosswalk)
{
    my ($source, $target, $relation, $is_primary, $rationale) = @$r;
    my $name = "$source $target";
    push @ends, $name unless $row{$source} && $row{$target} && level($source =~ s/.*://r) == 2 && level($target =~ s/.*://r) == 2;
    $relation{$relation}++;
    $primary{$source}++ if $is_primary eq 'true';
    $pair{$name}++;
    $source{$source}++;
    $target{$target}++;
    $rationale{$rationale}++;
    push @codes, grep { !$row{$_} } $rationale =~ /\b((?:outline|tsc):$code_re)/g;
    push @sentences, $name unless $rationale =~ /^(?:[A-Z]|outline:).*\.$/ && $rationale !~ /  |\n/;
    my $cuec = ($row{$source}[3] // '') eq 'true';
    push @cuec, $name
      if $cuec != ($rationale =~ / complementary user-entity control and never covers /)
      || $cuec && $relation ne 'intersects-with';
}
is("@ends", '', 'crosswalk: every end is a known criterion');
is_deeply(\%relation, { 'equal-to' => 19, 'superset-of' => 23, 'subset-of' => 12, 'intersects-with' => 84 },
    'crosswalk: relations');
is(scalar keys %source, 61, 'crosswalk: every criterion of the outline has a row');
is(scalar keys %primary, 61, 'crosswalk: every criterion of the outline has a primary row');
is(scalar(grep { $_ > 1 } values %primary), 0, 'crosswalk: none has two');
is(scalar(grep { $_ > 1 } values %pair), 0, 'crosswalk: no pair stands twice');
is(join(' ', sort grep { !$target{"tsc:$_"} } map { $_->[0] =~ s/^tsc://r } @titled),
    'CC5.3 P6.3 P6.6 P6.7 PI1.1', 'crosswalk: the criteria to which nothing points');
is(scalar keys %rationale, 138, 'crosswalk: every row has a rationale of its own');
is("@sentences", '', 'crosswalk: rationales are sentences');
is("@codes", '', 'crosswalk: rationales name known codes');
is("@cuec", '', 'crosswalk: user entities\' controls never cover, and say so');

# ----------------------------------------------------------- damaged data

# Each case changes one file of a copy; the script must fail, say why, and
# print no SQL.
my @damage = (
    [ 'a coded row is gone', 'outline.txt', qr{\n.*\(P8\.1\.6\)\.\z}, '', qr/coded rows: found 368, expected 369/ ],
    [ 'a heading is gone', 'outline.txt', qr/^The entity controls data flows and data access\.\n/m, '', qr/line 312 has no code and no place/ ],
    [ 'a code stands twice', 'outline.txt', qr/\(CC1\.1\.2\)/, '(CC1.1.1)', qr/CC1\.1\.1 stands twice/ ],
    [ 'codes change places', 'outline.txt', qr/\(CC1\.1\.1\)/, '(CC1.1.9)', qr/out of order/ ],
    [ 'a code has a bad number', 'outline.txt', qr/\(CC1\.1\.1\)/, '(CC1.1.01)', qr/not a code: CC1\.1\.01/ ],
    [ 'a child has no parent', 'outline.txt', qr{\(CC1\.2\)}, '(CC1.6)', qr{CC1\.2 has neither a row nor a title} ],
    [ 'a user entity is renamed', 'outline.txt', qr/^User entity restricts/m, 'The entity restricts', qr/user-entity rows: found 46, expected 47/ ],
    [ 'a heading has no place', 'outline_headings.csv', qr/^282,C1\n/m, '', qr/line 282 has no code and no place/ ],
    [ 'a heading goes astray', 'outline_headings.csv', qr/^282,C1\n/m, "282,CC1\n", qr/no row follows the heading of CC1/ ],
    [ 'a series has no title', 'outline_series.csv', qr/^P8,.*\n/m, '', qr/P8 has neither a row nor a title/ ],
    [ 'a title is of no use', 'outline_series.csv', qr/\z/, "CC2,Unused\n", qr/rows: found 17, expected 16/ ],
    [ 'a title is empty', 'outline_series.csv', qr/^P8,.*$/m, 'P8,', qr/P8 has no title/ ],
    [ 'a line is gone', 'tsc.txt', qr/^The entity internally.*\n/m, '', qr/CC2\.2\.1: not in line 8: communicating information/ ],
    [ 'a line is added', 'tsc.txt', qr/\z/, "\nThe entity does more.", qr/lines described: found 39, expected 40/ ],
    [ 'a criterion is gone', 'tsc_criteria.csv', qr/^P8\.1,.*\n/m, '', qr/criteria: found 60, expected 61/ ],
    [ 'a category is gone', 'tsc_criteria.csv', qr/^A,.*\n/m, '', qr/A1 comes before its parent/ ],
    [ 'a criterion has the line of another', 'tsc_criteria.csv', qr/^CC1\.2,3,/m, 'CC1.2,4,', qr/CC1\.2 has line 4/ ],
    [ 'a paraphrase is gone', 'tsc_criteria.csv', qr/^(P6\.1,.*,).*$/m, '$1', qr/P6\.1 needs exactly one description/ ],
    [ 'a point is gone', 'tsc_points.csv', qr/^C1\.2\.1,.*\n/m, '', qr/clauses of line 39: found 0, expected 1/ ],
    [ 'a point of nothing', 'tsc_points.csv', qr/\z/, "P1.1.1,More,more\n", qr/P1\.1\.1 is out of place/ ],
    [ 'a clause is not in its line', 'tsc_points.csv', qr/,evaluating competence$/m, ',evaluating skill', qr/CC1\.4\.2: not in line 5/ ],
    [ 'a clause is cut short', 'tsc_points.csv', qr/,evaluating competence$/m, ',evaluating', qr/CC1\.4\.2: not clause 2 of line 5/ ],
    [ 'points are misnumbered', 'tsc_points.csv', qr/^CC1\.4\.2,/m, 'CC1.4.3,', qr/CC1\.4\.3: clause 2 .* not so numbered/ ],
    [ 'a field too many', 'tsc_points.csv', qr/^CC1\.4\.2,/m, 'CC1.4.2,x,', qr/not 3 well-formed fields/ ],
    [ 'a stray quote', 'tsc_points.csv', qr/,evaluating competence$/m, ',evaluating "competence"', qr/not 3 well-formed fields/ ],
    [ 'a quote that does not end', 'tsc_points.csv', qr/,evaluating competence$/m, ',"evaluating competence', qr/a quoted field does not end: CC1\.4\.2,[^\n]*\n\z/ ],
    [ 'another header', 'tsc_points.csv', qr/^code/, 'criterion', qr/first line is not/ ],
    [ 'no such file', 'tsc_points.csv', undef, undef, qr/cannot be read/ ],
    [ 'no such document', 'tsc.txt', undef, undef, qr/cannot be read/ ],
    [ 'a framework is gone', 'frameworks.csv', qr/^tsc,.*\n/m, '', qr/rows: found 1, expected 2/ ],
    [ 'a relation is gone', 'crosswalk.csv', qr/^CC9\.1,.*\n/m, '', qr/rows: found 137, expected 138/, 'crosswalk.sh' ],
    [ 'an end is unknown', 'crosswalk.csv', qr/^CC9\.1,C1\.1,/m, 'CC9.1,C1.3,', qr/CC9\.1 to C1\.3: not two criteria/, 'crosswalk.sh' ],
    [ 'an end is no criterion', 'crosswalk.csv', qr/^CC9\.1,/m, 'CC9,', qr/CC9 to C1\.1: not two criteria/, 'crosswalk.sh' ],
    [ 'a pair stands twice', 'crosswalk.csv', qr/^CC4\.1,CC9\.2,/m, 'CC4.1,CC8.1,', qr/CC4\.1 to CC8\.1: stands twice/, 'crosswalk.sh' ],
    [ 'another relation', 'crosswalk.csv', qr/equal-to/, 'same-as', qr/no relation: same-as/, 'crosswalk.sh' ],
    [ 'a second primary row', 'crosswalk.csv', qr/^(CC4\.1,CC8\.1,[a-z-]+),false/m, '$1,true', qr/two primary rows of CC4\.1/, 'crosswalk.sh' ],
    [ 'no primary row', 'crosswalk.csv', qr/^(CC9\.1,C1\.1,[a-z-]+),true/m, '$1,false', qr/primary row: found 60, expected 61/, 'crosswalk.sh' ],
    [ 'a user entity covers', 'crosswalk.csv', qr/^A1\.3,CC8\.1,intersects-with/m, 'A1.3,CC8.1,equal-to', qr/covers nothing/, 'crosswalk.sh' ],
    [ 'no rationale', 'crosswalk.csv', qr/^(CC9\.1,.*,true,).*$/m, '$1', qr/no rationale/, 'crosswalk.sh' ]);

my $copy = File::Temp->newdir;
mkdir "$copy/sql";
mkdir "$copy/sql/data";
foreach my $case (@damage)
{
    my ($what, $file, $find, $replace, $message, $script) = @$case;
    foreach my $from (glob "$root/sql/data/*")
    {
        next unless -f $from;
        my $to = "$copy/sql/data/" . ($from =~ s{.*/}{}r);
        copy($from, $to) or die "$to: $!\n";
        chmod 0755, $to if $to =~ /\.sh$/;
    }
    my $victim = "$copy/sql/data/$file";
    if (defined $find)
    {
        my $text = slurp($victim);
        $text =~ /$find/g or die "$what: nothing to damage in $file\n";
        my ($kept, $from, $length) = ($1 // "", $-[0], $+[0] - $-[0]);
        substr($text, $from, $length) = $replace =~ s{\$1}{$kept}r;
        open my $out, '>:raw', $victim or die "$victim: $!\n";
        print $out $text;
        close $out or die "$victim: $!\n";
    }
    else
    {
        unlink $victim or die "$victim: $!\n";
    }
    my ($exit, $out, $err) = run($copy, $script // 'criteria.sh');
    ok($exit != 0 && $out eq '' && $err =~ $message, "noticed: $what")
      or diag("exit $exit, stdout " . length($out) . " bytes, stderr: $err");
}

# What the reader must accept: CRLF, a quoted line break, doubled quotes.
{
    my $text = slurp("$root/sql/data/frameworks.csv");
    $text =~ s/^outline,[^,]*,/outline,"The ""coded""\nowner's outline",/m;
    $text =~ s/(?<!coded"")\n/\r\n/g;
    copy("$root/sql/data/$_", "$copy/sql/data/$_") foreach 'crosswalk.csv';
    open my $out, '>:raw', "$copy/sql/data/frameworks.csv" or die "frameworks.csv: $!\n";
    print $out $text;
    close $out or die "frameworks.csv: $!\n";
    my ($exit, $sql, $err) = run($copy, 'criteria.sh');
    is("$exit $err", '0 ', 'RFC 4180 in full is read');
    like($sql, qr/^    \('outline', 'The "coded"' \|\| E'\\n' \|\| 'owner''s outline', 'undated', /m,
        'and written as SQL');
}

done_testing();
