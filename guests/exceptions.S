/* Exceptions in ring 0 of 64-bit mode: each is provoked once. test/cpu/guests.test.ts has the log. */
        .include "long_mode.inc"
        .include "log.inc"

long_mode:
        call load_tables
        movb $0x0e, IDT + 18 * 16 + 5     /* not present */

        /* Division by zero; breakpoint; undefined; debug by INT1. */
        xorl %ebx, %ebx
        provoke divl %ebx
        provoke int3
        provoke ud2
        provoke .byte 0xf1
        /* Device not available: CR0.TS. */
        movq %cr0, %rax
        orq $8, %rax
        movq %rax, %cr0
        provoke fld1
        provoke movups %xmm0, %xmm1
        clts
        provoke fld1
        /* CR0.EM: x87 is not available, SSE undefined. */
        movq %cr0, %rax
        orq $4, %rax
        movq %rax, %cr0
        provoke fld1
        provoke movups %xmm0, %xmm1
        andq $~4, %rax
        movq %rax, %cr0
        /* Selectors: beyond the table, not present, of the wrong type. */
        movl $0x1234, %eax
        provoke movl %eax, %ds
        movl $0x48, %eax
        provoke movl %eax, %es
        movl $0x4b, %eax
        provoke movl %eax, %ss
        movl $CODE64, %eax
        provoke movl %eax, %ss
        xorl %eax, %eax
        provoke ltr %ax
        movl $TASK, %eax
        provoke ltr %ax                 /* busy */
        /* A gate that is not present, one beyond the table. */
        provoke int $18
        provoke int $200
        /* Addresses that are not canonical. */
        movabsq $0x800000000000, %rax
        provoke movb (%rax), %cl
        movq %rax, %rbp
        provoke movb (%rbp), %cl
        /* Reserved bits of control registers and MSRs; a register that is not there. */
        movabsq $0x100000000, %rax
        provoke movq %rax, %cr0
        movq $0x80000000, %rax
        provoke movq %rax, %cr0         /* PG without PE */
        movq %cr4, %rax
        andq $~0x20, %rax
        provoke movq %rax, %cr4         /* PAE cannot go in long mode */
        provoke .byte 0x0f, 0x20, 0xc8  /* mov %cr1, %rax */
        movl $0xc0000080, %ecx
        movl $0xffffffff, %eax
        xorl %edx, %edx
        provoke wrmsr
        movl $0x12345678, %ecx
        provoke rdmsr
        /* Page faults: not present; write to read-only; reserved bit; fetch from no-execute. */
        movl $0, PT + 0x50 * 8
        movl $0x51001, PT + 0x51 * 8
        movl $0x52003, PT + 0x52 * 8
        movl $0x00080000, PT + 0x52 * 8 + 4     /* bit 51 */
        movl $0x53003, PT + 0x53 * 8
        movl $0x80000000, PT + 0x53 * 8 + 4     /* NX */
        movq %cr3, %rax
        movq %rax, %cr3
        provoke movb 0x50123, %al
        provoke movb %al, 0x50456
        provoke movb %al, 0x51789
        provoke movb 0x52abc, %al
        movq $2f, %rbx
        movl $0x53000, %eax
        leaq 0x53000, %r14
        leaq 2f(%rip), %r13
        jmp *%rax
2:      /* An access that crosses into the missing page: its first byte there. */
        provoke movq 0x4fffc, %rax
        /* Read-only pages can be written without WP. */
        movq %cr0, %rax
        andq $~0x10000, %rax
        movq %rax, %cr0
        movb $0x5a, 0x51789
        orq $0x10000, %rax
        movq %rax, %cr0
        /* SIMD floating point: a masked exception becomes real. */
        movl $0x1f00, -4(%rsp)
        ldmxcsr -4(%rsp)
        xorps %xmm0, %xmm0
        xorps %xmm1, %xmm1
        provoke divss %xmm1, %xmm0
        movl $0x1f80, -4(%rsp)
        ldmxcsr -4(%rsp)
        /* x87: pending until the next instruction that waits. */
        fninit
        movw $0x037e, -4(%rsp)
        fldcw -4(%rsp)
        fldz
        fldz
        fdivp
        provoke fwait
        fninit
        /* The trap flag: one instruction, then #DB behind it. */
        pushfq
        orq $0x100, (%rsp)
        leaq 1f + 1(%rip), %r14
        leaq 2f(%rip), %r13
        popfq
1:      nop
2:
        finish
