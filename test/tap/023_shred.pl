# Keys of subjects beyond one session.  Proves that what was encrypted is readable
# in a database restored from a dump, by who has the secret; that a key which was
# destroyed does not come back by a crash, and one that a restore brought back is
# destroyed again by an exported list; that a prepared transaction that has a key
# open is waited for; that texts are the same in another encoding; and that neither
# the server log nor pg_stat_activity nor the memory of a backend after the
# transaction holds a key or a secret, where keys are opened as the manual says.
use strict;
use warnings;
use FindBin;
use lib "$FindBin::Bin/lib";
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Soc2Tap qw(dump_both_ways refused start_after_crash);
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(extra => [ '--encoding=UTF8', '--locale=C' ]);
$node->append_conf('postgresql.conf', <<'CONF');
timezone = 'UTC'
autovacuum = off
max_prepared_transactions = 5
soc2.disposal_delay = 0
log_statement = all
log_min_duration_statement = 0
log_parameter_max_length_on_error = -1
CONF
$node->start;

# A key pair of OpenPGP for this test; it protects nothing
my $public_key = <<'KEY';
-----BEGIN PGP PUBLIC KEY BLOCK-----

mQENBF4L4QABCADiZsdU2vsaZ6SEplpkf91uku+0x1U6+MAZbcnR7MVuFbmvCB0I
6o2iBW9up18vEt31C7LI7tVwm+kf5XAPwOSPRHqfVlDeVN2gm6OLa8g1DipLWu6X
fTR5ilIFA4pCMY5GuKrk5Y3eAsFcBVGe3jMJw1myEiJuszBKS0f6iYqekA+B/r2K
OoMPU6papQGVL8T/W7hP56u/FbZU51fsH/RSkfTXdBlo04/n8dAbTs5zFmJBdrXr
wDcPBSPxRRUgJciFeIyWh0Dfr/atQv+e1i27htEiv/o8Te1ykBY72JJuYdvPabmc
+6A8DPROWHebPDFBaM3b1dAc5HThizZreZvfABEBAAG0LVRFU1QgS0VZLCBwcm90
ZWN0cyBub3RoaW5nIDx0ZXN0QGV4YW1wbGUuY29tPokBTgQTAQoAOBYhBI1B6gep
vDGE5dzlw2EWMEOWyQGqBQJeC+EAAhsvBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheA
AAoJEGEWMEOWyQGq3b0H/0gb2LZr5ljW6KcF1IxfzHMgf9GoEmLkil6zvy4MbHe6
V7urpmDAtwnuG95QoECra1YW52oqc/QT/cE2IQkW9MvXoSPL9faf0MCesb6WfMVh
2FgIU4HMY9D9AEFRcUyG35FDjQcuQuUcTNEGhiazpjyxJLxp/CX63yptuzKHJLBy
lddS4Tp+8N55k8poXC6a+xf1iwUCKehs+d9Fa5D0PaAmmidy02i/st3wuNa19PUx
ruyiJhRKh6j8VsyB5u3r02TCBE8IpW9ACICxYMrhFOShso6ZhG8Q/EqQ/qyIb41S
NiPeafASzQJARR1txlEC7vVQI1rB4N1WD2nw4r9aIH25AQ0EXgvhAAEIANdxaOrV
twFz3YEV964QKrdU4jo5RwtToSRzYWLI07eUh8qQKx/ipW5L1eG79sceOP+sRB9B
gMQDhxCvbBJ3XvJpKAWZhqHiTdDjuOZijYEaqF93mpcvTZelYcj6WDYiWkq8kwzq
dihK4zQeqjbDiuXI8BUHSxScH+dNXMWu+UTntYuDI6T/o/C8nsOQsdyzN5DWXjfB
x5zZPmI9okxZyTGXygabMGwHHX8NIWFKrrteqN9Z1VWHf7xrWrtCN5KzQdac4usK
sgJFimBaYQf7klQYLAZrEPh5xZp5//N+/BPekxTDOgydbEm8t2LzvXgZPYNBXRVM
n6EgdugTGsDLaJMAEQEAAYkCbAQYAQoAIBYhBI1B6gepvDGE5dzlw2EWMEOWyQGq
BQJeC+EAAhsuAUAJEGEWMEOWyQGqwHQgBBkBCgAdFiEEnGt2IsltXa1SKrhplDCT
PZ5iRJMFAl4L4QAACgkQlDCTPZ5iRJOozgf+OAGe0fWBl9iuH9N0G622PGuY+h0p
WOh5ZDoN9tACBTB/u8Fyit3nlCL0zHZCH2Q4D3NYUG/eTBLvav5UbiI7PPd7tPRC
bAPuytfMTSa5sngqy3iWH8Kban3DpqowzpftVT1WxlnTYTJRuq/TgscKoiZeR1sE
WxbLvlyOpEhLsCGGGgOtADQS+/AaUdt4Iwifuqecboq8EXp2XkpgG9mZDCN2JiAL
B/Ab/zIDI1NvyiQwiRoeFSqGNAaBvB3ryeODGXwhKKQWJ50zhmHLi94yh3iWB5xm
VW1TDkK3nIZ0Qw+m6tSWdd0c+2x68enf6dOnbN2TanZ3O+CzyvKtYY723Sn3B/9I
Kws5YiLhfx4yKa/CXe3auAU2TcK2v9hSP6pKqxmOLr6VUaTCL8vtPno6PC8RxKie
jvVH0qULmKsxb8JYYvIEWS6B+gfdQK7Lc/ibYFyKF0lx5546PQ9zq7LpCAEbwVkS
8XwZdtDvpQwP2BRLaehvfNkdqC706NWSC7xHywIPsqsUPqvt6PWDLxfCSETcDjjf
xll0Ih7Endxeuh0poVSE3RwVuQELqSiYrOsUsJdZKN10DS2bJG1XEPAxorp4pZsg
XHd9OIcqxWcIYBipjXr3Cxag811tY1gaB7vYhhw4Sl1VLcrpN2iT4U8d3DrTNjhA
fOWzCWNe8+Bn7tcA4Z0k
=14g9
-----END PGP PUBLIC KEY BLOCK-----
KEY
my $secret_key = <<'KEY';
-----BEGIN PGP PRIVATE KEY BLOCK-----

lQOYBF4L4QABCADiZsdU2vsaZ6SEplpkf91uku+0x1U6+MAZbcnR7MVuFbmvCB0I
6o2iBW9up18vEt31C7LI7tVwm+kf5XAPwOSPRHqfVlDeVN2gm6OLa8g1DipLWu6X
fTR5ilIFA4pCMY5GuKrk5Y3eAsFcBVGe3jMJw1myEiJuszBKS0f6iYqekA+B/r2K
OoMPU6papQGVL8T/W7hP56u/FbZU51fsH/RSkfTXdBlo04/n8dAbTs5zFmJBdrXr
wDcPBSPxRRUgJciFeIyWh0Dfr/atQv+e1i27htEiv/o8Te1ykBY72JJuYdvPabmc
+6A8DPROWHebPDFBaM3b1dAc5HThizZreZvfABEBAAEAB/wOxUJ8mxYbdebk2e7h
yaR1Af8Y3ecF7ulRf2PVtKB40Hq0caS7SoTXrN/FP1mAD7ditP2tYETqkNwXvvdI
VSmpiH/bhLJynuTKr/zD1tH8AXg+7FLOmADkFmMdfUqi4OrLBbdDMbrHYN9OlUZA
RXeHoTK+jFz/YzoOTspbt7zPIAWHjwCsAmFMG9QqagnmEjAzrqJJAc7xAYuNl0RS
Y4gMn5UcO1Sm3lVXTR2tz/6ikBgJg1CVg/AI6qkAwUzIAlhes4tO27XylaBG6mcj
oIDKvL3f7LsvdS6UW2WM9/rYxQBVtEYR9EitiT4TulC7s1F2TEU3aPfy9YwL7ScC
92k5BADr9L+TMjp2UnVyCr9n+qYdBrlK/saCC+txHflmw4P+vyhAVeGxeicuzgWB
sM5LxDESFJqL9lcGFYhU4EWYWjICOC9ehoMSen7QjO2BXVe4mraNKGzE/W9N+x69
OjlEWzVjYWo2LeI8rfpu7+z5t+arjg0xSzQSnBFpINu+5WDx+wQA9aJAISmTM3Jg
qxhr8Bg6NRTTKooQV2ohRpp9gSK14NmqtDfH9cLd3MMonspwcAJWBPo5x9X3R1Dw
/RWcL0c2RYfeELhmZ9s6hHmLhBTt7+9JNrSyD7GGlh0ssrH6e9VabV7kuTT15+L6
YAeFB7x+L84JojZUx/IOR9ZoXFBnfG0D+QG0dzGrwtHLiIOuT7xZLqpOLXENY/bE
1ind+tVjnBOozWOJK2Qz9oMI3w0L55QBkS8uaHGHSGwbYYPgxpSj80QKK10MJyfc
bIO31IPHv+uCBG8W4HlWxGOOoPuZcPy52P0qrUCDHixehQy5PGbRjK5HKYekmiZP
EkGdeXdxrrloQlm0LVRFU1QgS0VZLCBwcm90ZWN0cyBub3RoaW5nIDx0ZXN0QGV4
YW1wbGUuY29tPokBTgQTAQoAOBYhBI1B6gepvDGE5dzlw2EWMEOWyQGqBQJeC+EA
AhsvBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJEGEWMEOWyQGq3b0H/0gb2LZr
5ljW6KcF1IxfzHMgf9GoEmLkil6zvy4MbHe6V7urpmDAtwnuG95QoECra1YW52oq
c/QT/cE2IQkW9MvXoSPL9faf0MCesb6WfMVh2FgIU4HMY9D9AEFRcUyG35FDjQcu
QuUcTNEGhiazpjyxJLxp/CX63yptuzKHJLBylddS4Tp+8N55k8poXC6a+xf1iwUC
Kehs+d9Fa5D0PaAmmidy02i/st3wuNa19PUxruyiJhRKh6j8VsyB5u3r02TCBE8I
pW9ACICxYMrhFOShso6ZhG8Q/EqQ/qyIb41SNiPeafASzQJARR1txlEC7vVQI1rB
4N1WD2nw4r9aIH2dA5gEXgvhAAEIANdxaOrVtwFz3YEV964QKrdU4jo5RwtToSRz
YWLI07eUh8qQKx/ipW5L1eG79sceOP+sRB9BgMQDhxCvbBJ3XvJpKAWZhqHiTdDj
uOZijYEaqF93mpcvTZelYcj6WDYiWkq8kwzqdihK4zQeqjbDiuXI8BUHSxScH+dN
XMWu+UTntYuDI6T/o/C8nsOQsdyzN5DWXjfBx5zZPmI9okxZyTGXygabMGwHHX8N
IWFKrrteqN9Z1VWHf7xrWrtCN5KzQdac4usKsgJFimBaYQf7klQYLAZrEPh5xZp5
//N+/BPekxTDOgydbEm8t2LzvXgZPYNBXRVMn6EgdugTGsDLaJMAEQEAAQAH+gJv
mNUW54PPsJB2FB/WtPTvs8MexKvfHTJRT6eTR7mKp2Jl8ObiZCZ0Gw37VxX3RIO3
iemkjvUoaQ2KPjmTOfKZt8cgbkJEUcbr3DpWoOz1xTOXIZtWAJWXXByun/K0vrqb
mToLKJzaA+mh8yC9Y0On2vcR5wprnXy7BjKCAPWDd9nwfxKqYOdRPfYn5jO8ZbB5
uNxDxXFE+/TRKp08nweZxRY+OPR8z1zQq22v6hYWp7Hh/vIcelnUICyv0/LPsNQR
Tm9IPL2vmI49V5qNnszSk8ylY3RT1j2aZRFtUi8PVhrfgncwPsOZ8F5oOEfRFI+9
BGdu6NwY7ciPoDvULVkEANqEgajQNb6k9p3HWWSD1EKhfMIYUu2R9gxaAdb6NlZ1
uc1Dyji/IktTkiy/2btZfYk7lmhEpmCVJUtv8hNG/HjlTu0+7VhVAKcRBoX06Eme
mQ4FViYqB8nXwssL+ElTFpBa0hHQjt3XjrpqptTqCVTXCe7/VJUxEuh/L9ThHtEV
BAD8ZeR0joAcrX5ksPMefPBt5YjTDvouU0pqafY0NQlx91vZhIXuGiV6M8K7KGez
d7vi/rsxm0UmpeZcZprkKUpt0dHCVoyWKYZyDK92OxLRBSv8wtSflxFmBCMcF2nP
/LcGdEnUCsDXDLYeBDBXcOrP3GI4YYU9kPJN+zrABCctBwQApscHz3BfULZf7Jm4
rqQA20Q3+vT+5BnfnDPi3gCEH/GsHCLDT4TjvhVMa0tUjTWkKXW5/BV7Mff8kCLM
wbuGYmtTgs12aiyE8XZV0dOTR9W/wOeypj/mAqFgAM4e6syEOm2yCBc8Mg/BksQR
pHVjqiGhheTc/Bu2OJnj8KGV6j9INYkCbAQYAQoAIBYhBI1B6gepvDGE5dzlw2EW
MEOWyQGqBQJeC+EAAhsuAUAJEGEWMEOWyQGqwHQgBBkBCgAdFiEEnGt2IsltXa1S
KrhplDCTPZ5iRJMFAl4L4QAACgkQlDCTPZ5iRJOozgf+OAGe0fWBl9iuH9N0G622
PGuY+h0pWOh5ZDoN9tACBTB/u8Fyit3nlCL0zHZCH2Q4D3NYUG/eTBLvav5UbiI7
PPd7tPRCbAPuytfMTSa5sngqy3iWH8Kban3DpqowzpftVT1WxlnTYTJRuq/TgscK
oiZeR1sEWxbLvlyOpEhLsCGGGgOtADQS+/AaUdt4Iwifuqecboq8EXp2XkpgG9mZ
DCN2JiALB/Ab/zIDI1NvyiQwiRoeFSqGNAaBvB3ryeODGXwhKKQWJ50zhmHLi94y
h3iWB5xmVW1TDkK3nIZ0Qw+m6tSWdd0c+2x68enf6dOnbN2TanZ3O+CzyvKtYY72
3Sn3B/9IKws5YiLhfx4yKa/CXe3auAU2TcK2v9hSP6pKqxmOLr6VUaTCL8vtPno6
PC8RxKiejvVH0qULmKsxb8JYYvIEWS6B+gfdQK7Lc/ibYFyKF0lx5546PQ9zq7Lp
CAEbwVkS8XwZdtDvpQwP2BRLaehvfNkdqC706NWSC7xHywIPsqsUPqvt6PWDLxfC
SETcDjjfxll0Ih7Endxeuh0poVSE3RwVuQELqSiYrOsUsJdZKN10DS2bJG1XEPAx
orp4pZsgXHd9OIcqxWcIYBipjXr3Cxag811tY1gaB7vYhhw4Sl1VLcrpN2iT4U8d
3DrTNjhAfOWzCWNe8+Bn7tcA4Z0k
=E9Fy
-----END PGP PRIVATE KEY BLOCK-----
KEY

$node->safe_psql('postgres', 'CREATE DATABASE origin');
$node->safe_psql('origin', <<"SQL");
CREATE EXTENSION soc2 CASCADE;
CREATE TABLE client (id integer PRIMARY KEY, name bytea);
INSERT INTO client VALUES (1), (2), (3);
SELECT soc2.set_subject('client', 'id', kind => 'client');
SELECT soc2.register_wrapping_key('tenant', '$public_key');
BEGIN;
SELECT soc2.create_subject_key('client:' || i, 'tenant') FROM generate_series(1, 3) AS i;
UPDATE client SET name = soc2.encrypt_for('client:' || id, 'Zo\xc3\xab ' || id);
COMMIT;
SQL

# Destroy the key of a client by an approved plan
sub shred
{
	my ($db, $client) = @_;
	$node->safe_psql($db, qq{
		INSERT INTO soc2.disposal_approvals (plan_id, approved_by, approved_session)
		SELECT soc2.plan_shred('{client:$client}'), 'x', 'x';
		SELECT soc2.dispose_batch(max(plan_id), 1, '1 s') FROM soc2.disposal_plans});
}

# The name of a client, decrypted
sub name
{
	my ($db, $client) = @_;
	my $secret = $secret_key;
	my $name = $node->safe_psql($db, qq{BEGIN;
		SET LOCAL client_encoding = 'UTF8';
		SELECT soc2.open_subject_key('client:$client', '$secret');
		SELECT soc2.decrypt_text_for('client:$client', name) FROM client WHERE id = $client;
		COMMIT});
	$name =~ s/^\n//;
	return $name;
}
my $zoe = "Zo\xc3\xab";
is(name('origin', 1), "$zoe 1", 'a name is read');

# A dump, a crash, and a dump that knows of a key that is gone since
dump_both_ways($node, 'origin');
is(name($_, 2), "$zoe 2", "$_: and in a restored database") for qw(plain parallel);
shred('origin', 1);
$node->stop('immediate');
ok(start_after_crash($node), 'the server starts after a crash');
my $open = sub { "SELECT soc2.open_subject_key('client:$_[0]', '$secret_key')" };
refused($node, 'origin', $open->(1), 'S2K01', 'a key that was destroyed is gone after a crash');
is(name('origin', 2), "$zoe 2", 'others are not');
my $export = $node->safe_psql('origin', 'SELECT soc2.export_shreds()');
is(name('plain', 1), "$zoe 1", 'plain: a restore brings a key back');
is($node->safe_psql('plain', "SELECT outcome FROM soc2.reapply_shreds('$export')"),
	'destroyed', 'plain: it is destroyed again');
refused($node, 'plain', $open->(1), 'S2K01', 'plain: and gone');
refused($node, 'plain', "SELECT soc2.create_subject_key('client:1', 'tenant')", 'S2K01',
	'plain: the subject gets no new one silently');
is($node->safe_psql('plain', "SELECT outcome FROM soc2.reapply_shreds('$export')"),
	'gone', 'plain: once');
$node->safe_psql('postgres', 'CREATE DATABASE another');
$node->safe_psql('another', 'CREATE EXTENSION soc2 CASCADE');
refused($node, 'another', "SELECT soc2.reapply_shreds('$export')", '22023',
	'another database does not believe the list');

# A restore of a database that knows of it
$node->safe_psql('postgres', "DROP DATABASE $_") for qw(plain parallel);
dump_both_ways($node, 'origin');
for my $db (qw(plain parallel))
{
	refused($node, $db, $open->(1), 'S2K01', "$db: a key that was destroyed before stays gone");
	is(name($db, 3), "$zoe 3", "$db: others open");
	refused($node, $db, 'DELETE FROM soc2.subject_keys', 'S2G01', "$db: the table is guarded");
}

# A prepared transaction keeps its lock
$node->safe_psql('origin', "BEGIN; @{[ $open->(2) ]}; PREPARE TRANSACTION 'opened'");
$node->safe_psql('origin', q{
	INSERT INTO soc2.disposal_approvals (plan_id, approved_by, approved_session)
	SELECT soc2.plan_shred('{client:2}'), 'x', 'x'});
my $run = q{SELECT soc2.dispose_batch(max(plan_id), 1, '10 ms') FROM soc2.disposal_plans};
is($node->safe_psql('origin', $run), 'waiting', 'a prepared transaction is waited for');
$node->safe_psql('origin', "COMMIT PREPARED 'opened'");
is($node->safe_psql('origin', $run), 'running', 'until it ends');
refused($node, 'origin', $open->(2), 'S2K01', 'then the key is destroyed');

# Another encoding: the values are the same bytes
$node->safe_psql('postgres', "CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'");
my $dump = PostgreSQL::Test::Utils::tempdir . '/dump.sql';
$node->command_ok([ 'pg_dump', '-d', $node->connstr('origin'), '-f', $dump ], 'a dump');
$node->command_ok([ 'psql', '-X', '-q', '-d', $node->connstr('latin'), '-v', 'ON_ERROR_STOP=1', '-f', $dump ],
	'is restored in LATIN1');
is(name('latin', 3), "$zoe 3", 'a text is the same in another encoding');

#
# What is left where.  From here on the secret must be nowhere.
#
my $begin = -s $node->logfile;
my $dir = PostgreSQL::Test::Utils::tempdir;
PostgreSQL::Test::Utils::append_to_file("$dir/secret.asc", $secret_key);

# The client unwraps; pgcrypto of another database plays the client
my $wrapped = $node->safe_psql('origin', "SELECT encode(soc2.wrapped_subject_key('client:3'), 'hex')");
my $key = unwrap($wrapped);
is(length $key, 64, 'a client unwraps a key');

# in a server of its own, the log of which is not looked at
sub unwrap
{
	my ($hex) = @_;
	my $client = PostgreSQL::Test::Cluster->new('client');
	$client->init;
	$client->start;
	$client->safe_psql('postgres', 'CREATE EXTENSION pgcrypto');
	my $plain = $client->safe_psql('postgres', "SELECT encode(pgp_pub_decrypt_bytea('\\x$hex', dearmor('$secret_key')), 'hex')");
	$client->stop;
	return $plain;
}

# Encrypt the key for a session, as the manual says
sub seal
{
	my ($pem, $hex) = @_;
	PostgreSQL::Test::Utils::append_to_file("$dir/session.pem", $pem);
	PostgreSQL::Test::Utils::append_to_file("$dir/key", pack('H*', $hex));
	PostgreSQL::Test::Utils::system_or_bail('openssl', 'pkeyutl', '-encrypt', '-pubin', '-inkey',
		"$dir/session.pem", '-in', "$dir/key", '-out', "$dir/sealed", '-pkeyopt', 'rsa_padding_mode:oaep',
		'-pkeyopt', 'rsa_oaep_md:sha256', '-pkeyopt', 'rsa_mgf1_md:sha256');
	return unpack 'H*', PostgreSQL::Test::Utils::slurp_file("$dir/sealed");
}

# one session, by pipes
my ($in, $out, $err) = ('', '', '');
my $timer = IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default);
my $psql = IPC::Run::start([ 'psql', '-X', '-q', '-A', '-t', '-d', $node->connstr('origin'), '-f', '-' ],
	'<', \$in, '>', \$out, '2>', \$err, $timer);

# What a statement returns in that session
sub ask
{
	my ($sql) = @_;
	$out = '';
	$in .= "$sql;\n\\echo -- end\n";
	$psql->pump until $out =~ /^-- end$/m;
	$out =~ s/-- end\n//;
	chomp $out;
	return $out;
}
my $pid = ask('SELECT pg_backend_pid()');
my $sealed = seal(ask('SELECT soc2.session_key()'), $key);
ask('BEGIN');
ask("SELECT soc2.open_sealed_subject_key('client:3', '\\x$sealed')");
is(ask("SELECT soc2.decrypt_text_for('client:3', name) FROM client WHERE id = 3"), "$zoe 3",
	'a key that was unwrapped outside opens');
unlike($node->safe_psql('origin', "SELECT query FROM pg_stat_activity WHERE pid = $pid"), qr/$key/,
	'pg_stat_activity does not tell the key');

# How often the memory of a process holds some bytes; undef if it cannot be read
sub count_in_memory
{
	my ($process, $bytes) = @_;
	my $count = 0;
	open(my $maps, '<', "/proc/$process/maps") or return undef;
	open(my $mem, '<:raw', "/proc/$process/mem") or return undef;
	while (my $line = <$maps>)
	{
		my ($from, $to, $mode) = $line =~ /^([0-9a-f]+)-([0-9a-f]+) (\S+)/ or next;
		next if $mode !~ /^rw/;
		sysseek($mem, hex $from, 0) or next;
		my $size = hex($to) - hex($from);
		my $data = '';
		while (length $data < $size)
		{
			sysread($mem, $data, $size - length $data, length $data) or last;
		}
		$count++ while $data =~ /\Q$bytes\E/g;
	}
	return $count;
}
my $bytes = pack 'H*', $key;
SKIP:
{
	my $open_count = count_in_memory($pid, $bytes);
	skip 'the memory of a backend cannot be read here', 2 if !defined $open_count;
	cmp_ok($open_count, '>', 0, 'while a key is open the backend has it in memory');
	ask('COMMIT');
	is(count_in_memory($pid, $bytes), 0, 'and not when the transaction is over');
}
ask('COMMIT');
like(ask("\\set VERBOSITY sqlstate\nSELECT soc2.decrypt_text_for('client:3', name) FROM client WHERE id = 3") . $err,
	qr/55000/, 'it is closed');
$in .= "\\q\n";
$psql->finish;
refused($node, 'origin', "SELECT soc2.open_sealed_subject_key('client:3', '\\x$sealed')", '22023',
	'what was encrypted for a session is of no use in another');

# The secret key as a parameter, where parameters are not logged
$node->safe_psql('postgres', 'ALTER SYSTEM SET log_parameter_max_length = 0');
$node->reload;
PostgreSQL::Test::Utils::append_to_file("$dir/open.sql", <<'SQL');
BEGIN;
SELECT soc2.open_subject_key('client:3', :secret);
SELECT pg_catalog.count(soc2.decrypt_text_for('client:3', name)) / 1 AS done FROM client WHERE id = 3 \gset
COMMIT;
SQL
$node->command_ok(
	[ 'pgbench', '-n', '-M', 'extended', '-t', '1', '-D', "secret=$secret_key", '-f', "$dir/open.sql",
		'-d', $node->connstr('origin') ],
	'a secret key that is a parameter opens');
my $log = substr(PostgreSQL::Test::Utils::slurp_file($node->logfile), $begin);
like($log, qr/open_subject_key\('client:3', \$1\)/, 'the log has the statement');
like($log, qr/open_sealed_subject_key/, 'and the other one');
my @lines = grep { length > 40 } split /\n/, $secret_key;
is((grep { index($log, $_) >= 0 } @lines), 0, 'the log has no line of the secret key');
unlike($log, qr/$key/i, 'nor the key of the subject');

$node->stop;
done_testing();
