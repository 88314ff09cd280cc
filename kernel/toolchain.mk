# The toolchain for x86-64 programs without an operating system: the kernel, and the samples in resources/.
#
# Sets CC, LD, NM, OBJCOPY and TARGET_FLAGS. TOOLCHAIN=gnu|clang chooses by hand; by default the first that is there: a
# GNU cross compiler for x86-64, the system's own compiler on an x86-64 Linux host, clang with lld and llvm-objcopy
# (macOS, arm64).

has = $(shell command -v $(1) 2>/dev/null)
host := $(shell uname -sm)
cross := $(if $(call has,x86_64-linux-gnu-gcc),x86_64-linux-gnu-,$(if $(call has,x86_64-elf-gcc),x86_64-elf-,))

ifeq ($(TOOLCHAIN),)
  ifneq ($(cross),)
    TOOLCHAIN := gnu
  else ifeq ($(host),Linux x86_64)
    TOOLCHAIN := $(if $(call has,gcc),gnu,clang)
  else
    TOOLCHAIN := clang
  endif
endif

ifeq ($(TOOLCHAIN),gnu)
  CC := $(cross)gcc
  LD := $(cross)ld
  NM := $(cross)nm
  OBJCOPY := $(cross)objcopy
  TARGET_FLAGS :=
else ifeq ($(TOOLCHAIN),clang)
  CC := clang
  LD := ld.lld
  NM := llvm-nm
  OBJCOPY := llvm-objcopy
  TARGET_FLAGS := --target=x86_64-unknown-none-elf
else
  $(error TOOLCHAIN is "$(TOOLCHAIN)"; it must be gnu or clang)
endif

missing := $(foreach tool,$(CC) $(LD) $(NM) $(OBJCOPY),$(if $(call has,$(tool)),,$(tool)))
ifneq ($(strip $(missing)),)
  $(error to build for x86-64, $(missing) must be there: install gcc and binutils, or clang, lld and llvm)
endif
