#!/usr/bin/perl
# test/gates/versions.pl
#
# The server's version is asked for in one header, and the extension's version
# is written in one file.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP ();
use Soc2Gate;
use Test::More;

my $root = source_root();
my $compat = 'src/compat.h';
my $control = 'soc2.control';

# Files that repeat the version because their readers demand it there (and are
# compared with it below), and data that is not ours to word.
my $may_hold_version = qr{^(?:soc2\.control|META\.json|CHANGELOG\.md|debian/changelog|doc/upgrading\.md|sql/data/.*|sql/soc2--.*)$};

# Uses of the server's version outside the compatibility header.
sub server_version_offences
{
    my ($name, $text) = @_;
    return () if $name eq $compat;
    return map { "$name:$_->{line}: $_->{text}" }
      grep { $_->{kind} eq 'word' && $_->{text} =~ /^PG_(?:VERSION_NUM|MAJORVERSION(?:_NUM)?|VERSION)$/ }
      @{ c_tokens($text) };
}

# The headers of ours that a file includes, at any depth, among texts by name.
sub included
{
    my ($name, $texts, $seen) = @_;
    for my $header (($texts->{$name} // '') =~ /^[ \t]*#[ \t]*include[ \t]+"([^"]+)"/mg)
    {
        my $file = "src/$header";
        next if !exists $texts->{$file} || $seen->{$file}++;
        included($file, $texts, $seen);
    }
    return $seen;
}

# Uses of macros that 15 has in postgres.h and later servers elsewhere, in files
# that do not include the header that looks after them.
sub moved_macro_offences
{
    my ($name, $texts) = @_;
    return () if included($name, $texts, {})->{$compat};
    return map { "$name:$_->{line}: $_->{text} without $compat" }
      grep { $_->{kind} eq 'word' && $_->{text} =~ /^(?:SET_)?VAR(?:SIZE|DATA|ATT)(?:_|$)/ }
      @{ c_tokens($texts->{$name}) };
}

# The version a control file declares, or undef.
sub control_version
{
    my ($text) = @_;
    return $text =~ /^[ \t]*default_version[ \t]*=[ \t]*'([^']*)'/m ? $1 : undef;
}

# Lines of a text that contain the version.
sub version_offences
{
    my ($name, $text, $version) = @_;
    return () if $name =~ $may_hold_version;
    my @lines = split /\n/, $text, -1;
    return map { "$name:" . ($_ + 1) . ": $lines[$_]" }
      grep { $lines[$_] =~ /(?<![\d.])\Q$version\E(?!\.?\d)/ } 0 .. $#lines;
}

# Disagreements of the files that repeat the version.
sub meta_offences
{
    my ($text, $version) = @_;
    my $meta = eval { JSON::PP::decode_json($text) } or return "META.json is not JSON: $@";
    my $provided = $meta->{provides}{soc2}{version} // 'nothing';
    my @offences;
    push @offences, 'META.json has version ' . ($meta->{version} // 'none') if ($meta->{version} // '') ne $version;
    push @offences, "META.json provides soc2 in version $provided" if $provided ne $version;
    return @offences;
}

# Self-tests.

finds('PG_VERSION_NUM', qr/x\.c:2: PG_VERSION_NUM/, server_version_offences('x.c', "\n#if PG_VERSION_NUM >= 160000\n#endif\n"));
spares('PG_VERSION_NUM in a comment or in the header',
    server_version_offences('x.c', "/* PG_VERSION_NUM */\n"),
    server_version_offences($compat, "#if PG_VERSION_NUM >= 160000\n#endif\n"));
finds('a macro that moved', qr{src/x\.c:2: VARDATA_ANY},
    moved_macro_offences('src/x.c', { 'src/x.c' => "\nVARDATA_ANY(x)\n", $compat => '' }));
spares('a macro that moved, with the header',
    moved_macro_offences('src/x.c',
        { 'src/x.c' => "#include \"y.h\"\nVARDATA_ANY(x)\n", 'src/y.h' => "#include \"compat.h\"\n", $compat => '' }));
is(control_version("comment = 'x'\ndefault_version = '1.2.3'\n"), '1.2.3', 'self-test: reads the control file');
finds('a second copy of the version', qr/x\.h:2/, version_offences('x.h', "\n#define V \"1.2.3\"\n", '1.2.3'));
spares('other numbers', version_offences('x.h', "11.2.3 1.2.30 1.2.3.4 1x2.3\n", '1.2.3'));
finds('another version in META.json', qr/has version 1.2.2/,
    meta_offences('{"version": "1.2.2", "provides": {"soc2": {"version": "1.2.3"}}}', '1.2.3'));
finds('another provided version in META.json', qr/provides soc2 in version 1.2.2/,
    meta_offences('{"version": "1.2.3", "provides": {"soc2": {"version": "1.2.2"}}}', '1.2.3'));
finds('a broken META.json', qr/not JSON/, meta_offences('{', '1.2.3'));

# The tree.

my @c_files = grep { $_ ne 'test/gates/lib/cppcheck_pg.h' } tree_files($root, qr{^(?:src|test)/.*\.[ch]$});
ok(-f "$root/$compat", "$compat exists");
ok(scalar(grep { m{^src/.*\.c$} } @c_files), 'there are C files in src');
no_offences("the server's version is asked for only in $compat",
    map { server_version_offences($_, read_text("$root/$_")) } @c_files);
my %texts = map { $_ => read_text("$root/$_") } grep { m{^src/} } @c_files;
no_offences("macros that moved are used with $compat",
    map { moved_macro_offences($_, \%texts) } grep { m{^src/[^/]+\.c$} } sort keys %texts);

my $version = -f "$root/$control" ? control_version(read_text("$root/$control")) : undef;
like($version // '', qr/^\d+\.\d+\.\d+$/, "$control declares a version X.Y.Z");

SKIP:
{
    skip 'there is no version to look for', 3 unless defined $version;
    no_offences("version $version is written only in $control",
        map { version_offences($_, read_text("$root/$_"), $version) } grep { !/\bpackage-lock\.json$/ } tree_files($root, qr/./));
    no_offences("META.json has version $version",
        -f "$root/META.json" ? meta_offences(read_text("$root/META.json"), $version) : 'META.json does not exist');
    like(-f "$root/CHANGELOG.md" ? read_text("$root/CHANGELOG.md") : '', qr/(?<![\d.])\Q$version\E(?!\.?\d)/,
        "CHANGELOG.md mentions version $version");
    like(read_text("$root/debian/changelog"), qr/\A\S+ \(\Q$version\E[-~)]/, "debian/changelog starts with $version")
      if -f "$root/debian/changelog";
}

done_testing();
