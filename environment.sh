#!/usr/bin/env bash
# Run a command in a working environment, and make that environment first when it is missing.
#
#   ./environment.sh COMMAND [ARGUMENT...]     e.g. ./environment.sh nanochannel check cases/conical_rectifier
#
# Where the compiled stack (DOLFINx, PETSc, MPI, Gmsh) comes from, in this order:
#   a. the current python3, when it has DOLFINx (conda, container, Spack, Debian 13);
#   b. apt-get, on Debian 13 or newer as root;
#   c. a private Debian tree under the cache folder, on any other Debian or Ubuntu as root: nothing else of
#      the machine is touched;
#   d. otherwise a message that names the other ways.
# The Python packages come from pyproject.toml, into a virtual environment under the cache folder.
#
# SUITE=sid  use a private tree of that Debian suite (trixie: DOLFINx 0.9, sid: 0.11) whatever the machine has.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
home=${HOME:-$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6 || true)}
export HOME=${home:-${TMPDIR:-/tmp}}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/nanochannel
suite=${SUITE:-}
inside=${NANOCHANNEL_TREE:-}   # the suite of the private tree we are in, if any

say() { printf 'environment: %s\n' "$*" >&2; }
packages() { sed -e 's/#.*//' "$here/packages.txt" | xargs; }
# Modules of the compiled stack that the current python3 lacks.
missing() {
  python3 - <<'PYTHON' 2>/dev/null || echo python3
from importlib.util import find_spec
needed = {name: find_spec(name) for name in ("dolfinx", "petsc4py", "mpi4py", "gmsh")}
needed["adios4dolfinx or io4dolfinx"] = find_spec("adios4dolfinx") or find_spec("io4dolfinx")
print(", ".join(name for name, found in needed.items() if found is None))
PYTHON
}

# One thread a rank: MPI is the parallelism, and BLAS threads on top of it fight for the cores.
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-1}
if [ "$(id -u)" = 0 ]; then export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1; fi
# A private tree never reaches beyond its machine: no TCP between the ranks (Open MPI complains about networks it cannot
# use), and more ranks than cores when asked for.
if [ -n "$inside" ]; then
  export OMPI_MCA_btl=${OMPI_MCA_btl:-^tcp}
  export PRTE_MCA_rmaps_default_mapping_policy=${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}
fi

# ---------------------------------------------------------------- signals
# Run a command as a child and pass on the signals that end a run. $1: function that is given the signal and the child.
# The child ends with this shell, whatever ends that.
passing_signals() {
  local pass=$1 child code=127 status passed signal
  shift
  "$@" <&0 &   # without "<&0" a child in the background has no standard input
  child=$!
  for signal in TERM INT USR1; do
    # shellcheck disable=SC2064
    trap "passed=1; $pass $signal $child" $signal
  done
  while :; do   # a signal ends `wait`, too
    passed=
    if wait "$child"; then status=0; else status=$?; fi
    [ $status = 127 ] || code=$status
    [ -n "$passed" ] || exit $code
  done
}

# To what runs in bwrap, which passes nothing on. What is typed on a terminal has reached it already.
pass_to_tree() {
  local children
  if [ "$1" = INT ] && [ -t 0 ]; then return 0; fi   # a bare `return` in a trap gives the status of `wait`
  children=$(cat "/proc/$2/task/$2/children" 2>/dev/null) || children=
  # shellcheck disable=SC2086
  kill -s "$1" ${children:-$2} 2>/dev/null || true
}

# mpirun kills its ranks soon after TERM and INT, but passes USR1 on to them and waits.
pass_to_ranks() { kill -s USR1 "$2" 2>/dev/null || true; }

# ---------------------------------------------------------------- the Python packages, then the command
run_here() {
  local key venv stamp
  key=$(printf '%s' "$here $(command -v python3)" | sha256sum | cut -c1-12)
  venv=$cache/venv/${inside:-host}-$key
  # of what pip reads: the settings of linters and tests change nothing that is installed
  stamp=$(awk '/^\[/ { keep = /^\[(build-system|project|tool\.setuptools)/ } keep' "$here/pyproject.toml" | sha256sum | cut -c1-16)
  if [ "$(cat "$venv/stamp" 2>/dev/null)" != "$stamp" ]; then
    mkdir -p "$cache/venv"
    (
      flock 9
      [ "$(cat "$venv/stamp" 2>/dev/null)" = "$stamp" ] && exit 0
      say "installing the Python packages into $venv"
      python3 -m venv --system-site-packages "$venv"
      # A venv of a venv sees the packages of the system only: show it those of the outer one too.
      python3 -c 'import sys, sysconfig; sys.prefix != sys.base_prefix and print(sysconfig.get_path("platlib"))' \
        > "$(echo "$venv"/lib/python3*/site-packages)/outer.pth"
      "$venv/bin/python" -m pip install -qq --disable-pip-version-check -e "$here[test]"
      printf '%s' "$stamp" > "$venv/stamp"
    ) 9> "$venv.lock"
  fi
  export VIRTUAL_ENV=$venv PATH="$venv/bin:$PATH"
  # Children in the background of a shell ignore INT, and so would all below them.
  local heeding=()
  if env --default-signal=INT,QUIT true 2>/dev/null; then heeding=(env --default-signal=INT,QUIT); fi
  case ${1##*/} in
    # In a session of its own it does not hear what is typed on the terminal; it ends when this shell is killed.
    mpirun|mpiexec) passing_signals pass_to_ranks "${heeding[@]}" $(own_session) "$@" ;;
    *) exec "${heeding[@]}" "$@" ;;
  esac
}
own_session() {
  if command -v setsid >/dev/null; then echo setsid; fi
  if command -v setpriv >/dev/null; then echo setpriv --pdeathsig TERM; fi
}

# ---------------------------------------------------------------- c. the private Debian tree
make_tree() {
  local tree=$1 tools=() options=()
  command -v mmdebstrap >/dev/null || tools+=(mmdebstrap)
  command -v bwrap >/dev/null || tools+=(bubblewrap)
  if [ ${#tools[@]} -gt 0 ]; then
    say "installing ${tools[*]}"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends "${tools[@]}" >/dev/null
  fi
  say "making a private Debian $suite tree in $tree (3 GB, a few minutes; once)"
  rm -rf "$tree.part"
  # Mirrors of sid may lag behind the few days that its index is signed for.
  [ "$suite" = sid ] && options+=(--aptopt='Acquire::Check-Valid-Until "false"')
  if ! mmdebstrap "${options[@]}" --variant=minbase --components=main --include="$(packages | tr ' ' ',')" \
       "$suite" "$tree.part" 2> "$tree.log"; then
    tail -n 20 "$tree.log" >&2
    say "mmdebstrap failed; its whole log is in $tree.log"
    exit 1
  fi
  rm -rf "$tree.part/var/cache/apt/archives" "$tree.part/var/lib/apt/lists"
  mkdir -p "$tree.part/var/cache/apt/archives/partial" "$tree.part/var/lib/apt/lists/partial"
  mv "$tree.part" "$tree"
}

enter_tree() {
  local tree bind=() entry name
  tree=$cache/$suite-$(packages | sha256sum | cut -c1-12)
  mkdir -p "$cache"
  if [ ! -d "$tree" ]; then ( flock 9; [ -d "$tree" ] || make_tree "$tree" ) 9> "$tree.lock"; fi
  # Every folder of the host that is not part of a system keeps its path inside, so that cases and results can lie anywhere.
  for entry in /*; do
    name=${entry#/}
    case $name in bin|boot|dev|etc|lib*|proc|sbin|usr|var|sys|run|lost+found) ;;
      *) if [ -d "$entry" ]; then mkdir -p "$tree/$name"; bind+=(--bind "$entry" "$entry"); fi ;;
    esac
  done
  case $here in /usr/*|/var/*|/etc/*) bind+=(--bind "$here" "$here") ;; esac
  [ -d /etc/ssl/certs ] && bind+=(--ro-bind /etc/ssl/certs /etc/ssl/certs)
  [ -e /etc/resolv.conf ] && bind+=(--ro-bind "$(realpath /etc/resolv.conf)" /etc/resolv.conf)
  passing_signals pass_to_tree bwrap --die-with-parent --bind "$tree" / "${bind[@]}" --dev-bind /dev /dev --proc /proc --bind /sys /sys --tmpfs /run \
    --chdir "$PWD" --setenv NANOCHANNEL_TREE "$suite" --unsetenv SUITE --unsetenv PYTHONHOME \
    --setenv PATH /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    env --default-signal=INT,QUIT "$here/environment.sh" "$@"
}

[ $# -gt 0 ] || { sed -n '2,16s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"; exit 2; }
[ -n "$inside" ] && run_here "$@"
[ -n "$suite" ] && [ "$(id -u)" = 0 ] && enter_tree "$@"
lacking=$(missing)
[ -z "$lacking" ] && run_here "$@"

release=$(. /etc/os-release 2>/dev/null && echo "${ID:-} ${VERSION_ID:-0} ${ID_LIKE:-}")
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  case $release in
    debian\ 1[3-9]*|debian\ [2-9][0-9]*)
      say "installing the compiled stack with apt-get"
      apt-get update -qq
      # shellcheck disable=SC2046
      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(packages) >/dev/null
      run_here "$@" ;;
    *) suite=trixie; enter_tree "$@" ;;
  esac
fi
cat >&2 <<MESSAGE
environment: $(command -v python3 || echo 'no python3') lacks $lacking, and there are no root rights on a Debian or Ubuntu to install it. Take one of
  conda env create -f environment.yml && conda activate nanochannel      (conda-forge; then run this again)
  docker build -t nanochannel . && docker run --rm -v "\$PWD/cases:/cases" nanochannel run /cases/conical_rectifier
  python3 -m pip install gmsh io4dolfinx          (when only these are lacking; adios4dolfinx for DOLFINx 0.9)
MESSAGE
exit 1
