#!/usr/bin/env bash
# Builds the Xen test host (hypervisor, dom0 kernel, dom0 initramfs) from Debian packages into the cache folder.
# Does nothing where the result is already there. Needs no root. See README.md.
#
#   build-host.sh [--force]
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

need apt-get dpkg-deb tar cpio gzip xz od flock ssh-keygen sha256sum timeout
[ "$(uname -m)" = x86_64 ] || die "the build runs programs of the image (ld.so, depmod), so it wants an x86-64 machine"

xen=${XEN_HOST_VERSION:-4.17} # what the release at hand carries: bookworm has 4.17
packages=(
  "xen-hypervisor-$xen-amd64" "xen-utils-$xen" xen-utils-common xenstore-utils qemu-system-xen
  linux-image-amd64 busybox-static bash coreutils mount util-linux dropbear-bin openssh-sftp-server
)

# What dom0 runs, besides the whole of xen-utils, busybox and the libraries these ask for.
programs=(
  bin/bash sbin/losetup usr/bin/flock usr/bin/stat usr/sbin/dropbear usr/lib/openssh/sftp-server
  usr/libexec/xen-qemu-system-i386
)
firmware=(
  usr/share/seabios/bios-256k.bin usr/share/seabios/vgabios-cirrus.bin usr/share/seabios/vgabios-stdvga.bin
  usr/share/qemu/kvmvapic.bin usr/share/qemu/linuxboot_dma.bin usr/share/qemu/keymaps/en-us
  usr/lib/ipxe/qemu/efi-{e1000,rtl8139}.rom
)
# Drivers of dom0: the machine that QEMU shows it, and the backends it offers to guests.
modules=(
  virtio_pci virtio_net virtio_blk virtio_rng 9p 9pnet_virtio
  xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs xen-blkback xen-netback
  loop bridge tun
)

mkdir -p "$cache"
exec 9>"$cache/lock"
flock -w 900 9 || die "another build holds $cache/lock"

out=$cache/image
stamp=$(cat "$here"/{build-host.sh,dom0-init,common.sh} | sha256sum | cut -c1-16)
if [ "${1:-}" != --force ] && [ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi
say "building the Xen host of the tests, once; 120 MB of packages are downloaded, and with them 170 MB kept in $cache"

started=$SECONDS
step() { say "$(printf '%3ds' $((SECONDS - started))) $*"; }
work=$cache/work
tree=$work/tree root=$work/root new=$work/image
rm -rf "$work"
mkdir -p "$tree" "$root" "$new" "$cache/debs/partial" "$cache/lists/partial"
trap 'rm -rf "$work"' EXIT
trap 'say "failed at line $LINENO: $BASH_COMMAND"' ERR

# --- packages: apt resolves the closure as if nothing were installed; nothing is installed on this machine --------------
: >"$work/status"
apt=(
  -qq -y -o "Dir::State::status=$work/status" -o "Dir::Cache=$cache" -o "Dir::Cache::archives=$cache/debs"
  -o APT::Install-Recommends=0 -o Debug::NoLocking=1 -o APT::Sandbox::User= -o Acquire::Retries=3
)
[ -z "${XEN_HOST_SOURCES:-}" ] || apt+=(-o "Dir::Etc::sourcelist=$XEN_HOST_SOURCES" -o Dir::Etc::sourceparts=-)
download() { timeout 300 apt-get "${apt[@]}" --download-only install "${packages[@]}" >"$work/apt.log" 2>&1; }

step "downloading packages"
if [ -n "${XEN_HOST_SOURCES:-}" ] || ! download; then
  # This machine's package lists are missing or stale: keep lists of our own.
  step "refreshing package lists"
  apt+=(-o "Dir::State::lists=$cache/lists")
  timeout 180 apt-get "${apt[@]}" update >"$work/apt.log" 2>&1 && download || { cat "$work/apt.log" >&2; die "the packages could not be had"; }
fi

# "name version" of the closure -> the archive's file
apt-get "${apt[@]}" -s install "${packages[@]}" |
  sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*$/\1 \2/p' | sort >"$work/closure"
archive() {
  local version=${2//:/%3a}
  set -- "$cache/debs/$1_$version"_{amd64,all}.deb
  [ -e "$1" ] && echo "$1" || echo "$2"
}

step "unpacking packages"
dom0_kernel=
while read -r name version; do
  deb=$(archive "$name" "$version")
  [ -e "$deb" ] || die "missing archive: $deb"
  case $name in
    linux-image-amd64) ;;
    linux-image-*) dom0_kernel=$deb ;;
    python3* | libpython* | iso-codes | initramfs-tools* | dpkg | debconf | udev | perl* | klibc-utils) ;; # nothing of it is used
    *) dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$tree" --no-same-owner --exclude='./usr/share/[dlm][oai]*' ;;
  esac
done <"$work/closure"

# --- kernel -----------------------------------------------------------------------------------------------------------
# A bzImage carries an xz-packed ELF; unpacking it here spares the hypervisor ten seconds of emulated xz.
u8() { od -An -tu1 -j"$2" -N1 "$1" | tr -d ' '; }
u32() { od -An -tu4 -j"$2" -N4 "$1" | tr -d ' '; }
unpack_kernel() {
  local at=$((($(u8 "$1" 497) + 1) * 512 + $(u32 "$1" 584)))
  dd if="$1" bs=64K iflag=skip_bytes,count_bytes skip="$at" count="$(u32 "$1" 588)" status=none | xz -dc --single-stream >"$2"
}

step "unpacking the kernel"
mkdir "$work/kernel"
dpkg-deb --fsys-tarfile "$dom0_kernel" | tar -x -C "$work/kernel" --no-same-owner \
  --wildcards './boot/vmlinuz-*' './lib/modules/*/modules.*' $(for m in "${modules[@]}"; do echo "*/${m//[-_]/[-_]}.ko"; done) \
  '*/virtio.ko' '*/virtio_ring.ko' '*/virtio_pci_*.ko' '*/net_failover.ko' '*/failover.ko' '*/9pnet.ko' '*/netfs.ko' \
  '*/fscache.ko' '*/stp.ko' '*/llc.ko' '*/virtio-rng.ko' '*/rng-core.ko' 2>/dev/null || true
unpack_kernel "$work"/kernel/boot/vmlinuz-* "$new/vmlinux"
gzip -dc "$tree"/boot/xen-$xen-amd64.gz >"$new/xen"

# --- dom0's root file system ------------------------------------------------------------------------------------------
step "assembling dom0"
mkdir -p "$root"/{bin,sbin,etc,dev,proc,sys,run,tmp,root/.ssh,share,images,usr/bin,usr/sbin,usr/lib,var/log/xen/console,var/lib/xen,lib64}
ln -s ../run "$root/var/run"
for applet in $("$tree/bin/busybox" --list); do ln -s busybox "$root/bin/$applet"; done
rm -f "$root/bin/busybox"
cp "$tree/bin/busybox" "$root/bin/busybox"

put() { mkdir -p "$root/$(dirname "$1")"; rm -f "$root/$1"; cp -a "$tree/$1" "$root/$1"; }
for f in "${programs[@]}" "${firmware[@]}"; do put "$f"; done
put "usr/lib/xen-$xen/bin"; put "usr/lib/xen-$xen/boot"; put usr/lib/xen-common/bin; put etc/xen
rm -f "$root/usr/lib/xen-$xen/bin"/{test-*,pygrub,*.py,convert-legacy-stream,verify-stream-v2}
rm -f "$root/usr/lib/xen-$xen/boot/xen-shim"
for f in usr/sbin/{xl,xentop,xenpm,xenstored,xenconsoled,xen-hvmctx,xen-diag} usr/bin/xenstore{,-ls,-read,-write,-rm,-list,-exists,-watch,-chmod}; do put "$f"; done

# Every library these programs ask for, found by the packages' own loader.
loader=$tree/lib64/ld-linux-x86-64.so.2
libraries=$tree/lib/x86_64-linux-gnu:$tree/usr/lib/x86_64-linux-gnu
[ -e "$loader" ] || loader=$tree/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
{
  find "$root/usr/lib/xen-$xen/bin" "$root/usr/sbin" "$root/usr/bin" -type f
  for f in "${programs[@]}"; do echo "$root/$f"; done
} | sort -u | while read -r program; do
  [ "$(head -c 4 "$program" | od -An -c | tr -d ' ')" = '177ELF' ] || continue
  "$loader" --library-path "$libraries" --list "$program" 2>/dev/null | sed -n "s|.*=> \($tree/.*\) (0x.*|\1|p" || true
done | sort -u | while read -r library; do
  cp -L "$library" "$root/usr/lib/"
done
cp -L "$loader" "$root/lib64/ld-linux-x86-64.so.2"
cp -L "$tree"/lib/x86_64-linux-gnu/libnss_files.so.2 "$root/usr/lib/" 2>/dev/null || true
ln -s usr/lib "$root/lib"
ln -s openssh/sftp-server "$root/usr/lib/sftp-server" # where dropbear looks

kver=$(basename "$work"/kernel/lib/modules/*)
mkdir -p "$root/lib/modules"
cp -a "$work/kernel/lib/modules/$kver" "$root/lib/modules/"
"$tree/bin/busybox" depmod -b "$root" "$kver"
printf '%s\n' "${modules[@]}" >"$root/etc/modules"

install -m 755 "$here/dom0-init" "$root/init"
printf 'root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
echo 'root:*:19000:0:99999:7:::' >"$root/etc/shadow"
echo 'hosts: files' >"$root/etc/nsswitch.conf"
echo '127.0.0.1 localhost xen-host' >"$root/etc/hosts"
echo 'xen-host' >"$root/etc/hostname"
printf '/bin/sh\n/bin/bash\n' >"$root/etc/shells"
printf 'autoballoon="off"\nvif.default.bridge="xenbr0"\n' >"$root/etc/xen/xl.conf"
ln -s ../proc/self/mounts "$root/etc/mtab"

# --- keys: one pair to log in with, one to be known by ------------------------------------------------------------------
mkdir -p "$cache/keys"
chmod 700 "$cache/keys"
[ -e "$cache/keys/login" ] || ssh-keygen -q -t ed25519 -N '' -C xen-host-login -f "$cache/keys/login"
if [ ! -e "$cache/keys/host" ]; then
  "$loader" --library-path "$libraries" "$tree/usr/bin/dropbearkey" -t ed25519 -f "$cache/keys/host" >"$work/host.pub"
  grep '^ssh-ed25519 ' "$work/host.pub" | cut -d' ' -f1,2 >"$cache/keys/host.pub"
fi
install -D -m 600 "$cache/keys/host" "$root/etc/dropbear/host"
install -m 600 "$cache/keys/login.pub" "$root/root/.ssh/authorized_keys"
chmod 700 "$root/root" "$root/root/.ssh"

step "packing dom0"
(cd "$root" && find . -print0 | LC_ALL=C sort -z | cpio --null -o -H newc -R 0:0 --quiet) | gzip -1 >"$new/initrd.img"
cp "$work/closure" "$new/packages"
echo "$stamp" >"$new/stamp"
rm -rf "$out"
mv "$new" "$out"
step "built: $(du -sh "$out" | cut -f1) in $out, packages $(du -sh "$cache/debs" | cut -f1)"
