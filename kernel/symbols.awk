# From `nm -n` of the linked kernel to the table of its functions that backtrace.c reads: offsets, then names.

BEGIN { count = 0 }
$3 == "kernel_text_start" { start = $1 }
$3 == "kernel_rodata_start" { exit }
start != "" && $2 ~ /^[tT]$/ && $3 !~ /^kernel_text_start$/ { address[count] = $1; name[count++] = $3 }
END {
    print ".section .symbols, \"a\""
    print ".globl kernel_symbol_count, kernel_symbol_offsets, kernel_symbol_names"
    print ".balign 4"
    print "kernel_symbol_count: .long " count + 0
    print "kernel_symbol_offsets:"
    for (i = 0; i < count; i++) print ".long 0x" address[i] " - 0x" start
    print "kernel_symbol_names:"
    for (i = 0; i < count; i++) print ".asciz \"" name[i] "\""
}
