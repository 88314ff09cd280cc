# boot.img: the master boot record and stage 2 behind it, for the BIOS. Included by kernel/Makefile, which sets BUILD,
# RELEASE and the toolchain.
#
# Everything runs in 16 or 32 bits, so none of the kernel's own flags apply.

boot_disk := boot/disk
boot_disk_flags := $(TARGET_FLAGS) -m32 -march=i686 -std=c11 -ffreestanding -Os -Wall -Wextra -Werror -Wshadow \
  -Wstrict-prototypes -Wmissing-prototypes -mgeneral-regs-only -fno-pic -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fcf-protection=none -MMD -MP
boot_disk_objects := $(patsubst $(boot_disk)/%,$(BUILD)/obj/$(boot_disk)/%.o,\
  $(sort $(wildcard $(boot_disk)/*.S) $(wildcard $(boot_disk)/*.c)))

all: $(RELEASE)/boot.img

$(filter %.c.o,$(boot_disk_objects)): $(BUILD)/obj/%.o: % $(boot_disk)/rules.mk
	@mkdir -p $(@D)
	$(CC) $(boot_disk_flags) -c -o $@ $<

$(filter %.S.o,$(boot_disk_objects)): $(BUILD)/obj/%.o: % $(boot_disk)/rules.mk
	@mkdir -p $(@D)
	$(CC) $(boot_disk_flags) -c -o $@ $<

$(BUILD)/boot.elf: $(boot_disk_objects) $(boot_disk)/boot.ld
	$(LD) -m elf_i386 -T $(boot_disk)/boot.ld -o $@ $(boot_disk_objects)

$(RELEASE)/boot.img: $(BUILD)/boot.elf
	@mkdir -p $(@D)
	$(OBJCOPY) -O binary --only-section=.image $< $@.tmp
	mv $@.tmp $@

-include $(boot_disk_objects:.o=.d)
