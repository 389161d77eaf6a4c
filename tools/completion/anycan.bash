# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Completion for bash: anycan itself knows what may come next; where it names nothing, files do.

_anycan()
{
	local line=${COMP_LINE:0:COMP_POINT} words word cut
	local IFS=$' \t\n'

	# Not COMP_WORDS: bash breaks words at : and =, of which addresses are made.
	read -ra words <<<"$line"
	[[ $line == *[$' \t'] ]] && words+=("")
	word=${words[-1]}
	# As python-can's scripts it is a verb itself.
	[[ ${words[0]##*/} == can_* ]] && words=(anycan "${words[@]}") && words[1]=${words[1]##*/}
	mapfile -t COMPREPLY < <(command anycan --complete "${words[@]:1}" 2>/dev/null)
	# What bash takes for words of their own is typed already.
	for cut in : =; do
		if [[ $COMP_WORDBREAKS == *$cut* && $word == *$cut* ]]; then
			cut=${word%"${word##*$cut}"}
			COMPREPLY=("${COMPREPLY[@]#"$cut"}")
		fi
	done
}

complete -o default -F _anycan anycan can_bridge can_logconvert can_logger can_player can_viewer
