#!/bin/sh
# Boots disks with boot.img in QEMU: from every kind of disk to the test guest, and with defects to the sentence that
# names them. Prints TAP.
#
#   disk_test.sh BOOT_IMG PROGRAMS FOLDER
#
# PROGRAMS is where make_disk, until_line and guest.bin are, FOLDER where the disks may be written.
set -eu
boot_img=$1 make_disk=$2/make_disk until_line=$2/until_line guest=$2/guest.bin folder=$3
qemu=${QEMU:-qemu-system-x86_64}
number=0 failed=0

if ! command -v "$qemu" >/dev/null; then
    echo "Bail out! $qemu is not there" && exit 1
fi
mkdir -p "$folder"
trap 'rm -f "$folder"/*.raw' EXIT

# result RIGHT SENTENCE OUTPUT
result() {
    number=$((number + 1))
    if [ "$1" = yes ]; then
        echo "ok $number - $2"
    else
        failed=$((failed + 1))
        echo "not ok $number - $2"
        printf '%s\n' "$3" | sed 's/^/# /'
    fi
}

# Drive options for an error in sector 5, a part of stage 2.
bad_sector=file.driver=blkdebug,file.inject-error.0.event=read_aio,file.inject-error.0.sector=5,file.image.filename

# boot DISK MACHINE MEMORY LAST DEVICE…: the serial port's output up to the line that contains LAST, for 30 s at most.
boot() {
    disk=$1 machine=$2 memory=$3 last=$4
    shift 4
    "$until_line" "$last" 30 "$qemu" -M "$machine" -accel tcg -m "$memory" -nodefaults -no-user-config -no-reboot \
        -display none -device isa-debug-exit,iobase=0x501,iosize=4 -serial stdio \
        -drive "if=none,id=disk,format=raw,${drive:-file}=$folder/$disk.raw" "$@" </dev/null | tr -d '\r'
}

# boots SENTENCE DISK MACHINE MEMORY DEVICE…
boots() {
    sentence=$1 disk=$2 machine=$3 memory=$4
    shift 4
    output=$(boot "$disk" "$machine" "$memory" 'end: ' "$@")
    case $output in
    *WRONG*) result no "$sentence" "$output" ;;
    'protected mode'*': ok'*'payload: ok'*'end: ok') result yes "$sentence" "" ;;
    *) result no "$sentence" "$output" ;;
    esac
}

# says SENTENCE DISK: with a defect, that sentence and nothing else.
says() {
    "$make_disk" "$boot_img" "$guest" "$folder/$2.raw" "$2"
    output=$(boot "$2" q35 32M 'unideck boot: ' -device virtio-blk-pci,drive=disk)
    [ "$output" = "unideck boot: $1" ] && right=yes || right=no
    result "$right" "$2: $1" "$output"
    rm "$folder/$2.raw"
}

"$make_disk" "$boot_img" "$guest" "$folder/good.raw" good
for machine in pc q35; do
    boots "$machine, virtio-blk" good "$machine" 64M -device virtio-blk-pci,drive=disk
    boots "$machine, virtio-scsi" good "$machine" 64M -device virtio-scsi-pci -device scsi-hd,drive=disk
    boots "$machine, NVMe" good "$machine" 64M -device nvme,drive=disk,serial=1
    boots "$machine, AHCI" good "$machine" 64M -device ahci,id=ahci -device ide-hd,bus=ahci.0,drive=disk
    boots "$machine, 12 MiB of memory" good "$machine" 12M -device virtio-blk-pci,drive=disk
    boots "$machine, 5 GiB of memory" good "$machine" 5G -device virtio-blk-pci,drive=disk
done
boots "pc, IDE" good pc 64M -device ide-hd,bus=ide.0,drive=disk
"$make_disk" "$boot_img" "$guest" "$folder/uefi.raw" uefi
boots "behind an EFI system partition, numbers as strings, many records" uefi q35 64M -device virtio-blk-pci,drive=disk

says "no kernel in the boot file system" no-kernel
says "there is no TFS where the boot file system should be" no-file-system
says "the partition table names no boot file system" no-partition
says "the kernel is not a 64-bit ELF file" text-kernel
says "the kernel cannot be started: it has no PVH entry" no-entry
says "the kernel needs more memory than this machine has" too-large
says "the disk cannot be read" cut-in-kernel
drive=$bad_sector
says "the boot loader cannot be read from the disk" bad-sector-in-loader

echo "1..$number"
[ "$failed" = 0 ]
