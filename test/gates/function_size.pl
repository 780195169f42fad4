#!/usr/bin/perl
# test/gates/function_size.pl
#
# Functions and files are small, every function says what it does, and what the
# core offers is described where it is declared.
#
# Two exemptions, both claimed in the comment directly above the function:
# "long switch:" for a switch table over the line limit, "fixed signature:" for
# a callback whose parameters the server dictates.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Gate;
use Test::More;

my $max_function = 80;
my $max_parameters = 5;
my $max_core_file = 350;
my $max_glue_file = 500;

my $root = source_root();
my $ctags = find_program('ctags') // '';
my (undef, $ctags_version) = $ctags ? run_program($ctags, '--version') : (0, '');
if ($ctags_version !~ /Universal Ctags/)
{
    fail('Universal Ctags is on PATH (Debian: universal-ctags)');
    done_testing();
    exit 1;
}

# The functions (kind f) and prototypes (kind p) in some files of $dir: each
# has name, file, kind, line, end and parameters.
sub functions
{
    my ($dir, @files) = @_;
    my ($status, $output) = run_program({ dir => $dir }, $ctags, '--quiet=yes', '-f', '-', '--sort=no',
        '--language-force=C', '--kinds-C=fp', '--excmd=number', '--fields=keS',
        '-I', 'PG_FUNCTION_INFO_V1+,PG_MODULE_MAGIC,PGDLLEXPORT', @files);
    die "ctags: $output\n" if $status != 0;
    my @functions;
    for (grep { !/^!/ } split /\n/, $output)
    {
        my ($name, $file, $address, $kind, @fields) = split /\t/;
        my %field = map { /^(\w+):(.*)$/ ? ($1 => $2) : () } @fields;
        my ($line) = $address =~ /^(\d+)/;
        push @functions,
          {
            name => $name,
            file => $file,
            kind => $kind,
            line => $line,
            end => $field{end} // $line,
            parameters => parameters($field{signature} // '()'),
          };
    }
    return @functions;
}

# The number of parameters in a signature.
sub parameters
{
    my ($signature) = @_;
    my ($inner) = $signature =~ /^\(\s*(.*?)\s*\)$/s;
    return 0 if !defined $inner || $inner eq '' || $inner eq 'void';
    1 while $inner =~ s/\([^()]*\)//g;
    return 1 + ($inner =~ tr/,//);
}

# The declaration in front of a function's name and the comment directly above
# it (undef if none). PG_FUNCTION_INFO_V1 lines may stand between the two.
sub head_and_comment
{
    my ($lines, $comment_at, $line) = @_;
    my $info = qr{^(?:[A-Z_]+ )?PG_FUNCTION_INFO_V1\(\w+\);};
    my $at = $line - 1;
    $at-- while $at > 0 && $lines->[$at] =~ /\S/ && !$comment_at->{$at} && $lines->[$at] !~ /[;{}]\s*$|^\s*\#/;
    my $head = join "\n", @$lines[ $at + 1 .. $line ];

    my $above = $at;
    $above-- while $above > 0 && $lines->[$above] !~ /\S/;
    if ($above > 0 && $lines->[$above] =~ $info)
    {
        $at = $above;
        $at-- while $at > 0 && $lines->[$at] =~ $info;
    }
    my $comment = $comment_at->{$at};
    undef $comment if defined $comment && $comment !~ /[A-Za-z]{2}/;
    return ($head, $comment);
}

# The lines of a text (from index 1) and its comments by the line they end in;
# a comment behind code does not count.
sub lines_and_comments
{
    my ($text) = @_;
    my %comment_at = map { $_->{end} => $_->{text} } grep { $_->{kind} eq 'comment' && $_->{alone} } @{ c_tokens($text) };
    return ([ '', split /\n/, $text ], \%comment_at);
}

# Offences of the functions in some files of $dir: file => list of offences.
sub offences
{
    my ($dir, @files) = @_;
    my %text = map { $_ => read_text("$dir/$_") } @files;
    my %parts = map { $_ => [ lines_and_comments($text{$_}) ] } @files;
    my @functions = functions($dir, @files);
    my %described = map { $_->{name} => 1 }
      grep { defined((head_and_comment(@{ $parts{ $_->{file} } }, $_->{line}))[1]) }
      grep { $_->{kind} eq 'p' && $_->{file} =~ /\.h$/ } @functions;
    my %offences = map { $_ => [ file_offences($_, $text{$_}) ] } @files;

    for my $function (grep { $_->{kind} eq 'f' } @functions)
    {
        my ($head, $comment) = head_and_comment(@{ $parts{ $function->{file} } }, $function->{line});
        my $length = $function->{end} - $function->{line} + 1;
        my $said = $comment // '';
        my @faults;
        push @faults, "$length lines" if $length > $max_function && $said !~ /\blong switch:/;
        push @faults, "$function->{parameters} parameters"
          if $function->{parameters} > $max_parameters && $said !~ /\bfixed signature:/;
        push @faults, 'no comment directly above it' if !defined $comment;
        push @faults, 'no header has its prototype under a comment'
          if $function->{file} =~ m{(?:^|/)core/.*\.c$} && $head !~ /\bstatic\b/ && !$described{ $function->{name} };
        push @{ $offences{ $function->{file} } }, map { "$function->{file}:$function->{line}: $function->{name}: $_" } @faults;
    }
    return \%offences;
}

# The offence of a file that is too long.
sub file_offences
{
    my ($name, $text) = @_;
    my $limit = $name =~ m{(?:^|/)core/} ? $max_core_file : $max_glue_file;
    my $lines = $text =~ tr/\n//;
    return $lines > $limit ? "$name has $lines lines, limit $limit" : ();
}

# Self-tests.

my $sample = temp_dir();

# Offences of one sample file (and a core header beside it).
sub sample_offences
{
    my ($name, $text, $header) = @_;
    write_text("$sample/$name", $text);
    write_text("$sample/core/x.h", $header // '');
    return map { @$_ } values %{ offences($sample, $name, 'core/x.h') };
}

my $long = "{\n" . "\tg();\n" x 90 . "}\n";
finds('a long function', qr/f: 93 lines/, sample_offences('x.c', "/* Why. */\nstatic void\nf(void)\n$long"));
spares('a long switch that says so', sample_offences('x.c', "/*\n * Why. long switch: one case a status\n */\nstatic void\nf(void)\n$long"));
finds('six parameters', qr/f: 6 parameters/,
    sample_offences('x.c', "/* Why. */\nstatic void\nf(int a, int b, int c,\n  int d, void (*e) (int, int), int g)\n{\n}\n"));
finds('a function without comment', qr/f: no comment/, sample_offences('x.c', "/* Not this. */\n\nDatum\nf(PG_FUNCTION_ARGS)\n{\n}\n"));
finds('an empty comment', qr/f: no comment/, sample_offences('x.c', "/* ---- */\nint\nf(void)\n{\n}\n"));
finds('a comment behind code', qr/f: no comment/, sample_offences('x.c', "static int n; /* Not this. */\nint\nf(void)\n{\n}\n"));
finds('a core function without prototype', qr/soc2_f: no header/, sample_offences('core/x.c', "/* Why. */\nint\nsoc2_f(void)\n{\n}\n"));
finds('an undescribed prototype', qr/soc2_f: no header/,
    sample_offences('core/x.c', "/* Why. */\nint\nsoc2_f(void)\n{\n}\n", "/* Other. */\nextern int soc2_g(void);\nextern int soc2_f(void);\n"));
finds('a long core file', qr/351 lines/, sample_offences('core/x.c', "\n" x 351));
finds('a long glue file', qr/501 lines/, sample_offences('x.c', "\n" x 501));
spares('described functions',
    sample_offences('core/x.c', <<'SAMPLE', "/*\n * Why.\n */\nextern int soc2_f(int a,\n				  int b);\n"));
/* Why. */
static inline int
twice(int a)
{
	return a + a;
}

/*
 * Why.
 */
PG_FUNCTION_INFO_V1(soc2_f);

int
soc2_f(int a, int b)
{
	return twice(a) + b;
}
SAMPLE
is(parameters('(void)'), 0, 'self-test: counts no parameters');

# The tree.

my @files = tree_files($root, qr{^src/.*\.[ch]$});
ok(scalar(grep { m{^src/core/.*\.c$} } @files), 'there are C files in src/core');
ok(scalar(grep { m{^src/[^/]+\.c$} } @files), 'there are C files in src');
if (@files)
{
    my $offences = offences($root, @files);
    no_offences("functions of $_", @{ $offences->{$_} }) for @files;
}

done_testing();
