# test/tap/lib/Soc2Browser.pm
#
# A browser without a window, driven over two pipes by its DevTools protocol:
# messages of JSON, each ended by a NUL. Needs nothing but Chromium.

package Soc2Browser;

use strict;
use warnings;

use Fcntl qw(F_DUPFD);
use JSON::PP ();
use MIME::Base64 qw(decode_base64);
use POSIX ();
use Time::HiRes qw(sleep time);

my $json = JSON::PP->new->utf8->canonical;

# how long an answer may take, in seconds
my $patience = 120;

# A program that is a Chromium, or nothing
sub program
{
	for my $name (qw(chromium chromium-browser))
	{
		for my $dir (split /:/, $ENV{PATH})
		{
			return "$dir/$name" if -x "$dir/$name";
		}
	}
	return;
}

# Start one, with its files in a directory, and open a page that is empty
sub start
{
	my ($class, $dir) = @_;
	pipe my $commands, my $to_browser or die "pipe: $!";
	pipe my $from_browser, my $answers or die "pipe: $!";
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		# it reads from 3 and writes to 4, whichever numbers we were given
		my ($in, $out) = map { fcntl $_, F_DUPFD, 10 or POSIX::_exit(126) } $commands, $answers;
		POSIX::dup2($in, 3);
		POSIX::dup2($out, 4);
		POSIX::close($_) for $in, $out;
		open STDOUT, '>', "$dir/browser.log" or POSIX::_exit(126);
		open STDERR, '>&', \*STDOUT or POSIX::_exit(126);
		$ENV{HOME} = $dir;
		exec program(), qw(--headless --remote-debugging-pipe --no-sandbox --disable-gpu
		  --disable-dev-shm-usage --no-first-run --no-default-browser-check --disable-extensions
		  --disable-sync --disable-background-networking --disable-component-update
		  --disable-default-apps --password-store=basic --use-mock-keychain --hide-scrollbars
		  --font-render-hinting=none --force-color-profile=srgb --lang=en-US),
		  '--host-resolver-rules=MAP * ~NOTFOUND', "--user-data-dir=$dir/profile", 'about:blank'
		  or POSIX::_exit(127);
	}
	close $_ for $commands, $answers;
	binmode $_ for $to_browser, $from_browser;
	my $self = bless { pid => $pid, out => $to_browser, in => $from_browser, buffer => '', id => 0, events => [], dir => $dir }, $class;
	my $target = $self->call('Target.createTarget', { url => 'about:blank' })->{targetId};
	$self->{session} = $self->call('Target.attachToTarget', { targetId => $target, flatten => JSON::PP::true })->{sessionId};
	$self->call("$_.enable") for qw(Page Runtime Log Network DOM Accessibility);
	return $self;
}

# Send a command and return its result
sub call
{
	my ($self, $method, $parameters) = @_;
	my $id = ++$self->{id};
	my %message = (id => $id, method => $method, params => $parameters // {});
	$message{sessionId} = $self->{session} if $self->{session};
	local $SIG{PIPE} = 'IGNORE';
	my $bytes = $json->encode(\%message) . "\0";
	while (length $bytes)
	{
		my $written = syswrite $self->{out}, $bytes;
		$self->give_up("$method cannot be sent: $!") unless $written;
		substr $bytes, 0, $written, '';
	}
	my $until = time + $patience;
	while (1)
	{
		my $answer = $self->message($until);
		$self->give_up("no answer to $method in $patience s") unless $answer;
		if (($answer->{id} // 0) == $id)
		{
			die "$method: $answer->{error}{message}\n" if $answer->{error};
			return $answer->{result};
		}
		push @{ $self->{events} }, $answer if $answer->{method};
	}
}

# The next message; nothing if none comes in time
sub message
{
	my ($self, $until) = @_;
	while (index($self->{buffer}, "\0") < 0)
	{
		my $left = $until - time;
		return if $left <= 0;
		my $ready = '';
		vec($ready, fileno $self->{in}, 1) = 1;
		next unless select $ready, undef, undef, $left;
		my $read = sysread $self->{in}, $self->{buffer}, 1 << 20, length $self->{buffer};
		next if !defined $read && $!{EINTR};
		$self->give_up('the browser has ended') unless $read;
	}
	my $end = index $self->{buffer}, "\0";
	my $bytes = substr $self->{buffer}, 0, $end;
	substr $self->{buffer}, 0, $end + 1, '';
	# pictures are long, and a decoder in Perl is slow
	my $data = $bytes =~ s/"data":"([A-Za-z0-9+\/=]{1000,})"/"data":""/ ? $1 : undef;
	my $message = $json->decode($bytes);
	$message->{result}{data} = $data if defined $data;
	return $message;
}

# End with what the browser said
sub give_up
{
	my ($self, $problem) = @_;
	open my $log, '<', "$self->{dir}/browser.log";
	my @lines = $log ? <$log> : ();
	splice @lines, 0, @lines - 20 if @lines > 20;
	die "$problem; the browser said:\n@lines";
}

# Wait for an event that was not waited for yet
sub wait_for
{
	my ($self, $method) = @_;
	my $until = time + $patience;
	while (1)
	{
		my ($found) = grep { $self->{events}[$_]{method} eq $method && !$self->{events}[$_]{seen} } 0 .. $#{ $self->{events} };
		if (defined $found)
		{
			$self->{events}[$found]{seen} = 1;
			return $self->{events}[$found]{params};
		}
		my $message = $self->message($until);
		$self->give_up("no $method in $patience s") unless $message;
		push @{ $self->{events} }, $message if $message->{method};
	}
}

# Parameters of all events of these kinds since they were forgotten
sub events
{
	my ($self, @methods) = @_;
	my %wanted = map { $_ => 1 } @methods;
	# what was sent before this answer has come
	$self->call('Runtime.evaluate', { expression => '0' });
	return map { $_->{params} } grep { $wanted{ $_->{method} } } @{ $self->{events} };
}

# Open a file; events of before are forgotten
sub open_file
{
	my ($self, $file) = @_;
	$self->{events} = [];
	$self->call('Page.navigate', { url => "file://$file" });
	$self->wait_for('Page.loadEventFired');
	return;
}

# The value of an expression of JavaScript
sub evaluate
{
	my ($self, $expression) = @_;
	my $result = $self->call('Runtime.evaluate',
		{ expression => $expression, returnByValue => JSON::PP::true, awaitPromise => JSON::PP::true });
	die "$expression: " . ($result->{exceptionDetails}{exception}{description} // $result->{exceptionDetails}{text}) . "\n"
	  if $result->{exceptionDetails};
	return $result->{result}{value};
}

# Show the page on a screen or on paper, in a colour scheme, so wide and high
sub show_as
{
	my ($self, $media, $scheme, $width, $height) = @_;
	$self->call('Emulation.setEmulatedMedia',
		{ media => $media, features => [ { name => 'prefers-color-scheme', value => $scheme } ] });
	$self->call('Emulation.setDeviceMetricsOverride',
		{ width => $width + 0, height => $height + 0, deviceScaleFactor => 1, mobile => JSON::PP::false });
	return;
}

# Press a key
sub press
{
	my ($self, $key, $code) = @_;
	for my $type ('rawKeyDown', 'keyUp')
	{
		$self->call('Input.dispatchKeyEvent',
			{ type => $type, key => $key, code => $key, windowsVirtualKeyCode => $code,
				($key eq 'Enter' && $type eq 'rawKeyDown' ? (text => "\r") : ()) });
	}
	return;
}

# A picture of the page, or of its upper part of some height
sub picture
{
	my ($self, $file, $height) = @_;
	my $size = $self->call('Page.getLayoutMetrics')->{cssContentSize};
	my $data = $self->call('Page.captureScreenshot', { format => 'png', captureBeyondViewport => JSON::PP::true,
		clip => { x => 0, y => 0, width => $size->{width}, height => $height // $size->{height}, scale => 1 } })->{data};
	write_bytes($file, decode_base64($data));
	return;
}

# The page as PDF, as paper shows it
sub print_to
{
	my ($self, $file) = @_;
	my $data = $self->call('Page.printToPDF', { printBackground => JSON::PP::true, preferCSSPageSize => JSON::PP::true })->{data};
	write_bytes($file, decode_base64($data));
	return;
}

sub write_bytes
{
	my ($file, $bytes) = @_;
	open my $handle, '>:raw', $file or die "$file: $!";
	print $handle $bytes;
	close $handle or die "$file: $!";
	return;
}

# End it, and wait until it is gone
sub stop
{
	my ($self) = @_;
	return unless $self->{pid};
	# not of the page: of the browser
	delete $self->{session};
	eval { $self->call('Browser.close') };
	for (1 .. 100)
	{
		last if waitpid($self->{pid}, POSIX::WNOHANG()) == $self->{pid} && delete $self->{pid};
		sleep 0.1;
	}
	if ($self->{pid})
	{
		kill KILL => $self->{pid};
		waitpid delete $self->{pid}, 0;
	}
	return;
}

# A script that dies leaves no browser behind
sub DESTROY
{
	my ($self) = @_;
	local ($@, $?);
	$self->stop;
	return;
}

1;
