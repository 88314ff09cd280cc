# boot.img: the master boot record and stage 2 behind it, for the BIOS. Included by kernel/Makefile.
#
# Everything runs in 16 or 32 bits, whatever the kernel's own flags are.

boot_disk := boot/disk
boot_disk_flags := -m32 -march=i686 -std=c11 -ffreestanding -Os -Wall -Wextra -Werror -mgeneral-regs-only -fno-pic \
    -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none -MMD -MP
boot_disk_objects := $(patsubst $(boot_disk)/%,$(BUILD)/boot/disk/%.o,\
    $(wildcard $(boot_disk)/*.S) $(wildcard $(boot_disk)/*.c))

$(BUILD)/boot/disk/%.o: $(boot_disk)/% $(boot_disk)/rules.mk
	@mkdir -p $(@D)
	$(CC) $(boot_disk_flags) -c -o $@ $<

$(BUILD)/boot/disk/boot.elf: $(boot_disk_objects) $(boot_disk)/boot.ld
	$(LD) -m elf_i386 -T $(boot_disk)/boot.ld -o $@ $(boot_disk_objects)

$(BUILD)/release/boot.img: $(BUILD)/boot/disk/boot.elf
	@mkdir -p $(@D)
	$(OBJCOPY) -O binary --only-section=.image $< $@

-include $(boot_disk_objects:.o=.d)
