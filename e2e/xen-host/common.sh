# Shared by the scripts of this folder; sourced, never run.

here=$(CDPATH= cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cache=${XEN_HOST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/unideck-xen-host}
run=${XEN_HOST_RUN:-$cache/run}
case $cache$run in *[,[:space:]]*) echo "xen-host: a path with a comma or a blank will not do: $cache $run" >&2; exit 1 ;; esac

say() { printf 'xen-host: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

need() {
  local missing=()
  for tool in "$@"; do command -v "$tool" >/dev/null || missing+=("$tool"); done
  [ ${#missing[@]} -eq 0 ] || die "missing on this machine: ${missing[*]}"
}

# The pid of the running host, or nothing. A pid file whose process is not our QEMU counts as nothing.
host_pid() {
  local pid
  pid=$(cat "$run/qemu.pid" 2>/dev/null) || return 1
  [ -n "$pid" ] && tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -- "$run/qemu.pid" || return 1
  echo "$pid"
}
