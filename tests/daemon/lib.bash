# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What the scripts of this folder share: a folder $dir, counted checks, patience.
# shellcheck shell=bash

tests=0 failures=0

# check NAME CMD...: the command must succeed; what it prints is shown if it does not
check()
{
	local name=$1 status

	shift
	"$@" >"$dir/output" 2>&1
	status=$?
	((++tests))
	if [ $status = 0 ]; then
		echo "ok $tests $name"
	else
		((++failures))
		echo "# $* -> $status:"
		sed 's/^/# /' "$dir/output"
		echo "not ok $tests $name"
	fi
}

skip()
{
	echo "ok $((++tests)) $1 # SKIP $2"
}

# within SECONDS CMD...: until it succeeds
within()
{
	local end=$((SECONDS + $1 + 1))

	shift
	until "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.05
	done
}

# says STATUS WORDS CMD...: ends with that status, and says these words
says()
{
	local wanted=$1 words=$2 status

	shift 2
	"$@" >"$dir/said" 2>&1
	status=$?
	echo "$* -> $status: $(cat "$dir/said")"
	[ $status = "$wanted" ] && grep -qF -- "$words" "$dir/said"
}
