#!/bin/sh
# Says in plain words what a machine lacks before pip fails in many lines. Argument: the Python to use.
python="$1"
hint="On Debian and Ubuntu: apt-get install git make gcc python3 python3-venv python3-dev"
fail() {
  echo "kcds needs $1" >&2
  echo "$hint" >&2
  exit 1
}
[ -n "$python" ] || fail "Python 3.11, 3.12 or 3.13 (none was found; PYTHON=/path/to/python names one)."
command -v cc >/dev/null 2>&1 || command -v gcc >/dev/null 2>&1 || fail "a C compiler, for the rules engine."
"$python" -c 'import venv, ensurepip' 2>/dev/null || fail "the venv module of $python."
"$python" - <<'CODE' || fail "the C headers of $python (Python.h), for the rules engine."
import pathlib
import sys
import sysconfig

sys.exit(not pathlib.Path(sysconfig.get_paths()["include"], "Python.h").exists())
CODE
