# Hashes, sorting, numbers, an alarm that interrupts a sleep, files.
use strict;
use warnings;

my %length = map { $_ => length } qw(apple pear fig);
print join(",", map { "$_=$length{$_}" } sort keys %length), "\n";
$SIG{ALRM} = sub { print "alarm\n" };
alarm 1;
select undef, undef, undef, 30;
printf "%.6f %s\n", atan2(1, 1) * 4, scalar reverse "backwards";
my $path = "/tmp/unideck-perl.txt";
open my $out, ">", $path or die $!;
print $out "line $_\n" for 1 .. 5;
close $out;
open my $in, "<", $path or die $!;
print grep { /[24]/ } <$in>;
close $in;
unlink $path;
print -e $path ? "still there" : "gone", "\n";
exit 25;
