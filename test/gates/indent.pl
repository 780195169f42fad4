#!/usr/bin/perl
# test/gates/indent.pl
#
# C files are formatted as pgindent formats them (test/tools/indent.sh), and
# typedefs.list, without which it mistakes types for variables, is complete.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Gate;
use Test::More;

my $root = source_root();
my $tool = 'test/tools/indent.sh';
my $list = 'typedefs.list';
my ($pg_config) = words_of_env('PG_CONFIG', 'pg_config');

# Standard types that matter to the formatter as much as the server's.
my @standard_types = qw(
  bool int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t
  intptr_t uintptr_t ptrdiff_t size_t ssize_t time_t va_list FILE
);

# The names that typedefs in some files or directories of $dir define.
sub typedef_names
{
    my ($dir, @paths) = @_;
    my ($status, $output) = run_program({ dir => $dir }, 'ctags', '--quiet=yes', '-f', '-', '--sort=no', '-R',
        '--languages=C', '--langmap=C:.h.c', '--kinds-C=t', @paths);
    die "ctags: $output\n" if $status != 0;
    return map { /^([A-Za-z_]\w*)\t/ ? $1 : () } split /\n/, $output;
}

# Words of a C text that stand where types stand: before a name, before stars,
# alone in parentheses.
sub type_words
{
    my ($text) = @_;
    my $code = c_code(c_tokens($text));
    my %word;

    for my $i (0 .. $#$code - 1)
    {
        next unless $code->[$i]{kind} eq 'word';
        my $before = $i > 0 ? $code->[ $i - 1 ]{text} : ';';
        my $j = $i + 1;
        $j++ while $j < $#$code && $code->[$j]{text} eq '*';
        my $starts = $before =~ /^(?:[;{}(,]|const|static|extern|volatile|register|sizeof|typedef|inline)$/;
        next unless $starts;
        $word{ $code->[$i]{text} } = 1
          if $code->[$j]{kind} eq 'word' || ($before eq '(' && $code->[$j]{text} eq ')');
    }
    return keys %word;
}

# Offences of a list of typedefs: its order, and needed names it lacks.
sub list_offences
{
    my ($text, @needed) = @_;
    my @names = split /\n/, $text;
    my %listed = map { $_ => 1 } @names;
    my @offences;
    push @offences, map { "$_ is out of order or doubled" } grep { ($names[0] // '') ne '' && $_ ne '' } out_of_order(@names);
    push @offences, map { "$_ is missing" } grep { !$listed{$_} } @needed;
    push @offences, map { "not a name: \"$_\"" } grep { !/^\w+$/ } @names;
    return @offences;
}

# The names that do not come after the one before them.
sub out_of_order
{
    my @names = @_;
    return map { $names[$_] } grep { $names[$_] le $names[ $_ - 1 ] } 1 .. $#names;
}

# What the formatter says about a file.
sub format_offences
{
    my (@command) = @_;
    my ($status, $output) = run_program({ dir => $root }, 'sh', $tool, @command);
    return () if $status == 0;
    return ("status $status", split /\n/, $output);
}

# Other versions format differently, and not every Debian has this one.
plan skip_all => 'needs pg_bsd_indent 2.1.1, that of PostgreSQL 15'
  if find_program('pg_bsd_indent') && (run_program({}, 'pg_bsd_indent', '--version'))[1] !~ /\b2\.1\.1\b/;

for my $program (qw(pg_bsd_indent ctags))
{
    next if find_program($program);
    fail("$program is on PATH");
    done_testing();
    exit 1;
}

# Self-tests.

my $good = <<'SAMPLE';
#include "postgres.h"

PG_FUNCTION_INFO_V1(soc2_sample);

/* ---
 * kept
 *   as it is
 * ---
 */
static const char *
text_of(ArrayType *array, Datum *elems, int nelems)
{
	StringInfoData buf;
	ListCell   *cell;
	bool		isnull = false;

	switch (nelems)
	{
		case 0:
			return NULL;
		default:
			break;
	}
	ereport(ERROR,
			(errcode(ERRCODE_INTERNAL_ERROR),
			 errmsg("bad value \"%s\" at %d",
					buf.data, nelems)));
}
SAMPLE
my $bad = $good =~ s/^\tListCell   \*cell/    ListCell* cell/mr =~ s/^\t\t\t\(errcode/      ( errcode/mr;
my $dir = temp_dir();
write_text("$dir/good.c", $good);
write_text("$dir/bad.c", $bad);
write_text("$dir/core/text.c", "int\nf(char *text)\n{\n\treturn g(text + 1);\n}\n");
write_text("$dir/broken.c", "int\nf(void)\n{\n\tg((h)\n\t  {1});\n}}}\n");
spares('a formatted file', format_offences('--check', "$dir/good.c"));
finds('a badly formatted file', qr/^-.*ListCell\* cell/, format_offences('--check', "$dir/bad.c"));
finds('a file that cannot be formatted', qr/broken\.c: /, format_offences('--check', "$dir/broken.c"));
is(read_text("$dir/bad.c"), $bad, 'self-test: --check leaves the file as it is');
spares('a file it formats', format_offences("$dir/bad.c"));
is(read_text("$dir/bad.c"), $good, 'self-test: the file is formatted now');
spares('its own output', format_offences('--check', "$dir/bad.c"));

spares('a variable named text in the core', format_offences('--check', "$dir/core/text.c"));

finds('a missing type', qr/^soc2_b is missing/, list_offences("soc2_a\nsoc2_c\n", 'soc2_a', 'soc2_b'));
finds('disorder', qr/^Datum is out of order/, list_offences("List\nDatum\n"));
finds('a doubled name', qr/^List is out of order/, list_offences("List\nList\n"));
spares('a complete list', list_offences("Datum\nList\nbool\n", 'List'));
write_text("$dir/types.h", "typedef struct soc2_x { int a; } soc2_x;\ntypedef enum { A } soc2_y;\ntypedef int (*soc2_z) (int a);\n");
is(join(' ', sort(typedef_names($dir, 'types.h'))), 'soc2_x soc2_y soc2_z', 'self-test: sees typedefs');
my $typed = "static Datum f(const List *A, int B)\n{\n\tOid O = B * A;\n\treturn (size_t) **A;\n}\n";
is(join(' ', sort grep { /[A-Z]|_t$/ } type_words($typed)),
    'Datum List Oid size_t', 'self-test: sees where types stand');

# The tree.

my @files = tree_files($root, qr{^(?:src|test)/.*\.[ch]$});
@files = grep { $_ !~ m{^test/gates/} } @files;
ok(scalar(grep { m{^src/.*\.c$} } @files), 'there are C files in src');
no_offences("$_ is formatted", format_offences('--check', $_)) for @files;

my ($status, $includes) = run_program($pg_config, '--includedir-server');
chomp $includes;
ok($status == 0 && -d $includes, "$pg_config knows the server's headers") or diag($includes);
if (-d $includes && @files)
{
    my @own = typedef_names($root, grep { m{^src/} } @files);
    my %server_type = map { $_ => 1 } typedef_names($includes, '.');
    my %used = map { $_ => 1 } map { type_words(read_text("$root/$_")) } grep { !m{^src/core/|^test/} } @files;
    my %needed = map { $_ => 1 } @standard_types, @own, grep { $server_type{$_} } keys %used;
    cmp_ok(scalar keys %server_type, '>', 1000, "the server's headers define types");
    no_offences("$list is sorted and has every type of src", list_offences(read_text("$root/$list"), sort keys %needed));
}

done_testing();
