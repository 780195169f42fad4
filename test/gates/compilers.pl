#!/usr/bin/perl
# test/gates/compilers.pl
#
# The extension compiles without a warning under gcc and clang, through PGXS and
# thus with the server's own flags, and cppcheck has nothing to say about it.
# PG_CONFIG chooses the server.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Copy qw(copy);
use File::Basename qw(dirname);
use File::Path qw(make_path);
use Soc2Gate;
use Test::More;

my $root = source_root();
my ($pg_config) = words_of_env('PG_CONFIG', 'pg_config');

# One compiler sees the code as it is shipped, the other with assertions.
# clang knows neither all the warnings nor all the options and attributes that
# servers built with gcc pass on. -g0 saves time.
my @warnings = qw(-Wall -Wextra -Werror -Wno-unused-parameter -Wno-sign-compare -Wno-missing-field-initializers -g0);
my %copt = (
    gcc => [@warnings],
    clang => [
        @warnings,
        qw(-O1 -DUSE_ASSERT_CHECKING),
        qw(-Wno-unknown-warning-option -Wno-ignored-optimization-argument -Wno-ignored-attributes),
    ],
);

# legacyUninitvar does not understand that a report of an error does not return.
my @cppcheck = (
    qw(cppcheck --quiet -j2 --std=c99 --language=c --error-exitcode=2 --inline-suppr),
    qw(--suppress=missingInclude --suppress=missingIncludeSystem --suppress=legacyUninitvar),
    '--suppress=normalCheckLevelMaxBranches',
    '--enable=warning,performance,portability',
    '--template={file}:{line}: {severity}: {message} [{id}]',
    "--include=$FindBin::Bin/lib/cppcheck_pg.h",
);

# Copy some files of a tree into a new directory.
sub copied_tree
{
    my ($from, @files) = @_;
    my $to = temp_dir();
    for my $file (@files)
    {
        make_path(dirname("$to/$file"));
        copy("$from/$file", "$to/$file") or die "cannot copy $file: $!\n";
    }
    return $to;
}

# The object of a source: the program is built aside.
sub object_of
{
    my ($source) = @_;
    $source =~ s/\.c$/.o/;
    return $source =~ s{^src/(?=verify/)}{build/verify/}r;
}

# Build the objects of some sources in $dir. Returns source => complaints.
sub build
{
    my ($dir, $compiler, @sources) = @_;
    my @objects = map { object_of($_) } @sources;
    unlink map { "$dir/$_" } @objects;
    my ($status, $output) = run_program({ dir => $dir, env => { MAKEFLAGS => '', LC_ALL => 'C' } },
        'make', '-k', '-j2', '-s', "PG_CONFIG=$pg_config", "CC=$compiler", "COPT=@{ $copt{$compiler} }", @objects);
    my @lines = split /\n/, $output;
    my %complaints;

    for my $source (@sources)
    {
        my $object = object_of($source);
        next if -f "$dir/$object";
        my @own = grep { /^\Q$source\E:.*error:/ } @lines;
        @own = grep { /error|\*\*\*/i } @lines unless @own;
        splice @own, 20;
        $complaints{$source} = \@own;
    }
    return %complaints;
}

# What cppcheck says about some files or directories of $dir.
sub cppcheck_offences
{
    my ($dir, @paths) = @_;
    my ($status, $output) = run_program({ dir => $dir }, @cppcheck, @paths);
    return () if $status == 0;
    return ("cppcheck exits with status $status", split /\n/, $output);
}

# Self-tests: an extension of two files, one good and one bad.

my %sample = (
    'Makefile' => <<'SAMPLE',
MODULE_big = sample
OBJS = src/good.o src/bad.o
PG_CPPFLAGS = -I$(srcdir)/src
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)
SAMPLE
    'src/good.c' => <<'SAMPLE',
#include "postgres.h"

#include "fmgr.h"
#include "miscadmin.h"
#include "nodes/pg_list.h"
#include "utils/builtins.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(sample_sum);

Datum
sample_sum(PG_FUNCTION_ARGS)
{
	List	   *list = NIL;
	ListCell   *cell;
	char	   *name = PG_NARGS() > 0 ? text_to_cstring(PG_GETARG_TEXT_PP(0)) : NULL;
	int			sum = 0;

	foreach(cell, list)
	{
		sum += lfirst_int(cell);
	}
	PG_TRY();
	{
		CHECK_FOR_INTERRUPTS();
	}
	PG_CATCH();
	{
		PG_RE_THROW();
	}
	PG_END_TRY();
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("no name")));
	PG_RETURN_INT32(sum + name[0]);
}
SAMPLE
    'src/bad.c' => <<'SAMPLE',
#include "postgres.h"

int			sample_bad(int n);

int
sample_bad(int n)
{
	int			unused = n;
	char	   *nowhere = NULL;
	int			few[2] = {0, 0};

	if (n < 0)
		return *nowhere;
	return few[2];
}
SAMPLE
);
my $dir = temp_dir();
write_text("$dir/$_", $sample{$_}) for keys %sample;

for my $compiler (sort keys %copt)
{
    if (!find_program($compiler)) { fail("$compiler is on PATH"); next }
    my %complaints = build($dir, $compiler, 'src/good.c', 'src/bad.c');
    finds("an unused variable with $compiler", qr/bad\.c:\d+.*unused/, @{ $complaints{'src/bad.c'} // [] });
    spares("a clean file with $compiler", @{ $complaints{'src/good.c'} // [] });
}
if (find_program('cppcheck'))
{
    my @offences = cppcheck_offences($dir, 'src/bad.c');
    finds('a null pointer with cppcheck', qr/bad\.c:13:.*nullPointer/, @offences);
    finds('an index out of bounds with cppcheck', qr/bad\.c:14:.*arrayIndexOutOfBounds/, @offences);
    spares('server idioms with cppcheck', cppcheck_offences($dir, 'src/good.c'));
}
else
{
    fail('cppcheck is on PATH');
}

# The tree.

my @sources = tree_files($root, qr{^src/(?:core/|verify/)?[^/]+\.c$});
ok(-f "$root/Makefile", 'there is a Makefile');
ok(scalar(grep { m{^src/[^/]+\.c$} } @sources), 'there are C files in src');
ok(scalar(grep { m{^src/core/} } @sources), 'there are C files in src/core');
ok(scalar(grep { m{^src/verify/} } @sources), 'there are C files in src/verify');

if (@sources && -f "$root/Makefile")
{
    my $copy = copied_tree($root, grep { !m{^(?:expected|doc)/} } tree_files($root, qr/./));
    for my $compiler (grep { find_program($_) } sort keys %copt)
    {
        my %complaints = build($copy, $compiler, @sources);
        no_offences("$_ compiles with $compiler", @{ $complaints{$_} // [] }) for @sources;
    }
    no_offences('cppcheck of src', cppcheck_offences($copy, 'src')) if find_program('cppcheck');
}

done_testing();
