# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# ser2net on a simulated adapter's line: for scripts that have sourced lib.bash.

ip link set lo up
# Without any address but those of lo, ser2net does not take 127.0.0.1 for one.
ip address add 192.0.2.1 dev lo
server=

# serve TTY PORT: until end_server
serve()
{
	cat >$dir/ser2net.yaml <<-EOT
		%YAML 1.1
		---
		connection: &line
		  accepter: telnet(rfc2217),tcp,127.0.0.1,$2
		  connector: serialdev,$1,9600n81,local
	EOT
	PATH=$PATH:/usr/sbin ser2net -d -u -c $dir/ser2net.yaml >$dir/ser2net.log 2>&1 &
	server=$!
	within 10 is_served "$2"
}

is_served()
{
	grep -q "$(printf ':%04X' "$1") 00000000:0000 0A" /proc/net/tcp
}

end_server()
{
	[ -n "$server" ] || return 0
	kill "$server"
	wait "$server"
	server=
}
