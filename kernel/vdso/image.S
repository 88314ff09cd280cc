// The first page of the vDSO as the Makefile has linked it (vdso.ld), to be copied for the program.
.section .rodata, "a"
.balign 8
.globl vdso_image
vdso_image:
    .incbin VDSO_FILE, 0, 4096
