# Shared by scripts/demo and scripts/test: a virtual environment with exactly the locked packages.
# Sourced, not run. Sets PY to the environment's Python.

ROOT="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
VENV="${BAOSONG_VENV:-$ROOT/.venv}"

find_python() {
  local name
  for name in python3.13 python3.12 python3.11 python3; do
    if command -v "$name" >/dev/null 2>&1 && "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      command -v "$name"
      return
    fi
  done
  echo "Python 3.11 or newer with its venv module is needed (Debian: apt-get install python3 python3-venv)." >&2
  return 1
}

# install_locked FILE: brings the environment to what FILE (a lock with hashes) says; does nothing if it is there already.
install_locked() {
  local lock="$ROOT/$1" stamp="$VENV/.locked-$1" python
  if [ ! -x "$VENV/bin/python" ]; then
    python="$(find_python)"
    echo "Creating the virtual environment $VENV ..." >&2
    "$python" -m venv "$VENV"
  fi
  PY="$VENV/bin/python"
  if ! cmp -s "$lock" "$stamp"; then
    echo "Installing the locked packages (once) ..." >&2
    # --no-deps: the lock is complete, and an override in it must not be asked back in.
    "$PY" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r "$lock"
    cp "$lock" "$stamp"
  fi
  if ! "$PY" -c 'import importlib.metadata as m; m.version("baosong")' 2>/dev/null; then
    "$PY" -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable "$ROOT"
  fi
}
