#!/usr/bin/perl
# test/gates/core_purity.pl
#
# src/core is ISO C99 without PostgreSQL, without allocation, without clock and
# locale, and without state: the offline verifier and the fuzzers are built from
# it, and what it computes depends on its arguments alone.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Basename qw(basename);
use Soc2Gate;
use Test::More;

my $root = source_root();
my @cc = words_of_env('CC', 'cc');

# -fno-pie: a constant table of pointers is then read-only data, as it is in
# effect, and not data that the loader relocates.
my @flags = qw(-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -fno-pie -Isrc);

# Library functions that neither allocate nor look at anything but their
# arguments, and what compilers call of their own accord.
my %allowed_symbol = map { $_ => 1 } qw(
  memchr memcmp memcpy memmove memset
  strchr strcmp strlen strncmp strrchr strspn strcspn strstr
  bsearch snprintf
  __stack_chk_fail __stack_chk_fail_local _GLOBAL_OFFSET_TABLE_
  __memcpy_chk __memmove_chk __memset_chk __snprintf_chk
  __udivdi3 __umoddi3 __divdi3 __moddi3 __udivti3 __umodti3
);

# The ISO C headers that core has a use for; locale.h, time.h and their like
# are missing on purpose.
my %allowed_header = map { $_ => 1 } qw(
  ctype.h inttypes.h limits.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h
);

# Offences of the #include lines of one core file. $core is the set of core
# header names.
sub include_offences
{
    my ($name, $text, $core) = @_;
    my @offences;
    my $line = 0;
    for (split /\n/, $text)
    {
        $line++;
        next unless /^\s*\#\s*include\s*(.*?)\s*(?:\/\*.*)?$/;
        my $what = $1;
        next if $what =~ /^<(.*)>$/ && $allowed_header{$1};
        next if $what =~ m{^"(?:core/)?([\w.]+)"$} && $core->{$1};
        push @offences, "$name:$line: #include $what";
    }
    return @offences;
}

# Compile a file alone. Returns the compiler's complaints, or nothing.
sub compile_offences
{
    my ($dir, $source, $object) = @_;
    my ($status, $output) = run_program({ dir => $dir }, @cc, @flags, '-c', $source, '-o', $object);
    return () if $status == 0;
    return ("$source does not compile (status $status):", split /\n/, $output);
}

# The symbols of an object: a list of [type, name].
sub symbols
{
    my ($object) = @_;
    my ($status, $output) = run_program('nm', '-p', $object);
    die "nm $object: $output\n" if $status != 0;
    return map { /^[\da-f]*\s+(\w)\s+(\S+)$/ ? [ $1, $2 ] : () } split /\n/, $output;
}

# Offences of the symbols of the core objects (source name => object).
sub symbol_offences
{
    my (%object) = @_;
    my %symbols = map { $_ => [ symbols($object{$_}) ] } keys %object;
    my %own = map { $_->[1] => 1 } grep { $_->[0] =~ /[A-TV-Z]/ } map { @$_ } values %symbols;
    my @offences;

    for my $source (sort keys %symbols)
    {
        for my $symbol (@{ $symbols{$source} })
        {
            my ($type, $name) = @$symbol;
            push @offences, "$source uses $name"
              if $type =~ /[Uw]/ && !$own{$name} && !$allowed_symbol{$name};
            push @offences, "$source has a writable variable $name" if $type =~ /[BbDdCSsGg]/;
            push @offences, "$source defines $name, which does not start with soc2_"
              if $type =~ /[A-TVW]/ && $name !~ /^soc2_/;
        }
    }
    return @offences;
}

# Self-tests: a core in a temporary directory, one bad file each.

my $sample = temp_dir();
my $count = 0;

# Offences of a one-file core.
sub sample_offences
{
    my ($text) = @_;
    my $source = 'src/core/sample' . $count++ . '.c';
    write_text("$sample/$source", $text);
    my @offences = compile_offences($sample, $source, "$sample/sample.o");
    return @offences ? @offences : symbol_offences($source => "$sample/sample.o");
}

write_text("$sample/src/core/status.h", "extern int soc2_f(int x);\n");
my $proto = qq{#include "core/status.h"\n};
finds('a PostgreSQL header', qr/postgres\.h/, sample_offences(qq{#include "postgres.h"\nint x;\n}));
finds('an implicit conversion', qr/conversion/, sample_offences($proto . "int soc2_f(int x) { short s = x; return s; }\n"));
finds('malloc', qr/uses malloc/,
    sample_offences($proto . "#include <stdlib.h>\nint soc2_f(int x) { void *p = malloc((size_t) x); return p != 0; }\n"));
finds('time', qr/uses time/, sample_offences($proto . "#include <time.h>\nint soc2_f(int x) { return time(0) == x; }\n"));
finds('a foreign name', qr/defines other_f/, sample_offences("int other_f(int x);\nint other_f(int x) { return x; }\n"));
finds('a static variable', qr/writable variable/, sample_offences($proto . "int soc2_f(int x) { static int n; return n += x; }\n"));
finds('a global variable', qr/writable variable soc2_n/, sample_offences("extern int soc2_n;\nint soc2_n = 1;\n"));
spares('pure code', sample_offences($proto . <<'SAMPLE'));
#include <string.h>
static const char *const names[] = {"a", "b"};
int soc2_f(int x) { return (int) strlen(names[x & 1]); }
SAMPLE

my %sample_headers = ('status.h' => 1);
finds('an include of glue', qr/soc2\.h/, include_offences('x.c', qq{#include "soc2.h"\n}, \%sample_headers));
finds('an include outside core', qr/\.\./, include_offences('x.c', qq{#include "../core/status.h"\n}, \%sample_headers));
finds('time.h', qr/time\.h/, include_offences('x.c', "#  include <time.h>\n", \%sample_headers));
spares('core and ISO C headers',
    include_offences('x.c', qq{#include <string.h>	/* for memcpy */\n#include "core/status.h"\n#include "status.h"\n}, \%sample_headers));

# The tree.

my @sources = tree_files($root, qr{^src/core/[^/]+\.c$});
my @headers = tree_files($root, qr{^src/core/[^/]+\.h$});
ok(scalar @sources, 'there are C files in src/core');
ok(scalar @headers, 'there are headers in src/core');

my %core_header = map { basename($_) => 1 } @headers;
no_offences("includes of $_", include_offences($_, read_text("$root/$_"), \%core_header)) for @sources, @headers;

my $objects = temp_dir();
my %object;
for my $source (@sources)
{
    my $object = "$objects/" . basename($source, '.c') . '.o';
    my @complaints = compile_offences($root, $source, $object);
    no_offences("$source compiles alone", @complaints);
    $object{$source} = $object if !@complaints;
}
for my $header (@headers)
{
    my $source = write_text("$objects/alone.c", '#include "core/' . basename($header) . qq{"\nextern int soc2_alone;\n});
    no_offences("$header compiles alone", compile_offences($root, $source, "$objects/alone.o"));
}
no_offences('symbols of src/core', symbol_offences(%object)) if @sources;

done_testing();
