# The vDSO: a small shared library that runs in the program. Its image becomes a part of the kernel (image.S).

VDSO_CFLAGS := $(TARGET_FLAGS) -m64 -std=c11 -ffreestanding -O2 -fPIC -mgeneral-regs-only -fno-stack-protector \
  -fno-asynchronous-unwind-tables -fcf-protection=none -fno-jump-tables -Wall -Wextra -Werror
VDSO_LDFLAGS := -shared -nostdlib -soname linux-vdso.so.1 --hash-style=both --build-id=none -Bsymbolic -s \
  -z max-page-size=4096 -z noexecstack

$(BUILD)/vdso.so: vdso/vdso.c vdso/vdso.ld vdso/rules.mk arch/$(ARCH)/include/arch/clock_page.h Makefile
	@mkdir -p $(@D)
	$(CC) -I. -Iarch/$(ARCH)/include $(VDSO_CFLAGS) -c -o $(BUILD)/vdso.o $<
	$(LD) $(VDSO_LDFLAGS) -T vdso/vdso.ld -o $@ $(BUILD)/vdso.o

$(BUILD)/obj/vdso/image.S.o: ASFLAGS += -DVDSO_FILE='"$(BUILD)/vdso.so"'
$(BUILD)/obj/vdso/image.S.o: $(BUILD)/vdso.so
