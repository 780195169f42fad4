#!/usr/bin/perl
# test/gates/sql_safety.pl
#
# The install script cannot be made to use somebody else's objects: what it
# creates is new and named with its schema, functions that run with their
# owner's rights pin the search path, and privileges are given on one page. C
# functions state their attributes, and name symbols that the library has.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Soc2Gate;
use Test::More;

my $root = source_root();
my $privileges = 'sql/90_privileges.sql';
my $assembler = 'sql/assemble.sh';

# What every SECURITY DEFINER function sets, and the schemas any may name.
my $definer_path = 'pg_catalog, pg_temp';
my %may_be_on_path = map { $_ => 1 } qw(pg_catalog soc2 pg_temp);

# A name in one of the extension's schemas.
my $qualified = qr{^(?:soc2|soc2_bi)\.};

# What follows LANGUAGE C.
my $attributes = qr{^\ (?:IMMUTABLE|STABLE|VOLATILE) (?:\ LEAKPROOF)? (?:\ STRICT|\ CALLED\ ON\ NULL\ INPUT)?
    (?:\ LEAKPROOF)? \ PARALLEL\ (?:SAFE|RESTRICTED|UNSAFE)\b (.*)$}xs;

# Kinds of objects that live in a schema, as they follow CREATE, ALTER, COMMENT ON.
my $kind = qr{TABLE|(?:MATERIALIZED\ )?VIEW|FOREIGN\ TABLE|FUNCTION|PROCEDURE|ROUTINE|AGGREGATE|TYPE|DOMAIN|SEQUENCE
    |OPERATOR\ CLASS|OPERATOR\ FAMILY|OPERATOR|COLLATION|CONVERSION|STATISTICS|TEXT\ SEARCH\ \w+|COLUMN}x;

# Offences of one statement. $delta: in an upgrade script, which may replace
# functions and drop objects.
sub statement_offences
{
    my ($file, $statement, $delta) = @_;
    my $bare = $statement->{bare};
    my @faults = (creation_faults($bare, $delta), target_faults($bare), path_faults($statement), function_faults($statement));

    push @faults, 'meta-command other than the guard'
      if $statement->{tokens}[0]{kind} eq 'meta' && $statement->{code} !~ /^\\echo .* \\quit$/;
    push @faults, 'uses @extschema@' if $statement->{code} =~ /\@extschema/i;
    push @faults, 'unqualified call of pg_extension_config_dump'
      if $bare =~ /(?<!pg_catalog\.)\bpg_extension_config_dump\s*\(/i;
    push @faults, "privileges outside $privileges"
      if $file ne $privileges && !$delta && gives_privileges($statement);
    push @faults, 'transaction control' if $bare =~ /^(?:BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SAVEPOINT)\b/i;
    return map { "$file:$statement->{line}: $_: " . substr($bare, 0, 60) } @faults;
}

# Faults in what a statement creates.
sub creation_faults
{
    my ($bare, $delta) = @_;
    my @faults;
    push @faults, 'OR REPLACE' if $bare =~ /^CREATE OR REPLACE\b/i && !$delta;
    push @faults, 'IF NOT EXISTS' if $bare =~ /\bIF NOT EXISTS\b/i;
    push @faults, 'DROP in an install script' if $bare =~ /^DROP\b/i && !$delta;
    push @faults, 'temporary object' if $bare =~ /^CREATE (?:TEMP|TEMPORARY)\b/i;
    push @faults, 'schema other than soc2 and soc2_bi'
      if $bare =~ /^CREATE SCHEMA\b/i && $bare !~ /^CREATE SCHEMA soc2(?:_bi)?$/i;
    push @faults, 'unqualified name ' . $2
      if $bare =~ /^CREATE (?:OR REPLACE )?(?:UNLOGGED |RECURSIVE )?($kind) (?:IF NOT EXISTS )?([^\s(]+)/i && $2 !~ $qualified;
    return @faults;
}

# Faults in what a statement works on.
sub target_faults
{
    my ($bare) = @_;
    my @targets;
    push @targets, $1 if $bare =~ /^(?:ALTER|COMMENT ON) $kind (?:IF EXISTS )?(?:ONLY )?([^\s(]+)/i;
    push @targets, $1 if $bare =~ /^(?:INSERT INTO|DELETE FROM|TRUNCATE|COPY) (?:TABLE )?(?:ONLY )?([^\s(]+)/i;
    push @targets, $1 if $bare =~ /^UPDATE (?:ONLY )?([^\s(]+)/i;
    push @targets, $1 if $bare =~ /^CREATE (?:UNIQUE )?INDEX\b.*? ON (?:ONLY )?([^\s(]+)/i;
    push @targets, $1 if $bare =~ /^CREATE (?:CONSTRAINT )?TRIGGER\b.*? ON ([^\s(]+)/i;
    push @targets, $1 if $bare =~ /^(?:CREATE|ALTER) POLICY\b.*? ON ([^\s(]+)/i;
    push @targets, $1 if $bare =~ /^CREATE RULE\b.*? TO ([^\s(]+)/i;
    push @targets, $1 if $bare =~ /^COMMENT ON (?:TRIGGER|POLICY|RULE|CONSTRAINT) \S+ ON (?:DOMAIN )?(\S+)/i;
    push @targets, $1 if $bare =~ /^CREATE (?:CONSTRAINT |EVENT )?TRIGGER\b.* EXECUTE (?:FUNCTION|PROCEDURE) ([^\s(]+)/i;
    return map { "unqualified name $_" } grep { $_ !~ $qualified } @targets;
}

# The lists given by SET search_path among some tokens: each a list of tokens.
# Dollar-quoted bodies are looked into.
sub search_paths
{
    my @tokens = grep { $_->{kind} ne 'comment' } @_;
    my @lists;

    for my $i (0 .. $#tokens)
    {
        if ($tokens[$i]{kind} eq 'dollar')
        {
            (my $inner = $tokens[$i]{text}) =~ s/^(\$\w*\$)(.*)\1$/$2/s;
            push @lists, search_paths(@{ sql_tokens($inner) });
        }
        next unless $i + 3 <= $#tokens && lc $tokens[$i]{text} eq 'search_path';
        next unless $i > 0 && $tokens[ $i - 1 ]{text} =~ /^(?:SET|LOCAL|SESSION)$/i;
        my @list;
        for (my $j = $i + 2; $j <= $#tokens; $j += 2)
        {
            push @list, $tokens[$j];
            last unless $j < $#tokens && $tokens[ $j + 1 ]{text} eq ',';
        }
        push @lists, \@list;
    }
    return @lists;
}

# Faults in the search paths a statement sets.
sub path_faults
{
    my ($statement) = @_;
    my @faults;
    my @paths;

    for my $list (search_paths(@{ $statement->{tokens} }))
    {
        my @names = map { $_->{text} } @$list;
        push @paths, join ', ', @names;
        if (grep { $_->{kind} eq 'string' } @$list)
        {
            push @faults, "search_path is a string, which names one schema: @names";
            next;
        }
        push @faults, "search_path does not begin with pg_catalog and end with pg_temp: @names"
          if $names[0] ne 'pg_catalog' || $names[-1] ne 'pg_temp';
        push @faults, map { "search_path names $_" } grep { !$may_be_on_path{$_} } @names;
    }
    push @faults, "SECURITY DEFINER without SET search_path = $definer_path"
      if $statement->{bare} =~ /^(?:CREATE|ALTER)\b.*\bSECURITY DEFINER\b/i && !grep { $_ eq $definer_path } @paths;
    push @faults, 'search_path is set for the rest of the script' if $statement->{bare} =~ /^SET\b.*\bsearch_path\b/i;
    return @faults;
}

# Faults in the attributes of a C function.
sub function_faults
{
    my ($statement) = @_;
    my $code = $statement->{code};
    return () unless $statement->{bare} =~ /^CREATE (?:OR REPLACE )?FUNCTION\b.*\bLANGUAGE C\b/i;
    return 'C function without AS \'MODULE_PATHNAME\', \'soc2_...\' LANGUAGE C in this order'
      unless $code =~ /\bAS 'MODULE_PATHNAME', 'soc2_\w+' LANGUAGE C\b(.*)$/s;
    my $rest = $1;
    return () if $code =~ /\bRETURNS (?:pg_catalog\.)?(?:event_)?trigger\b/i;
    return 'C function without volatility, STRICT if it is, PARALLEL in this order' unless $rest =~ $attributes;
    return $1 =~ /\b(?:STRICT|IMMUTABLE|STABLE|VOLATILE|PARALLEL|CALLED)\b/ ? 'attributes of a C function out of order' : ();
}

# Does a statement grant or revoke, itself or in a DO block?
sub gives_privileges
{
    my ($statement) = @_;
    my $bare = $statement->{bare};
    return 1 if $bare =~ /^(?:GRANT|REVOKE|ALTER DEFAULT PRIVILEGES)\b/i;
    return 0 unless $bare =~ /^DO\b/i;
    return grep { /\b(?:GRANT|REVOKE)\b/i } do_code($statement);
}

# The bodies of a DO block without their comments.
sub do_code
{
    my ($statement) = @_;
    my @code;
    for my $body (grep { $_->{kind} eq 'dollar' } @{ $statement->{tokens} })
    {
        (my $inner = $body->{text}) =~ s/^(\$\w*\$)(.*)\1$/$2/s;
        push @code, join ' ', map { $_->{text} } grep { $_->{kind} ne 'comment' } @{ sql_tokens($inner) };
    }
    return @code;
}

# Offences of a DO block: what it may not create.
sub do_offences
{
    my ($file, $statement) = @_;
    return () unless $statement->{bare} =~ /^DO\b/i;
    return map { "$file:$statement->{line}: in DO: $_" }
      map { /\bCREATE\s+OR\s+REPLACE\b/i ? 'OR REPLACE' : (), /\bCREATE\b[^;]{0,60}\bIF\s+NOT\s+EXISTS\b/i ? 'IF NOT EXISTS' : () }
      do_code($statement);
}

# All offences of a script.
sub script_offences
{
    my ($file, $text, $delta) = @_;
    return map { (statement_offences($file, $_, $delta), do_offences($file, $_)) } sql_statements($text);
}

# The offence of a piece whose first line is not its path.
sub first_line_offences
{
    my ($file, $text) = @_;
    my ($first) = $text =~ /\A([^\n]*)/;
    return $first eq "-- $file" || $first eq "/* $file */" ? () : "$file:1: not its path: $first";
}

# Offences of the beginning of the whole install script.
sub beginning_offences
{
    my ($text) = @_;
    my ($guard, $schema) = sql_statements($text);
    my @offences;
    push @offences, 'the install script does not begin with its guard'
      if ($guard->{code} // '') !~ /^\\echo Use "CREATE EXTENSION soc2(?: CASCADE)?" to load this file\. \\quit$/;
    push @offences, 'its first statement is not CREATE SCHEMA soc2' if ($schema->{code} // '') ne 'CREATE SCHEMA soc2';
    push @offences, 'an @data or @include line is left over' if $text =~ /^-- \@(?:data|include)\b/m;
    return @offences;
}

# The C symbols that a script names.
sub sql_symbols
{
    my ($text) = @_;
    return $text =~ /'MODULE_PATHNAME'\s*,\s*'(\w+)'/g;
}

# Self-tests.

my $sql_function = 'CREATE FUNCTION soc2.f() RETURNS int LANGUAGE sql';
my $c_function = "CREATE FUNCTION soc2.f() RETURNS int AS 'MODULE_PATHNAME', 'soc2_f' LANGUAGE C";
my $trigger = 'CREATE TRIGGER x BEFORE INSERT ON soc2.t FOR EACH ROW EXECUTE FUNCTION f();';
my %bad = (
    'OR REPLACE' => [ qr/OR REPLACE/, 'CREATE OR REPLACE VIEW soc2.v AS SELECT 1;' ],
    'IF NOT EXISTS' => [ qr/IF NOT EXISTS/, 'CREATE TABLE IF NOT EXISTS soc2.t ();' ],
    'IF NOT EXISTS in DO' => [ qr/in DO: IF NOT/, "DO \$\$BEGIN EXECUTE 'CREATE TABLE IF NOT EXISTS soc2.t ()'; END\$\$;" ],
    'an unqualified table' => [ qr/unqualified name t\b/, 'CREATE TABLE t (a int);' ],
    'an unqualified function' => [ qr/unqualified name f\b/, "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';" ],
    'an unqualified operator' => [ qr/unqualified name @>/, 'CREATE OPERATOR @> (LEFTARG = int);' ],
    'an unqualified operator class' => [ qr/unqualified name c\b/, 'CREATE OPERATOR CLASS c FOR TYPE soc2.x USING btree AS STORAGE int;' ],
    'a name in another schema' => [ qr/unqualified name public\.t/, 'CREATE TYPE public.t;' ],
    'an index on an unqualified table' => [ qr/unqualified name t\b/, 'CREATE UNIQUE INDEX i ON t (a);' ],
    'a trigger with an unqualified function' => [ qr/unqualified name f\b/, $trigger ],
    'an unqualified INSERT' => [ qr/unqualified name t\b/, 'INSERT INTO t VALUES (1);' ],
    'an unqualified comment' => [ qr/unqualified name t\.a/, "COMMENT ON COLUMN t.a IS 'x';" ],
    'a temporary table' => [ qr/temporary/, 'CREATE TEMP TABLE t ();' ],
    'another schema' => [ qr/schema other/, 'CREATE SCHEMA other;' ],
    'SECURITY DEFINER without search_path' => [ qr/SECURITY DEFINER/, "$sql_function SECURITY DEFINER AS 'SELECT 1';" ],
    'SECURITY DEFINER with another search_path' => [ qr/SECURITY DEFINER/, "$sql_function SECURITY DEFINER SET search_path = pg_catalog, soc2, pg_temp AS 'SELECT 1';" ],
    'a search_path in quotes' => [ qr/one schema/, "$sql_function SET search_path = 'pg_catalog, pg_temp' AS 'SELECT 1';" ],
    'a search_path without pg_temp' => [ qr/end with pg_temp/, "$sql_function SET search_path TO pg_catalog AS 'SELECT 1';" ],
    'public on the search_path' => [ qr/names public/, "$sql_function SET search_path = pg_catalog, public, pg_temp AS 'SELECT 1';" ],
    'a search_path in quotes in a body' => [ qr/one schema/, "CREATE PROCEDURE soc2.p() LANGUAGE plpgsql AS \$\$BEGIN SET LOCAL search_path = 'a, b'; END\$\$;" ],
    '@extschema@' => [ qr/extschema/, 'SELECT @extschema@.f();' ],
    'GRANT' => [ qr/privileges/, 'GRANT SELECT ON soc2.t TO soc2_auditor;' ],
    'REVOKE in DO' => [ qr/privileges/, "DO \$\$BEGIN EXECUTE 'REVOKE ALL ON soc2.t FROM PUBLIC'; END\$\$;" ],
    'an unqualified pg_extension_config_dump' => [ qr/unqualified call/, "SELECT pg_extension_config_dump('soc2.t', '');" ],
    'a C function without volatility' => [ qr/volatility/, "$c_function STRICT PARALLEL SAFE;" ],
    'a C function with its attributes in another order' => [ qr/in this order/, "CREATE FUNCTION soc2.f() RETURNS int LANGUAGE C STABLE STRICT PARALLEL SAFE AS 'x', 'soc2_f';" ],
    'a C function without PARALLEL' => [ qr/in this order/, "$c_function IMMUTABLE STRICT;" ],
    'DROP' => [ qr/DROP/, 'DROP TABLE soc2.t;' ],
    'COMMIT' => [ qr/transaction control/, 'COMMIT;' ],
    'a meta-command' => [ qr/meta-command/, "\\set x 1\n" ],
);
finds($_, $bad{$_}[0], script_offences('x.sql', $bad{$_}[1])) for sort keys %bad;

spares('a good script', script_offences('x.sql', <<'SAMPLE'));
\echo Use "CREATE EXTENSION soc2" to load this file. \quit
CREATE SCHEMA soc2; -- CREATE TABLE t ();
CREATE TABLE soc2.t (a int CONSTRAINT soc2_t_a_check CHECK (a > 0));
CREATE INDEX t_a ON soc2.t (a);
CREATE OPERATOR soc2.@> (LEFTARG = soc2.criterion, RIGHTARG = soc2.criterion, FUNCTION = soc2.covers);
COMMENT ON OPERATOR soc2.@> (soc2.criterion, soc2.criterion) IS 'GRANT, and IF NOT EXISTS; in quotes';
CREATE CAST (soc2.criterion AS text) WITH INOUT;
CREATE FUNCTION soc2.f("left" int) RETURNS SETOF int
    AS 'MODULE_PATHNAME', 'soc2_f'
    LANGUAGE C STABLE PARALLEL SAFE
    ROWS 2 SECURITY DEFINER SET search_path = pg_catalog, pg_temp;
CREATE FUNCTION soc2.g() RETURNS trigger AS 'MODULE_PATHNAME', 'soc2_g' LANGUAGE C;
CREATE FUNCTION soc2.h() RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE
BEGIN ATOMIC
    SELECT CASE WHEN true THEN 1 END;
    SELECT 2;
END;
CREATE TRIGGER t_x BEFORE INSERT ON soc2.t FOR EACH ROW EXECUTE FUNCTION soc2.g();
SELECT pg_catalog.pg_extension_config_dump('soc2.t', '');
DO $x$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'soc2_admin') THEN CREATE ROLE soc2_admin; END IF;
END $x$;
INSERT INTO soc2.t VALUES (1), (2);
SAMPLE
spares('GRANT on its page', script_offences($privileges, 'GRANT SELECT ON soc2.t TO soc2_auditor;'));
spares('OR REPLACE in an upgrade', script_offences('x.sql', 'CREATE OR REPLACE VIEW soc2.v AS SELECT 1; DROP VIEW soc2.w;', 1));
finds('a wrong first line', qr/not its path/, first_line_offences('sql/10_x.sql', "-- sql/11_x.sql\n"));
spares('a right first line',
    first_line_offences('sql/10_x.sql', "-- sql/10_x.sql\n"),
    first_line_offences('sql/10_x.sql', "/* sql/10_x.sql */\n"));
finds('a missing guard', qr/guard/, beginning_offences('CREATE SCHEMA soc2;'));
my $guard_line = '\echo Use "CREATE EXTENSION soc2" to load this file. \quit';
finds('a late schema', qr/first statement/, beginning_offences("$guard_line\nCREATE TABLE soc2.t ();"));
spares('a good beginning', beginning_offences("-- x\n$guard_line\n/* y */\nCREATE SCHEMA soc2;"));

# The tree.

my @pieces = tree_files($root, qr{^sql/\d\d_[^/]+\.sql$});
my @included = tree_files($root, qr{^sql/(?:checks|control|data)/[^/]+\.sql$});
my @deltas = tree_files($root, qr{^sql/soc2--[^/]+--[^/]+\.sql$});
my @installs = tree_files($root, qr{^sql/soc2--[^/]+\.sql$});
ok(scalar @pieces, 'there are SQL pieces');
ok(-f "$root/$privileges", "$privileges exists");

my %reported;
for my $file (@pieces, @included)
{
    my $text = read_text("$root/$file");
    my @offences = script_offences($file, $text);
    $reported{s/^[^:]*:\d+: //r} = 1 for @offences;
    no_offences("statements of $file", @offences);
    no_offences("first line of $file", first_line_offences($file, $text)) if $file =~ m{^sql/\d};
}
no_offences("statements of $_", script_offences($_, read_text("$root/$_"), 1)) for @deltas;

# The install script as it is put together, which holds generated data too; all
# but the page of privileges, which nothing is generated into.
my $whole = temp_dir() . '/soc2.sql';
my ($status, $output) = -f "$root/$assembler"
  ? run_program({ dir => $root }, 'sh', $assembler, $whole, grep { $_ ne $privileges } @pieces)
  : (1, "$assembler does not exist");
if (ok($status == 0 && -s $whole, 'the install script can be put together'))
{
    my $text = read_text($whole);
    no_offences('beginning of the install script', beginning_offences($text));
    no_offences('generated statements of the install script',
        grep { !$reported{s/^[^:]*:\d+: //r} } script_offences('install script', $text));
}
else
{
    diag($output);
}

my @sources = tree_files($root, qr{^src/[^/]+\.c$});
my %function = map { $_ => 1 } map { /\bPG_FUNCTION_INFO_V1\((\w+)\)/g } map { read_text("$root/$_") } @sources;
my %symbol = map { $_ => 1 } map { sql_symbols(read_text("$root/$_")) } @pieces;
my %old_symbol = map { $_ => 1 } map { sql_symbols(read_text("$root/$_")) } @installs;
ok(scalar keys %function, 'there are C functions');
no_offences('SQL functions without a C function', grep { !$function{$_} } sort keys %symbol);
no_offences('C functions without an SQL function', grep { !$symbol{$_} && !$old_symbol{$_} } sort keys %function);

done_testing();
