# test/gates/lib/Soc2Gate.pm
#
# What the quality gates share: the source tree, a C and an SQL lexer, running
# programs, and two assertions. A gate reads the tree named by SOC2_SRC (default:
# the tree it stands in), collects offences as lines of text, and passes when
# there are none. Each gate first feeds itself bad samples: one that finds
# nothing in them could not find anything in the tree either.

package Soc2Gate;

use strict;
use warnings;

use Cwd qw(abs_path);
use Exporter qw(import);
use File::Basename qw(dirname);
use File::Find ();
use File::Path qw(make_path);
use File::Temp ();
use Test::More ();

our @EXPORT = qw(
  source_root tree_files read_text write_text temp_dir
  no_offences finds spares
  run_program find_program words_of_env
  c_tokens c_code c_calls c_texts
  sql_tokens sql_statements
  psql_rows
);

# Directories that hold what builds and test runs leave behind.
my $LEFTOVERS = qr{^(?:\.git|build|results|output_iso|tmp_check|tmp_check_iso|\.deps)$};

# The absolute path of the source tree under test.
sub source_root
{
    my $here = dirname(abs_path(__FILE__));
    my $root = $ENV{SOC2_SRC} // "$here/../../..";
    return abs_path($root) // die "SOC2_SRC: no such directory: $root\n";
}

# Sorted paths, relative to $root, of the files of a source tree whose path
# matches $pattern. In a git work tree these are the tracked files and the new
# ones that are not ignored; elsewhere everything but known leftovers.
sub tree_files
{
    my ($root, $pattern) = @_;
    my @files;

    if (-e "$root/.git")
    {
        my ($status, $output) = run_program('git', '-c', 'safe.directory=*', '-C', $root,
            'ls-files', '-z', '--cached', '--others', '--exclude-standard');
        @files = split /\0/, $output if $status == 0;
    }
    if (!@files)
    {
        my $wanted = sub {
            return if -d $_ || /\.(?:o|bc|so|gcda|gcno)$/;
            push @files, substr($File::Find::name, length($root) + 1);
        };
        my $prune = sub {
            return grep { !(-d "$File::Find::dir/$_" && /$LEFTOVERS/) } @_;
        };
        File::Find::find({ wanted => $wanted, preprocess => $prune }, $root);
    }
    my %seen;
    return sort grep { $_ =~ $pattern && -f "$root/$_" && !$seen{$_}++ } @files;
}

# The bytes of a file.
sub read_text
{
    my ($file) = @_;
    open my $handle, '<:raw', $file or die "cannot read $file: $!\n";
    local $/ = undef;
    return scalar(<$handle>) // '';
}

# Write a file, making its directory.
sub write_text
{
    my ($file, $text) = @_;
    make_path(dirname($file));
    open my $handle, '>:raw', $file or die "cannot write $file: $!\n";
    print {$handle} $text;
    close $handle or die "cannot write $file: $!\n";
    return $file;
}

# A directory that goes away with the script.
sub temp_dir
{
    return File::Temp::tempdir('soc2gate_XXXXXX', TMPDIR => 1, CLEANUP => 1);
}

# Pass when the list of offences is empty, else show it.
sub no_offences
{
    my ($name, @offences) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $ok = Test::More::ok(!@offences, $name);
    Test::More::diag("  $_") for @offences;
    return $ok;
}

# Self-test: the offences found in a bad sample match $pattern.
sub finds
{
    my ($name, $pattern, @offences) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $ok = Test::More::ok(scalar(grep { $_ =~ $pattern } @offences), "self-test: finds $name");
    Test::More::diag("  found instead: $_") for $ok ? () : (@offences ? @offences : 'nothing');
    return $ok;
}

# Self-test: nothing is found in a good sample.
sub spares
{
    my ($name, @offences) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    return no_offences("self-test: spares $name", @offences);
}

# Run a program without a shell. Returns its exit status (-1 when it cannot be
# started) and what it wrote to standard output and standard error. A leading
# { dir => ..., env => {...} } sets where and with what environment.
sub run_program
{
    my @command = @_;
    my $how = ref $command[0] ? shift @command : {};

    my $pid = open my $pipe, '-|';
    die "cannot fork: $!\n" unless defined $pid;
    if ($pid == 0)
    {
        open STDERR, '>&', \*STDOUT;
        open STDIN, '<', '/dev/null';
        chdir $how->{dir} or _quit("chdir $how->{dir}: $!") if $how->{dir};
        @ENV{ keys %{ $how->{env} } } = values %{ $how->{env} } if $how->{env};
        { no warnings 'exec'; exec { $command[0] } @command; }
        _quit("cannot run $command[0]: $!");
    }
    my $output = do { local $/ = undef; <$pipe> } // '';
    close $pipe;
    my $status = $? & 127 ? 128 + ($? & 127) : $? >> 8;
    return ($status, $output);
}

# End a child that could not become the program it was meant to be, without
# running the parent's clean-up.
sub _quit
{
    my ($why) = @_;
    syswrite STDOUT, "$why\n";
    require POSIX;
    POSIX::_exit(127);
}

# The path of a program on PATH, or undef.
sub find_program
{
    my ($name) = @_;
    return $name if $name =~ m{/} && -x $name;
    for my $dir (split /:/, $ENV{PATH} // '')
    {
        return "$dir/$name" if -x "$dir/$name" && !-d "$dir/$name";
    }
    return undef;
}

# An environment variable such as CC, split into words.
sub words_of_env
{
    my ($name, $default) = @_;
    my $value = $ENV{$name};
    return split ' ', defined $value && $value =~ /\S/ ? $value : $default;
}

# ---------------------------------------------------------------------------
# C

# The tokens of a C text. Each has kind (comment, string, char, word, number,
# punct), text, line, end (its last line), directive (in a preprocessor line)
# and alone (nothing before it on its line).
sub c_tokens
{
    my ($text) = @_;
    my ($line, $fresh, $directive) = (1, 1, 0);
    my @tokens;

    pos($text) = 0;
    while (pos($text) < length $text)
    {
        if ($text =~ /\G\\\r?\n/gc) { $line++; next }
        if ($text =~ /\G\n/gc) { $line++; $fresh = 1; $directive = 0; next }
        next if $text =~ /\G[ \t\f\r]+/gc;

        my $start = pos $text;
        my $kind =
            $text =~ m{\G/\*.*?(?:\*/|\z)}gcs       ? 'comment'
          : $text =~ m{\G//[^\n]*}gc                ? 'comment'
          : $text =~ m{\G"(?:[^"\\\n]|\\.)*"?}gcs   ? 'string'
          : $text =~ m{\G'(?:[^'\\\n]|\\.)*'?}gcs   ? 'char'
          : $text =~ m{\G[A-Za-z_]\w*}gc            ? 'word'
          : $text =~ m{\G\.?\d(?:[eEpP][+-]|[\w.])*}gc ? 'number'
          : $text =~ m{\G.}gcs                      ? 'punct'
          :                                           last;
        my $piece = substr $text, $start, pos($text) - $start;
        $directive = 1 if $fresh && $piece eq '#';
        my $end = $line + ($piece =~ tr/\n//);
        push @tokens,
          {
            kind => $kind,
            text => $piece,
            line => $line,
            end => $end,
            directive => $directive,
            alone => $fresh,
          };
        $line = $end;
        $fresh = 0 unless $kind eq 'comment';
    }
    return \@tokens;
}

# The tokens that are neither comments nor in preprocessor lines.
sub c_code
{
    my ($tokens) = @_;
    return [ grep { $_->{kind} ne 'comment' && !$_->{directive} } @$tokens ];
}

# The calls of functions (or macros) whose name matches $names: each has name,
# line, and args, a list of lists of tokens.
sub c_calls
{
    my ($code, $names) = @_;
    my @calls;

    for my $i (0 .. $#$code - 1)
    {
        next unless $code->[$i]{kind} eq 'word' && $code->[$i]{text} =~ $names;
        next unless $code->[ $i + 1 ]{text} eq '(';
        my ($depth, @args) = (0, []);
        for my $j ($i + 1 .. $#$code)
        {
            my $token = $code->[$j];
            my $is = $token->{kind} eq 'punct' ? $token->{text} : '';
            if ($is =~ /[(\[{]/) { next if $depth++ == 0 }
            elsif ($is =~ /[)\]}]/) { last if --$depth == 0 }
            elsif ($is eq ',' && $depth == 1) { push @args, []; next }
            push @{ $args[-1] }, $token;
        }
        push @calls, { name => $code->[$i]{text}, line => $code->[$i]{line}, args => \@args };
    }
    return @calls;
}

# The texts of the string literals among some tokens. Neighbouring literals are
# one text, a format macro such as PRIu64 between them reads as "%llu"; \" is
# given as ", other escapes stay as they are.
sub c_texts
{
    my @tokens = @_;
    my (@texts, $open);

    for my $token (@tokens)
    {
        my $piece;
        if ($token->{kind} eq 'string')
        {
            ($piece = $token->{text}) =~ s/^"|"$//g;
            $piece =~ s/\\"/"/g;
        }
        elsif ($open && $token->{kind} eq 'word' && $token->{text} =~ /^PRI\w+$|FORMAT$/)
        {
            $piece = $token->{text} =~ /FORMAT$/ ? '%llu' : 'llu';
        }
        if (!defined $piece) { $open = 0; next }
        push @texts, '' unless $open;
        $texts[-1] .= $piece;
        $open = 1;
    }
    return @texts;
}

# ---------------------------------------------------------------------------
# SQL

# The tokens of an SQL script: kind (comment, string, dollar, ident, word,
# number, punct, meta), text, line, and space (white space or a comment came
# before it). A psql meta-command is one token up to the end of its line.
sub sql_tokens
{
    my ($text) = @_;
    my ($line, $space, $fresh) = (1, 1, 1);
    my @tokens;

    pos($text) = 0;
    while (pos($text) < length $text)
    {
        if ($text =~ /\G\n/gc) { $line++; $space = $fresh = 1; next }
        if ($text =~ /\G[ \t\f\r]+/gc) { $space = 1; next }

        my $start = pos $text;
        my $kind =
            $fresh && $text =~ m{\G\\[^\n]*}gc           ? 'meta'
          : $text =~ m{\G--[^\n]*}gc                     ? 'comment'
          : $text =~ m{\G(/\*(?:[^*/]|\*(?!/)|/(?!\*)|(?1))*\*/)}gc ? 'comment'
          : $text =~ m{\G[eE]'(?:[^'\\]|\\.|'')*'}gcs    ? 'string'
          : $text =~ m{\G(?:[xXbBnN]|[uU]&)?'(?:[^']|'')*'}gcs ? 'string'
          : $text =~ m{\G"(?:[^"]|"")*"}gcs              ? 'ident'
          : $text =~ m{\G(\$(?:[A-Za-z_]\w*)?\$).*?\g{-1}}gcs ? 'dollar'
          : $text =~ m{\G[A-Za-z_\x80-\xff][\w\$\x80-\xff]*}gc ? 'word'
          : $text =~ m{\G\.?\d[\w.]*}gc                  ? 'number'
          : $text =~ m{\G.}gcs                           ? 'punct'
          :                                                last;
        my $piece = substr $text, $start, pos($text) - $start;
        push @tokens, { kind => $kind, text => $piece, line => $line, space => $space };
        $line += $piece =~ tr/\n//;
        $fresh = 0 unless $kind eq 'comment';
        $space = $kind eq 'comment';
    }
    return \@tokens;
}

# The statements of an SQL script, each with line, tokens (no comments), code
# (the text on one line with single spaces), and bare (code in which strings
# read '' and dollar-quoted bodies $$). A meta-command is a statement.
sub sql_statements
{
    my ($text) = @_;
    my @statements;
    my @open;
    my ($parens, $atomic) = (0, 0);

    my $finish = sub {
        push @statements, _sql_statement(@open) if @open;
        @open = ();
        $parens = $atomic = 0;
    };
    for my $token (@{ sql_tokens($text) })
    {
        next if $token->{kind} eq 'comment';
        if ($token->{kind} eq 'meta') { $finish->(); push @open, $token; $finish->(); next }
        my $word = $token->{kind} eq 'word' ? uc $token->{text} : '';
        my $punct = $token->{kind} eq 'punct' ? $token->{text} : '';

        if ($word eq 'ATOMIC' && @open && uc $open[-1]{text} eq 'BEGIN') { $atomic = 1 }
        elsif ($atomic && $word eq 'CASE') { $atomic++ }
        elsif ($atomic && $word eq 'END') { $atomic-- }
        $parens++ if $punct eq '(';
        $parens-- if $punct eq ')';
        if ($punct eq ';' && $parens <= 0 && !$atomic) { $finish->(); next }
        push @open, $token;
    }
    $finish->();
    return @statements;
}

# One statement from its tokens.
sub _sql_statement
{
    my @tokens = @_;
    my ($code, $bare) = ('', '');

    for my $token (@tokens)
    {
        my $gap = $code ne '' && $token->{space} ? ' ' : '';
        my $kind = $token->{kind};
        $code .= $gap . $token->{text};
        $bare .= $gap . ($kind eq 'string' ? q('') : $kind eq 'dollar' ? '$$' : $token->{text});
    }
    return { line => $tokens[0]{line}, tokens => \@tokens, code => $code, bare => $bare };
}

# ---------------------------------------------------------------------------
# Server

# Run an SQL script in a database of the server named by PGHOST, PGPORT and
# PGUSER. Returns psql's exit status and its lines of output; errors are among
# them.
sub psql_rows
{
    my ($database, $script) = @_;
    my $file = File::Temp->new(TEMPLATE => 'soc2gate_XXXXXX', TMPDIR => 1, SUFFIX => '.sql');
    print {$file} $script;
    close $file or die "cannot write $file: $!\n";
    my ($status, $output) = run_program({ env => { PGOPTIONS => '-c client_min_messages=warning' } },
        'psql', '-XAtq', '-F', ' | ', '-v', 'ON_ERROR_STOP=1', '-d', $database, '-f', "$file");
    return ($status, split /\n/, $output);
}

1;
