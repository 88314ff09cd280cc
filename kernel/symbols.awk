# From `nm -n` of the linked kernel to the table of its functions that backtrace.c reads: steps from one to the next, then names.

BEGIN { count = 0 }
$3 == "kernel_text_start" { start = $1 }
$3 == "kernel_rodata_start" { exit }
start != "" && $2 ~ /^[tT]$/ && $3 !~ /^kernel_text_start$/ { address[count] = $1; name[count++] = $3 }
END {
    print ".section .symbols, \"a\""
    print ".globl kernel_symbol_count, kernel_symbol_steps, kernel_symbol_names"
    print ".balign 4"
    print "kernel_symbol_count: .long " count + 0
    print "kernel_symbol_steps:"
    for (i = 0; i < count; i++) print ".short 0x" address[i] " - 0x" (i > 0 ? address[i - 1] : start)
    print "kernel_symbol_names:"
    for (i = 0; i < count; i++) print ".asciz \"" name[i] "\""
}
