# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Completion for fish: anycan itself knows what may come next; where it names nothing, files do.

function __anycan_candidates
    set -l words (commandline -opc)
    set -l program (string replace -r '.*/' '' -- $words[1])
    set -e words[1]
    string match -q 'can_*' -- $program; and set -p words $program
    set -l typed (commandline -ct)
    set -l found (command anycan --complete $words "$typed" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$typed"
    end
end

for program in anycan can_bridge can_logconvert can_logger can_player can_viewer
    complete -c $program -f -a '(__anycan_candidates)'
end
