# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Test programs, good and bad, and what the harness must make of each."""

PLAN2 = "echo TAP version 13; echo 1..2; "
OK2 = PLAN2 + "echo ok 1 a; echo ok 2 b; "


class Sample:
    """A bash script, the counts it must lead to, and words that must be shown."""

    def __init__(self, script, passed=0, failed=0, skipped=0, words=""):
        self.script, self.words = script, words
        self.counts = (passed, failed, skipped)


SCRIPTS = {
    "passes": Sample(OK2, passed=2),
    "fails": Sample(
        PLAN2 + "echo ok 1 a; echo '# why'; echo not ok 2 b; exit 1",
        passed=1,
        failed=1,
        words="# why",
    ),
    "fails_with_status_0": Sample(PLAN2 + "echo ok 1 a; echo not ok 2 b", passed=1, failed=1),
    "explains_afterwards": Sample(
        PLAN2 + "echo not ok 1 a; echo '# because'; echo ok 2 b; exit 1",
        passed=1,
        failed=1,
        words="# because",
    ),
    "skips_one": Sample(PLAN2 + "echo ok 1 a; echo 'ok 2 b # SKIP no disk'", passed=1, skipped=1),
    "skips_all": Sample("echo TAP version 13; echo '1..0 # SKIP no CAN'; exit 4", skipped=1),
    "skips_without_a_word": Sample("echo no tool >&2; exit 4", skipped=1),
    "calls_a_failure_a_skip": Sample(
        PLAN2 + "echo ok 1 a; echo 'not ok 2 b # SKIP'; exit 1", passed=1, failed=1
    ),
    "dies_before_its_plan": Sample("echo hello; kill -SEGV $$", failed=1, words="SIGSEGV"),
    "dies_halfway": Sample(
        PLAN2 + "echo ok 1 a; kill -ABRT $$", passed=1, failed=1, words="SIGABRT"
    ),
    "says_nothing": Sample("exit 0", failed=1, words="no plan"),
    "plans_nothing": Sample("echo 1..0", failed=1, words="no test at all"),
    "prints_too_few": Sample(PLAN2 + "echo ok 1 a", passed=1, failed=1, words="1 of 2"),
    "prints_too_many": Sample(OK2 + "echo ok 3 c", passed=3, failed=1, words="3 of 2"),
    "prints_one_twice": Sample(
        PLAN2 + "echo ok 1 a; echo ok 1 a", passed=2, failed=1, words="as 1"
    ),
    "plans_twice": Sample(OK2 + "echo 1..2", passed=2, failed=1, words="2 plan"),
    "passes_with_status_1": Sample(OK2 + "exit 1", passed=2, failed=1, words="no case failed"),
    "ends_with_status_9": Sample(OK2 + "exit 9", passed=2, failed=1, words="exit status 9"),
    "bails_out": Sample(
        PLAN2 + "echo ok 1 a; echo 'Bail out! no power'", passed=1, failed=1, words="no power"
    ),
    "hangs": Sample(
        PLAN2 + "echo ok 1 a; trap '' TERM; sleep 60", passed=1, failed=1, words="no end after 1 s"
    ),
    "nests": Sample(
        "echo 1..2; echo '    1..2'; echo '    ok 1 x'; echo '    ok 2 y'; echo ok 1 a; "
        "echo ok 2 b",
        passed=3,
    ),
    "nests_a_failure": Sample(
        "echo 1..1; echo '  1..2'; echo '  ok 1 x'; echo '  not ok 2 y'; echo not ok 1 a; exit 1",
        passed=1,
        failed=1,
    ),
    "nests_a_lie": Sample(
        "echo 1..1; echo '  1..3'; echo '  ok 1 x'; echo ok 1 a",
        passed=1,
        failed=1,
        words="a: printed 1 of 3 planned results",
    ),
    "shouts_and_fails": Sample(
        PLAN2 + "echo trouble >&2; echo ok 1 a; echo not ok 2 b; exit 1",
        passed=1,
        failed=1,
        words="stderr: trouble",
    ),
}

# Arguments of sample_cmocka.
CMOCKA = {
    "passes": Sample("", passed=1, skipped=1),
    "groups": Sample("", passed=2, failed=1, skipped=1, words='"expected" != "got"'),
    "fixture": Sample("", failed=1, words="GROUP SETUP"),
    "crashes": Sample("", passed=1, failed=1, words="sample_cmocka.c:"),
    "leaks": Sample("", passed=1, failed=1, words="LeakSanitizer"),
    "skips": Sample("", skipped=1),
}
