#!/usr/bin/perl
# test/gates/message_style.pl
#
# Messages follow the server's error style guide, every error carries an
# SQLSTATE, and the extension's own SQLSTATEs are defined in one header and
# explained in the manual.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Gate;
use Test::More;

my $root = source_root();
my $errcodes = 'src/soc2_errcodes.h';
my $manual = 'doc/soc2.md';

# The SQLSTATEs that are part of the interface. They never change meaning.
my @sqlstates = qw(S2L01 S2L02 S2L03 S2R01 S2R02 S2H01 S2D01 S2A01 S2G01 S2K01 S2C01);

# Names that are written with a capital wherever they stand.
my $proper_noun = qr{^(?:PostgreSQL|OpenSSL|Merkle|Ed25519|Unicode|Boolean)\b};

# What elog(ERROR) may say without a comment: none of it can happen.
my $cannot_happen = qr{^(?:unexpected|unrecognized|could\ not|cache\ lookup\ failed|
    SPI_\w+(?:\(\))?\ (?:failed|returned))\b}x;

# Levels at which a report is not an error.
my $harmless = qr{^(?:DEBUG[1-5]?|LOG|LOG_SERVER_ONLY|COMMERROR|INFO|NOTICE|WARNING|WARNING_CLIENT_ONLY)$};

# What is wrong with a primary message.
sub errmsg_faults
{
    my ($text) = @_;
    my @faults;
    push @faults, 'starts with a capital' if $text =~ /^[A-Z](?:[a-z]|\s)/ && $text !~ $proper_noun;
    push @faults, 'ends with punctuation' if $text =~ /[.!:;]\s*$/;
    push @faults, 'has a newline' if $text =~ /\\n|\n/;
    push @faults, 'has a function name with ()' if $text =~ /\w\(\)/;
    push @faults, 'has %s in single quotes' if $text =~ /'%s'/;
    push @faults, 'is empty' if $text eq '';
    return @faults;
}

# What is wrong with a detail or a hint, which are sentences.
sub sentence_faults
{
    my ($text) = @_;
    my @faults;
    return () if $text =~ /^%s$/;
    push @faults, 'has no capital first letter' if $text !~ /^(?:[A-Z]|["(]|%)/;
    push @faults, 'has no full stop' if $text !~ /\.[")]*$/;
    push @faults, 'has %s in single quotes' if $text =~ /'%s'/;
    return @faults;
}

# Offences in one C text.
sub c_offences
{
    my ($name, $text) = @_;
    my $tokens = c_tokens($text);
    my $code = c_code($tokens);
    my @offences;

    for my $call (c_calls($code, qr/^(?:errmsg|errdetail|errhint)(?:_internal|_log)?(?:_plural)?$/))
    {
        my @formats = $call->{name} =~ /plural$/ ? @{ $call->{args} }[ 0, 1 ] : $call->{args}[0];
        my $faults = $call->{name} =~ /^errmsg/ ? \&errmsg_faults : \&sentence_faults;
        for my $format (@formats)
        {
            my @texts = c_texts(@{ $format // [] });
            push @offences, "$name:$call->{line}: $call->{name} without a literal text" if !@texts;
            push @offences, map { my $t = $_; map { "$name:$call->{line}: $call->{name} $_: $t" } $faults->($t) } @texts;
        }
    }
    push @offences, table_offences($name, $code);

    for my $call (c_calls($code, qr/^(?:ereport|ereport_domain|ereturn|ereturn_domain|errsave|errsave_domain)$/))
    {
        my $level = join ' ', map { $_->{text} } @{ $call->{args}[0] };
        next if $call->{name} =~ /^ereport/ && $level =~ $harmless;
        my @words = map { $_->{text} } map { @$_ } @{ $call->{args} };
        push @offences, "$name:$call->{line}: $call->{name}($level) without errcode"
          unless grep { /^errcode(?:_for_file_access|_for_socket_access)?$/ } @words;
    }
    push @offences, elog_offences($name, $tokens, $code);

    for my $token (@$tokens)
    {
        next if $token->{kind} eq 'comment' || $name eq $errcodes;
        push @offences, "$name:$token->{line}: SQLSTATE $token->{text} is not spelled by its macro"
          if $token->{kind} eq 'string' && $token->{text} =~ /^"S2[A-Z]\d\d"$/;
        push @offences, "$name:$token->{line}: MAKE_SQLSTATE outside $errcodes"
          if $token->{text} eq 'MAKE_SQLSTATE';
    }
    return @offences;
}

# Messages kept in tables: designated initialisers of fields named after the
# part of the report they fill.
sub table_offences
{
    my ($name, $code) = @_;
    my @offences;

    for my $i (0 .. $#$code - 3)
    {
        next unless $code->[$i]{text} eq '.' && $code->[ $i + 2 ]{text} eq '=';
        my $field = $code->[ $i + 1 ]{text};
        next unless $field =~ /^(?:(?:err)?msg|message|(?:err)?detail|(?:err)?hint)$/;
        my $j = $i + 3;
        $j += 2 if $code->[$j]{text} =~ /^(?:gettext_noop|_)$/;
        my @run;
        push @run, $code->[ $j++ ] while $j <= $#$code && $code->[$j]{kind} =~ /^(?:string|word)$/;
        my $faults = $field =~ /msg|message/ ? \&errmsg_faults : \&sentence_faults;
        push @offences, map { my $t = $_; map { "$name:$code->[$i]{line}: .$field $_: $t" } $faults->($t) } c_texts(@run);
    }
    return @offences;
}

# elog at error level: by its wording or a comment beside it, cannot happen.
sub elog_offences
{
    my ($name, $tokens, $code) = @_;
    my %commented = map { $_ => 1 } map { ($_->{end}, $_->{end} + 1) } grep { $_->{kind} eq 'comment' } @$tokens;
    my @offences;

    for my $call (elog_errors($code))
    {
        my ($text) = c_texts(@{ $call->{args}[1] // [] });
        next if $commented{ $call->{line} };
        next if defined $text && $text =~ $cannot_happen;
        push @offences, "$name:$call->{line}: elog of an error that could happen: " . ($text // 'no literal text');
    }
    return @offences;
}

# The calls of elog that are errors.
sub elog_errors
{
    my ($code) = @_;
    return grep { (join ' ', map { $_->{text} } @{ $_->{args}[0] }) !~ $harmless } c_calls($code, qr/^elog$/);
}

# Offences in one SQL text: RAISE in function bodies.
sub sql_offences
{
    my ($name, $text) = @_;
    my @offences;

    for my $body (grep { $_->{kind} eq 'dollar' } @{ sql_tokens($text) })
    {
        (my $inner = $body->{text}) =~ s/^(\$\w*\$)(.*)\1$/$2/s;
        for my $raise (raises(sql_tokens($inner)))
        {
            my @words = map { $_->{text} } @$raise;
            my $line = $body->{line} + $raise->[0]{line} - 1;
            my $level = @words > 1 ? uc $words[1] : '';
            next if @words == 1 || $level =~ /^(?:DEBUG|LOG|INFO|NOTICE|WARNING)$/;
            my $all = join ' ', @words;
            push @offences, "$name:$line: RAISE without USING ERRCODE"
              unless $all =~ /\bUSING\b.*\bERRCODE\s*(?::\s*)?=/i || $all =~ /^RAISE (?:EXCEPTION )?SQLSTATE\b/i;
            push @offences, map { "$name:$line: RAISE $_" } raise_text_faults($raise);
        }
    }
    return @offences;
}

# The RAISE statements among the tokens of a PL/pgSQL body, as token lists.
sub raises
{
    my ($tokens) = @_;
    my (@found, $open);

    for my $token (grep { $_->{kind} ne 'comment' } @$tokens)
    {
        if ($token->{kind} eq 'word' && uc $token->{text} eq 'RAISE') { push @found, []; $open = 1 }
        $open = 0 if $token->{text} eq ';';
        push @{ $found[-1] }, $token if $open;
    }
    return @found;
}

# Faults of the texts of one RAISE: its format, and literal DETAIL and HINT.
sub raise_text_faults
{
    my ($raise) = @_;
    my @faults;

    for my $i (1 .. $#$raise)
    {
        next unless $raise->[$i]{kind} eq 'string';
        (my $text = $raise->[$i]{text}) =~ s/^[eE]?'|'$//g;
        my $before = uc join ' ', map { $_->{text} } @$raise[ ($i > 2 ? $i - 2 : 0) .. $i - 1 ];
        my $next = $i < $#$raise ? $raise->[ $i + 1 ]{text} : '';
        next if $next eq '|';
        push @faults, map { "$_: $text" } errmsg_faults($text)
          if $i <= 2 && $before =~ /(?:RAISE|EXCEPTION)$/ || $before =~ /\bMESSAGE =$/;
        push @faults, map { "$_: $text" } sentence_faults($text) if $before =~ /\b(?:DETAIL|HINT) =$/;
    }
    return @faults;
}

# SQLSTATE => macro, as a header defines them.
sub defined_sqlstates
{
    my ($text) = @_;
    my %macro;
    while ($text =~ /^[ \t]*\#[ \t]*define[ \t]+(\w+)[ \t\\\n]+MAKE_SQLSTATE\s*\(([^)]*)\)/mg)
    {
        my ($name, $parts) = ($1, $2);
        $macro{ join '', $parts =~ /'(.)'/g } = $name;
    }
    return %macro;
}

# Is it one of the SQLSTATEs that may be defined? Each has its meaning for ever.
sub is_known
{
    my ($code) = @_;
    return scalar grep { $_ eq $code } @sqlstates;
}

# Offences of the header of SQLSTATEs against the interface and the manual.
sub sqlstate_offences
{
    my ($header, $doc) = @_;
    my %macro = defined_sqlstates($header);
    my @offences = map { "$macro{$_}: $_ is not known here" } grep { !is_known($_) } sort keys %macro;
    for my $code (sort keys %macro)
    {
        push @offences, "$macro{$code}: $code is not of class S2" unless $code =~ /^S2[A-Z]\d\d$/;
        push @offences, "$macro{$code}: $code is not in $manual" unless $doc =~ /\b$code\b/;
        push @offences, "$macro{$code} does not start with ERRCODE_SOC2_" unless $macro{$code} =~ /^ERRCODE_SOC2_/;
    }
    push @offences, map { "$manual lists $_, which $errcodes does not define" }
      grep { !$macro{$_} } sort keys %{ { map { $_ => 1 } $doc =~ /\b(S2[A-Z]\d\d)\b/g } };
    return @offences;
}

# Self-tests.

my $errcode = 'errcode(ERRCODE_INTERNAL_ERROR)';
my %bad_c = (
    'a capital in errmsg' => [ qr/capital/, 'errmsg("Bad value \"%s\"", s)' ],
    'a full stop in errmsg' => [ qr/punctuation/, 'errmsg("bad " "value.")' ],
    'a newline in errmsg' => [ qr/newline/, 'errmsg("bad\nvalue")' ],
    'a function name in errmsg' => [ qr/function name/, 'errmsg("soc2_seal() failed")' ],
    'the second text of errmsg_plural' => [ qr/capital.*Rows/, 'errmsg_plural("row", "Rows", n)' ],
    'errmsg_internal' => [ qr/capital/, 'errmsg_internal("Bad")' ],
    'a text that is not a literal' => [ qr/literal/, 'errmsg(buf)' ],
    'one branch of ?:' => [ qr/capital.*Worse/, 'errmsg(x ? "bad" : "Worse")' ],
    'a detail without capital' => [ qr/first letter/, 'errdetail("the value is bad.")' ],
    'a detail without full stop' => [ qr/full stop/, 'errdetail("The value " PRIu64 " is bad")' ],
    'errdetail_plural' => [ qr/full stop/, 'errdetail_plural("One row.", "Rows", n)' ],
    'a hint without full stop' => [ qr/full stop/, 'errhint("Do not")' ],
    'ereport without errcode' => [ qr/without errcode/, 'ereport(ERROR, (errmsg("bad")))' ],
    'ereport of unknown level without errcode' => [ qr/without errcode/, 'ereport(level, (errmsg("bad")))' ],
    'ereturn without errcode' => [ qr/without errcode/, 'ereturn(escontext, (Datum) 0, (errmsg("bad")))' ],
    'errsave without errcode' => [ qr/without errcode/, 'errsave(escontext, errmsg("bad"))' ],
    'a careless elog' => [ qr/could happen/, 'elog(ERROR, "table is missing")' ],
    'a spelled SQLSTATE' => [ qr/macro/, 'strcmp(s, "S2L01")' ],
    'MAKE_SQLSTATE' => [ qr/outside/, "MAKE_SQLSTATE('S','2','L','0','1')" ],
    'a message in a table' => [ qr/\.msg.*capital/, 'x = {.code = 1, .msg = "Bad"}' ],
    'a hint in a table' => [ qr/\.hint.*full stop/, 'x = {.hint = "Do"}' ],
);
finds($_, $bad_c{$_}[0], c_offences('x.c', "void f(void)\n{\n\t$bad_c{$_}[1];\n}\n")) for sort keys %bad_c;

spares('good C messages', c_offences('x.c', <<"SAMPLE"));
/* errmsg("Not code.") */
	ereport(ERROR,
			($errcode,
			 errmsg("invalid input syntax for type %s: \\"%s\\"", "x", s),
			 errdetail("Unexpected character at position " UINT64_FORMAT ".", n),
			 errhint("%s", hint)));
	ereport(WARNING, (errmsg("SQL text of \\"%s\\" changed", s)));
	ereport(ERROR, (errcode_for_file_access(), errmsg("\\"%s\\" is gone: %m", s)));
	elog(ERROR, "unexpected status %d", n);
	elog(DEBUG1, "Whatever.");
	/* the caller has checked it */
	elog(ERROR, "no such lane");
SAMPLE

finds('RAISE without ERRCODE', qr/x.sql:3: RAISE without/,
    sql_offences('x.sql', "DO \$x\$\nBEGIN\n  RAISE EXCEPTION 'bad'; -- USING ERRCODE = 'x'\nEND\$x\$;"));
finds('RAISE at its default level', qr/RAISE without/, sql_offences('x.sql', "DO \$\$BEGIN RAISE 'bad'; END\$\$;"));
finds('a capital in RAISE', qr/capital/,
    sql_offences('x.sql', "DO \$\$BEGIN RAISE EXCEPTION 'Bad' USING ERRCODE = 'S2L01'; END\$\$;"));
finds('a hint without full stop in RAISE', qr/full stop/,
    sql_offences('x.sql', "DO \$\$BEGIN RAISE EXCEPTION 'bad' USING ERRCODE = 'S2L01', HINT = 'Do'; END\$\$;"));
spares('good RAISEs', sql_offences('x.sql', <<'SAMPLE'));
DO $$ BEGIN RAISE EXCEPTION 'bad %', x USING ERRCODE = 'S2L01', DETAIL = 'It is.'; END $$;
DO $$ BEGIN RAISE NOTICE 'Done.'; RAISE; RAISE SQLSTATE 'S2L01'; END $$;
SAMPLE

my $good_header = join '', map { "#define ERRCODE_SOC2_$_ MAKE_SQLSTATE(" . join(',', map { "'$_'" } split //) . ")\n" } @sqlstates;
my $good_doc = join ' ', @sqlstates;
spares('a complete header', sqlstate_offences($good_header, $good_doc));
finds('an unknown SQLSTATE', qr/S2X99 is not known/,
    sqlstate_offences("#define ERRCODE_SOC2_X MAKE_SQLSTATE('S','2','X','9','9')\n", 'S2X99'));
finds('an undocumented SQLSTATE', qr/S2G01 is not in/, sqlstate_offences($good_header, $good_doc =~ s/S2G01//r));
finds('an invented SQLSTATE', qr/lists S2Z09/, sqlstate_offences($good_header, "$good_doc S2Z09"));

# The tree.

my @c_files = tree_files($root, qr{^src/.*\.[ch]$});
my @sql_files = tree_files($root, qr{^sql/(?!data/|soc2--).*\.sql$});
ok(scalar(grep { /\.c$/ } @c_files), 'there are C files in src');
ok(scalar @sql_files, 'there are SQL files in sql');

my $elogs = 0;
for my $file (@c_files)
{
    my $text = read_text("$root/$file");
    $elogs += elog_errors(c_code(c_tokens($text)));
    no_offences("messages in $file", c_offences($file, $text));
}
note("$elogs elog calls at error level");

my @uses;
for my $file (@sql_files)
{
    my $text = read_text("$root/$file");
    no_offences("messages in $file", sql_offences($file, $text));
    push @uses, map { [ $file, $_ ] } $text =~ /'(S2[A-Z]\d\d)'/g;
}

SKIP:
{
    ok(-f "$root/$_", "$_ exists") for $errcodes, $manual;
    skip 'SQLSTATEs cannot be compared', 2 unless -f "$root/$errcodes" && -f "$root/$manual";
    my ($header, $doc) = map { read_text("$root/$_") } $errcodes, $manual;
    my %macro = defined_sqlstates($header);
    no_offences("SQLSTATEs are defined in $errcodes and listed in $manual", sqlstate_offences($header, $doc));
    no_offences("SQLSTATEs used in SQL are defined in $errcodes",
        map { "$_->[0]: $_->[1]" } grep { !$macro{ $_->[1] } } @uses);
}

done_testing();
