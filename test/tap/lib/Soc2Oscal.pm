# test/tap/lib/Soc2Oscal.pm
#
# What a document of OSCAL 1.2.1 has to look like, as far as this extension
# writes such documents: objects with their keys, forms of values, lists that
# are never empty, ids that are there once, and references that lead somewhere.

package Soc2Oscal;

use strict;
use warnings;
use utf8;

use Exporter qw(import);

our @EXPORT_OK = qw(oscal_problems);

# Forms of strings
my $date = qr/(?:19|2[0-9])[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])/;
my $clock = qr/(?:2[0-3]|[01][0-9]):[0-5][0-9]:[0-5][0-9]/;
my %form = (
	uuid => qr/\A[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[45][0-9A-Fa-f]{3}-[89ABab][0-9A-Fa-f]{3}-[0-9A-Fa-f]{12}\z/,
	token => qr/\A[\p{L}_][\p{L}\p{N}._-]*\z/,
	string => qr/\A\S(?:[^\n\r\x{2028}\x{2029}]*\S)?\z/,
	line => qr/\A[^\n]+\z/,
	text => qr//,
	time => qr/\A${date}T$clock(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})\z/,
	uri => qr/\A[A-Za-z][A-Za-z0-9+.-]+:\S+\z/,
	reference => qr/\A[A-Za-z0-9:\/?#\[\]@!\$&'()*+,;=._~%-]+\z/);

# Objects: the keys that they may have.  "!": has to be there; "[...]": a list
# with something in it; "=a|b": one of these words; else a form or an object.
my %props = (props => '[property]', links => '[link]', remarks => 'text');
my %object = (
	'catalog-document' => { catalog => '!catalog' },
	catalog => { uuid => '!uuid', metadata => '!metadata', groups => '[group]', controls => '[control]', 'back-matter' => 'back-matter' },
	group => { id => 'token', class => 'token', title => '!line', props => '[property]', parts => '[part]', groups => '[group]', controls => '[control]' },
	control => { id => '!token', class => 'token', title => '!line', props => '[property]', parts => '[part]', controls => '[control]' },
	part => { id => 'token', name => '!token', ns => 'uri', class => 'token', title => 'line', props => '[property]', prose => 'text', parts => '[part]' },
	metadata => { title => '!line', 'last-modified' => '!time', version => '!string', 'oscal-version' => '!=1.2.1', parties => '[party]', %props },
	party => { uuid => '!uuid', type => '!=person|organization', name => 'string' },
	property => { name => '!token', value => '!string', ns => 'uri', class => 'token', uuid => 'uuid', remarks => 'text' },
	link => { href => '!reference', rel => 'token', text => 'line' },
	'back-matter' => { resources => '[resource]' },
	resource => { uuid => '!uuid', title => 'line', description => 'text', props => '[property]', 'document-ids' => '[document-id]', rlinks => '[rlink]' },
	'document-id' => { identifier => '!string', scheme => 'uri' },
	rlink => { href => '!reference', 'media-type' => 'string', hashes => '[hash]' },
	hash => { algorithm => '!=SHA-256', value => '!string' },

	'mapping-collection-document' => { 'mapping-collection' => '!mapping-collection' },
	'mapping-collection' => { uuid => '!uuid', metadata => '!metadata', provenance => '!provenance', mappings => '![mapping]', 'back-matter' => 'back-matter' },
	provenance => { method => '!=human|automation|hybrid', 'matching-rationale' => '!=syntactic|semantic|functional',
		status => '!=complete|not-complete|draft|deprecated|superseded', 'mapping-description' => '!text', %props },
	mapping => { uuid => '!uuid', status => '=complete|not-complete|draft|deprecated|superseded',
		'source-resource' => '!mapped', 'target-resource' => '!mapped', maps => '![map]', %props },
	mapped => { type => '!=catalog|profile', href => '!reference' },
	map => { uuid => '!uuid', relationship => '!=equivalent-to|equal-to|subset-of|superset-of|intersects-with|no-relationship',
		sources => '![mapping-item]', targets => '![mapping-item]', %props },
	'mapping-item' => { type => '!=control|statement', 'id-ref' => '!string' },

	'assessment-results-document' => { 'assessment-results' => '!assessment-results' },
	'assessment-results' => { uuid => '!uuid', metadata => '!metadata', 'import-ap' => '!import', results => '![result]', 'back-matter' => 'back-matter' },
	import => { href => '!reference' },
	result => { uuid => '!uuid', title => '!line', description => '!text', start => '!time', end => 'time',
		'local-definitions' => 'definitions', 'reviewed-controls' => '!reviewed', attestations => '[attestation]',
		observations => '[observation]', risks => '[risk]', findings => '[finding]', %props },
	definitions => { components => '[component]' },
	component => { uuid => '!uuid', type => '!string', title => '!line', description => '!text', status => '!component-status' },
	'component-status' => { state => '!=under-development|operational|disposition|other' },
	reviewed => { 'control-selections' => '![selection]' },
	selection => { 'include-controls' => '[included]' },
	included => { 'control-id' => '!token' },
	attestation => { parts => '![part]' },
	observation => { uuid => '!uuid', title => 'line', description => '!text', methods => '![=EXAMINE|INTERVIEW|TEST|UNKNOWN]',
		types => '[token]', origins => '[origin]', subjects => '[subject]', 'relevant-evidence' => '[evidence]',
		collected => '!time', expires => 'time', %props },
	origin => { actors => '![actor]' },
	actor => { type => '!=tool|assessment-platform|party', 'actor-uuid' => '!uuid' },
	subject => { type => '!=component|inventory-item|location|party|user|resource', 'subject-uuid' => '!uuid' },
	evidence => { href => 'reference', description => '!text', %props },
	risk => { uuid => '!uuid', title => '!line', description => '!text', statement => '!text',
		status => '!=open|investigating|remediating|deviation-requested|deviation-approved|closed',
		deadline => 'time', remediations => '[remediation]', 'risk-log' => 'risk-log', 'related-observations' => '[related-observation]', %props },
	remediation => { uuid => '!uuid', lifecycle => '!=recommendation|planned|completed', title => '!line', description => '!text' },
	'risk-log' => { entries => '![risk-entry]' },
	'risk-entry' => { uuid => '!uuid', title => 'line', start => '!time', description => 'text', %props,
		'status-change' => '=open|investigating|remediating|deviation-requested|deviation-approved|closed' },
	'related-observation' => { 'observation-uuid' => '!uuid' },
	'related-risk' => { 'risk-uuid' => '!uuid' },
	finding => { uuid => '!uuid', title => '!line', description => '!text', target => '!target',
		'related-observations' => '[related-observation]', 'related-risks' => '[related-risk]', %props },
	target => { type => '!=statement-id|objective-id', 'target-id' => '!token', status => '!target-status' },
	'target-status' => { state => '!=satisfied|not-satisfied', reason => '=pass|fail|other' },

	'plan-of-action-and-milestones-document' => { 'plan-of-action-and-milestones' => '!poam' },
	poam => { uuid => '!uuid', metadata => '!metadata', 'system-id' => 'system-id', 'local-definitions' => 'definitions',
		observations => '[observation]', risks => '[risk]', findings => '[finding]', 'poam-items' => '![poam-item]', 'back-matter' => 'back-matter' },
	'system-id' => { 'identifier-type' => 'uri', id => '!string' },
	'poam-item' => { uuid => 'uuid', title => '!line', description => '!text',
		'related-observations' => '[related-observation]', 'related-risks' => '[related-risk]', %props });

# Keys that lead to an object of the document by its uuid, and where those are
my %leads_to = ('observation-uuid' => 'observation', 'risk-uuid' => 'risk', 'actor-uuid' => 'component party', 'subject-uuid' => 'component');

# Problems of a document that JSON::PP decoded: a list of "path: what is wrong"
sub oscal_problems
{
	my ($document) = @_;
	my $found = { problems => [], uuids => {}, ids => {}, references => [] };
	my @models = ref $document eq 'HASH' ? keys %$document : ();

	return ('$: is no document of a known model') if @models != 1 || !$object{"$models[0]-document"};
	check_object($found, '$', "$models[0]-document", $document);
	check_references($found);
	return @{ $found->{problems} };
}

sub problem
{
	my ($found, $path, $what) = @_;
	push @{ $found->{problems} }, "$path: $what";
	return;
}

# A value of which the shape says what it has to be
sub check_value
{
	my ($found, $path, $shape, $value) = @_;

	if ($shape =~ /^\[(.*)\]$/)
	{
		my $of = $1;
		return problem($found, $path, 'is no list') if ref $value ne 'ARRAY';
		problem($found, $path, 'is an empty list') if !@$value;
		check_value($found, "$path\[$_]", $of, $value->[$_]) for 0 .. $#$value;
	}
	elsif ($shape =~ /^=(.*)/)
	{
		problem($found, $path, "is none of $1")
		  if !is_string($value) || !grep { $_ eq $value } split /\|/, $1;
	}
	elsif ($form{$shape})
	{
		problem($found, $path, "is no $shape") if !is_string($value) || $value !~ $form{$shape};
	}
	else
	{
		check_object($found, $path, $shape, $value);
	}
	return;
}

# Was a scalar a string in the JSON?  JSON::PP keeps numbers as such.
sub is_string
{
	my ($value) = @_;
	return 0 if !defined $value || ref $value;
	return JSON::PP->new->allow_nonref->encode($value) =~ /^"/;
}

# An object: its keys, and what it is for others
sub check_object
{
	my ($found, $path, $name, $value) = @_;
	my $keys = $object{$name} or die "no object is called $name";

	return problem($found, $path, "is no object ($name)") if ref $value ne 'HASH';
	for my $key (sort keys %$keys)
	{
		my ($must, $shape) = $keys->{$key} =~ /^(!?)(.*)/;
		if (exists $value->{$key})
		{
			check_value($found, "$path.$key", $shape, $value->{$key});
		}
		elsif ($must)
		{
			problem($found, $path, "lacks $key");
		}
	}
	problem($found, "$path.$_", 'is not known to OSCAL') for grep { !$keys->{$_} } sort keys %$value;
	problem($found, $path, 'has both groups and controls') if $name eq 'group' && $value->{groups} && $value->{controls};
	note_ids($found, $path, $name, $value);
	return;
}

# Remember what is named and what is referred to
sub note_ids
{
	my ($found, $path, $name, $value) = @_;

	if (defined $value->{uuid} && $name ne 'property')
	{
		problem($found, $path, "repeats the uuid $value->{uuid}") if $found->{uuids}{ lc $value->{uuid} };
		$found->{uuids}{ lc $value->{uuid} } = $name;
	}
	if (defined $value->{id} && $name =~ /^(?:group|control|part)$/)
	{
		problem($found, $path, "repeats the id $value->{id}") if $found->{ids}{ $value->{id} }++;
	}
	push @{ $found->{references} }, [ "$path.$_", $leads_to{$_}, $value->{$_} ] for grep { defined $value->{$_} } sort keys %leads_to;
	push @{ $found->{references} }, [ "$path.href", 'resource', $1 ] if ($value->{href} // '') =~ /^#(.*)/s;
	return;
}

# Does every reference lead to what it should?
sub check_references
{
	my ($found) = @_;
	for my $reference (@{ $found->{references} })
	{
		my ($path, $names, $uuid) = @$reference;
		my $is = $found->{uuids}{ lc $uuid } // 'nothing';
		problem($found, $path, "leads to $is and not to $names") if !grep { $_ eq $is } split / /, $names;
	}
	return;
}

1;
