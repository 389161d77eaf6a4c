# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Frames from one netdev to another at full load, counted and compared: for scripts that have
# sourced lib.bash.

# sequence FROM TO COUNT: cansequence sends, the other side checks every number
sequence()
{
	local receiver

	cansequence -r --quit=1 "$2" >$dir/sequence 2>&1 &
	receiver=$!
	sleep 0.5
	cansequence "$1" --loop="$3" >/dev/null
	within 60 received "$2" "$3"
	if ! kill -0 $receiver 2>/dev/null; then
		cat $dir/sequence
		return 1
	fi
	kill $receiver
	received "$2" "$3"
}

declare -A seen_before
# remember NETDEV: count from here on
remember()
{
	seen_before[$1]=$(cat "/sys/class/net/$1/statistics/rx_packets")
}

# received NETDEV COUNT: as many frames have come since remember
received()
{
	[ $(($(cat "/sys/class/net/$1/statistics/rx_packets") - seen_before[$1])) -ge "$2" ]
}

# one_way FROM TO COUNT CANGEN-OPTION...: the dump of the receiver equals that of the sender
one_way()
{
	local from=$1 to=$2 n=$3 dumps

	shift 3
	remember "$to"
	candump -L -r 8000000 "$from" >$dir/sent &
	dumps=$!
	candump -L -r 8000000 "$to" >$dir/got &
	dumps="$dumps $!"
	sleep 0.7
	cangen "$from" -g 0 -n "$n" "$@"
	within 60 received "$to" "$n"
	sleep 0.3
	# shellcheck disable=SC2086 # two process numbers
	kill $dumps
	cut -d' ' -f3 $dir/sent >$dir/sent.frames
	cut -d' ' -f3 $dir/got >$dir/got.frames
	echo "$(wc -l <$dir/got.frames) of $n came"
	[ "$(wc -l <$dir/got.frames)" = "$n" ] && cmp $dir/sent.frames $dir/got.frames
}
